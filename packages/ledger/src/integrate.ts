/**
 * The sequencer's pure step: queued entries, in order, become bundles of 256, tiles and a new head. What to write and delete comes back as data;
 * nothing is changed in place, so a failed transaction leaves the old state good.
 *
 * ```
 * queue ─→ tail (up to 255 entries, still in the queue) ─→ bundle + level-0 tile when 256 are together ─→ tiles above
 * ```
 *
 * The caller commits bundles, tiles, deletions and head in one transaction that compares the old size, and signs only what is committed.
 * @module
 */
import { MAX_ENTRY_BYTES } from './bundle.js';
import { fail } from './errors.js';
import { createFolder, createNodes, type Folder, nodeAt, peaksOf } from './fold.js';
import { HASH_BYTES, type Sha256 } from './hash.js';
import { cutTile, partialTilesOf, TILE_WIDTH, type Tile } from './tiles.js';
import { foldPeaks } from './tree.js';

/** An entry in the queue, with the id by which the store finds its row again. */
export interface Queued<Id> {
  readonly id: Id;
  readonly body: string;
}

/** The right edge of the ledger: all that is needed to go on. Immutable. */
export interface LedgerState<Id> {
  /** Entries sequenced so far. */
  readonly size: number;
  /** The up to 255 sequenced entries that do not fill a bundle yet, oldest first. */
  readonly tail: readonly Queued<Id>[];
  /** The partial tile of each level from 0 up (empty where there is none). */
  readonly edge: readonly Uint8Array[];
}

export interface Integration<Id> {
  readonly state: LedgerState<Id>;
  /** New full bundles, a line an entry: to insert. */
  readonly bundles: readonly { readonly n: number; readonly data: string }[];
  /** Full level-0 tiles, to insert; tiles of higher levels, to write over what was there. */
  readonly tiles: readonly Tile[];
  /** Ids of the queue rows that are in bundles now: to delete, and to count. */
  readonly settled: readonly Id[];
  readonly size: number;
  readonly root: Uint8Array;
}

/** The state of a ledger without entries. */
export const emptyState = <Id>(): LedgerState<Id> => ({ size: 0, tail: [], edge: [] });

/**
 * The state from what the store holds.
 *
 * @param stored.size - of the head
 * @param stored.tail - the tail's entries, in the head's order: `size mod 256` of them
 * @param stored.tiles - the partial tiles of levels ≥ 1, in any order (`partialTilesOf(size)` names them)
 * @throws `ERR_LEDGER_ARGUMENT`: the tail does not fit the size; `ERR_TILE_MISSING`
 */
export function loadState<Id>(
  sha: Sha256,
  stored: { readonly size: number; readonly tail: readonly Queued<Id>[]; readonly tiles: readonly Tile[] },
): LedgerState<Id> {
  const { size, tail, tiles } = stored;
  if (!Number.isSafeInteger(size) || size < 0 || tail.length !== size % TILE_WIDTH) throw fail('ERR_LEDGER_ARGUMENT', { size });
  const folder = createFolder(sha);
  const leaves = new Uint8Array(tail.length * HASH_BYTES);
  tail.forEach(({ body }, i) => {
    hashBody(folder, body, leaves, i * HASH_BYTES);
  });
  const edge: Uint8Array[] = [leaves];
  for (const { level, n, width } of partialTilesOf(size)) {
    if (level === 0) continue;
    const found = tiles.find((tile) => tile.level === level && tile.n === n);
    const data = cutTile(found?.data, width);
    if (data === undefined || found?.data.length !== data.length) throw fail('ERR_TILE_MISSING', { tile: `level ${level}, ${n}`, size });
    while (edge.length < level) edge.push(new Uint8Array(0));
    edge[level] = data;
  }
  return { size, tail, edge };
}

/**
 * Appends queued entries.
 *
 * @param queue - entries in the order in which they shall stand; none may be in the tail already
 * @returns the next state and what to write, insert and delete; with an empty queue the same size and root again
 * @throws `ERR_LEDGER_ARGUMENT`: a body that is empty, has a newline or is over 65,535 bytes; nothing is changed
 */
export function integrate<Id>(sha: Sha256, state: LedgerState<Id>, queue: readonly Queued<Id>[]): Integration<Id> {
  const folder = createFolder(sha);
  const nodes = createNodes();
  nodes.set(state.edge[0] ?? new Uint8Array(0));
  const edge = [...state.edge];
  const bundles: { n: number; data: string }[] = [];
  const tiles: Tile[] = [];
  const settled: Id[] = [];
  const touched = new Set<number>();

  let tail = [...state.tail];
  let size = state.size;
  for (const entry of queue) {
    hashBody(folder, entry.body, nodes, (size % TILE_WIDTH) * HASH_BYTES);
    tail.push(entry);
    size++;
    if (tail.length < TILE_WIDTH) continue;
    const n = size / TILE_WIDTH - 1;
    bundles.push({ n, data: tail.map(({ body }) => body).join('\n') });
    for (const { id } of tail) settled.push(id);
    tail = [];
    tiles.push({ level: 0, n, data: nodes.slice(0, TILE_WIDTH * HASH_BYTES) });
    raise(folder, nodes, edge, n, tiles, touched);
  }
  edge[0] = nodes.slice(0, tail.length * HASH_BYTES);
  for (const { level, n } of partialTilesOf(size)) if (touched.has(level)) tiles.push({ level, n, data: edge[level]! });

  const next: LedgerState<Id> = { size, tail, edge };
  return { state: next, bundles, tiles, settled, size, root: rootOfState(sha, next) };
}

/** Puts the root of a full level-0 tile into the tile above, and so on while tiles become full. `nodes` holds the tile's hashes. */
function raise(folder: Folder, nodes: Uint8Array, edge: Uint8Array[], n: number, tiles: Tile[], touched: Set<number>): void {
  const above = createNodes();
  let full = nodes;
  let index = n;
  for (let level = 1; ; level++) {
    folder.fold(full, TILE_WIDTH);
    const before = edge[level] ?? new Uint8Array(0);
    const data = new Uint8Array(before.length + HASH_BYTES);
    data.set(before);
    data.set(full.subarray(nodeAt(8, 0), nodeAt(8, 0) + HASH_BYTES), before.length);
    edge[level] = data;
    touched.add(level);
    if (data.length < TILE_WIDTH * HASH_BYTES) return;
    index = Math.floor(index / TILE_WIDTH);
    tiles.push({ level, n: index, data });
    edge[level] = new Uint8Array(0);
    above.set(data);
    full = above;
  }
}

/** Root of the ledger in this state. */
export function rootOfState(sha: Sha256, state: Pick<LedgerState<unknown>, 'edge'>): Uint8Array {
  const folder = createFolder(sha);
  const nodes = createNodes();
  const peaks: Uint8Array[] = [];
  for (const tile of [...state.edge].reverse()) {
    nodes.set(tile);
    folder.fold(nodes, tile.length / HASH_BYTES);
    peaks.push(...peaksOf(nodes, tile.length / HASH_BYTES));
  }
  return foldPeaks(sha, peaks);
}

/**
 * The partial tile of a level, for serving: level 0 is stored nowhere else.
 *
 * @returns its hashes, none where the level has no partial tile
 */
export const partialTile = (state: LedgerState<unknown>, level: number): Uint8Array => state.edge[level] ?? new Uint8Array(0);

const input = new Uint8Array(1 + MAX_ENTRY_BYTES);
const encoder = new TextEncoder();

/** Writes a body's leaf hash. The first byte of `input` is the leaf's prefix 0x00 for ever. */
function hashBody(folder: Folder, body: string, into: Uint8Array, at: number): void {
  const { read, written } = encoder.encodeInto(body, input.subarray(1));
  if (written === 0 || read < body.length || body.includes('\n')) throw fail('ERR_LEDGER_ARGUMENT', {}, 'the body of an entry');
  folder.hashInto(input.subarray(0, 1 + written), into, at);
}
