/**
 * The ledger: verifying a whole one from its files against a bare SHA-256 loop over the same leaves, the sequencer's step,
 * writing an entry against JSON.stringify, and an inclusion proof.
 */
import { hash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type Bundle,
  bundleBytes,
  createTileCache,
  emptyState,
  integrate,
  openTiles,
  partialTile,
  type Queued,
  sha256FromBinary,
  TILE_WIDTH,
  type TileSource,
  tilePath,
  tileWidth,
  verifyLedger,
  writeEntry,
} from '@numbra/ledger';

/** One line of the report; the runner prints them and writes them as JSON. */
export interface BenchmarkResult {
  readonly name: string;
  readonly perSecond: number;
  readonly unit: string;
  readonly against?: { readonly name: string; readonly perSecond: number };
  /** `perSecond` over the other's. */
  readonly ratio?: number;
  /** What the ratio must not fall below. */
  readonly floorRatio?: number;
}

const ENTRIES = 200_000;
/** Queue rows that a sequencer takes in one round. */
const ROUND = 8_192;
const sha256 = sha256FromBinary((bytes) => hash('sha256', bytes, 'binary'));

/**
 * Best of several runs, per second of processor time: everything here runs on one thread, and what else the machine does
 * would otherwise be measured too.
 */
async function perSecond(count: number, work: () => unknown, runs = 5): Promise<number> {
  let best = 0;
  for (let run = 0; run < runs; run++) {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    best = Math.max(best, (count * 1_000_000) / (user + system));
  }
  return best;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Bytes that differ for each number and are the same in every run. */
function bytesOf(i: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, i);
  return bytes;
}

/** A usual entry of about 325 bytes. */
const entryOf = (i: number): string =>
  writeEntry(
    'call.placed',
    {
      call: `call_${hash('sha256', String(i), 'hex')}`,
      campaign: 'c-2026-11.insurance.term-life',
      subject: bytesOf(i),
      carrier: 'carrier-one.example-trunk-7.east',
    },
    { at: 1_795_420_800_000 + i, nonce: bytesOf(~i) },
  );

export async function ledgerBenchmarks(): Promise<BenchmarkResult[]> {
  const queue: Queued<number>[] = Array.from({ length: ENTRIES }, (_, id) => ({ id, body: entryOf(id) }));
  const tiles = new Map<string, Uint8Array>();
  const bundles: Bundle[] = [];
  let state = emptyState<number>();
  let root: Uint8Array = new Uint8Array(0);
  for (let at = 0; at < ENTRIES; at += ROUND) {
    const step = integrate(sha256, state, queue.slice(at, at + ROUND));
    ({ state, root } = step);
    for (const { n, data } of step.bundles) bundles.push({ n, data: bundleBytes(data) });
    for (const { level, n, data } of step.tiles) tiles.set(`${level}/${n}`, data);
  }
  if (state.tail.length > 0) bundles.push({ n: bundles.length, data: bundleBytes(state.tail.map(({ body }) => body).join('\n')) });
  const source: TileSource = {
    tile: (level, n) => (level === 0 && n === Math.floor(ENTRIES / TILE_WIDTH) ? partialTile(state, 0) : tiles.get(`${level}/${n}`)),
  };
  const checkpoint = { size: ENTRIES, root };

  const folder = mkdtempSync(join(tmpdir(), 'numbra-ledger-'));
  const fileOf = (n: number): string => join(folder, tilePath('entries', n, tileWidth(0, n, ENTRIES)));
  for (const { n, data } of bundles) {
    mkdirSync(dirname(fileOf(n)), { recursive: true });
    writeFileSync(fileOf(n), data);
  }
  function* fromFiles(): Generator<Bundle> {
    // One buffer for all: a new one a file costs more than reading it. A bundle is done with before the next is asked for.
    const buffer = new Uint8Array(TILE_WIDTH * 1_024);
    for (let n = 0; n * TILE_WIDTH < ENTRIES; n++) {
      const file = openSync(fileOf(n), 'r');
      yield { n, data: buffer.subarray(0, readSync(file, buffer)) };
      closeSync(file);
    }
  }

  // Paired, and the median of the pairs: a slow moment of the machine hits both sides.
  const leaves = queue.map(({ body }) => Buffer.from(`\0${body}`));
  const bareLoop = (): void => {
    for (const leaf of leaves) hash('sha256', leaf, 'hex');
  };
  const pairs: { bare: number; verified: number; withTiles: number }[] = [];
  for (let run = 0; run < 7; run++) {
    pairs.push({
      bare: await perSecond(ENTRIES, bareLoop, 1),
      verified: await perSecond(ENTRIES, () => verifyLedger(sha256, { checkpoint, bundles: fromFiles() }), 1),
      withTiles: await perSecond(ENTRIES, () => verifyLedger(sha256, { checkpoint, bundles: fromFiles(), tiles: source }), 1),
    });
  }
  const bare = median(pairs.map((pair) => pair.bare));
  const against = { name: "crypto.hash('sha256', leaf, 'hex') loop", perSecond: bare };

  const integrated = await perSecond(ENTRIES, () => {
    let going = emptyState<number>();
    for (let at = 0; at < ENTRIES; at += ROUND) going = integrate(sha256, going, queue.slice(at, at + ROUND)).state;
  });

  const proofs = 2_000;
  const tree = openTiles(sha256, source, checkpoint, { cache: createTileCache(1_024) });
  const proved = await perSecond(proofs, async () => {
    for (let i = 0; i < proofs; i++) await tree.inclusion((i * 7_919) % ENTRIES);
  });

  const written = await perSecond(ENTRIES, () => {
    for (let i = 0; i < ENTRIES; i++) entryOf(i);
  });

  rmSync(folder, { recursive: true });
  return [
    {
      name: 'ledger/verify',
      perSecond: median(pairs.map(({ verified }) => verified)),
      unit: 'entries',
      against,
      ratio: median(pairs.map((pair) => pair.verified / pair.bare)),
      floorRatio: 0.4,
    },
    {
      name: 'ledger/verify-with-tiles',
      perSecond: median(pairs.map(({ withTiles }) => withTiles)),
      unit: 'entries',
      against,
      ratio: median(pairs.map((pair) => pair.withTiles / pair.bare)),
    },
    { name: 'ledger/integrate', perSecond: integrated, unit: 'entries' },
    { name: 'ledger/inclusion-proof', perSecond: proved, unit: 'proofs' },
    { name: 'ledger/write-entry', perSecond: written, unit: 'entries' },
  ];
}
