/**
 * Names what differs in a ledger that does not verify: which entry was edited, swapped, doubled, inserted or taken out, where it was cut,
 * or that it is another history than the signed one.
 *
 * A stored level-0 tile holds the leaf hashes that were signed. It is trusted when it leads to the signed root; where the tiles at the right edge
 * do not (the tail has no tile of its own), the tile is still the best witness of what stood there.
 * @module
 */
import { equal } from './bytes.js';
import { fail, type LedgerError } from './errors.js';
import { HASH_BYTES, type Sha256 } from './hash.js';
import { openTiles, type TreeHead } from './tile-tree.js';
import { cutTile, TILE_WIDTH, type TileSource, tileWidth } from './tiles.js';

/** A bundle whose entries do not hash to its stored tile. */
export interface Suspect {
  readonly n: number;
  /** Leaf hashes of the entries found. */
  readonly found: Uint8Array;
  /** Those of the tile. */
  readonly signed: Uint8Array;
}

/** What was computed from the entries. */
export interface Computed {
  readonly entries: number;
  /** Root at the size of every head in question, where the entries reach it. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  readonly suspects: readonly Suspect[];
  readonly bundleRoots: readonly Uint8Array[];
}

export interface Evidence {
  readonly checkpoint: TreeHead;
  readonly seen: readonly TreeHead[];
  readonly tiles: TileSource | undefined;
}

/** The error that names it; to be thrown by the caller, who knows that something differs. */
export async function diagnose(sha: Sha256, evidence: Evidence, computed: Computed): Promise<LedgerError> {
  const { checkpoint, seen } = evidence;
  const holds = ({ size, root }: TreeHead): boolean => {
    const found = computed.roots.get(size);
    return found !== undefined && equal(found, root);
  };
  const longest = Math.max(checkpoint.size, ...seen.map(({ size }) => size));

  if (!holds(checkpoint)) {
    const named = await nameFirst(evidence, computed);
    if (named !== undefined) return named;
  }
  if (computed.entries < longest) return fail('ERR_LEDGER_CUT', { size: computed.entries, expectedSize: longest });
  if (holds(checkpoint)) {
    const other = seen.find((head) => !holds(head))!;
    return fail('ERR_LEDGER_FORKED', { size: other.size }, 'the checkpoint kept elsewhere has another root');
  }
  if (seen.some((head) => head.size >= checkpoint.size && holds(head))) {
    return fail('ERR_LEDGER_FORKED', { size: checkpoint.size }, 'the checkpoint is not of this history; the one kept elsewhere is');
  }
  const rewritten = await firstRewritten(sha, evidence, computed);
  if (rewritten !== undefined) return fail('ERR_LEDGER_REWRITTEN', rewritten);
  // Nothing stored tells more: the difference lies after the last head that holds and before the first that does not.
  const heads = [checkpoint, ...seen];
  const from = Math.max(0, ...heads.filter(holds).map(({ size }) => size));
  const to = Math.min(...heads.filter((head) => !holds(head)).map(({ size }) => size));
  if (to <= from) return fail('ERR_LEDGER_FORKED', { size: to });
  return fail('ERR_LEDGER_REWRITTEN', { entry: from, through: to - 1 });
}

interface Difference {
  readonly index: number;
  readonly found: Uint8Array;
  readonly signed: Uint8Array;
}

const leafAt = (leaves: Uint8Array, i: number): Uint8Array => leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
const same = (a: Uint8Array, i: number, b: Uint8Array, j: number): boolean =>
  (i + 1) * HASH_BYTES <= a.length && (j + 1) * HASH_BYTES <= b.length && equal(leafAt(a, i), leafAt(b, j));

/** Names the first difference by the tiles, or nothing when no tile differs from its entries. */
async function nameFirst(evidence: Evidence, { suspects, entries }: Computed): Promise<LedgerError | undefined> {
  const [suspect] = suspects;
  if (suspect === undefined) return undefined;
  const { n, found, signed } = suspect;
  const base = n * TILE_WIDTH;
  const foundCount = found.length / HASH_BYTES;
  const signedCount = signed.length / HASH_BYTES;
  let i = 0;
  while (same(found, i, signed, i)) i++;
  const entry = base + i;

  if (foundCount < signedCount) {
    // Only the end is missing: a cut, which the caller sees from the sizes.
    if (i === foundCount && base + foundCount === entries) return undefined;
    const missing = signedCount - foundCount;
    return fail('ERR_LEDGER_GAP', missing === 1 ? { entry } : { entry, through: entry + missing - 1 });
  }
  const grown = foundCount > signedCount && signedCount === TILE_WIDTH;
  const differences = suspects.flatMap(differencesOf);
  const first = differences[0];
  if (!grown && first !== undefined) {
    const partner = differences.find((other) => equal(other.found, first.signed));
    if (partner !== undefined && equal(partner.signed, first.found)) return fail('ERR_LEDGER_SWAPPED', { entry, other: partner.index });
    // Everything from here on moved up by one.
    if (same(found, i, signed, i + 1) && !same(found, i + 1, signed, i + 1)) {
      return partner === undefined ? fail('ERR_LEDGER_GAP', { entry }) : fail('ERR_LEDGER_SWAPPED', { entry, other: partner.index });
    }
  }
  const original = await findLeaf(evidence, leafAt(found, i), entry);
  if (original !== undefined) return fail('ERR_LEDGER_DOUBLED', { entry, other: original });
  if (grown || same(found, i + 1, signed, i)) return fail('ERR_LEDGER_INSERTED', { entry });
  return fail('ERR_LEDGER_EDITED', { entry });
}

function differencesOf({ n, found, signed }: Suspect): Difference[] {
  const differences: Difference[] = [];
  const count = Math.min(found.length, signed.length) / HASH_BYTES;
  for (let i = 0; i < count; i++) {
    if (!same(found, i, signed, i)) differences.push({ index: n * TILE_WIDTH + i, found: leafAt(found, i), signed: leafAt(signed, i) });
  }
  return differences;
}

/** Position at which a leaf was signed, other than `except`. Reads every level-0 tile: only when something is wrong already. */
async function findLeaf({ tiles, checkpoint }: Evidence, leaf: Uint8Array, except: number): Promise<number | undefined> {
  for (let n = 0; tiles !== undefined && n * TILE_WIDTH < checkpoint.size; n++) {
    const width = tileWidth(0, n, checkpoint.size);
    const leaves = cutTile(await tiles.tile(0, n, width), width);
    for (let i = 0; leaves !== undefined && i < width; i++) {
      if (n * TILE_WIDTH + i !== except && equal(leafAt(leaves, i), leaf)) return n * TILE_WIDTH + i;
    }
  }
  return undefined;
}

/** The first bundle that was changed together with its tile: the tile above, which leads to the signed root, says so. */
async function firstRewritten(
  sha: Sha256,
  { tiles, checkpoint }: Evidence,
  { bundleRoots }: Computed,
): Promise<{ entry: number; through: number } | undefined> {
  if (tiles === undefined) return undefined;
  const tree = openTiles(sha, tiles, checkpoint);
  const full = Math.floor(checkpoint.size / TILE_WIDTH);
  try {
    for (let n = 0; n < full; n += TILE_WIDTH) {
      const signed = await tree.hashes(1, n / TILE_WIDTH);
      for (let i = 0; i < Math.min(TILE_WIDTH, full - n); i++) {
        const found = bundleRoots[n + i];
        if (found === undefined || !equal(found, leafAt(signed, i))) {
          return { entry: (n + i) * TILE_WIDTH, through: (n + i + 1) * TILE_WIDTH - 1 };
        }
      }
    }
  } catch {
    // No tile leads to the signed root: they tell nothing.
  }
  return undefined;
}
