/**
 * Brings a database to the newest schema: plain SQL files, each in order, once, under an advisory lock that a second
 * process waits for.
 *
 * A released file never changes (a test holds their hashes); a change of schema is a new file.
 * @module
 * @see https://salsita.github.io/node-pg-migrate/
 */
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runner } from 'node-pg-migrate';
import type { ClientBase } from 'pg';
import { fail } from '../errors.js';
import type { Database, SqlValue } from './database.js';
import { sqlstateOf } from './store-error.js';

/** Found from the package's root, where source and compiled code both reach it. */
const FOLDER = join(dirname(createRequire(import.meta.url).resolve('@numbra/bank/package.json')), 'src', 'store', 'migrations');

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** The advisory lock keeps processes apart; two calls over one PGlite share its one connection, and so its locks. */
const running = new WeakMap<Database, Promise<void>>();

/**
 * Runs the migrations that this database has not seen, in one transaction.
 *
 * @throws `ERR_STORE_NEWER`: a newer release has migrated this database
 * @throws `ERR_STORE_MIGRATION`: a file failed; nothing was changed
 */
export function migrate(database: Database): Promise<void> {
  const run = (running.get(database) ?? Promise.resolve()).catch(() => {}).then(() => runMigrations(database));
  running.set(database, run);
  return run;
}

async function runMigrations(database: Database): Promise<void> {
  await refuseNewer(database);
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

const UNDEFINED_TABLE = '42P01';

async function refuseNewer(database: Database): Promise<void> {
  const known = new Set((await readdir(FOLDER)).map((name) => name.replace(/\.sql$/, '')));
  const rows = await database.query<{ name: string }>('SELECT name FROM schema_migration').catch((error: unknown) => {
    if (sqlstateOf(error) === UNDEFINED_TABLE) return [];
    throw error;
  });
  if (rows.some(({ name }) => !known.has(name))) throw fail('ERR_STORE_NEWER');
}
