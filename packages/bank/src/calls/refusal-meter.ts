/**
 * Counts the refusals of each grant in the minute, in this process: above a hundred they share one ledger entry (release.ts).
 * Several gateways may give a grant a hundred each; the entries lose nothing by it.
 * @module
 */

const MINUTE_MS = 60_000;

export class RefusalMeter {
  #minute = 0;
  readonly #counts = new Map<string, number>();

  /**
   * Refusals of a grant in a minute.
   *
   * @param now - milliseconds since 1970
   */
  of(grant: string, now: number): number {
    return Math.floor(now / MINUTE_MS) === this.#minute ? (this.#counts.get(grant) ?? 0) : 0;
  }

  /** Another minute than the last one starts from nothing. */
  add(grants: readonly string[], now: number): void {
    if (grants.length === 0) return;
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#counts.clear();
    }
    for (const grant of grants) this.#counts.set(grant, (this.#counts.get(grant) ?? 0) + 1);
  }
}
