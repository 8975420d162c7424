/**
 * The sequencer: gives queued entries their positions. Each round is one transaction: read the queue, hash, insert full
 * bundles and tiles, delete their queue rows, move the head. Positions are dense because only the head's
 * compare-and-set hands them out.
 *
 * The advisory lock is a courtesy and not the safety: two sequencers without it are kept apart by the head's size and by
 * the keys of bundles and tiles, and the loser reloads (a transaction-mode pooler drops the lock without a word).
 *
 * Sequencing signs nothing: see publish.ts.
 * @module
 */

import { isNumbraError } from '@numbra/core';
import { integrate } from '@numbra/ledger';
import { fail } from '../errors.js';
import { plainArray } from '../store/arrays.js';
import type { Queryable, Session } from '../store/database.js';
import { isDuplicate, isRetryable } from '../store/store-error.js';
import { Floor } from './floor.js';
import { loadLocked, type State } from './head.js';
import { sha256 } from './sha256.js';
import { indexSubjects } from './subjects.js';

export interface SequencerOptions {
  /** Entries a round. A round holds PGlite's only connection, so there it is smaller. */
  readonly batch: number;
  /** Deleted queue rows after which the queue is vacuumed; 0: never (PGlite). */
  readonly vacuumAfter: number;
  readonly clock: () => number;
}

/** How a round ended. `lost`: somebody else moved the head first, and nothing was written. */
export type Round = { readonly outcome: 'sequenced'; readonly added: number } | { readonly outcome: 'lost' };

export class Sequencer {
  readonly #options: SequencerOptions;
  readonly #floor: Floor;
  /** What the last committed round left. Any error throws it away: it changes before the commit. */
  #state: State | undefined;
  #deleted = 0;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#floor = new Floor();
  }

  /** @returns `added` 0 when nothing waits; less than the batch when the queue is drained */
  async round(session: Session): Promise<Round> {
    try {
      const added = await this.#round(session);
      return { outcome: 'sequenced', added };
    } catch (error) {
      this.#state = undefined;
      this.#floor.reset();
      if (isRace(error)) return { outcome: 'lost' };
      throw error;
    }
  }

  async #round(session: Session): Promise<number> {
    const now = this.#options.clock();
    const floor = this.#floor.at(now);
    const limit = this.#options.batch + BUNDLE;
    const [heads, rows] = await Promise.all([
      session.query<{ size: bigint }>('SELECT size FROM ledger_head'),
      session.query<{ id: bigint; body: string }>('SELECT id, body FROM ledger_pending WHERE id > $1 ORDER BY id LIMIT $2', [floor, limit]),
    ]);
    if (this.#state !== undefined && Number(heads[0]?.size) !== this.#state.size) this.#state = undefined;

    let reached = 0n;
    const { state, added, deleted } = await inTransaction(session, rows.length > 0, async (tx) => {
      const before = this.#state ?? (await loadLocked(tx));
      const sequenced = new Set(before.tail.map(({ id }) => id));
      const queue = rows.filter(({ id }) => !sequenced.has(id)).slice(0, this.#options.batch);
      if (queue.length === 0) return { state: before, added: 0, deleted: 0 };
      reached = queue[queue.length - 1]!.id;
      const step = integrate(sha256, before, queue);
      await write(tx, before, step);
      await indexSubjects(tx, queue, before.size);
      return { state: step.state, added: queue.length, deleted: step.settled.length };
    }).then((done) => done ?? { state: this.#state, added: 0, deleted: 0 });

    this.#state = state;
    this.#deleted += deleted;
    this.#floor.note(now, reached);
    return added;
  }

  /** Between rounds. Left to autovacuum, which wakes once a minute, the queue grows twentyfold. */
  async vacuum(session: Session): Promise<void> {
    if (this.#options.vacuumAfter === 0 || this.#deleted < this.#options.vacuumAfter) return;
    this.#deleted = 0;
    await session.query('VACUUM (TRUNCATE OFF) ledger_pending');
  }
}

/** Entries of a bundle, and so the most that a tail holds. */
const BUNDLE = 256;

async function inTransaction<T>(session: Session, needed: boolean, work: (tx: Queryable) => Promise<T>): Promise<T | undefined> {
  return needed ? session.transaction(work) : undefined;
}

/** All writes of a round. They are sent together; the first that fails rolls the round back. */
async function write(tx: Queryable, before: State, step: ReturnType<typeof integrate<bigint>>): Promise<void> {
  const { bundles, tiles, settled, state, size, root } = step;
  const leaves = tiles.filter(({ level }) => level === 0);
  const inner = tiles.filter(({ level }) => level > 0);
  const none: Promise<object[]> = Promise.resolve([]);
  const [, , , gone, moved] = await Promise.all([
    bundles.length === 0
      ? none
      : tx.query(
          `INSERT INTO ledger_bundle (n, data) VALUES ${rowsOf(bundles.length, 2)}`,
          bundles.flatMap(({ n, data }) => [n, data]),
        ),
    leaves.length === 0
      ? none
      : tx.query(
          `INSERT INTO ledger_tile (level, n, data) VALUES ${rowsOf(leaves.length, 3)}`,
          leaves.flatMap(({ level, n, data }) => [level, n, data]),
        ),
    inner.length === 0
      ? none
      : tx.query(
          `INSERT INTO ledger_tile (level, n, data) VALUES ${rowsOf(inner.length, 3)} ON CONFLICT (level, n) DO UPDATE SET data = excluded.data`,
          inner.flatMap(({ level, n, data }) => [level, n, data]),
        ),
    settled.length === 0
      ? none
      : // A join, never `= ANY`: with thousands of ids and no index scan that compares each row with each id.
        tx.query('DELETE FROM ledger_pending p USING unnest($1::text::bigint[]) AS gone (id) WHERE p.id = gone.id RETURNING 1', [
          plainArray(settled),
        ]),
    tx.query('UPDATE ledger_head SET size = $1, root = $2, tail = $3::text::bigint[] WHERE size = $4 RETURNING 1', [
      size,
      root,
      plainArray(state.tail.map(({ id }) => id)),
      before.size,
    ]),
  ]);
  if (gone.length !== settled.length || moved.length !== 1) throw fail('ERR_LEDGER_MOVED');
}

/** `($1,$2),($3,$4)…` */
function rowsOf(rows: number, columns: number): string {
  const row = (i: number): string => `(${Array.from({ length: columns }, (_, c) => `$${i * columns + c + 1}`).join(',')})`;
  return Array.from({ length: rows }, (_, i) => row(i)).join(',');
}

/** Another sequencer was first: the head moved, or a bundle or tile of ours exists already. An uncertain commit is looked up again. */
function isRace(error: unknown): boolean {
  if (isDuplicate(error) || isRetryable(error)) return true;
  return isNumbraError(error) && (error.code === 'ERR_LEDGER_MOVED' || error.code === 'ERR_COMMIT_UNCERTAIN');
}
