/**
 * The inner loop: hashes 256 leaves of a tile to its root and keeps every node between. Used by everything that meets many entries.
 *
 * Native calls and allocation cost more than SHA-256 itself, so there is one 65-byte input for all nodes, and every hash is written
 * where it belongs, by the caller's SHA-256 itself where that can do it (`Sha256.into`).
 * @module
 */
import { HASH_BYTES, type Sha256 } from './hash.js';
import { createLanes, LANES, type Lanes } from './lanes.js';
import { TILE_WIDTH } from './tiles.js';

/** Bytes of a tile's hashes with all nodes above them: 256 + 128 + … + 1 hashes. */
const NODES_BYTES = (2 * TILE_WIDTH - 1) * HASH_BYTES;

/** Place of a node in the buffer: `height` 0 are the tile's own hashes, 8 its root; `i` counts from the left. */
export const nodeAt = (height: number, i: number): number => (2 * TILE_WIDTH - ((2 * TILE_WIDTH) >> height) + i) * HASH_BYTES;

/** A tile's hashes and the nodes above them, as far as they are complete. */
export const createNodes = (): Uint8Array => new Uint8Array(NODES_BYTES);

/** Hashes into a buffer. Uses buffers of this module: nothing is kept in them between calls. */
export interface Folder {
  /** Writes SHA-256 of `input` at `at`. */
  hashInto(input: Uint8Array, into: Uint8Array, at: number): void;
  /** Computes all complete nodes over the first `width` hashes of `nodes`. */
  fold(nodes: Uint8Array, width: number): void;
}

export function createFolder(sha: Sha256): Folder {
  const hashInto: Folder['hashInto'] = sha.into ?? ((bytes, into, at) => into.set(sha(bytes), at));
  const lanes = lanesOf(sha);
  return {
    hashInto,
    fold: (nodes, width) =>
      lanes === undefined || width < 2 * LANES ? foldSingly(hashInto, nodes, width) : foldInLanes(lanes, nodes, width),
  };
}

const known = new WeakMap<Sha256, Lanes | undefined>();

/** Lanes take a moment to make, so they are for a SHA-256 that was made for speed, once. */
function lanesOf(sha: Sha256): Lanes | undefined {
  if (sha.into === undefined) return undefined;
  if (!known.has(sha)) known.set(sha, createLanes(sha));
  return known.get(sha);
}

// The prefix 0x01 lies at byte 3, so that both hashes begin on a word and are copied as words.
const block = new ArrayBuffer(4 + 2 * HASH_BYTES);
const input = new Uint8Array(block, 3);
const inputWords = new Uint32Array(block, 4);
input[0] = 1;

function foldSingly(hashInto: Folder['hashInto'], nodes: Uint8Array, width: number): void {
  const words = new Uint32Array(nodes.buffer, nodes.byteOffset, NODES_BYTES / 4);
  for (let height = 1, count = width >> 1; count > 0; height++, count >>= 1) {
    let from = nodeAt(height - 1, 0) / 4;
    let to = nodeAt(height, 0);
    for (let i = 0; i < count; i++, to += HASH_BYTES) {
      for (let word = 0; word < 16; word++) inputWords[word] = words[from++]!;
      hashInto(input, nodes, to);
    }
  }
}

function foldInLanes({ memory, hashPairs }: Lanes, nodes: Uint8Array, width: number): void {
  memory.set(nodes.subarray(0, width * HASH_BYTES));
  for (let height = 1, count = width >> 1; count > 0; height++, count >>= 1) {
    // Lanes beyond the last pair hash what lies there; the levels above, computed afterwards, overwrite it.
    hashPairs(nodeAt(height - 1, 0), nodeAt(height, 0), Math.ceil(count / LANES));
  }
  nodes.set(memory.subarray(nodeAt(1, 0), NODES_BYTES), nodeAt(1, 0));
}

/** Perfect subtrees of a folded tile of `width` hashes, from left to right: one for each bit of the width. */
export function peaksOf(nodes: Uint8Array, width: number): Uint8Array[] {
  const peaks: Uint8Array[] = [];
  for (let height = 8; height >= 0; height--) {
    if (((width >> height) & 1) === 0) continue;
    const at = nodeAt(height, (width >> height) - 1);
    peaks.push(nodes.slice(at, at + HASH_BYTES));
  }
  return peaks;
}
