/**
 * A Bloom filter over rolling hashes under a key: says of nearly every window of a text that it holds no known value, before a digest
 * is computed. A value has three bits in one word of each of two tables. Nearly all windows end at the first table, which is small
 * enough to stay in the processor's cache.
 *
 * The hash's base is drawn from the key. Who has no key learns nothing from the tables; who has it can try candidates, as with digests.
 * @module
 */

const BITS_A_WORD = 32;
/** In each table. Of a million hashes that it does not hold, a table lets 4,000 to 30,000 pass (its size is a power of two), both 1,000 at most. */
const BITS_A_VALUE = 12;
const FEWEST_WORDS = 2 ** 11;
/** Odd constants that spread a hash over the tables (golden ratio; xxHash's second prime). */
const FIRST_MULTIPLIER = 0x9e3779b1;
const SECOND_MULTIPLIER = 0x85ebca77;

export class HashFilter {
  readonly #first: Uint32Array;
  readonly #second: Uint32Array;
  readonly #shift: number;

  /**
   * @param values - how many it will hold
   */
  constructor(values: number) {
    const bits = Math.ceil(Math.log2(Math.max(FEWEST_WORDS, (values * BITS_A_VALUE) / BITS_A_WORD)));
    this.#first = new Uint32Array(2 ** bits);
    this.#second = new Uint32Array(2 ** bits);
    this.#shift = 32 - bits;
  }

  add(hash: number): void {
    mark(this.#first, this.#shift, spread(hash, FIRST_MULTIPLIER));
    mark(this.#second, this.#shift, spread(hash, SECOND_MULTIPLIER));
  }

  /** Always yes for a hash that it holds. */
  mayHave(hash: number): boolean {
    const shift = this.#shift;
    return isMarked(this.#first, shift, spread(hash, FIRST_MULTIPLIER)) && isMarked(this.#second, shift, spread(hash, SECOND_MULTIPLIER));
  }

  /**
   * Adds the ends of the windows whose hash it may hold.
   *
   * @param hashes - at `i`, the rolling hash of the first `i` units
   * @param weight - the rolling hash's base to the power of `length`
   * @param from - where the first window begins
   * @param to - where the last one ends
   */
  addWindows(hashes: Int32Array, length: number, weight: number, from: number, to: number, into: number[]): void {
    const table = this.#first;
    const shift = this.#shift;
    for (let end = from + length; end <= to; end++) {
      const hash = ((hashes[end] as number) - Math.imul(hashes[end - length] as number, weight)) | 0;
      if (isMarked(table, shift, spread(hash, FIRST_MULTIPLIER)) && this.mayHave(hash)) into.push(end);
    }
  }
}

/** The lowest bits of a product know nothing of its highest, which the second shift makes up for. */
function spread(hash: number, multiplier: number): number {
  const product = Math.imul(hash ^ (hash >>> 16), multiplier);
  return product ^ (product >>> 15);
}

/** The highest bits choose the word, the lowest the bits in it. */
function bitsOf(spread: number): number {
  return (1 << (spread & 31)) | (1 << ((spread >>> 5) & 31)) | (1 << ((spread >>> 10) & 31));
}

function mark(table: Uint32Array, shift: number, spread: number): void {
  table[spread >>> shift] = (table[spread >>> shift] as number) | bitsOf(spread);
}

function isMarked(table: Uint32Array, shift: number, spread: number): boolean {
  const bits = bitsOf(spread);
  return ((table[spread >>> shift] as number) & bits) === bits;
}
