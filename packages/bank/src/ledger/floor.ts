/**
 * From which id on the queue is read. Deleted rows at its beginning cost as much as live ones until they are vacuumed, and
 * an old snapshot (a dump under way) stops that; so a round begins where one ended some seconds ago. An act that took
 * its id early and committed late lies below: twice a minute the whole queue is read, well before such an entry is an alert.
 *
 * A bare high-water mark loses entries.
 * @module
 */

/** An act commits within this time; what takes longer waits for the whole read. */
const SETTLED_AFTER_MS = 10_000;
const WHOLE_READ_EVERY_MS = 30_000;

export class Floor {
  /** What each of the last rounds reached, oldest first. */
  #reached: { readonly at: number; readonly id: bigint }[] = [];
  #floor = 0n;
  #wholeAt = Number.NEGATIVE_INFINITY;

  /** The id above which to read now; 0: read all. */
  at(now: number): bigint {
    if (now - this.#wholeAt >= WHOLE_READ_EVERY_MS) {
      this.#wholeAt = now;
      return 0n;
    }
    while (this.#reached[0] !== undefined && now - this.#reached[0].at >= SETTLED_AFTER_MS) {
      const { id } = this.#reached.shift()!;
      if (id > this.#floor) this.#floor = id;
    }
    return this.#floor;
  }

  /** A round ended and sequenced ids up to this one. */
  note(now: number, id: bigint): void {
    if (id > 0n) this.#reached.push({ at: now, id });
  }

  /** After an error nothing is known. */
  reset(): void {
    this.#reached = [];
    this.#floor = 0n;
    this.#wholeAt = Number.NEGATIVE_INFINITY;
  }
}
