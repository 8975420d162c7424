import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryOf, makeLedger, sha256 } from '../../../tests/support/ledgers.js';
import { bundleBytes, bundleEntries } from './bundle.js';
import { hexOf } from './bytes.js';
import { emptyRoot, leafHash } from './hash.js';
import { emptyState, integrate, loadState, partialTile, rootOfState } from './integrate.js';
import { partialTilesOf, tileWidth } from './tiles.js';
import { rootOf } from './tree.js';

const leavesOf = (bodies: readonly string[]): Uint8Array[] => bodies.map((body) => leafHash(sha256, body));

describe('the sequencer step', () => {
  it('makes the same bundles, tiles and root however the queue is cut into rounds', () => {
    const whole = makeLedger(1_100, 1_100);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), (round) => {
        const cut = makeLedger(1_100, round);
        expect(cut.root).toEqual(whole.root);
        expect(cut.bundles).toEqual(whole.bundles);
        expect([...cut.tiles].sort()).toEqual([...whole.tiles].sort());
      }),
      { numRuns: 8 },
    );
  });

  it.each([0, 1, 2, 255, 256, 257, 511, 512, 700])('has the root of RFC 6962 over %i entries', (size) => {
    const { root, bodies, state } = makeLedger(size, 300);
    expect(root).toEqual(size === 0 ? emptyRoot(sha256) : rootOf(sha256, leavesOf(bodies)));
    expect(rootOfState(sha256, state)).toEqual(root);
  });

  it('keeps tiles at every level over 65,536 entries: the leaf tiles, the level above, and one above that', () => {
    const size = 65_536 + 300;
    const { tiles, root, bodies, bundles } = makeLedger(size, 8_192);
    expect(root).toEqual(rootOf(sha256, leavesOf(bodies)));
    expect(tiles.get('1/0')).toHaveLength(256 * 32);
    expect(tiles.get('1/1')).toHaveLength(tileWidth(1, 1, size) * 32);
    expect(tiles.get('2/0')).toHaveLength(32);
    expect(hexOf(tiles.get('0/3')!.subarray(0, 32))).toBe(hexOf(leafHash(sha256, bodies[768]!)));
    expect(bundles).toHaveLength(Math.ceil(size / 256));
  });

  it('says which queue rows are settled: exactly those in bundles, in order', () => {
    const queue = Array.from({ length: 600 }, (_, i) => ({ id: `row ${i}`, body: entryOf(i) }));
    const first = integrate(sha256, emptyState<string>(), queue.slice(0, 200));
    expect(first.settled).toEqual([]);
    expect(first.bundles).toEqual([]);
    expect(first.tiles).toEqual([]);
    const second = integrate(sha256, first.state, queue.slice(200));
    expect(second.settled).toEqual(queue.slice(0, 512).map(({ id }) => id));
    expect(second.state.tail.map(({ id }) => id)).toEqual(queue.slice(512).map(({ id }) => id));
    expect(second.tiles.map(({ level, n, data }) => [level, n, data.length / 32])).toEqual([
      [0, 0, 256],
      [0, 1, 256],
      [1, 0, 2],
    ]);
  });

  it('changes nothing in place: a failed transaction leaves the old state good', () => {
    const state = makeLedger(300).state;
    const before = structuredClone(state);
    const again = () => integrate(sha256, state, [{ id: 300, body: entryOf(300) }]);
    expect(again().root).toEqual(again().root);
    expect(state).toEqual(before);
  });

  it('goes on from what a store holds as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_400 }), fc.integer({ min: 1, max: 600 }), (size, more) => {
        const { state, tiles } = makeLedger(size, 700);
        const stored = partialTilesOf(size)
          .filter(({ level }) => level > 0)
          .map(({ level, n }) => ({ level, n, data: tiles.get(`${level}/${n}`)! }));
        const loaded = loadState(sha256, { size, tail: state.tail, tiles: stored });
        const queue = Array.from({ length: more }, (_, i) => ({ id: size + i, body: entryOf(size + i) }));
        const step = integrate(sha256, loaded, queue);
        expect(step).toEqual(integrate(sha256, state, queue));
        expect(step.size).toBe(size + more);
      }),
      { numRuns: 15 },
    );
  });

  it('does not go on from a tail or tile that does not fit the size', async () => {
    const { state, tiles } = makeLedger(600);
    const good = { size: 600, tail: state.tail, tiles: [{ level: 1, n: 0, data: tiles.get('1/0')! }] };
    expect(loadState(sha256, good).size).toBe(600);
    await expect(() => loadState(sha256, { ...good, tail: state.tail.slice(1) })).toFailWith('ERR_LEDGER_ARGUMENT');
    await expect(() => loadState(sha256, { ...good, size: -1 })).toFailWith('ERR_LEDGER_ARGUMENT');
    await expect(() => loadState(sha256, { ...good, tiles: [] })).toFailWith('ERR_TILE_MISSING');
    await expect(() => loadState(sha256, { ...good, tiles: [{ level: 1, n: 0, data: new Uint8Array(96) }] })).toFailWith(
      'ERR_TILE_MISSING',
    );
  });

  it.each([
    ['an empty body', ''],
    ['a body with a newline', 'a\nb'],
    ['a body over 65,535 bytes', 'é'.repeat(32_768)],
  ])('refuses %s', async (_, body) => {
    const state = emptyState<number>();
    await expect(() => integrate(sha256, state, [{ id: 1, body }])).toFailWith('ERR_LEDGER_ARGUMENT');
    expect(state).toEqual(emptyState());
  });

  it('takes an empty queue, and gives the head again', () => {
    const { state, root } = makeLedger(300);
    expect(integrate(sha256, state, [])).toMatchObject({ size: 300, root, bundles: [], tiles: [], settled: [] });
    expect(partialTile(state, 0)).toHaveLength(44 * 32);
    expect(partialTile(state, 5)).toHaveLength(0);
  });
});

describe('a bundle', () => {
  it('is served as length-prefixed entries and read again, in either form', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ minLength: 1, unit: 'grapheme' }).filter((s) => !s.includes('\n') && !/\p{Surrogate}/u.test(s)),
          { maxLength: 20 },
        ),
        (entries) => {
          expect(bundleEntries(bundleBytes(entries.join('\n')))).toEqual(entries);
          expect(bundleEntries(entries.join('\n'))).toEqual(entries);
        },
      ),
    );
    expect(bundleBytes('ab\nc')).toEqual(Uint8Array.of(0, 2, 97, 98, 0, 1, 99));
  });

  it.each([
    ['cut in an entry', Uint8Array.of(0, 2, 97)],
    ['cut in a length', Uint8Array.of(0)],
    ['holding an empty entry', Uint8Array.of(0, 0)],
    ['not UTF-8', Uint8Array.of(0, 1, 255)],
  ])('is refused when %s', async (_, bytes) => {
    await expect(() => bundleEntries(bytes)).toFailWith('ERR_BUNDLE_MALFORMED');
  });

  it('is not served with an empty line or an entry that is too long', async () => {
    await expect(() => bundleBytes('a\n\nb')).toFailWith('ERR_BUNDLE_MALFORMED');
    await expect(() => bundleBytes('a'.repeat(65_536))).toFailWith('ERR_BUNDLE_MALFORMED');
  });
});
