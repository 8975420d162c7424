/**
 * One transaction over one connection, for both drivers: begin, work, commit, and a look at COMMIT's own answer.
 * COMMIT after a failed statement answers ROLLBACK without an error, so the tag is what counts.
 * @module
 */
import { fail } from '../errors.js';
import type { Queryable, Row, SqlValue } from './database.js';
import { sqlstateOf } from './store-error.js';

/** What a driver gives: statements in order, on one connection. */
export interface Connection {
  /** Sends a statement; resolves with its rows and command tag. Statements may be sent before earlier ones are answered. */
  run(sql: string, values?: readonly SqlValue[]): Promise<{ readonly rows: object[]; readonly command: string }>;
}

/** Runs `work` between BEGIN and COMMIT on a connection that nobody else uses meanwhile. */
export async function runTransaction<T>(connection: Connection, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const outstanding = new Set<Promise<unknown>>();
  let firstError: { readonly error: unknown } | undefined;
  let open = true;
  const send = (sql: string, values?: readonly SqlValue[]) => {
    const answer = connection.run(sql, values);
    const watched = answer
      .catch((error: unknown) => {
        firstError ??= { error };
      })
      .finally(() => outstanding.delete(watched));
    outstanding.add(watched);
    return answer;
  };
  const tx: Queryable = {
    async query<R extends object = Row>(sql: string, values?: readonly SqlValue[]): Promise<R[]> {
      if (!open) throw fail('ERR_TRANSACTION_OVER');
      return (await send(sql, values)).rows as R[];
    },
  };
  send('BEGIN ISOLATION LEVEL READ COMMITTED').catch(() => {});
  let result: T;
  try {
    result = await work(tx);
  } catch (error) {
    open = false;
    await Promise.all(outstanding);
    await connection.run('ROLLBACK').catch(() => {});
    throw firstError?.error !== undefined && error === undefined ? firstError.error : error;
  }
  open = false;
  const command = await connection.run('COMMIT').then(
    (answer) => answer.command,
    () => 'lost',
  );
  await Promise.all(outstanding);
  if (command === 'COMMIT') return result;
  // A statement that the database refused has rolled everything back. One whose answer was lost with the connection says nothing:
  // COMMIT may have been carried out.
  if (firstError !== undefined && (command === 'ROLLBACK' || sqlstateOf(firstError.error) !== undefined)) throw firstError.error;
  throw fail(command === 'ROLLBACK' ? 'ERR_COMMIT_REFUSED' : 'ERR_COMMIT_UNCERTAIN');
}
