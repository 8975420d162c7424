/**
 * Inclusion proofs (an entry is in the tree) and consistency proofs (a tree grew out of an older one), RFC 9162 § 2.1.3 and § 2.1.4;
 * the same proofs as RFC 6962's. A proof is a list of subtree hashes; which subtrees depends on positions and sizes alone.
 * @see https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3
 * @module
 */
import { equal } from './bytes.js';
import { fail, type LedgerErrorCode } from './errors.js';
import { HASH_BYTES, nodeHash, type Sha256 } from './hash.js';
import { rootOf } from './tree.js';

/** Leaves from `start` up to, not including, `end`: a subtree of the tree. */
export type Range = readonly [start: number, end: number];

/** Largest power of two below `n`, for n > 1 (RFC 9162: k). */
function split(n: number): number {
  let k = 2 ** Math.floor(Math.log2(n));
  // log2 rounds near 2^53; put it right on either side.
  while (k >= n) k /= 2;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The subtrees of an inclusion proof, from the leaf up (RFC 9162 § 2.1.3.1). */
export function inclusionRanges(index: number, size: number): Range[] {
  checkIndex(index, size);
  const ranges: Range[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      ranges.push([middle, end]);
      end = middle;
    } else {
      ranges.push([start, middle]);
      start = middle;
    }
  }
  return ranges.reverse();
}

/** The subtrees of a consistency proof (RFC 9162 § 2.1.4.1); none when the sizes are equal or the old tree is empty. */
export function consistencyRanges(oldSize: number, newSize: number): Range[] {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) throw fail('ERR_LEDGER_ARGUMENT');
  if (oldSize === 0 || oldSize === newSize) return [];
  const ranges: Range[] = [];
  let start = 0;
  let end = newSize;
  // SUBPROOF(m, D, true): while the old tree is a whole subtree from the left edge, its own root is known and left out.
  while (end !== oldSize) {
    const middle = start + split(end - start);
    if (oldSize <= middle) {
      ranges.push([middle, end]);
      end = middle;
    } else {
      ranges.push([start, middle]);
      start = middle;
    }
  }
  if (start !== 0) ranges.push([start, end]);
  return ranges.reverse();
}

/**
 * Proves an entry among leaf hashes held in memory. For a ledger on disk: `inclusionFromTiles`.
 *
 * @param leaves - all leaf hashes of the tree, in order
 * @returns sibling hashes from the leaf up
 * @throws `ERR_LEDGER_ARGUMENT`: no such position
 */
export const inclusionProof = (sha: Sha256, leaves: readonly Uint8Array[], index: number): Uint8Array[] =>
  inclusionRanges(index, leaves.length).map(([start, end]) => rootOf(sha, leaves.slice(start, end)));

/**
 * Proves that the tree over `leaves` grew out of the tree over its first `oldSize` leaves.
 *
 * @throws `ERR_LEDGER_ARGUMENT`: `oldSize` is no size up to the number of leaves
 */
export const consistencyProof = (sha: Sha256, leaves: readonly Uint8Array[], oldSize: number): Uint8Array[] =>
  consistencyRanges(oldSize, leaves.length).map(([start, end]) => rootOf(sha, leaves.slice(start, end)));

export interface Inclusion {
  /** Position, counted from 0. */
  readonly index: number;
  /** Size of the tree. */
  readonly size: number;
  /** Hash of the entry (`leafHash`). */
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/**
 * Verifies that an entry is at its position in the tree with this root (RFC 9162 § 2.1.3.2).
 *
 * @returns what it proved: the position, in a tree of which size and root
 * @throws `ERR_PROOF_INCLUSION`
 */
export function verifyInclusion(
  sha: Sha256,
  inclusion: Inclusion,
): { readonly index: number; readonly size: number; readonly root: Uint8Array } {
  const { index, size, leaf, proof, root } = inclusion;
  const no = (): never => {
    throw fail('ERR_PROOF_INCLUSION', { entry: index, size });
  };
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([leaf, root, ...proof])) no();
  let first = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) no();
    if (first % 2 === 1 || first === last) {
      hash = nodeHash(sha, sibling, hash);
      while (first % 2 === 0 && first !== 0) {
        first /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(sha, hash, sibling);
    }
    first = Math.floor(first / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0 || !equal(hash, root)) no();
  return { index, size, root };
}

export interface Consistency {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Verifies that the newer tree begins with the whole older one (RFC 9162 § 2.1.4.2). Every tree begins with the empty one.
 *
 * @returns what it proved: both sizes and the newer root
 * @throws `ERR_PROOF_CONSISTENCY`
 */
export function verifyConsistency(
  sha: Sha256,
  consistency: Consistency,
): { readonly oldSize: number; readonly newSize: number; readonly newRoot: Uint8Array } {
  const { oldSize, oldRoot, newSize, newRoot, proof } = consistency;
  const proved = { oldSize, newSize, newRoot };
  const no = (): never => {
    throw fail('ERR_PROOF_CONSISTENCY', { size: oldSize, expectedSize: newSize });
  };
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize || !areHashes([oldRoot, newRoot, ...proof])) no();
  if (oldSize === 0 || oldSize === newSize) {
    if (proof.length !== 0 || (oldSize === newSize ? !equal(oldRoot, newRoot) : !equal(oldRoot, sha(new Uint8Array(0))))) no();
    return proved;
  }
  let first = oldSize - 1;
  let last = newSize - 1;
  while (first % 2 === 1) {
    first = Math.floor(first / 2);
    last = Math.floor(last / 2);
  }
  // An old tree that is one perfect subtree is left out of the proof: its root is known (step 2).
  const path = first === 0 ? [oldRoot, ...proof] : proof;
  const [seed, ...rest] = path;
  if (seed === undefined || proof.length === 0) return no();
  let oldHash = seed;
  let newHash = seed;
  for (const sibling of rest) {
    if (last === 0) no();
    if (first % 2 === 1 || first === last) {
      oldHash = nodeHash(sha, sibling, oldHash);
      newHash = nodeHash(sha, sibling, newHash);
      while (first % 2 === 0 && first !== 0) {
        first /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      newHash = nodeHash(sha, newHash, sibling);
    }
    first = Math.floor(first / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0 || !equal(oldHash, oldRoot) || !equal(newHash, newRoot)) no();
  return proved;
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const areHashes = (values: readonly Uint8Array[]): boolean => values.every((value) => value.length === HASH_BYTES);

function checkIndex(index: number, size: number, code: LedgerErrorCode = 'ERR_LEDGER_ARGUMENT'): void {
  if (!isSize(index) || !isSize(size) || index >= size) throw fail(code, { entry: index, size });
}
