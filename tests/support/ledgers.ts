/** Small ledgers for tests: made entry by entry through the sequencer's step, with their tiles and bundles as a store would keep them. */
import { hash } from 'node:crypto';
import {
  type Bundle,
  emptyState,
  integrate,
  type LedgerState,
  partialTile,
  type Queued,
  sha256FromBinary,
  TILE_WIDTH,
  type TileSource,
  writeEntry,
} from '@numbra/ledger';

export const sha256 = sha256FromBinary((bytes) => hash('sha256', bytes, 'binary'));

/** 2026-11-23T08:00:00Z */
export const TEST_TIME = 1_795_420_800_000;

/** A nonce that differs for each number; random ones would make failures hard to repeat. */
export function nonceOf(i: number): Uint8Array {
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(12, i);
  return nonce;
}

/** The body of the i-th entry. */
export const entryOf = (i: number): string =>
  writeEntry('call.placed', { call: `call_n${i}`, subject: nonceOf(i + 1) }, { at: TEST_TIME + i, nonce: nonceOf(i) });

export interface TestLedger {
  readonly bodies: readonly string[];
  readonly state: LedgerState<number>;
  readonly size: number;
  readonly root: Uint8Array;
  readonly bundles: readonly { readonly n: number; readonly data: string }[];
  /** `level/n`, as stored: level 0 only when full. */
  readonly tiles: ReadonlyMap<string, Uint8Array>;
  /** The stored tiles and, as a server would, the tail's. */
  readonly source: TileSource;
}

/** A ledger of `size` entries, sequenced in rounds of `round`. */
export function makeLedger(size: number, round = 1_000): TestLedger {
  const bodies = Array.from({ length: size }, (_, i) => entryOf(i));
  const bundles: { n: number; data: string }[] = [];
  const tiles = new Map<string, Uint8Array>();
  let state = emptyState<number>();
  let root = integrate(sha256, state, []).root;
  for (let at = 0; at < size; at += round) {
    const queue: Queued<number>[] = bodies.slice(at, at + round).map((body, i) => ({ id: at + i, body }));
    const step = integrate(sha256, state, queue);
    ({ state, root } = step);
    bundles.push(...step.bundles);
    for (const { level, n, data } of step.tiles) tiles.set(`${level}/${n}`, data);
  }
  if (state.tail.length > 0) bundles.push({ n: bundles.length, data: state.tail.map(({ body }) => body).join('\n') });
  return { bodies, state, size, root, bundles, tiles, source: sourceOf(tiles, state) };
}

/** A tile source over a map, with the tail's level-0 tile from the state. */
export const sourceOf = (tiles: ReadonlyMap<string, Uint8Array>, state: LedgerState<unknown>): TileSource => ({
  tile: (level, n) => (level === 0 && n === Math.floor(state.size / TILE_WIDTH) ? partialTile(state, 0) : tiles.get(`${level}/${n}`)),
});

/** Bundles again from bodies, cut every 256. */
export function bundlesOf(bodies: readonly string[]): Bundle[] {
  const bundles: Bundle[] = [];
  for (let at = 0; at < bodies.length; at += TILE_WIDTH) {
    bundles.push({ n: at / TILE_WIDTH, data: bodies.slice(at, at + TILE_WIDTH).join('\n') });
  }
  return bundles;
}
