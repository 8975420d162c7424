/**
 * Tiles: 256 hashes of one level of the tree in a row, named by a path (C2SP tlog-tiles). Level 0 holds leaf hashes;
 * each hash of a higher level is the root of a full tile below it.
 * @see https://c2sp.org/tlog-tiles
 * @module
 */
import { HASH_BYTES } from './hash.js';

/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 256;

export interface Tile {
  readonly level: number;
  /** Index within the level, from 0. */
  readonly n: number;
  /** `width` hashes of 32 bytes; 256 of them when full. */
  readonly data: Uint8Array;
}

export interface TileName {
  /** 0 to 63, or `entries` for an entry bundle. */
  readonly level: number | 'entries';
  readonly n: number;
  /** 1 to 256. */
  readonly width: number;
}

/** Where tiles are read from: a table, a folder, an HTTP server. */
export interface TileSource {
  /**
   * @returns at least `width` hashes of the tile (a wider or full tile is cut), or `undefined` when it is not there.
   * Level 0 of the tail is asked for too: it is nowhere stored but follows from the entries.
   */
  tile(level: number, n: number, width: number): Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/**
 * Path of a tile or entry bundle, without a leading slash: `tile/0/x001/x234/067`, `tile/entries/000.p/112`.
 *
 * @param width - 256 for a full one
 */
export function tilePath(level: number | 'entries', n: number, width: number = TILE_WIDTH): string {
  const digits = String(n).padStart(Math.ceil(String(n).length / 3) * 3, '0');
  const elements = digits.match(/.{3}/g)!;
  const last = elements.length - 1;
  const index = elements.map((element, i) => (i < last ? `x${element}` : element)).join('/');
  return `tile/${level}/${index}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

const PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;

/**
 * Reads a tile's path; strictly, so that one tile has one name. The caller still compares it with the tree size.
 *
 * @returns `undefined` for anything else: answer 404
 */
export function parseTilePath(path: string): TileName | undefined {
  const [, level, index, width] = PATH.exec(path) ?? [];
  if (level === undefined || index === undefined) return undefined;
  const name: TileName = {
    level: level === 'entries' ? 'entries' : Number(level),
    n: Number(index.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  const inRange =
    Number.isSafeInteger(name.n) && (name.level === 'entries' || name.level < 64) && name.width > 0 && name.width <= TILE_WIDTH;
  // Writing it again refuses leading zeros, `x000` in front and `.p/256` at once.
  return inRange && tilePath(name.level, name.n, name.width) === path ? name : undefined;
}

/**
 * Width of a tile in a tree: 256 when full, less at the right edge, 0 when the tree does not reach it.
 *
 * @param level - 0 for entries and leaf hashes
 */
export function tileWidth(level: number, n: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - n * TILE_WIDTH));
}

/** The partial tiles of a tree, one a level at most, from level 0 up. */
export function partialTilesOf(size: number): { readonly level: number; readonly n: number; readonly width: number }[] {
  const partial: { level: number; n: number; width: number }[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const width = hashes % TILE_WIDTH;
    if (width > 0) partial.push({ level, n: Math.floor(hashes / TILE_WIDTH), width });
  }
  return partial;
}

/** The first `width` hashes of a tile, or `undefined` when it has fewer or is no tile at all. */
export function cutTile(data: Uint8Array | undefined, width: number): Uint8Array | undefined {
  if (data === undefined || data.length % HASH_BYTES !== 0 || data.length < width * HASH_BYTES) return undefined;
  return data.subarray(0, width * HASH_BYTES);
}
