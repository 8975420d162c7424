/**
 * The Merkle tree of RFC 6962 § 2.1 over leaf hashes: its root, whole or growing. For a ledger on disk see `integrate.ts` and `tiles.ts`.
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 * @module
 */
import { emptyRoot, nodeHash, type Sha256 } from './hash.js';

/** A tree that only grows: keeps one hash per set bit of its size, whatever the size. */
export interface TreeBuilder {
  readonly size: number;
  /** Appends one leaf hash (32 bytes); the bytes are kept, not copied. */
  add(leaf: Uint8Array): void;
  /** Root over everything added so far; the builder may go on afterwards. */
  root(): Uint8Array;
}

/** Starts an empty tree; for roots over files of any length. */
export function createTreeBuilder(sha: Sha256): TreeBuilder {
  /** Perfect subtrees from left to right, each with the number of its leaves. */
  const peaks: { readonly leaves: number; readonly hash: Uint8Array }[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(leaf) {
      size++;
      let right = { leaves: 1, hash: leaf };
      for (let left = peaks.at(-1); left?.leaves === right.leaves; left = peaks.at(-1)) {
        peaks.pop();
        right = { leaves: left.leaves * 2, hash: nodeHash(sha, left.hash, right.hash) };
      }
      peaks.push(right);
    },
    root: () =>
      foldPeaks(
        sha,
        peaks.map(({ hash }) => hash),
      ),
  };
}

/** Root over perfect subtrees, largest first, as they stand in a tree whose size is their sum. */
export function foldPeaks(sha: Sha256, peaks: readonly Uint8Array[]): Uint8Array {
  let root = peaks.at(-1);
  if (root === undefined) return emptyRoot(sha);
  for (let i = peaks.length - 2; i >= 0; i--) root = nodeHash(sha, peaks[i]!, root);
  return root;
}

/**
 * Root over leaf hashes.
 *
 * @param leaves - 32 bytes each, in order: `leafHash` of the entries
 */
export function rootOf(sha: Sha256, leaves: readonly Uint8Array[]): Uint8Array {
  const builder = createTreeBuilder(sha);
  for (const leaf of leaves) builder.add(leaf);
  return builder.root();
}
