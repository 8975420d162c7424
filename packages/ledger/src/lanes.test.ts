import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { entryOf, makeLedger, sha256 } from '../../../tests/support/ledgers.js';
import { HASH_BYTES, nodeHash, type Sha256, sha256FromHex } from './hash.js';
import { emptyState, integrate } from './integrate.js';
import { createLanes, LANES } from './lanes.js';
import { openTiles } from './tile-tree.js';

afterEach(() => vi.unstubAllGlobals());

describe('four nodes at once', () => {
  it('are the nodes of the given SHA-256, whatever the hashes', () => {
    const lanes = createLanes(sha256)!;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 512, maxLength: 512 }), (pairs) => {
        lanes.memory.set(pairs);
        lanes.hashPairs(0, 1_024, 2);
        for (let i = 0; i < 2 * LANES; i++) {
          const [left, right] = [pairs.subarray(64 * i, 64 * i + 32), pairs.subarray(64 * i + 32, 64 * i + 64)];
          expect(lanes.memory.slice(1_024 + HASH_BYTES * i, 1_024 + HASH_BYTES * (i + 1))).toEqual(nodeHash(sha256, left, right));
        }
        expect(lanes.memory.slice(0, 512)).toEqual(pairs);
      }),
    );
  });

  it('are not used where they would give another hash than the one that was passed in', () => {
    const other: Sha256 = (bytes) => sha256(bytes).map((byte) => byte ^ 1);
    expect(createLanes(other)).toBeUndefined();
  });

  it('are not used where WebAssembly is missing or refuses', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(createLanes(sha256)).toBeUndefined();
    vi.stubGlobal('WebAssembly', {
      Module: class {
        constructor() {
          throw new Error('no SIMD here');
        }
      },
    });
    expect(createLanes(sha256)).toBeUndefined();
  });
});

describe('without them', () => {
  it('the same bundles, tiles, root and proofs come out, only slower', async () => {
    const plain: Sha256 = (bytes) => sha256(bytes);
    vi.stubGlobal('WebAssembly', undefined);
    const hex = sha256FromHex((bytes) => Buffer.from(sha256(bytes)).toString('hex'));
    const { root, source } = makeLedger(700);
    const queue = Array.from({ length: 700 }, (_, id) => ({ id, body: entryOf(id) }));
    const expected = integrate(sha256, emptyState<number>(), queue);
    const proof = await openTiles(sha256, source, { size: 700, root }).inclusion(300);
    for (const slow of [plain, hex]) {
      expect(integrate(slow, emptyState<number>(), queue)).toEqual(expected);
      expect(await openTiles(slow, source, { size: 700, root }).inclusion(300)).toEqual(proof);
    }
  });
});
