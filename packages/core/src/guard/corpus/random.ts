/**
 * A small repeatable source of choices, so that a corpus is the same on every machine. Not for keys.
 * @module
 */

/** Draws from one seed (xorshift32, Marsaglia 2003). */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5) | 1;
  }

  /** An integer from 0 to `below - 1`. */
  below(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  of<T>(choices: ArrayLike<T>): T {
    return choices[this.below(choices.length)] as T;
  }

  digits(count: number): string {
    let text = '';
    for (let i = 0; i < count; i++) text += this.below(10);
    return text;
  }

  text(count: number, alphabet: string): string {
    let text = '';
    for (let i = 0; i < count; i++) text += alphabet[this.below(alphabet.length)];
    return text;
  }
}
