/**
 * AES-CMAC (RFC 4493, NIST SP 800-38B) over a whole batch: block `j` of every message goes through the cipher in one call, so that a
 * thousand short messages cost two or three calls and not thousands.
 *
 * An inner part of AES-SIV. To authenticate a value for its own sake use HMAC.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc4493
 */
import { BLOCK_BYTES, type BlockCipher } from './block-cipher.js';
import type { Column } from './column.js';

/** x^128 + x^7 + x^2 + x + 1: the polynomial of doubling (RFC 4493 §2.3, RFC 5297 §2.3). */
const POLYNOMIAL = 0x87;
/** The bit that begins a padding (RFC 4493 §2.4). */
const PADDING = 0x80;

/** Messages cut into blocks, padded and masked: message `i` is blocks `first[i] .. first[i + 1])`. */
interface Blocks {
  readonly bytes: Uint8Array;
  readonly first: Uint32Array;
}

export class Cmac {
  readonly #cipher: BlockCipher;
  /** The subkeys: one masks a last block that is full, the other one that was padded. */
  readonly #fullMask: Uint8Array;
  readonly #paddedMask: Uint8Array;

  constructor(cipher: BlockCipher) {
    this.#cipher = cipher;
    const zero = new Uint8Array(BLOCK_BYTES);
    this.#fullMask = new Uint8Array(BLOCK_BYTES);
    cipher.encrypt(zero, this.#fullMask);
    double(this.#fullMask);
    this.#paddedMask = Uint8Array.from(this.#fullMask);
    double(this.#paddedMask);
  }

  /** The mask of a last block that is full, for callers that build their one block themselves. */
  get fullMask(): Uint8Array {
    return this.#fullMask;
  }

  /** The CMAC of one message, 16 bytes. */
  mac(message: Uint8Array): Uint8Array {
    return this.macColumn({ data: message, offsets: Uint32Array.of(0, message.length) });
  }

  /** The CMACs of `n` messages: `16 n` bytes, in their order. */
  macColumn(messages: Column): Uint8Array {
    return this.#chain(this.#cut(messages));
  }

  /**
   * The last step of S2V (RFC 5297 §2.4) for `n` messages: CMAC of `message xorend d`, or of `dbl(d) xor pad(message)` under 16 bytes.
   *
   * @param d - `16 n` bytes: S2V's D of each message; overwritten
   */
  macXorEnd(messages: Column, d: Uint8Array): Uint8Array {
    const { data, offsets } = messages;
    const first = firstBlocks(messages);
    const bytes = new Uint8Array(BLOCK_BYTES * (first[first.length - 1] as number));
    for (let i = 0; i + 1 < offsets.length; i++) {
      const [from, to] = [offsets[i] as number, offsets[i + 1] as number];
      const length = to - from;
      const at = BLOCK_BYTES * (first[i] as number);
      const di = d.subarray(BLOCK_BYTES * i, BLOCK_BYTES * (i + 1));
      copy(data, from, bytes, at, length);
      if (length < BLOCK_BYTES) {
        bytes[at + length] = PADDING;
        double(di);
        xorInto(bytes, at, di);
        xorInto(bytes, at, this.#fullMask);
      } else {
        xorInto(bytes, at + length - BLOCK_BYTES, di);
        this.#finish(bytes, at, length);
      }
    }
    return this.#chain({ bytes, first });
  }

  #cut(messages: Column): Blocks {
    const { data, offsets } = messages;
    const first = firstBlocks(messages);
    const bytes = new Uint8Array(BLOCK_BYTES * (first[first.length - 1] as number));
    for (let i = 0; i + 1 < offsets.length; i++) {
      const [from, to] = [offsets[i] as number, offsets[i + 1] as number];
      const at = BLOCK_BYTES * (first[i] as number);
      copy(data, from, bytes, at, to - from);
      this.#finish(bytes, at, to - from);
    }
    return { bytes, first };
  }

  /** Pads a message that ends inside a block, and masks its last block. */
  #finish(bytes: Uint8Array, at: number, length: number): void {
    const full = length > 0 && length % BLOCK_BYTES === 0;
    if (!full) bytes[at + length] = PADDING;
    const last = at + BLOCK_BYTES * (Math.max(1, Math.ceil(length / BLOCK_BYTES)) - 1);
    xorInto(bytes, last, full ? this.#fullMask : this.#paddedMask);
  }

  #chain({ bytes, first }: Blocks): Uint8Array {
    const n = first.length - 1;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const order = longestFirst(first);
    const input = new Uint32Array(4 * n);
    const state = new Uint32Array(4 * n);
    const inputBytes = new Uint8Array(input.buffer);
    const stateBytes = new Uint8Array(state.buffer);
    let active = n;
    for (let step = 0; ; step++) {
      // Messages that have ended keep their state: they are the tail of the order.
      while (active > 0 && blocksOf(first, order[active - 1] as number) <= step) active--;
      if (active === 0) break;
      for (let k = 0; k < active; k++) {
        const from = 4 * ((first[order[k] as number] as number) + step);
        const to = 4 * k;
        input[to] = (state[to] as number) ^ (words[from] as number);
        input[to + 1] = (state[to + 1] as number) ^ (words[from + 1] as number);
        input[to + 2] = (state[to + 2] as number) ^ (words[from + 2] as number);
        input[to + 3] = (state[to + 3] as number) ^ (words[from + 3] as number);
      }
      const used = BLOCK_BYTES * active;
      this.#cipher.encrypt(inputBytes.subarray(0, used), stateBytes.subarray(0, used));
    }
    const macs = new Uint8Array(BLOCK_BYTES * n);
    for (let k = 0; k < n; k++) copy(stateBytes, BLOCK_BYTES * k, macs, BLOCK_BYTES * (order[k] as number), BLOCK_BYTES);
    return macs;
  }
}

/** Doubles a block in GF(2^128), in place and without a branch on its bits. */
export function double(block: Uint8Array): void {
  const carry = (block[0] as number) >> 7;
  for (let i = 0; i < BLOCK_BYTES - 1; i++) block[i] = ((block[i] as number) << 1) | ((block[i + 1] as number) >> 7);
  block[BLOCK_BYTES - 1] = ((block[BLOCK_BYTES - 1] as number) << 1) ^ (POLYNOMIAL & -carry);
}

/** `bytes[at ..] ^= block`. */
export function xorInto(bytes: Uint8Array, at: number, block: Uint8Array): void {
  for (let i = 0; i < BLOCK_BYTES; i++) bytes[at + i] = (bytes[at + i] as number) ^ (block[i] as number);
}

/** A short copy; `set` with `subarray` costs more than the bytes. */
export function copy(from: Uint8Array, start: number, to: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i] as number;
}

function firstBlocks({ offsets }: Column): Uint32Array {
  const first = new Uint32Array(offsets.length);
  for (let i = 0; i + 1 < offsets.length; i++) {
    const length = (offsets[i + 1] as number) - (offsets[i] as number);
    // The empty message is one padded block.
    first[i + 1] = (first[i] as number) + Math.max(1, Math.ceil(length / BLOCK_BYTES));
  }
  return first;
}

const blocksOf = (first: Uint32Array, i: number): number => (first[i + 1] as number) - (first[i] as number);

function longestFirst(first: Uint32Array): Uint32Array {
  const order = new Uint32Array(first.length - 1);
  let ragged = false;
  for (let i = 0; i < order.length; i++) {
    order[i] = i;
    ragged ||= blocksOf(first, i) !== blocksOf(first, 0);
  }
  return ragged ? order.sort((a, b) => blocksOf(first, b) - blocksOf(first, a)) : order;
}
