/**
 * The head: one row that says how long the ledger is, what it hashes to, and which queued entries are its last, not yet
 * bundled ones (the tail). Bundles and full tiles never change; everything that moves is reached from here.
 * @module
 */
import { type LedgerState, loadState, partialTilesOf, type Queued, rootOfState, type Tile } from '@numbra/ledger';
import { fail } from '../errors.js';
import { plainArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import { sha256 } from './sha256.js';

export type State = LedgerState<bigint>;

export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
  /** Sequenced entries beyond the last full bundle, in order: `size % 256` of them. */
  readonly tail: readonly Queued<bigint>[];
}

interface HeadRow {
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly tail: string;
  readonly id: bigint | null;
  readonly body: string | null;
}

/**
 * Reads the head with its tail, in one statement and so from one snapshot.
 *
 * @throws `ERR_LEDGER_HEAD`: there is no head, or an entry of its tail is gone
 */
export async function readHead(queryable: Queryable): Promise<Head> {
  const rows = await queryable.query<HeadRow>(
    `SELECT h.size, h.root, h.tail::text AS tail, p.id, p.body FROM ledger_head h LEFT JOIN ledger_pending p ON p.id = ANY (h.tail)`,
  );
  const [first] = rows;
  if (first === undefined) throw fail('ERR_LEDGER_HEAD');
  const bodies = new Map(rows.map(({ id, body }) => [id, body]));
  const tail = parseIds(first.tail).map((id): Queued<bigint> => {
    const body = bodies.get(id);
    if (typeof body !== 'string') throw fail('ERR_LEDGER_HEAD', {}, { detail: 'an entry of the tail is missing' });
    return { id, body };
  });
  return { size: Number(first.size), root: first.root, tail };
}

/** `{1,2,3}`: PostgreSQL's own text of a bigint[]. Drivers differ in how they would read it. */
const parseIds = (text: string): bigint[] => (text === '{}' ? [] : text.slice(1, -1).split(',').map(BigInt));

/**
 * Loads what the sequencer needs to go on, and holds the head's row until the transaction ends: nobody moves it meanwhile.
 *
 * @throws `ERR_LEDGER_HEAD`: tail and tiles do not hash to the head's root
 */
export async function loadLocked(tx: Queryable): Promise<State> {
  await tx.query('SELECT 1 FROM ledger_head FOR NO KEY UPDATE');
  const head = await readHead(tx);
  const state = loadState(sha256, { size: head.size, tail: head.tail, tiles: await readPartialTiles(tx, head.size) });
  if (Buffer.compare(rootOfState(sha256, state), head.root) !== 0) throw fail('ERR_LEDGER_HEAD');
  return state;
}

async function readPartialTiles(tx: Queryable, size: number): Promise<Tile[]> {
  const wanted = partialTilesOf(size).filter(({ level }) => level > 0);
  if (wanted.length === 0) return [];
  const rows = await tx.query<{ level: number; n: bigint; data: Uint8Array }>(
    `SELECT level, n, data FROM ledger_tile JOIN unnest($1::text::smallint[], $2::text::bigint[]) AS wanted (level, n) USING (level, n)`,
    [plainArray(wanted.map(({ level }) => level)), plainArray(wanted.map(({ n }) => n))],
  );
  if (rows.length !== wanted.length) throw fail('ERR_LEDGER_HEAD', {}, { detail: 'a tile is missing' });
  return rows.map(({ level, n, data }) => ({ level, n: Number(n), data }));
}
