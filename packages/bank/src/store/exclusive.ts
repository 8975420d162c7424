/**
 * Acts that run one at a time in the whole bank, whichever process runs them. A courtesy: what must hold is held by unique keys
 * and by the state of rows, because a pooler may drop an advisory lock without a word.
 * @module
 * @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
import type { Database } from './database.js';

/** Numbers of the acts; any that nothing else in this database uses. */
const ACTS = { export: 0x6e75_0001, shred: 0x6e75_0002 } as const;
export type ExclusiveAct = keyof typeof ACTS;

/** What this process runs. PGlite is one session, in which an advisory lock holds nobody back. */
const running = new WeakMap<Database, Map<ExclusiveAct, Promise<unknown>>>();

/** Waits until no other act of this kind runs, then runs this one. */
export async function exclusively<T>(database: Database, act: ExclusiveAct, work: () => Promise<T>): Promise<T> {
  return inTurn(database, act, () => underLock(database, act, 'SELECT pg_advisory_lock($1)', work));
}

/** Runs an act unless one of this kind runs already, here or elsewhere. */
export async function ifAlone(database: Database, act: ExclusiveAct, work: () => Promise<void>): Promise<void> {
  if (running.get(database)?.has(act) === true) return;
  await inTurn(database, act, () => underLock(database, act, 'SELECT pg_try_advisory_lock($1) AS alone', work));
}

async function inTurn<T>(database: Database, act: ExclusiveAct, work: () => Promise<T>): Promise<T> {
  const acts = running.get(database) ?? new Map<ExclusiveAct, Promise<unknown>>();
  running.set(database, acts);
  const turn = (acts.get(act) ?? Promise.resolve()).then(work);
  const settled = turn.catch(() => {});
  acts.set(act, settled);
  try {
    return await turn;
  } finally {
    if (acts.get(act) === settled) acts.delete(act);
  }
}

async function underLock<T>(database: Database, act: ExclusiveAct, lock: string, work: () => Promise<T>): Promise<T> {
  if (database.kind === 'pglite') return work();
  const session = await database.connect();
  try {
    const [row] = await session.query<{ alone?: boolean }>(lock, [ACTS[act]]);
    // Only the trying form answers; somebody else runs the act, and nobody waits for a result.
    if (row?.alone === false) return undefined as T;
    return await work();
  } finally {
    await session.close(); // frees the lock
  }
}
