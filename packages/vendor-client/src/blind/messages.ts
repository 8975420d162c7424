/**
 * The messages of blind matching, as bytes. What one holds and how long it is follow from its kind and from two counts.
 *
 *     kind(1) ‖ version(1) ‖ run(16) ‖ …
 *     1 commit     count(4) ‖ Merkle root(32) ‖ SHA-256(info)(32)    17 key        count(4) ‖ public key(32)
 *     2 elements   batch(4) ‖ blinded elements, 32 each              18 received   batch(4)
 *     3 list       batch(4)                                          19 tags       batch(4) ‖ tags, 16 each
 *     4 evaluate   batch(4)                                          20 evaluated  batch(4) ‖ evaluated elements ‖ proof(64)
 *
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { VendorClientError } from '../errors.js';

export const KIND = { commit: 1, elements: 2, list: 3, evaluate: 4, key: 17, received: 18, tags: 19, evaluated: 20 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

const VERSION = 1;
export const RUN_BYTES = 16;
const HEADER_BYTES = 2 + RUN_BYTES;
export const NUMBER_BYTES = 4;
export const HASH_BYTES = 32;
export const ELEMENT_BYTES = 32;
export const PROOF_BYTES = 64;
export const TAG_BYTES = 16;
/** Elements under one proof, and tags in one message. */
export const BATCH_ELEMENTS = 256;
export const BATCH_TAGS = 1_024;
/** No message is longer; a transport may cut off what is. */
export const LONGEST_MESSAGE = HEADER_BYTES + NUMBER_BYTES + BATCH_TAGS * TAG_BYTES;

export function write(kind: Kind, run: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(Uint8Array.of(kind, VERSION), run, ...parts);
}

export function runOf(message: Uint8Array): Uint8Array {
  return copy(message, 2, HEADER_BYTES);
}

/** A copy for good: `slice` of a Buffer is a view of memory that the transport may use again. */
function copy(message: Uint8Array, from: number, to: number): Uint8Array {
  return Uint8Array.from(message.subarray(from, to));
}

/**
 * Takes the parts of a message of this kind, which have exactly these lengths.
 *
 * @throws `ERR_CLIENT_MATCH_MESSAGE`, `ERR_CLIENT_MATCH_TERMS`: it is of another run
 */
export function read(message: Uint8Array, kind: Kind, run: Uint8Array | undefined, lengths: readonly number[]): Uint8Array[] {
  const length = lengths.reduce((sum, each) => sum + each, HEADER_BYTES);
  if (!(message instanceof Uint8Array) || message.length !== length || message[0] !== kind || message[1] !== VERSION)
    throw new VendorClientError('ERR_CLIENT_MATCH_MESSAGE');
  if (run !== undefined && !same(run, runOf(message))) throw new VendorClientError('ERR_CLIENT_MATCH_TERMS');
  let at = HEADER_BYTES;
  return lengths.map((each) => {
    at += each;
    return copy(message, at - each, at);
  });
}

export function number(value: number): Uint8Array {
  const bytes = new Uint8Array(NUMBER_BYTES);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, NUMBER_BYTES).getUint32(0);
}

/** How many of `total` lie in a batch. */
export function sizeOf(batch: number, total: number, size: number): number {
  return Math.max(0, Math.min(size, total - batch * size));
}

export function cut(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: bytes.length / length }, (_, i) => bytes.slice(i * length, (i + 1) * length));
}

/** Public bytes: their comparison may tell where they differ. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The root of RFC 6962 § 2.1 over a list that is not empty. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level: Uint8Array[] = leaves.map((leaf) => sha256(concatBytes(Uint8Array.of(0), leaf)));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Uint8Array, level[i + 1]];
      above.push(right === undefined ? left : sha256(concatBytes(Uint8Array.of(1), left, right)));
    }
    level = above;
  }
  return level[0] as Uint8Array;
}
