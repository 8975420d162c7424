/**
 * SHA-256 comes in as an argument: `crypto.hash` in Node, @noble/hashes in a browser. The two hashes of the Merkle tree, RFC 6962 § 2.1.
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 * @module
 */
import { utf8, writeHex } from './bytes.js';

/** Bytes of a SHA-256. */
export const HASH_BYTES = 32;

/**
 * SHA-256 of bytes. A plain function will do; one that also prints text makes whole-ledger work twice as fast,
 * because in Node asking for a Buffer costs as much as hashing: `sha256FromBinary`, or `sha256FromHex`.
 */
export interface Sha256 {
  (bytes: Uint8Array): Uint8Array;
  /** Writes the same hash into a buffer, without making one. */
  readonly into?: (bytes: Uint8Array, into: Uint8Array, at: number) => void;
}

type Print = (bytes: Uint8Array) => string;

/**
 * The fastest SHA-256 for Node: `sha256FromBinary((bytes) => hash('sha256', bytes, 'binary'))` with `hash` of `node:crypto`.
 *
 * @param print - SHA-256 of bytes as 32 characters, one a byte
 */
export const sha256FromBinary = (print: Print): Sha256 =>
  fromText(print, (text, into, at) => {
    for (let i = 0; i < HASH_BYTES; i++) into[at + i] = text.charCodeAt(i);
  });

/**
 * SHA-256 from a function that prints hex, such as `(bytes) => hash('sha256', bytes, 'hex')`.
 *
 * @param print - SHA-256 of bytes as 64 lower-case hex digits
 */
export const sha256FromHex = (print: Print): Sha256 => fromText(print, (text, into, at) => writeHex(text, into, at, HASH_BYTES));

function fromText(print: Print, write: (text: string, into: Uint8Array, at: number) => void): Sha256 {
  const bytesOf = (bytes: Uint8Array): Uint8Array => {
    const result = new Uint8Array(HASH_BYTES);
    write(print(bytes), result, 0);
    return result;
  };
  const into: Sha256['into'] = (bytes, buffer, at) => write(print(bytes), buffer, at);
  return Object.assign(bytesOf, { into });
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
