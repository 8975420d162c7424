/**
 * Verification of a whole ledger: every entry is hashed again, up to the root, and compared with a signed checkpoint, with the stored tiles,
 * and with checkpoints that were kept elsewhere. When something differs, `diagnose.ts` names what.
 *
 * One pass over the bundles; memory for one bundle and for 32 bytes in each 256 entries.
 * @module
 */
import { type Bundle, eachEntry } from './bundle.js';
import { equal } from './bytes.js';
import { diagnose, type Suspect } from './diagnose.js';
import { fail, type LedgerError } from './errors.js';
import { createFolder, createNodes, nodeAt } from './fold.js';
import { HASH_BYTES, type Sha256 } from './hash.js';
import { rootOfState } from './integrate.js';
import type { TreeHead } from './tile-tree.js';
import { cutTile, TILE_WIDTH, type TileSource, tilePath, tileWidth } from './tiles.js';

export interface LedgerToVerify {
  /** Size and root of the checkpoint that vouches for the ledger; its signature was verified before. */
  readonly checkpoint: TreeHead;
  /** All bundles with ascending `n`, in either form; the last may be partial. */
  readonly bundles: Iterable<Bundle> | AsyncIterable<Bundle>;
  /** The stored tiles: compared too, and needed to name the very entry that differs. */
  readonly tiles?: TileSource | undefined;
  /**
   * Signed heads from elsewhere (beside the keyring, from a witness, in a receipt): they catch a cut tail and a fork.
   * Earlier ones of one's own narrow down where a difference lies that no tile shows.
   */
  readonly seen?: readonly TreeHead[] | undefined;
  /** Called with each entry's text in order, to parse it (`parseEntry`) or to count. Takes several times as long as the hashing. */
  readonly onEntry?: ((body: string, index: number) => void) | undefined;
}

export interface VerifiedLedger extends TreeHead {
  /** Entries read. */
  readonly entries: number;
  /** How many of them come after the checkpoint: no signature vouches for them yet. */
  readonly beyond: number;
}

/** Bundles whose leaves are kept for the diagnosis: one is enough to name it, two to recognise a swap. */
const MAX_SUSPECTS = 64;

/**
 * Verifies a ledger from its entries.
 *
 * @returns what it proved: that the first `size` entries have this root, and how many were read
 * @throws `ERR_LEDGER_CUT`, `_GAP`, `_EDITED`, `_SWAPPED`, `_DOUBLED`, `_INSERTED`, `_REWRITTEN`, `_FORKED`, the position in `where.entry`
 *   (and `other` or `through`); `ERR_TILE_DIFFERS`, `ERR_TILE_MISSING`: the entries are right and a tile is not; `ERR_BUNDLE_MALFORMED`
 */
export async function verifyLedger(sha: Sha256, ledger: LedgerToVerify): Promise<VerifiedLedger> {
  const { checkpoint, tiles, seen = [] } = ledger;
  const reader = createBundleReader(sha, ledger.onEntry);
  const heads = [checkpoint, ...seen];
  const roots = new Map<number, Uint8Array>();
  const suspects: Suspect[] = [];
  let badTile: { readonly code: 'ERR_TILE_DIFFERS' | 'ERR_TILE_MISSING'; readonly tile: string } | undefined;

  /** Compares a computed tile with the stored one, as far as the checkpoint reaches. */
  async function compare(level: number, n: number, hashes: Uint8Array, count: number): Promise<void> {
    const width = tileWidth(level, n, checkpoint.size);
    if (tiles === undefined || width === 0) return;
    const stored = cutTile(await tiles.tile(level, n, width), width);
    const path = tilePath(level, n, width);
    if (stored === undefined) {
      // The tail's level-0 tile follows from the entries and is stored nowhere.
      if (level > 0 || width === TILE_WIDTH) badTile ??= { code: 'ERR_TILE_MISSING', tile: path };
      return;
    }
    const fits = width === TILE_WIDTH ? count === width : count >= width;
    if (fits && equal(stored, hashes.subarray(0, width * HASH_BYTES))) return;
    badTile ??= { code: 'ERR_TILE_DIFFERS', tile: path };
    if (level === 0 && suspects.length < MAX_SUSPECTS) {
      suspects.push({ n, found: hashes.slice(0, count * HASH_BYTES), signed: stored.slice() });
    }
  }

  const keepRoots = (from: number, to: number): void => {
    for (const { size } of heads) if (size >= from && size < to) roots.set(size, reader.rootAt(size));
  };
  const verdict = (): ReturnType<typeof diagnose> =>
    diagnose(sha, { checkpoint, seen, tiles }, { entries: reader.entries, roots, suspects, bundleRoots: reader.bundleRoots });

  keepRoots(0, 1);
  let last: { readonly n: number; readonly count: number } = { n: -1, count: TILE_WIDTH };
  for await (const { n, data } of ledger.bundles) {
    if (n <= last.n) throw fail('ERR_BUNDLE_MALFORMED', { bundle: n }, 'bundles must come in order, each once');
    // A bundle that is not the last holds 256 entries: its number says which.
    if (last.count !== TILE_WIDTH) throw suspects.length > 0 ? await verdict() : misfit(last);
    if (n > last.n + 1) throw fail('ERR_LEDGER_GAP', { entry: (last.n + 1) * TILE_WIDTH, through: n * TILE_WIDTH - 1 });

    const count = reader.read(n, data);
    await compare(0, n, reader.leaves, count);
    last = { n, count };
    keepRoots(n * TILE_WIDTH + 1, n * TILE_WIDTH + Math.min(count, TILE_WIDTH - 1) + 1);
    if (count !== TILE_WIDTH) continue;
    for (const { level, index, hashes } of reader.close()) await compare(level, index, hashes, TILE_WIDTH);
    keepRoots((n + 1) * TILE_WIDTH, (n + 1) * TILE_WIDTH + 1);
  }
  for (const { level, index, hashes } of reader.edge()) await compare(level, index, hashes, hashes.length / HASH_BYTES);

  const differs = heads.some(({ size, root }) => {
    const found = roots.get(size);
    return found === undefined || !equal(found, root);
  });
  if (last.count > TILE_WIDTH && !(differs && suspects.length > 0)) throw misfit(last);
  if (differs) throw await verdict();
  if (badTile !== undefined) throw fail(badTile.code, { tile: badTile.tile }, 'the entries are those that were signed');
  return { ...checkpoint, entries: reader.entries, beyond: reader.entries - checkpoint.size };
}

/** A bundle with too few or too many entries, when no tile tells which. */
function misfit({ n, count }: { readonly n: number; readonly count: number }): LedgerError {
  const stretch = { entry: n * TILE_WIDTH, through: (n + 1) * TILE_WIDTH - 1 };
  return fail(count < TILE_WIDTH ? 'ERR_LEDGER_GAP' : 'ERR_LEDGER_INSERTED', stretch);
}

interface UpperTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
}

interface BundleReader {
  /** Entries read so far. */
  readonly entries: number;
  /** Leaf hashes of the bundle at hand. */
  readonly leaves: Uint8Array;
  /** Root of every full bundle, 32 bytes each. */
  readonly bundleRoots: readonly Uint8Array[];
  /** Hashes the entries of a bundle; returns their number. */
  read(n: number, data: string | Uint8Array): number;
  /** Takes a full bundle into the tree; yields the tiles above that became full. */
  close(): UpperTile[];
  /** The partial tiles above level 0. */
  edge(): UpperTile[];
  /** Root at a size up to what was read, within the bundle at hand. */
  rootAt(size: number): Uint8Array;
}

/** Entries a damaged bundle is read for beyond 256, so that what is too much can be named. */
const MAX_BUNDLE = 2 * TILE_WIDTH;

function createBundleReader(sha: Sha256, onEntry: LedgerToVerify['onEntry']): BundleReader {
  const folder = createFolder(sha);
  const nodes = createNodes();
  const leaves = new Uint8Array(MAX_BUNDLE * HASH_BYTES);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const bundleRoots: Uint8Array[] = [];
  /** Hashes of the partial tile of each level; level 0 is the bundle at hand. */
  const edge: Uint8Array[] = [new Uint8Array(0)];
  let entries = 0;
  let first = 0;

  return {
    leaves,
    bundleRoots,
    get entries() {
      return entries;
    },
    read(n, data) {
      let count = 0;
      first = n * TILE_WIDTH;
      eachEntry(data, (bytes, start, end) => {
        if (count === MAX_BUNDLE || start === end) throw fail('ERR_BUNDLE_MALFORMED', { bundle: n });
        const before = bytes[start - 1]!;
        bytes[start - 1] = 0;
        folder.hashInto(bytes.subarray(start - 1, end), leaves, count * HASH_BYTES);
        bytes[start - 1] = before;
        onEntry?.(decoder.decode(bytes.subarray(start, end)), first + count);
        count++;
      });
      entries = first + count;
      return count;
    },
    close() {
      const closed: UpperTile[] = [];
      nodes.set(leaves.subarray(0, TILE_WIDTH * HASH_BYTES));
      let index = first / TILE_WIDTH;
      for (let level = 1; ; level++) {
        folder.fold(nodes, TILE_WIDTH);
        const root = nodes.slice(nodeAt(8, 0), nodeAt(8, 0) + HASH_BYTES);
        if (level === 1) bundleRoots.push(root);
        const below = edge[level] ?? new Uint8Array(0);
        const hashes = new Uint8Array(below.length + HASH_BYTES);
        hashes.set(below);
        hashes.set(root, below.length);
        edge[level] = hashes;
        if (hashes.length < TILE_WIDTH * HASH_BYTES) break;
        index = Math.floor(index / TILE_WIDTH);
        closed.push({ level, index, hashes });
        edge[level] = new Uint8Array(0);
        nodes.set(hashes);
      }
      first += TILE_WIDTH;
      return closed;
    },
    edge: () =>
      edge.flatMap((hashes, level) =>
        level === 0 || hashes.length === 0 ? [] : [{ level, index: Math.floor(first / TILE_WIDTH ** (level + 1)), hashes }],
      ),
    rootAt: (size) => rootOfState(sha, { edge: [leaves.slice(0, (size - first) * HASH_BYTES), ...edge.slice(1)] }),
  };
}
