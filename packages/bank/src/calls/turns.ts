/**
 * Turns: work that goes one by one on each of a few lanes.
 * @module
 */
import type { Lane } from './lane.js';

export class Turns {
  readonly #lanes: readonly Lane[];
  /** When the lane is free, by its place. */
  readonly #free: Promise<unknown>[];
  #next = 0;

  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
    this.#free = lanes.map(() => Promise.resolve());
  }

  /** Runs `work` when the next lane is free. */
  take<T>(work: (lane: Lane) => Promise<T>): Promise<T> {
    const place = this.#next++ % this.#lanes.length;
    const turn = (this.#free[place] as Promise<unknown>).then(() => work(this.#lanes[place] as Lane));
    this.#free[place] = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    await Promise.all(this.#free);
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }
}
