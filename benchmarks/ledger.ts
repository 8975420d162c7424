/**
 * The ledger: verifying a whole one from its files against a bare SHA-256 loop over the same leaves, the sequencer's step,
 * inclusion proofs, and writing an entry against JSON.stringify of it.
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
import { type Benchmark, type Goal, median, race, resultsOf } from './measure.js';

/** Three levels of tiles. */
const ENTRIES = 70_000;
const PROOFS = 1_000;
/** Queue rows that a sequencer takes in one round. */
const ROUND = 8_192;
const sha256 = sha256FromBinary((bytes) => hash('sha256', bytes, 'binary'));

/** Bytes that differ for each number and are the same in every run. */
function bytesOf(i: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, i);
  return bytes;
}

/** What a usual entry of about 300 bytes is made of. */
const given = (i: number) => ({
  at: 1_795_420_800_000 + i,
  nonce: bytesOf(~i),
  call: `call_${String(i).padStart(8, '0')}_0f8fad5bd9cb469fa16570867728950e0f8fad5bd9cb469fa`,
  campaign: 'c-2026-11.insurance.term-life',
  subject: bytesOf(i),
  carrier: 'carrier-one.example-trunk-7.east',
});

function entryOf(i: number): string {
  const { at, nonce, ...fields } = given(i);
  return writeEntry('call.placed', fields, { at, nonce });
}

/** The same bytes by the usual means: keys in order by hand, and nothing checked. */
function stringified(i: number): string {
  const { at, nonce, call, campaign, subject, carrier } = given(i);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const time = new Date(at).toISOString();
  return JSON.stringify({ at: time, call, campaign, carrier, nonce: text(nonce), subject: text(subject), type: 'call.placed', v: 1 });
}

const BARE_LOOP = "crypto.hash('sha256', leaf, 'hex') loop";
const STRINGIFY = 'JSON.stringify, unchecked';

export const ledgerGoals: readonly Goal[] = [{ name: 'ledger/verify', against: BARE_LOOP, ratio: 0.4 }];

interface StoredLedger {
  readonly queue: readonly Queued<number>[];
  readonly bundles: readonly { readonly n: number; readonly data: Uint8Array }[];
  readonly source: TileSource;
  readonly root: Uint8Array;
}

/** A ledger as a store holds it, made in the rounds of a sequencer. */
function makeLedger(): StoredLedger {
  const queue = Array.from({ length: ENTRIES }, (_, id) => ({ id, body: entryOf(id) }));
  const tiles = new Map<string, Uint8Array>();
  const texts: { n: number; data: string }[] = [];
  let state = emptyState<number>();
  let root: Uint8Array = new Uint8Array(0);
  for (let at = 0; at < ENTRIES; at += ROUND) {
    const step = integrate(sha256, state, queue.slice(at, at + ROUND));
    ({ state, root } = step);
    texts.push(...step.bundles);
    for (const { level, n, data } of step.tiles) tiles.set(`${level}/${n}`, data);
  }
  if (state.tail.length > 0) texts.push({ n: texts.length, data: state.tail.map(({ body }) => body).join('\n') });
  const last = Math.floor(ENTRIES / TILE_WIDTH);
  return {
    queue,
    bundles: texts.map(({ n, data }) => ({ n, data: bundleBytes(data) })),
    source: { tile: (level, n) => (level === 0 && n === last ? partialTile(state, 0) : tiles.get(`${level}/${n}`)) },
    root,
  };
}

export const ledgerBenchmarks: Benchmark = async ({ short }) => {
  const { queue, bundles, source, root } = makeLedger();
  const checkpoint = { size: ENTRIES, root };
  const folder = mkdtempSync(join(tmpdir(), 'numbra-ledger-'));
  const fileOf = (n: number): string => join(folder, tilePath('entries', n, tileWidth(0, n, ENTRIES)));
  for (const { n, data } of bundles) {
    mkdirSync(dirname(fileOf(n)), { recursive: true });
    writeFileSync(fileOf(n), data);
  }
  // One buffer for all files: a new one for each costs more than reading it. A bundle is done with before the next is asked for.
  const buffer = new Uint8Array(TILE_WIDTH * 1_024);
  function* fromFiles(): Generator<Bundle> {
    for (const { n } of bundles) {
      const file = openSync(fileOf(n), 'r');
      yield { n, data: buffer.subarray(0, readSync(file, buffer)) };
      closeSync(file);
    }
  }
  const leaves = queue.map(({ body }) => Buffer.from(`\0${body}`));
  const tree = openTiles(sha256, source, checkpoint, { cache: createTileCache(1_024) });
  if (stringified(7) !== entryOf(7)) throw new Error('the peer does not write the same entry');

  const turns = await race(
    [
      { name: BARE_LOOP, count: ENTRIES, work: () => leaves.reduce((length, leaf) => length + hash('sha256', leaf, 'hex').length, 0) },
      { name: 'verify', count: ENTRIES, work: () => verifyLedger(sha256, { checkpoint, bundles: fromFiles() }) },
      { name: 'verify, tiles too', count: ENTRIES, work: () => verifyLedger(sha256, { checkpoint, bundles: fromFiles(), tiles: source }) },
      { name: 'integrate', count: ROUND, work: () => integrate(sha256, emptyState<number>(), queue.slice(0, ROUND)) },
      {
        name: 'prove',
        count: PROOFS,
        async work() {
          for (let i = 0; i < PROOFS; i++) await tree.inclusion((i * 7_919) % ENTRIES);
        },
      },
      { name: 'write', count: ROUND, work: () => repeat(entryOf) },
      { name: STRINGIFY, count: ROUND, work: () => repeat(stringified) },
    ],
    { turns: short ? 3 : 21, sliceMs: 10 },
  );
  rmSync(folder, { recursive: true });
  const alone = (name: string, contestant: string, unit: string) => ({ name, perSecond: median(turns.get(contestant) ?? []), unit });
  return [
    ...resultsOf('ledger/verify', turns, 'verify', [BARE_LOOP], undefined, 'entries'),
    ...resultsOf('ledger/verify-with-tiles', turns, 'verify, tiles too', [BARE_LOOP], undefined, 'entries'),
    alone('ledger/integrate', 'integrate', 'entries'),
    alone('ledger/inclusion-proof', 'prove', 'proofs'),
    ...resultsOf('ledger/write-entry', turns, 'write', [STRINGIFY], undefined, 'entries'),
  ];
};

function repeat(write: (i: number) => string): number {
  let length = 0;
  for (let i = 0; i < ROUND; i++) length += write(i).length;
  return length;
}
