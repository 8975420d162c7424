/**
 * Long lane: references of banks whose customer ids do not fit 14 bytes. AES-SIV over plaintexts of 29, 44 … bytes, in batches
 * through aes-siv.ts.
 * @module
 */
import { AesSiv, SIV_BYTES } from './aes-siv.js';
import type { LaneSettings } from './short-lane.js';
import { TAG_BYTES } from './token-text.js';

export class LongLane {
  readonly plaintextBytes: number;
  readonly #tag: Uint8Array;
  readonly #context: Uint8Array;
  readonly #siv: AesSiv;

  constructor(plaintextBytes: number, { key, context, tag }: LaneSettings) {
    this.plaintextBytes = plaintextBytes;
    this.#tag = tag;
    this.#context = context;
    this.#siv = new AesSiv(key);
  }

  /** Seals plaintexts of `plaintextBytes` each into tokens as bytes: tag, SIV, ciphertext. */
  seal(plaintexts: readonly Uint8Array[]): Uint8Array[] {
    return this.#siv.sealMany(plaintexts, this.#contexts(plaintexts.length)).map((sealed) => {
      const token = new Uint8Array(TAG_BYTES + sealed.length);
      token.set(this.#tag);
      token.set(sealed, TAG_BYTES);
      return token;
    });
  }

  /** Opens tokens as bytes. `undefined` where a token is not of this scope and length, or was changed. */
  open(tokens: readonly (Uint8Array | undefined)[]): (Uint8Array | undefined)[] {
    const sealedBytes = SIV_BYTES + this.plaintextBytes;
    // What cannot be ours is opened all the same, as zeros: one path, one answer.
    const zeros = new Uint8Array(sealedBytes);
    const mine = tokens.map((token) => token !== undefined && token.length === TAG_BYTES + sealedBytes && this.hasTag(token));
    const sealed = tokens.map((token, i) => (mine[i] && token !== undefined ? token.subarray(TAG_BYTES) : zeros));
    return this.#siv.openMany(sealed, this.#contexts(tokens.length)).map((plaintext, i) => (mine[i] ? plaintext : undefined));
  }

  /** Whether a token's bytes begin with this scope's tag. */
  hasTag(token: Uint8Array): boolean {
    let difference = 0;
    for (let k = 0; k < TAG_BYTES; k++) difference |= (token[k] as number) ^ (this.#tag[k] as number);
    return difference === 0;
  }

  /** Wipes the keys. */
  close(): void {
    this.#siv.close();
  }

  #contexts(count: number): Uint8Array[] {
    return new Array<Uint8Array>(count).fill(this.#context);
  }
}
