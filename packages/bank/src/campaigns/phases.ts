/**
 * How long each phase of an export took.
 * @module
 */

export class Phases {
  readonly #milliseconds: Record<string, number> = {};

  /** Milliseconds by phase, in the order in which they ran. */
  get all(): Readonly<Record<string, number>> {
    return { ...this.#milliseconds };
  }

  async measure<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.#add(phase, started);
    }
  }

  measureNow<T>(phase: string, work: () => T): T {
    const started = performance.now();
    try {
      return work();
    } finally {
      this.#add(phase, started);
    }
  }

  #add(phase: string, started: number): void {
    this.#milliseconds[phase] = (this.#milliseconds[phase] ?? 0) + Math.round(performance.now() - started);
  }
}
