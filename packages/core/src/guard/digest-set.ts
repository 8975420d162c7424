/**
 * A set of identifiers kept as digests under a key: AES-256 CBC-MAC over exactly two blocks, which is a pseudo-random function because
 * all inputs have one length. A filter over a rolling hash stands before it, so that a text's windows cost next to nothing.
 *
 * Memory holds no identifier; who has the key and the digests can still try candidates, as with any such table.
 * @module
 */
import { createHash } from 'node:crypto';
import { createAesCipher } from '../tokens/block-cipher.js';
import { HashFilter } from './hash-filter.js';

const BLOCK = 16;
const WORDS_A_DIGEST = 4;
const ZERO = 0x30;
const utf8 = new TextEncoder();

/** Canonical bytes that fit two blocks beside type and length. */
const LONGEST_PLAIN = 2 * BLOCK - 2;
const TYPE_DIGITS = 1;
const TYPE_TEXT = 2;
const TYPE_LONG_TEXT = 3;

/** Odd, to tell lengths apart. */
const LENGTH_MULTIPLIER = 0x27d4eb2f;

/** An identifier: digits, or canonical text. `label` comes back when it is found. */
export interface Entry {
  readonly text: string;
  readonly isDigits: boolean;
  /** 0 to 254. */
  readonly label: number;
}

export class DigestSet {
  /** Multiplier of the rolling hash, drawn from the key. */
  readonly base: number;
  readonly #encrypt: (input: Uint8Array, output: Uint8Array) => void;
  /** Open addressing; a label is stored plus one, 0 is an empty slot. */
  readonly #slots: Uint32Array;
  readonly #labels: Uint8Array;
  readonly #filter: HashFilter;

  /**
   * @param key - 32 bytes
   */
  constructor(key: Uint8Array, entries: readonly Entry[]) {
    this.#encrypt = createAesCipher(key).encrypt;
    const seed = new Uint8Array(BLOCK);
    this.#encrypt(new Uint8Array(BLOCK), seed);
    this.base = new DataView(seed.buffer).getUint32(0) | 1;

    this.#filter = new HashFilter(entries.length);
    const capacity = 2 ** Math.ceil(Math.log2(entries.length * 1.5 + 2));
    this.#slots = new Uint32Array(capacity * WORDS_A_DIGEST);
    this.#labels = new Uint8Array(capacity);
    const inputs = new Uint8Array(entries.length * 2 * BLOCK);
    for (let i = 0; i < entries.length; i++) encode(entries[i] as Entry, inputs, i * 2 * BLOCK);
    const digests = digestAll(this.#encrypt, inputs);
    inputs.fill(0);
    for (let i = 0; i < entries.length; i++) this.#add(entries[i] as Entry, digests, i * WORDS_A_DIGEST);
  }

  /** Whether a window of this hash and length may be in the set: always yes when it is. */
  mayHave(hash: number, length: number): boolean {
    return this.#filter.mayHave(hash ^ Math.imul(length, LENGTH_MULTIPLIER));
  }

  /** The label of exactly this text, or `undefined`. */
  find(text: string, isDigits: boolean): number | undefined {
    const input = new Uint8Array(2 * BLOCK);
    encode({ text, isDigits }, input, 0);
    const digest = digestAll(this.#encrypt, input);
    const mask = this.#labels.length - 1;
    for (let slot = (digest[0] as number) & mask; this.#labels[slot] !== 0; slot = (slot + 1) & mask) {
      const at = slot * WORDS_A_DIGEST;
      if (digest.every((word, i) => this.#slots[at + i] === word)) return (this.#labels[slot] as number) - 1;
    }
    return undefined;
  }

  #add({ text, isDigits, label }: Entry, digests: Uint32Array, at: number): void {
    const labels = this.#labels;
    const mask = labels.length - 1;
    let slot = (digests[at] as number) & mask;
    while (labels[slot] !== 0) slot = (slot + 1) & mask;
    labels[slot] = label + 1;
    for (let i = 0; i < WORDS_A_DIGEST; i++) this.#slots[slot * WORDS_A_DIGEST + i] = digests[at + i] as number;

    const hash = isDigits ? this.hashOfDigits(text) : hashOf(text, this.base, 0);
    this.#filter.add(hash ^ Math.imul(text.length, LENGTH_MULTIPLIER));
  }

  /** The rolling hash of digits. */
  hashOfDigits(digits: string): number {
    return hashOf(digits, this.base, ZERO);
  }
}

/** One more unit of a rolling hash: a digit's value, or a code unit of text. */
export function rolled(hash: number, base: number, unit: number): number {
  return (Math.imul(hash, base) + unit + 1) | 0;
}

function hashOf(text: string, base: number, zero: number): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = rolled(hash, base, text.charCodeAt(i) - zero);
  return hash;
}

function digestAll(encrypt: (input: Uint8Array, output: Uint8Array) => void, inputs: Uint8Array): Uint32Array {
  const words = new Uint32Array(inputs.buffer, inputs.byteOffset, inputs.length / 4);
  const count = words.length / (2 * WORDS_A_DIGEST);
  const blocks = new Uint32Array(count * WORDS_A_DIGEST);
  const output = new Uint32Array(count * WORDS_A_DIGEST);
  for (let i = 0; i < count; i++) for (let w = 0; w < 4; w++) blocks[i * 4 + w] = words[i * 8 + w] as number;
  encrypt(bytesOf(blocks), bytesOf(output));
  for (let i = 0; i < count; i++)
    for (let w = 0; w < 4; w++) blocks[i * 4 + w] = (output[i * 4 + w] as number) ^ (words[i * 8 + 4 + w] as number);
  encrypt(bytesOf(blocks), bytesOf(output));
  return output;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

/** Two blocks: type, length, then digits as BCD or text as UTF-8; of a longer text its SHA-256. */
function encode({ text, isDigits }: Omit<Entry, 'label'>, into: Uint8Array, at: number): void {
  into[at + 1] = text.length & 0xff;
  if (isDigits) {
    into[at] = TYPE_DIGITS;
    for (let i = 0; i < text.length; i++) {
      const byte = at + 2 + (i >> 1);
      into[byte] = (into[byte] as number) | ((text.charCodeAt(i) - ZERO) << (i & 1 ? 0 : 4));
    }
  } else if (text.length * 3 <= LONGEST_PLAIN) {
    into[at] = TYPE_TEXT;
    utf8.encodeInto(text, into.subarray(at + 2, at + 2 * BLOCK));
  } else {
    into[at] = TYPE_LONG_TEXT;
    into.set(createHash('sha256').update(text).digest().subarray(0, LONGEST_PLAIN), at + 2);
  }
}
