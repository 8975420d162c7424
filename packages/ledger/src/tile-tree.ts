/**
 * Proofs from tiles. Nothing is believed because it was stored: every tile used is hashed and compared with its parent,
 * up to the tiles at the right edge, which must make the signed root.
 *
 * Some readers of tiles skip part of that and accept an edited tile; this one has no such path.
 * @see https://c2sp.org/tlog-tiles
 * @module
 */
import { equal } from './bytes.js';
import { fail } from './errors.js';
import { createFolder, createNodes, nodeAt, peaksOf } from './fold.js';
import { HASH_BYTES, type Sha256 } from './hash.js';
import { consistencyRanges, inclusionRanges, type Range } from './proof.js';
import { cutTile, partialTilesOf, TILE_WIDTH, type TileSource, tilePath, tileWidth } from './tiles.js';
import { foldPeaks } from './tree.js';

/** A tree head: how many entries, and their root. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A ledger seen through its tiles, at one signed size. */
export interface TileTree extends TreeHead {
  /** Leaf hash of an entry. */
  leaf(index: number): Promise<Uint8Array>;
  /** Leaf hash of an entry and its inclusion proof in this tree. */
  inclusion(index: number): Promise<{ readonly leaf: Uint8Array; readonly proof: readonly Uint8Array[] }>;
  /** Consistency proof from an older size to this tree. */
  consistency(oldSize: number): Promise<readonly Uint8Array[]>;
  /** Root at an older size, from 1 up to this tree's. */
  rootAt(size: number): Promise<Uint8Array>;
  /** All hashes of a tile in this tree, checked: for a verifier that wants to name what differs. */
  hashes(level: number, n: number): Promise<Uint8Array>;
}

/** Full tiles with the nodes above their hashes. They never change, so one cache serves every tree of the same ledger. */
export interface TileCache {
  get(key: string): Uint8Array | undefined;
  set(key: string, nodes: Uint8Array): void;
}

/**
 * A cache that drops what was unused longest.
 *
 * @param tiles - 16 KB each; 512 by default
 */
export function createTileCache(tiles = 512): TileCache {
  const kept = new Map<string, Uint8Array>();
  return {
    get(key) {
      const nodes = kept.get(key);
      if (nodes === undefined) return undefined;
      kept.delete(key);
      kept.set(key, nodes);
      return nodes;
    },
    set(key, nodes) {
      kept.set(key, nodes);
      if (kept.size > tiles) kept.delete(kept.keys().next().value!);
    },
  };
}

/**
 * Opens a ledger's tiles under a signed tree head.
 *
 * @param head - size and root from a checkpoint whose signature was verified
 * @param options.cache - shared between trees of one ledger; without it each tree keeps its own
 * @returns a tree whose answers throw `ERR_TILE_MISSING`, `ERR_TILE_DIFFERS`, or `ERR_LEDGER_ARGUMENT` for a position or size outside it
 */
export function openTiles(sha: Sha256, source: TileSource, head: TreeHead, options: { readonly cache?: TileCache } = {}): TileTree {
  const { size, root } = head;
  const cache = options.cache ?? createTileCache();
  const folder = createFolder(sha);
  let edge: Promise<ReadonlyMap<number, Uint8Array>> | undefined;

  async function read(level: number, n: number, width: number): Promise<Uint8Array> {
    const data = cutTile(await source.tile(level, n, width), width);
    if (data === undefined) throw fail('ERR_TILE_MISSING', { tile: tilePath(level, n, width), size });
    const nodes = createNodes();
    nodes.set(data);
    folder.fold(nodes, width);
    return nodes;
  }

  /** Partial tiles by level. Each of their hashes is part of the root, so the root vouches for all of them at once. */
  async function readEdge(): Promise<ReadonlyMap<number, Uint8Array>> {
    const tiles = new Map<number, Uint8Array>();
    const peaks: Uint8Array[] = [];
    for (const { level, n, width } of partialTilesOf(size).reverse()) {
      const nodes = await read(level, n, width);
      tiles.set(level, nodes);
      peaks.push(...peaksOf(nodes, width));
    }
    if (!equal(foldPeaks(sha, peaks), root))
      throw fail('ERR_TILE_DIFFERS', { size }, 'the tiles at the right edge do not make the signed root');
    return tiles;
  }

  async function nodesOf(level: number, n: number): Promise<Uint8Array> {
    if (tileWidth(level, n, size) < TILE_WIDTH) {
      edge ??= readEdge();
      return (await edge).get(level)!;
    }
    const key = `${level}/${n}`;
    let nodes = cache.get(key);
    if (nodes === undefined) {
      nodes = await read(level, n, TILE_WIDTH);
      await checkParent(level, n, nodes);
      cache.set(key, nodes);
      return nodes;
    }
    // A cached tile was right under an earlier root; it must be right under this one.
    await checkParent(level, n, nodes);
    return nodes;
  }

  async function checkParent(level: number, n: number, nodes: Uint8Array): Promise<void> {
    const parent = await nodesOf(level + 1, Math.floor(n / TILE_WIDTH));
    const at = nodeAt(0, n % TILE_WIDTH);
    const top = nodeAt(8, 0);
    if (!equal(nodes.subarray(top, top + HASH_BYTES), parent.subarray(at, at + HASH_BYTES))) {
      throw fail('ERR_TILE_DIFFERS', { tile: tilePath(level, n), size });
    }
  }

  /** Hash of a subtree as RFC 6962 cuts them: it begins at a multiple of its (rounded-up) width. */
  async function rangeHash([start, end]: Range): Promise<Uint8Array> {
    const peaks: Uint8Array[] = [];
    for (let at = start; at < end; ) {
      let height = 0;
      let width = 1;
      while (at % (width * 2) === 0 && at + width * 2 <= end) {
        width *= 2;
        height++;
      }
      const level = Math.floor(height / 8);
      const inTile = height % 8;
      const index = Math.floor(at / TILE_WIDTH ** level);
      const nodes = await nodesOf(level, Math.floor(index / TILE_WIDTH));
      const place = nodeAt(inTile, (index % TILE_WIDTH) >> inTile);
      peaks.push(nodes.slice(place, place + HASH_BYTES));
      at += width;
    }
    return foldPeaks(sha, peaks);
  }

  async function rangeHashes(ranges: readonly Range[]): Promise<Uint8Array[]> {
    const hashes: Uint8Array[] = [];
    for (const range of ranges) hashes.push(await rangeHash(range));
    return hashes;
  }

  const within = (value: number, from: number, to: number): void => {
    if (!Number.isSafeInteger(value) || value < from || value > to) throw fail('ERR_LEDGER_ARGUMENT', { size });
  };

  return {
    size,
    root,
    async leaf(index) {
      within(index, 0, size - 1);
      return rangeHash([index, index + 1]);
    },
    async inclusion(index) {
      within(index, 0, size - 1);
      return { leaf: await rangeHash([index, index + 1]), proof: await rangeHashes(inclusionRanges(index, size)) };
    },
    async consistency(oldSize) {
      within(oldSize, 0, size);
      return rangeHashes(consistencyRanges(oldSize, size));
    },
    async rootAt(oldSize) {
      within(oldSize, 1, size);
      return rangeHash([0, oldSize]);
    },
    async hashes(level, n) {
      const width = tileWidth(level, n, size);
      if (width === 0) throw fail('ERR_LEDGER_ARGUMENT', { size });
      return (await nodesOf(level, n)).subarray(0, width * HASH_BYTES);
    },
  };
}

/** One inclusion proof: see `openTiles`, which is faster for several. */
export const inclusionFromTiles = (sha: Sha256, source: TileSource, head: TreeHead, index: number): ReturnType<TileTree['inclusion']> =>
  openTiles(sha, source, head).inclusion(index);

/** One consistency proof from an older size: see `openTiles`. */
export const consistencyFromTiles = (
  sha: Sha256,
  source: TileSource,
  head: TreeHead,
  oldSize: number,
): ReturnType<TileTree['consistency']> => openTiles(sha, source, head).consistency(oldSize);
