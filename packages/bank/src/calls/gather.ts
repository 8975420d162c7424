/**
 * Gathering: what arrives while a batch is under way goes into the next one. No timer: waiting for company costs more than it
 * brings. One batch at a time, so that what a batch decided is committed before the next one decides.
 *
 * Riders are answers that may ride in any batch's transaction; a batch of riders alone starts when no item is there.
 * @module
 */

export interface GathererOptions<Item, Rider> {
  /** Items in one batch at most. */
  readonly items: number;
  /** Riders in one batch at most. */
  readonly riders: number;
  /** Runs one batch and answers each of its items and riders itself; what it throws is lost. */
  readonly run: (items: readonly Item[], riders: readonly Rider[]) => Promise<void>;
}

export class Gatherer<Item, Rider = never> {
  readonly #options: GathererOptions<Item, Rider>;
  readonly #items: Item[] = [];
  readonly #riders: Rider[] = [];
  #busy = false;
  #idle: (() => void)[] = [];

  constructor(options: GathererOptions<Item, Rider>) {
    this.#options = options;
  }

  /** Puts an item into the next batch that has room. */
  add(item: Item): void {
    this.#items.push(item);
    this.#start();
  }

  /** Lets a rider ride in the next batch, which starts at once if none is under way. */
  ride(...riders: readonly Rider[]): void {
    this.#riders.push(...riders);
    this.#start();
  }

  /** Resolves when nothing waits and nothing runs. */
  async whenIdle(): Promise<void> {
    while (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #start(): void {
    if (this.#busy) return;
    this.#busy = true;
    void this.#loop();
  }

  async #loop(): Promise<void> {
    while (this.#items.length > 0 || this.#riders.length > 0) {
      // One turn of the event loop: requests that came in the same packet of work belong to one batch. And another for as long as each
      // brings more: work that blocked the loop, such as a store in this process, lets them pile up behind it.
      let before: number;
      do {
        before = this.#items.length;
        await new Promise<void>((resolve) => setImmediate(resolve));
      } while (this.#items.length > before && this.#items.length < this.#options.items);
      const items = this.#items.splice(0, this.#options.items);
      const riders = this.#riders.splice(0, this.#options.riders);
      await this.#options.run(items, riders).catch(() => {});
    }
    this.#busy = false;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
