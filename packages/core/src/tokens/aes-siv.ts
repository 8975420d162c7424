/**
 * AES-256-SIV (RFC 5297): deterministic authenticated encryption of values of any length, one at a time or in batches. Equal values
 * under equal associated data give equal results, and that is all an observer learns; it is what the store's cells are sealed with.
 *
 * Not for streams or files: a value is in memory as a whole, twice. For references and dial tokens see scope.ts.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc5297
 */
import { fail } from '../errors.js';
import { BLOCK_BYTES, type BlockCipher, createSivCiphers, type SivCiphers } from './block-cipher.js';
import { Cmac, double, xorInto } from './cmac.js';
import { columnOf } from './column.js';

/** Bytes that sealing adds: the synthetic initialisation vector, which comes first. */
export const SIV_BYTES = BLOCK_BYTES;
/** RFC 5297 §2.6: S2V takes 127 components, of which the plaintext is the last. */
const MAX_ASSOCIATED = 126;
/** Values that go through the cipher together. More of them fall out of the processor's cache. */
const CHUNK = 1024;

export class AesSiv {
  readonly #ciphers: SivCiphers;
  readonly #cmac: Cmac;
  /** CMAC of a zero block, with which every S2V begins. */
  readonly #start: Uint8Array;

  /**
   * @param key - 64 bytes, or the two ciphers of a key that lies elsewhere
   * @throws `ERR_KEY_LENGTH`
   */
  constructor(key: Uint8Array | SivCiphers) {
    this.#ciphers = key instanceof Uint8Array ? createSivCiphers(key) : key;
    this.#cmac = new Cmac(this.#ciphers.mac);
    this.#start = this.#cmac.mac(new Uint8Array(BLOCK_BYTES));
  }

  /**
   * Seals one value.
   *
   * @param associated - up to 126 components, each of any length, that must be the same on opening
   * @returns SIV (16 bytes), then as many bytes of ciphertext as `plaintext` has
   * @throws `ERR_TOO_MANY_COMPONENTS`, `ERR_CLOSED`
   * @see https://www.rfc-editor.org/rfc/rfc5297#section-2.6
   */
  seal(plaintext: Uint8Array, ...associated: readonly Uint8Array[]): Uint8Array {
    return this.#sealChunk([plaintext], this.context(...associated))[0] as Uint8Array;
  }

  /**
   * Opens one value.
   *
   * @returns the plaintext, or `undefined` when it is too short, was changed, or was sealed with another key or other associated data
   * @throws `ERR_TOO_MANY_COMPONENTS`, `ERR_CLOSED`
   * @see https://www.rfc-editor.org/rfc/rfc5297#section-2.7
   */
  open(sealed: Uint8Array, ...associated: readonly Uint8Array[]): Uint8Array | undefined {
    return this.#openChunk([sealed], this.context(...associated))[0];
  }

  /**
   * Seals many values, each with one component of associated data of its own.
   *
   * @param associated - as many as `plaintexts`, in the same order
   * @returns as `seal`, in the same order
   * @throws `ERR_LENGTH_MISMATCH`: nothing is sealed; `ERR_CLOSED`
   */
  sealMany(plaintexts: readonly Uint8Array[], associated: readonly Uint8Array[]): Uint8Array[] {
    return this.#inChunks(plaintexts, associated, (values, contexts) => this.#sealChunk(values, contexts));
  }

  /**
   * Opens many values, each with one component of associated data of its own.
   *
   * @param associated - as many as `sealed`, in the same order
   * @returns as `open`, in the same order
   * @throws `ERR_LENGTH_MISMATCH`: nothing is opened; `ERR_CLOSED`
   */
  openMany(sealed: readonly Uint8Array[], associated: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return this.#inChunks(sealed, associated, (values, contexts) => this.#openChunk(values, contexts));
  }

  /** Wipes the keys. */
  close(): void {
    this.#ciphers.mac.close();
    this.#ciphers.ctr.close();
  }

  /** S2V's D after the associated data, 16 bytes: what is left to do depends on the plaintext alone. */
  context(...associated: readonly Uint8Array[]): Uint8Array {
    if (associated.length > MAX_ASSOCIATED) throw fail('ERR_TOO_MANY_COMPONENTS');
    const d = Uint8Array.from(this.#start);
    const macs = this.#cmac.macColumn(columnOf(associated));
    for (let i = 0; i < associated.length; i++) {
      double(d);
      xorInto(d, 0, macs.subarray(BLOCK_BYTES * i, BLOCK_BYTES * (i + 1)));
    }
    return d;
  }

  /** What S2V under `context` xors into a plaintext shorter than a block, before its one AES call: dbl(D), and CMAC's mask. 16 bytes. */
  shortMask(context: Uint8Array): Uint8Array {
    const mask = this.context(context);
    double(mask);
    xorInto(mask, 0, this.#cmac.fullMask);
    return mask;
  }

  #sealChunk(plaintexts: readonly Uint8Array[], contexts: Uint8Array): Uint8Array[] {
    const vectors = this.#cmac.macXorEnd(columnOf(plaintexts), contexts);
    const sealed = slots(plaintexts.map((plaintext) => SIV_BYTES + plaintext.length));
    sealed.forEach((slot, i) => {
      slot.set(vectors.subarray(SIV_BYTES * i, SIV_BYTES * (i + 1)));
      slot.set(plaintexts[i] as Uint8Array, SIV_BYTES);
    });
    applyCtr(
      this.#ciphers.ctr,
      vectors,
      sealed.map((slot) => slot.subarray(SIV_BYTES)),
    );
    return sealed;
  }

  #openChunk(sealed: readonly Uint8Array[], contexts: Uint8Array): (Uint8Array | undefined)[] {
    // What is too short to be ours is worked on all the same, as an empty value that does not verify.
    const sent = new Uint8Array(SIV_BYTES * sealed.length);
    sealed.forEach((value, i) => {
      sent.set(value.subarray(0, SIV_BYTES), SIV_BYTES * i);
    });
    const plaintexts = slots(sealed.map((value) => Math.max(0, value.length - SIV_BYTES)));
    plaintexts.forEach((slot, i) => {
      slot.set((sealed[i] as Uint8Array).subarray(SIV_BYTES));
    });
    applyCtr(this.#ciphers.ctr, sent, plaintexts);
    const expected = this.#cmac.macXorEnd(columnOf(plaintexts), contexts);
    return plaintexts.map((plaintext, i) => {
      let difference = (sealed[i] as Uint8Array).length < SIV_BYTES ? 1 : 0;
      for (let k = SIV_BYTES * i; k < SIV_BYTES * (i + 1); k++) difference |= (sent[k] as number) ^ (expected[k] as number);
      if (difference === 0) return plaintext;
      plaintext.fill(0);
      return undefined;
    });
  }

  #inChunks<T>(
    values: readonly Uint8Array[],
    associated: readonly Uint8Array[],
    work: (values: readonly Uint8Array[], contexts: Uint8Array) => T[],
  ): T[] {
    if (values.length !== associated.length) throw fail('ERR_LENGTH_MISMATCH');
    const d = Uint8Array.from(this.#start);
    double(d);
    const results: T[] = [];
    for (let from = 0; from < values.length; from += CHUNK) {
      const contexts = this.#cmac.macColumn(columnOf(associated.slice(from, from + CHUNK)));
      for (let at = 0; at < contexts.length; at += BLOCK_BYTES) xorInto(contexts, at, d);
      for (const result of work(values.slice(from, from + CHUNK), contexts)) results.push(result);
    }
    return results;
  }
}

/** Views of one array, `lengths[i]` bytes each. */
function slots(lengths: readonly number[]): Uint8Array[] {
  const data = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return data.subarray(at - length, at);
  });
}

/**
 * AES-CTR of `n` values in place, in one pass over all their counter blocks. The counter is the vector with the top bits of its last
 * two 32-bit words cleared (RFC 5297 §2.5), so that no value that fits a Uint8Array carries out of the last word.
 */
function applyCtr(cipher: BlockCipher, vectors: Uint8Array, values: readonly Uint8Array[]): void {
  const blocks = values.reduce((sum, value) => sum + Math.ceil(value.length / BLOCK_BYTES), 0);
  const counters = new Uint8Array(BLOCK_BYTES * blocks);
  const view = new DataView(counters.buffer);
  let at = 0;
  values.forEach((value, i) => {
    const vector = vectors.subarray(SIV_BYTES * i, SIV_BYTES * (i + 1));
    for (let block = 0; block * BLOCK_BYTES < value.length; block++, at += BLOCK_BYTES) {
      counters.set(vector, at);
      counters[at + 8] = (counters[at + 8] as number) & 0x7f;
      counters[at + 12] = (counters[at + 12] as number) & 0x7f;
      view.setUint32(at + 12, view.getUint32(at + 12) + block);
    }
  });
  const stream = new Uint8Array(counters.length);
  cipher.encrypt(counters, stream);
  at = 0;
  for (const value of values) {
    for (let k = 0; k < value.length; k++) value[k] = (value[k] as number) ^ (stream[at + k] as number);
    at += BLOCK_BYTES * Math.ceil(value.length / BLOCK_BYTES);
  }
}
