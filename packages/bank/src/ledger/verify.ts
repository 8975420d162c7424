/**
 * Verifying the stored ledger as a whole: every entry is hashed again and held against the stored tiles, the head, the
 * signed checkpoints, and the one beside the keyring. What differs is named with its position.
 *
 * Reads what is committed when it begins; sequencing goes on meanwhile.
 * @module
 */
import { isNumbraError } from '@numbra/core';
import { type Bundle, TILE_WIDTH, type TileSource, type TreeHead, verifyLedger } from '@numbra/ledger';
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';
import { openSigned, type SignedCheckpoint } from './checkpoint-file.js';
import { type Head, readHead } from './head.js';
import type { LogKey } from './log-key.js';
import { olderCopy } from './publish.js';
import { sha256 } from './sha256.js';

export interface Verification {
  /** Entries that the checkpoint vouches for. */
  readonly size: number;
  /** Their root, hex. */
  readonly root: string;
  /** The signed note. */
  readonly checkpoint: string;
  /** Sequenced entries that no checkpoint covers yet. */
  readonly beyond: number;
  readonly verified: true;
}

export interface StoredLedger {
  readonly database: Queryable;
  readonly key: LogKey;
  /** Checkpoints seen elsewhere: beside the keyring, by a witness, in a receipt. */
  readonly seen: readonly SignedCheckpoint[];
  readonly onProgress?: ((entries: number, of: number) => void) | undefined;
}

/**
 * @returns what was proved
 * @throws `ERR_LEDGER_OLDER_COPY`: restored from an older copy · `ERR_LEDGER_CUT`, `_GAP`, `_EDITED`, `_SWAPPED`, `_DOUBLED`,
 *   `_INSERTED`, `_REWRITTEN`, `_FORKED` with the position · `ERR_TILE_DIFFERS`, `ERR_TILE_MISSING`: the entries are right ·
 *   `ERR_LEDGER_HEAD` · `ERR_LEDGER_UNSIGNED` · `ERR_NOTE_SIGNATURE`: a stored checkpoint was not signed by this ledger
 */
export async function verifyStored({ database, key, seen: elsewhere, onProgress }: StoredLedger): Promise<Verification> {
  const signed = await readCheckpoints(database, key); // before the head, so that an honest head is at least as long
  const head = await readHead(database);
  const newest = signed.at(-1);
  const seen = [...elsewhere].sort((a, b) => a.size - b.size).at(-1);
  const vouching = newest === undefined || (seen !== undefined && seen.size > newest.size) ? seen : newest;
  if (vouching === undefined) throw fail('ERR_LEDGER_UNSIGNED');
  if (seen !== undefined && seen.size > head.size && (newest?.size ?? 0) <= head.size) throw olderCopy(head.size, seen.size);

  const tiles = storedTiles(database);
  const others: TreeHead[] = [...signed, ...elsewhere].filter((one) => one !== vouching);
  try {
    const { size, root, beyond } = await verifyLedger(sha256, {
      checkpoint: vouching,
      bundles: storedBundles(database, head, tiles, onProgress),
      tiles,
      seen: [...others, head],
    });
    return { size, root: Buffer.from(root).toString('hex'), checkpoint: vouching.note, beyond, verified: true };
  } catch (error) {
    if (!isNumbraError(error) || error.code !== 'ERR_LEDGER_FORKED') throw error;
    const { size } = error.where as { readonly size?: number };
    // The head is no signature: that it differs where signatures hold is an edited head, not a fork.
    throw size === head.size && ![...signed, ...elsewhere].some((one) => one.size === size) ? fail('ERR_LEDGER_HEAD') : error;
  }
}

/** The newest checkpoints, oldest first: those within the last bundle narrow down what no tile shows. */
async function readCheckpoints(database: Queryable, key: LogKey): Promise<SignedCheckpoint[]> {
  const rows = await database.query<{ note: string }>('SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 300');
  return rows.map(({ note }) => openSigned(note, key)).reverse();
}

/** Bundles read at a time: 5 MB. */
const CHUNK = 64;

interface StoredTiles extends TileSource {
  /** Reads the level-0 tiles of a stretch at once. */
  prefetch(from: number, to: number): Promise<void>;
}

async function* storedBundles(
  database: Queryable,
  head: Head,
  tiles: StoredTiles,
  onProgress: StoredLedger['onProgress'],
): AsyncGenerator<Bundle> {
  const full = Math.floor(head.size / TILE_WIDTH);
  for (let from = 0; from < full; from += CHUNK) {
    const to = Math.min(from + CHUNK, full);
    const [rows] = await Promise.all([
      database.query<{ n: bigint; data: string }>('SELECT n, data FROM ledger_bundle WHERE n >= $1 AND n < $2 ORDER BY n', [from, to]),
      tiles.prefetch(from, to),
    ]);
    for (const { n, data } of rows) yield { n: Number(n), data };
    onProgress?.(to * TILE_WIDTH, head.size);
  }
  if (head.tail.length > 0) yield { n: full, data: head.tail.map(({ body }) => body).join('\n') };
  onProgress?.(head.size, head.size);
}

/** Only what is stored: the tail's own tile would follow from the very entries that are to be verified. */
function storedTiles(database: Queryable): StoredTiles {
  let leaves = new Map<number, Uint8Array>();
  return {
    async prefetch(from, to) {
      const rows = await database.query<{ n: bigint; data: Uint8Array }>(
        'SELECT n, data FROM ledger_tile WHERE level = 0 AND n >= $1 AND n < $2',
        [from, to],
      );
      leaves = new Map(rows.map(({ n, data }) => [Number(n), data]));
    },
    async tile(level, n) {
      const ready = level === 0 ? leaves.get(n) : undefined;
      if (ready !== undefined) return ready;
      const [row] = await database.query<{ data: Uint8Array }>('SELECT data FROM ledger_tile WHERE level = $1 AND n = $2', [level, n]);
      return row?.data;
    },
  };
}
