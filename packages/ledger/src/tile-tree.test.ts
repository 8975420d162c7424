import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeLedger, sha256, sourceOf } from '../../../tests/support/ledgers.js';
import { leafHash } from './hash.js';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './proof.js';
import { consistencyFromTiles, createTileCache, inclusionFromTiles, openTiles } from './tile-tree.js';
import type { TileSource } from './tiles.js';
import { rootOf } from './tree.js';

const SIZE = 65_536 + 700;
const ledger = makeLedger(SIZE, 8_192);
const leaves = ledger.bodies.map((body) => leafHash(sha256, body));
const head = { size: SIZE, root: ledger.root };

/** A source in which one tile has one bit changed. */
function damaged(level: number, n: number, bit: number): TileSource {
  const tiles = new Map(ledger.tiles);
  const data = tiles.get(`${level}/${n}`)!.slice();
  data[(bit >> 3) % data.length]! ^= 1 << (bit & 7);
  return sourceOf(tiles.set(`${level}/${n}`, data), ledger.state);
}

describe('proofs from tiles', () => {
  it('are those from memory, for any entry and any older size', async () => {
    const tree = openTiles(sha256, ledger.source, head);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: SIZE - 1 }), async (index) => {
        const { leaf, proof } = await tree.inclusion(index);
        expect(leaf).toEqual(leaves[index]);
        expect(verifyInclusion(sha256, { index, leaf, proof, ...head }).index).toBe(index);
        const consistency = await tree.consistency(index);
        const oldRoot = rootOf(sha256, leaves.slice(0, index));
        verifyConsistency(sha256, { oldSize: index, oldRoot, newSize: SIZE, newRoot: head.root, proof: consistency });
        if (index > 0) expect(await tree.rootAt(index)).toEqual(oldRoot);
      }),
      { numRuns: 25 },
    );
    expect((await tree.inclusion(300)).proof).toEqual(inclusionProof(sha256, leaves, 300));
    expect(await tree.consistency(300)).toEqual(consistencyProof(sha256, leaves, 300));
  });

  it.each([1, 2, 255, 256, 257, 511, 512, 65_536, 65_537, SIZE - 1])(
    'work at a checkpoint of size %i with tiles of a later one',
    async (size) => {
      const root = rootOf(sha256, leaves.slice(0, size));
      const { leaf, proof } = await inclusionFromTiles(sha256, ledger.source, { size, root }, size - 1);
      verifyInclusion(sha256, { index: size - 1, size, leaf, proof, root });
      const old = Math.floor(size / 2);
      const consistency = await consistencyFromTiles(sha256, ledger.source, { size, root }, old);
      verifyConsistency(sha256, {
        oldSize: old,
        oldRoot: rootOf(sha256, leaves.slice(0, old)),
        newSize: size,
        newRoot: root,
        proof: consistency,
      });
    },
  );

  it('never come from a changed tile, at whatever level, not even one that only the path passes through', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ledger.tiles.keys()), fc.nat(), fc.nat({ max: 255 }), async (key, bit, inTile) => {
        const [level, n] = key.split('/').map(Number) as [number, number];
        const index = Math.min(SIZE - 1, n * 256 ** (level + 1) + inTile);
        await expect(() => openTiles(sha256, damaged(level, n, bit), head).inclusion(index)).toFailWith('ERR_TILE_DIFFERS');
      }),
      { numRuns: 30 },
    );
  });

  it('never come from a tile that was changed together with its parent', async () => {
    // An edited entry, its leaf and the hash above it agree with each other; the signed root does not.
    const edited = makeLedger(SIZE, 8_192);
    const tiles = new Map(edited.tiles);
    const level0 = tiles.get('0/7')!.slice();
    level0.set(leafHash(sha256, 'edited'), 0);
    const level1 = tiles.get('1/0')!.slice();
    level1.set(
      rootOf(
        sha256,
        Array.from({ length: 256 }, (_, i) => level0.slice(i * 32, i * 32 + 32)),
      ),
      7 * 32,
    );
    const source = sourceOf(tiles.set('0/7', level0).set('1/0', level1), edited.state);
    await expect(() => inclusionFromTiles(sha256, source, head, 7 * 256)).toFailWith('ERR_TILE_DIFFERS');
  });

  it('are not to be had for another root, a missing or short tile, or a position outside', async () => {
    await expect(() => inclusionFromTiles(sha256, ledger.source, { size: SIZE, root: leaves[0]! }, 0)).toFailWith('ERR_TILE_DIFFERS');
    await expect(() => inclusionFromTiles(sha256, ledger.source, { size: SIZE + 1, root: head.root }, 0)).toFailWith('ERR_TILE_MISSING');
    await expect(() => inclusionFromTiles(sha256, { tile: () => undefined }, head, 0)).toFailWith('ERR_TILE_MISSING');
    await expect(() => inclusionFromTiles(sha256, { tile: () => new Uint8Array(33) }, head, 0)).toFailWith('ERR_TILE_MISSING');
    const tree = openTiles(sha256, ledger.source, head);
    for (const index of [-1, SIZE, 0.5, Number.NaN]) await expect(() => tree.inclusion(index)).toFailWith('ERR_LEDGER_ARGUMENT');
    await expect(() => tree.consistency(SIZE + 1)).toFailWith('ERR_LEDGER_ARGUMENT');
    await expect(() => tree.rootAt(0)).toFailWith('ERR_LEDGER_ARGUMENT');
    await expect(() => tree.hashes(3, 0)).toFailWith('ERR_LEDGER_ARGUMENT');
    await expect(() => openTiles(sha256, ledger.source, { size: 0, root: head.root }).inclusion(0)).toFailWith('ERR_LEDGER_ARGUMENT');
  });

  it('read each tile once with a cache, which serves later checkpoints too and is believed by no wrong one', async () => {
    let reads = 0;
    const counting: TileSource = {
      tile(level, n, width) {
        reads++;
        return ledger.source.tile(level, n, width);
      },
    };
    const cache = createTileCache(8);
    await openTiles(sha256, counting, head, { cache }).inclusion(1_000);
    const first = reads;
    expect(first).toBeLessThanOrEqual(5);
    await openTiles(sha256, counting, head, { cache }).inclusion(1_001);
    // Only the tiles at the right edge are read again: they are what the new root vouches for.
    expect(reads - first).toBe(3);
    await expect(() => openTiles(sha256, counting, { size: SIZE, root: leaves[0]! }, { cache }).inclusion(1_000)).toFailWith(
      'ERR_TILE_DIFFERS',
    );
  });

  it('drop the tile that was unused longest when the cache is full', () => {
    const cache = createTileCache(2);
    const [a, b, c] = [new Uint8Array(1), new Uint8Array(2), new Uint8Array(3)];
    cache.set('a', a!);
    cache.set('b', b!);
    expect(cache.get('a')).toBe(a);
    cache.set('c', c!);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([a, undefined, c]);
  });
});
