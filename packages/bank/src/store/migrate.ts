/**
 * Brings a database to the newest schema: plain SQL files, each in order, once, under an advisory lock that a second
 * process waits for.
 *
 * A released file never changes (a test holds their hashes); a change of schema is a new file.
 * @module
 * @see https://salsita.github.io/node-pg-migrate/
 */
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { ClientBase } from 'pg';
import { fail } from '../errors.js';
import type { Database, SqlValue } from './database.js';

/** Ships beside the compiled code as it lies beside the source. */
const FOLDER = fileURLToPath(new URL('./migrations', import.meta.url));

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Runs the migrations that this database has not seen, in one transaction.
 *
 * @throws `ERR_STORE_MIGRATION`: a file failed, or the database is of a newer release; nothing was changed
 */
export async function migrate(database: Database): Promise<void> {
  const session = await database.connect();
  const client = {
    async query(statement: string | { text: string; values?: SqlValue[] }, values?: SqlValue[]) {
      const [text, parameters] = typeof statement === 'string' ? [statement, values] : [statement.text, statement.values];
      const rows = await session.query(text, parameters);
      return { rows, rowCount: rows.length };
    },
    // The runner only ever sends statements to a client that is passed in.
  } as unknown as ClientBase;
  try {
    await runner({
      dbClient: client,
      dir: FOLDER,
      direction: 'up',
      migrationsTable: 'schema_migration',
      advisoryLockMode: 'wait',
      checkOrder: true,
      logger: QUIET,
    });
  } catch (error) {
    throw fail('ERR_STORE_MIGRATION', {}, { cause: error });
  } finally {
    await session.close();
  }
}
