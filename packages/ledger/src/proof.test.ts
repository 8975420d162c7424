import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../tests/support/ledgers.js';
import { emptyRoot, leafHash } from './hash.js';
import { consistencyProof, consistencyRanges, inclusionProof, inclusionRanges, verifyConsistency, verifyInclusion } from './proof.js';
import { rootOf } from './tree.js';

const leaves = Array.from({ length: 300 }, (_, i) => leafHash(sha256, `entry ${i}`));
const sizes = fc.integer({ min: 1, max: leaves.length });
const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const changed = bytes.slice();
  changed[(bit >> 3) % changed.length]! ^= 1 << (bit & 7);
  return changed;
};

describe('an inclusion proof', () => {
  it('proves every entry of every small tree', () => {
    for (let size = 1; size <= 40; size++) {
      const tree = leaves.slice(0, size);
      const root = rootOf(sha256, tree);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(sha256, tree, index);
        expect(verifyInclusion(sha256, { index, size, leaf: leaves[index]!, proof, root })).toEqual({ index, size, root });
      }
    }
  });

  it('proves nothing else: not another entry, position, size, root, nor with a bit, hash or order changed', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, i, noise) => {
        const index = i % size;
        const tree = leaves.slice(0, size);
        const good = { index, size, leaf: leaves[index]!, proof: inclusionProof(sha256, tree, index), root: rootOf(sha256, tree) };
        const bad = [
          { ...good, index: (index + 1 + (noise % size)) % (size + 1) },
          // The size alone is bound by the signed checkpoint, not by the path; twice the size has a longer path.
          { ...good, size: size * 2 },
          { ...good, size: index },
          { ...good, leaf: flip(good.leaf, noise) },
          { ...good, leaf: good.leaf.slice(1) },
          { ...good, root: flip(good.root, noise) },
          { ...good, proof: [...good.proof, good.root] },
          { ...good, index: -1 },
          { ...good, index: index + 0.5 },
          { ...good, size: Number.NaN },
          ...good.proof.map((_, at) => ({ ...good, proof: good.proof.map((hash, j) => (j === at ? flip(hash, noise) : hash)) })),
          ...good.proof.map((_, at) => ({ ...good, proof: good.proof.filter((_, j) => j !== at) })),
          ...(good.proof.length > 1 ? [{ ...good, proof: [...good.proof].reverse() }] : []),
        ];
        for (const inclusion of bad) {
          await expect(() => verifyInclusion(sha256, inclusion)).toFailWith('ERR_PROOF_INCLUSION');
        }
      }),
      { numRuns: 60 },
    );
  });

  it('refuses to prove a position outside the tree', async () => {
    await expect(() => inclusionProof(sha256, leaves.slice(0, 3), 3)).toFailWith('ERR_LEDGER_ARGUMENT');
    await expect(() => inclusionProof(sha256, [], 0)).toFailWith('ERR_LEDGER_ARGUMENT');
    await expect(() => inclusionProof(sha256, leaves.slice(0, 3), 0.5)).toFailWith('ERR_LEDGER_ARGUMENT');
  });

  it('names the subtrees of trees beyond 2^32 entries', () => {
    const size = 2 ** 40 + 3;
    expect(inclusionRanges(size - 1, size)).toEqual([
      [2 ** 40, 2 ** 40 + 2],
      [0, 2 ** 40],
    ]);
    expect(inclusionRanges(0, 2 ** 52).length).toBe(52);
  });
});

describe('a consistency proof', () => {
  it('proves every prefix of every small tree', () => {
    for (let newSize = 1; newSize <= 40; newSize++) {
      const newRoot = rootOf(sha256, leaves.slice(0, newSize));
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const proof = consistencyProof(sha256, leaves.slice(0, newSize), oldSize);
        const oldRoot = rootOf(sha256, leaves.slice(0, oldSize));
        expect(verifyConsistency(sha256, { oldSize, oldRoot, newSize, newRoot, proof })).toEqual({ oldSize, newSize, newRoot });
      }
    }
  });

  it('proves nothing else: not a changed root, hash, size or entry before the old end', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (newSize, i, noise) => {
        const oldSize = 1 + (i % newSize);
        const tree = leaves.slice(0, newSize);
        const good = {
          oldSize,
          oldRoot: rootOf(sha256, tree.slice(0, oldSize)),
          newSize,
          newRoot: rootOf(sha256, tree),
          proof: consistencyProof(sha256, tree, oldSize),
        };
        const edited = tree.map((leaf, at) => (at === noise % oldSize ? flip(leaf, noise) : leaf));
        const bad = [
          { ...good, oldRoot: flip(good.oldRoot, noise) },
          { ...good, newRoot: flip(good.newRoot, noise) },
          { ...good, oldRoot: good.oldRoot.slice(1) },
          { ...good, proof: [...good.proof, good.newRoot] },
          { ...good, oldSize: newSize + 1 },
          { ...good, oldSize: -1 },
          { ...good, newRoot: rootOf(sha256, edited), proof: consistencyProof(sha256, edited, oldSize) },
          ...good.proof.map((_, at) => ({ ...good, proof: good.proof.map((hash, j) => (j === at ? flip(hash, noise) : hash)) })),
          ...good.proof.map((_, at) => ({ ...good, proof: good.proof.filter((_, j) => j !== at) })),
        ];
        for (const consistency of bad) await expect(() => verifyConsistency(sha256, consistency)).toFailWith('ERR_PROOF_CONSISTENCY');
      }),
      { numRuns: 60 },
    );
  });

  it('lets every tree grow out of the empty one, and out of no other tree of size 0', async () => {
    const newRoot = rootOf(sha256, leaves);
    const empty = { oldSize: 0, oldRoot: emptyRoot(sha256), newSize: 300, newRoot, proof: [] };
    expect(verifyConsistency(sha256, empty).newSize).toBe(300);
    await expect(() => verifyConsistency(sha256, { ...empty, oldRoot: newRoot })).toFailWith('ERR_PROOF_CONSISTENCY');
    await expect(() => verifyConsistency(sha256, { ...empty, proof: [newRoot] })).toFailWith('ERR_PROOF_CONSISTENCY');
  });

  it('needs no proof between equal sizes, and then wants equal roots', async () => {
    const root = rootOf(sha256, leaves);
    const same = { oldSize: 300, oldRoot: root, newSize: 300, newRoot: root, proof: [] };
    expect(verifyConsistency(sha256, same).newRoot).toEqual(root);
    await expect(() => verifyConsistency(sha256, { ...same, oldRoot: leaves[0]! })).toFailWith('ERR_PROOF_CONSISTENCY');
    await expect(() => consistencyRanges(301, 300)).toFailWith('ERR_LEDGER_ARGUMENT');
  });
});
