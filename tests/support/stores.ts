/**
 * Databases of the bank for tests, on both engines. A new PGlite takes seconds, so a test process makes one, dumps it, and
 * starts all others from the dump.
 * @module
 */
import { PGlite } from '@electric-sql/pglite';
import type { Database } from '../../packages/bank/src/store/database.js';
import { openPGlite } from '../../packages/bank/src/store/pglite.js';
import { openPostgres } from '../../packages/bank/src/store/postgres.js';
import { createDatabase } from './databases.js';

export const engines = ['pglite', 'postgres'] as const;
export type Engine = (typeof engines)[number];

let dump: Promise<Blob> | undefined;

async function emptyDataDirectory(): Promise<Blob> {
  const database = await PGlite.create();
  const blob = await database.dumpDataDir('none');
  await database.close();
  return blob;
}

export interface TestDatabase {
  readonly database: Database;
  /** Closes and removes it. */
  drop(): Promise<void>;
}

/** An empty database, without schema. */
export async function createTestDatabase(engine: Engine): Promise<TestDatabase> {
  if (engine === 'pglite') {
    dump ??= emptyDataDirectory();
    const database = await openPGlite(undefined, { dump: await dump });
    return { database, drop: () => database.close() };
  }
  const { url, drop } = await createDatabase();
  const database = await openPostgres(url);
  return {
    database,
    async drop() {
      await database.close();
      await drop();
    },
  };
}
