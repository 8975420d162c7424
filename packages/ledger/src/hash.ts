/**
 * SHA-256 comes in as an argument: `crypto.hash` in Node, @noble/hashes in a browser. The two hashes of the Merkle tree, RFC 6962 § 2.1.
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 * @module
 */
import { utf8, writeHex } from './bytes.js';

/** Bytes of a SHA-256. */
export const HASH_BYTES = 32;

/**
 * SHA-256 of bytes. A plain function will do; one that also prints hex (`sha256FromHex`) makes whole-ledger work faster,
 * because in Node asking for a Buffer costs as much as hashing.
 */
export interface Sha256 {
  (bytes: Uint8Array): Uint8Array;
  /** The same hash as 64 lower-case hex digits. */
  readonly hex?: (bytes: Uint8Array) => string;
}

/**
 * The fast SHA-256 for Node: `sha256FromHex((bytes) => hash('sha256', bytes, 'hex'))` with `hash` of `node:crypto`.
 *
 * @param hex - SHA-256 of bytes as 64 lower-case hex digits
 */
export function sha256FromHex(hex: (bytes: Uint8Array) => string): Sha256 {
  const bytesOf = (bytes: Uint8Array): Uint8Array => {
    const result = new Uint8Array(HASH_BYTES);
    writeHex(hex(bytes), result, 0, HASH_BYTES);
    return result;
  };
  return Object.assign(bytesOf, { hex });
}

/** Hash of an entry in the tree: SHA-256(0x00 ‖ entry). A string is taken as UTF-8. */
export function leafHash(sha: Sha256, entry: Uint8Array | string): Uint8Array {
  const bytes = typeof entry === 'string' ? utf8(entry) : entry;
  const input = new Uint8Array(1 + bytes.length);
  input.set(bytes, 1);
  return sha(input);
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(sha: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_BYTES);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + HASH_BYTES);
  return sha(input);
}

/** Root of the tree without entries: SHA-256 of nothing. */
export const emptyRoot = (sha: Sha256): Uint8Array => sha(new Uint8Array(0));
