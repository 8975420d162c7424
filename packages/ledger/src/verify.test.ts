import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundlesOf, entryOf, makeLedger, sha256, sourceOf, type TestLedger } from '../../../tests/support/ledgers.js';
import { type Bundle, bundleBytes } from './bundle.js';
import { parseEntry } from './entry.js';
import type { LedgerError } from './errors.js';
import { leafHash } from './hash.js';
import { TILE_WIDTH, type TileSource } from './tiles.js';
import { rootOf } from './tree.js';
import { type LedgerToVerify, verifyLedger } from './verify.js';

const SIZE = 1_000;
const ledger = makeLedger(SIZE);
const checkpoint = { size: SIZE, root: ledger.root };
const rootAt = (size: number): Uint8Array =>
  rootOf(
    sha256,
    ledger.bodies.slice(0, size).map((body) => leafHash(sha256, body)),
  );

/** A folder of tiles, the tail's partial tile among them: what a mirror or the published files hold. */
const published = ledger.source;
/** A store's own tiles: the tail's level-0 tile follows from the entries, so it can prove nothing about them. */
const stored: TileSource = { tile: (level, n) => ledger.tiles.get(`${level}/${n}`) };

const tampered = (change: (bodies: string[]) => void): string[] => {
  const bodies = [...ledger.bodies];
  change(bodies);
  return bodies;
};

/** Bundles of which one was changed, the others as they were: bundles are kept by number. */
function bundlesWith(n: number, change: (lines: string[]) => void): Bundle[] {
  return ledger.bundles.map((bundle) => {
    if (bundle.n !== n) return bundle;
    const lines = bundle.data.split('\n');
    change(lines);
    return { n, data: lines.join('\n') };
  });
}

async function verdict(over: Partial<LedgerToVerify>): Promise<{ code: string; where: object }> {
  try {
    await verifyLedger(sha256, { checkpoint, bundles: ledger.bundles, tiles: published, ...over });
  } catch (error) {
    const { code, where } = error as LedgerError;
    return { code, where };
  }
  return { code: 'verified', where: {} };
}

describe('a whole ledger', () => {
  it.each([0, 1, 255, 256, 257, 512, 1_000])('of %i entries verifies from its files, in either form', async (size) => {
    const { bundles, root, source } = makeLedger(size);
    const proved = { size, root, entries: size, beyond: 0 };
    expect(await verifyLedger(sha256, { checkpoint: { size, root }, bundles, tiles: source })).toEqual(proved);
    expect(await verifyLedger(sha256, { checkpoint: { size, root }, bundles })).toEqual(proved);
    const served = bundles.map(({ n, data }) => ({ n, data: bundleBytes(data) }));
    const before = structuredClone(served);
    expect(await verifyLedger(sha256, { checkpoint: { size, root }, bundles: served, tiles: source })).toEqual(proved);
    expect(served).toEqual(before);
  });

  it('verifies with checkpoints from elsewhere, and counts what came after the signed one', async () => {
    const older = { size: 700, root: rootAt(700) };
    const seen = [1, 255, 256, 257, 700, 999].map((size) => ({ size, root: rootAt(size) }));
    expect(await verifyLedger(sha256, { checkpoint, bundles: ledger.bundles, tiles: published, seen })).toMatchObject({ beyond: 0 });
    expect(await verifyLedger(sha256, { checkpoint: older, bundles: ledger.bundles, tiles: published })).toMatchObject({
      size: 700,
      entries: 1_000,
      beyond: 300,
    });
  });

  it('hands out every entry in order, to be parsed', async () => {
    const types: string[] = [];
    await verifyLedger(sha256, {
      checkpoint,
      bundles: ledger.bundles,
      onEntry: (body, index) => {
        expect(body).toBe(ledger.bodies[index]);
        types.push(parseEntry(body).type);
      },
    });
    expect(types).toHaveLength(SIZE);
  });

  it('verifies with entries that are not ASCII', async () => {
    const bodies = Array.from({ length: 300 }, (_, i) => `"客户 ${i}"`);
    const root = rootOf(
      sha256,
      bodies.map((body) => leafHash(sha256, body)),
    );
    expect(await verifyLedger(sha256, { checkpoint: { size: 300, root }, bundles: bundlesOf(bodies) })).toMatchObject({ entries: 300 });
  });
});

describe.each([
  ['the files of a mirror', published],
  ['the tiles of a store', stored],
])('what differs is named, by %s', (_, tiles) => {
  it.each([0, 7, 255, 256, 511, 767])('edited: entry %i', async (i) => {
    const bodies = tampered((all) => {
      all[i] = entryOf(5_000);
    });
    expect(await verdict({ bundles: bundlesOf(bodies), tiles })).toEqual({ code: 'ERR_LEDGER_EDITED', where: { entry: i } });
  });

  it.each([
    [3, 4],
    [3, 200],
    [200, 300],
    [0, 767],
  ])('swapped: entries %i and %i', async (i, j) => {
    const bodies = tampered((all) => {
      [all[i], all[j]] = [all[j]!, all[i]!];
    });
    expect(await verdict({ bundles: bundlesOf(bodies), tiles })).toEqual({ code: 'ERR_LEDGER_SWAPPED', where: { entry: i, other: j } });
  });

  it.each([
    [10, 11],
    [11, 10],
    [10, 700],
    [700, 3],
  ])('doubled: entry %i holds a copy of %i', async (i, j) => {
    const bodies = tampered((all) => {
      all[i] = all[j]!;
    });
    expect(await verdict({ bundles: bundlesOf(bodies), tiles })).toEqual({ code: 'ERR_LEDGER_DOUBLED', where: { entry: i, other: j } });
  });

  it('doubled in its bundle, which is one entry too long', async () => {
    const bundles = bundlesWith(1, (lines) => lines.splice(5, 0, lines[4]!));
    expect(await verdict({ bundles, tiles })).toEqual({ code: 'ERR_LEDGER_DOUBLED', where: { entry: 261, other: 260 } });
  });

  it('inserted into its bundle', async () => {
    const bundles = bundlesWith(1, (lines) => lines.splice(5, 0, entryOf(7_777)));
    expect(await verdict({ bundles, tiles })).toEqual({ code: 'ERR_LEDGER_INSERTED', where: { entry: 261 } });
  });

  it('taken out of its bundle: one, and three in a row', async () => {
    expect(await verdict({ bundles: bundlesWith(1, (lines) => lines.splice(5, 1)), tiles })).toEqual({
      code: 'ERR_LEDGER_GAP',
      where: { entry: 261 },
    });
    expect(await verdict({ bundles: bundlesWith(1, (lines) => lines.splice(5, 3)), tiles })).toEqual({
      code: 'ERR_LEDGER_GAP',
      where: { entry: 261, through: 263 },
    });
  });

  it('taken out, the rest moved up and the end filled with a new one', async () => {
    const bodies = tampered((all) => {
      all.splice(5, 1);
      all.push(entryOf(9_999));
    });
    expect(await verdict({ bundles: bundlesOf(bodies), tiles })).toEqual({ code: 'ERR_LEDGER_GAP', where: { entry: 5 } });
  });

  it('moved to another place', async () => {
    const bodies = tampered((all) => {
      all.splice(20, 0, all.splice(5, 1)[0]!);
    });
    expect(await verdict({ bundles: bundlesOf(bodies), tiles })).toEqual({ code: 'ERR_LEDGER_SWAPPED', where: { entry: 5, other: 20 } });
  });

  it('a whole bundle gone', async () => {
    expect(await verdict({ bundles: ledger.bundles.filter(({ n }) => n !== 1), tiles })).toEqual({
      code: 'ERR_LEDGER_GAP',
      where: { entry: 256, through: 511 },
    });
  });

  it.each([999, 900, 768, 600, 0])('cut: %i entries are left', async (size) => {
    expect(await verdict({ bundles: bundlesOf(ledger.bodies.slice(0, size)), tiles })).toEqual({
      code: 'ERR_LEDGER_CUT',
      where: { size, expectedSize: SIZE },
    });
  });

  it('edited together with its tile: the stretch of that tile', async () => {
    const bodies = tampered((all) => {
      all[300] = entryOf(5_000);
    });
    const changed = new Map(ledger.tiles);
    const tile = changed.get('0/1')!.slice();
    tile.set(leafHash(sha256, bodies[300]!), (300 - TILE_WIDTH) * 32);
    changed.set('0/1', tile);
    const source =
      tiles === stored ? { tile: (level: number, n: number) => changed.get(`${level}/${n}`) } : sourceOf(changed, ledger.state);
    const found = await verdict({ bundles: bundlesOf(bodies), tiles: source });
    // Without the tail's own tile no tile leads to the root: then the checkpoints alone can say where.
    if (tiles === published) expect(found).toEqual({ code: 'ERR_LEDGER_REWRITTEN', where: { entry: 256, through: 511 } });
    else expect(found).toEqual({ code: 'ERR_LEDGER_REWRITTEN', where: { entry: 0, through: 999 } });
  });
});

describe('in the tail', () => {
  const bodies = tampered((all) => {
    all[990] = entryOf(5_000);
  });

  it('an edited entry is named by a published tile', async () => {
    expect(await verdict({ bundles: bundlesOf(bodies) })).toEqual({ code: 'ERR_LEDGER_EDITED', where: { entry: 990 } });
  });

  it('an edited entry lies between the last kept checkpoint that holds and the first that does not', async () => {
    const seen = [800, 985, 993].map((size) => ({ size, root: rootAt(size) }));
    expect(await verdict({ bundles: bundlesOf(bodies), tiles: stored, seen })).toEqual({
      code: 'ERR_LEDGER_REWRITTEN',
      where: { entry: 985, through: 992 },
    });
  });

  it('an entry taken out is named by a published tile', async () => {
    const short = tampered((all) => all.splice(990, 1));
    expect(await verdict({ bundles: bundlesOf(short) })).toEqual({ code: 'ERR_LEDGER_GAP', where: { entry: 990 } });
  });
});

describe('against a checkpoint kept elsewhere', () => {
  const fork = makeLedger(SIZE).bodies.map((body, i) => (i < 600 ? body : entryOf(i + 50_000)));
  const forkRoot = rootOf(
    sha256,
    fork.map((body) => leafHash(sha256, body)),
  );

  it('a copy of yesterday is cut, though it is whole in itself', async () => {
    const copy = makeLedger(700);
    const found = await verdict({
      checkpoint: { size: 700, root: copy.root },
      bundles: copy.bundles,
      tiles: copy.source,
      seen: [checkpoint],
    });
    expect(found).toEqual({ code: 'ERR_LEDGER_CUT', where: { size: 700, expectedSize: SIZE } });
  });

  it('a second history under a second signature is a fork', async () => {
    const found = await verdict({
      checkpoint: { size: SIZE, root: forkRoot },
      bundles: bundlesOf(fork),
      tiles: undefined,
      seen: [checkpoint],
    });
    expect(found).toEqual({ code: 'ERR_LEDGER_FORKED', where: { size: SIZE } });
  });

  it('a checkpoint of another history beside good entries is a fork too', async () => {
    expect(await verdict({ checkpoint: { size: SIZE, root: forkRoot }, tiles: stored, seen: [checkpoint] })).toEqual({
      code: 'ERR_LEDGER_FORKED',
      where: { size: SIZE },
    });
  });

  it('a history rewritten from some entry on, tiles and all, lies after the last checkpoint that holds', async () => {
    const seen = [500, 599].map((size) => ({ size, root: rootAt(size) }));
    const { code, where } = await verdict({ bundles: bundlesOf(fork), tiles: { tile: () => undefined }, seen });
    expect({ code, where }).toEqual({ code: 'ERR_LEDGER_REWRITTEN', where: { entry: 599, through: 999 } });
  });
});

describe('right entries beside wrong tiles', () => {
  it.each(['0/1', '1/0'])('tile %s is named', async (key) => {
    const changed = new Map(ledger.tiles);
    const data = changed.get(key)!.slice();
    data[40]! ^= 1;
    const found = await verdict({ tiles: sourceOf(changed.set(key, data), ledger.state) });
    expect(found.code).toBe('ERR_TILE_DIFFERS');
    expect(found.where).toEqual({ tile: key === '0/1' ? 'tile/0/001' : 'tile/1/000.p/3' });
    expect(
      (await verdict({ tiles: { tile: (level, n) => (`${level}/${n}` === key ? undefined : ledger.tiles.get(`${level}/${n}`)) } })).code,
    ).toBe('ERR_TILE_MISSING');
  });
});

describe('damaged bundles', () => {
  it('out of order, twice, or with an empty line are refused', async () => {
    const malformed = { code: 'ERR_BUNDLE_MALFORMED', where: expect.anything() };
    expect(await verdict({ bundles: [...ledger.bundles].reverse() })).toMatchObject({ code: 'ERR_LEDGER_GAP' });
    expect(await verdict({ bundles: [ledger.bundles[0]!, ledger.bundles[0]!] })).toEqual(malformed);
    expect(await verdict({ bundles: bundlesWith(3, (lines) => lines.push('')) })).toEqual(malformed);
    expect(await verdict({ bundles: bundlesWith(3, (lines) => lines.push(...ledger.bodies)) })).toEqual(malformed);
    expect(await verdict({ bundles: [{ n: 0, data: Uint8Array.of(0, 9, 1) }] })).toEqual(malformed);
  });

  it('too short or too long are named by their stretch when there are no tiles', async () => {
    const none = { tiles: undefined };
    const stretch = { entry: 256, through: 511 };
    expect(await verdict({ ...none, bundles: bundlesWith(1, (lines) => lines.pop()) })).toEqual({ code: 'ERR_LEDGER_GAP', where: stretch });
    expect(await verdict({ ...none, bundles: bundlesWith(1, (lines) => lines.push('x')) })).toEqual({
      code: 'ERR_LEDGER_INSERTED',
      where: stretch,
    });
    const one: TestLedger = makeLedger(256);
    const long = [{ n: 0, data: `${one.bundles[0]!.data}\nx` }];
    expect(await verdict({ ...none, checkpoint: { size: 256, root: one.root }, bundles: long })).toEqual({
      code: 'ERR_LEDGER_INSERTED',
      where: { entry: 0, through: 255 },
    });
  });
});

describe('no change passes', () => {
  it('whatever is done to the entries of any ledger', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 600 }),
        fc.nat(),
        fc.nat(),
        fc.constantFrom('edit', 'swap', 'double', 'drop', 'add', 'cut'),
        async (size, a, b, what) => {
          const { bodies, root, source } = makeLedger(size);
          const i = a % size;
          const j = b % size;
          const changed = [...bodies];
          if (what === 'edit') changed[i] = entryOf(size + 7);
          if (what === 'swap') [changed[i], changed[j]] = [changed[j]!, changed[i]!];
          if (what === 'double') changed.splice(i, 0, changed[j]!);
          if (what === 'drop') changed.splice(i, 1);
          if (what === 'add') changed.splice(i, 0, entryOf(size + 9));
          if (what === 'cut') changed.length = i;
          // Swapped with itself, or appended after the end: the signed entries are untouched.
          if (changed.slice(0, size).join() === bodies.join()) return;
          for (const tiles of [source, undefined]) {
            const found = await verdict({ checkpoint: { size, root }, bundles: bundlesOf(changed), tiles });
            expect(found.code).toMatch(/^ERR_LEDGER_/);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
