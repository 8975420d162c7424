/**
 * Subjects: how a customer appears in an entry. Each use n of a customer has its own, and without the customer's key no two can be linked;
 * erasing the key unlinks them all.
 *
 * ```
 * subject = first 16 bytes of HMAC-SHA-256(customer key, "numbra/v1/subject" 0x1F log origin 0x1F n(8, big-endian))
 * ```
 *
 * HMAC (RFC 2104) is done here with two calls of the given SHA-256: in Node that takes less than half the time of `createHmac`.
 * @module
 */
import { utf8 } from './bytes.js';
import { SUBJECT_BYTES } from './entries/fields.js';
import { fail } from './errors.js';
import { HASH_BYTES, leafHash, type Sha256 } from './hash.js';

/** Bytes of a customer key. */
export const CUSTOMER_KEY_BYTES = 32;

/** SHA-256's block (RFC 2104: B). */
const BLOCK_BYTES = 64;

/** Gives the subject of a customer's use n. Holds buffers: one at a time, not across threads. */
export type SubjectOf = (customerKey: Uint8Array, n: number) => Uint8Array;

/**
 * Prepares subjects of one ledger: for exports, where each of 32,000 customers needs one.
 *
 * @param origin - the ledger's origin, as in its checkpoints
 * @returns a function of a customer's 32-byte key and n = 1, 2, 3 … (safe integer) that returns 16 fresh bytes
 * @throws the function: `ERR_LEDGER_ARGUMENT` for a key of another length or an n below 1
 */
export function subjectsOf(sha: Sha256, origin: string): SubjectOf {
  const label = utf8(`numbra/v1/subject\x1f${origin}\x1f`);
  const inner = new Uint8Array(BLOCK_BYTES + label.length + 8);
  inner.set(label, BLOCK_BYTES);
  const number = new DataView(inner.buffer, BLOCK_BYTES + label.length);
  const outer = new Uint8Array(BLOCK_BYTES + HASH_BYTES);
  return (customerKey, n) => {
    if (customerKey.length !== CUSTOMER_KEY_BYTES || !Number.isSafeInteger(n) || n < 1) throw fail('ERR_LEDGER_ARGUMENT');
    for (let i = 0; i < BLOCK_BYTES; i++) {
      const byte = customerKey[i] ?? 0;
      inner[i] = byte ^ 0x36;
      outer[i] = byte ^ 0x5c;
    }
    number.setBigUint64(0, BigInt(n));
    outer.set(sha(inner), BLOCK_BYTES);
    const subject = sha(outer).slice(0, SUBJECT_BYTES);
    // The pads are the key in plain sight.
    inner.fill(0, 0, BLOCK_BYTES);
    outer.fill(0);
    return subject;
  };
}

/** One subject: see `subjectsOf`. */
export const subjectOf = (sha: Sha256, customerKey: Uint8Array, origin: string, n: number): Uint8Array =>
  subjectsOf(sha, origin)(customerKey, n);

/**
 * Leaf of one row under `export.made`'s root: SHA-256(0x00 ‖ subject ‖ SHA-256(row as delivered)).
 *
 * @param rowHash - SHA-256 of the row's bytes without its LF
 */
export function rowLeaf(sha: Sha256, subject: Uint8Array, rowHash: Uint8Array): Uint8Array {
  const leaf = new Uint8Array(SUBJECT_BYTES + HASH_BYTES);
  leaf.set(subject);
  leaf.set(rowHash, SUBJECT_BYTES);
  return leafHash(sha, leaf);
}

/** Leaf of one subject under `export.abandoned`'s root: SHA-256(0x00 ‖ subject). */
export const subjectLeaf = (sha: Sha256, subject: Uint8Array): Uint8Array => leafHash(sha, subject);
