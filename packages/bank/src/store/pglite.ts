/**
 * The store embedded: PGlite, PostgreSQL in WebAssembly, in this process and on one folder. For trying out, tests and one
 * desk. It runs without fsync, so it promises nothing at power loss: production is a server (postgres.ts).
 * @module
 * @see https://pglite.dev
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { fail } from '../errors.js';
import { type Database, parseBytes, parseTimestamp, type Row, type SqlValue, sendable } from './database.js';
import { lockFolder } from './folder-lock.js';
import { storeError } from './store-error.js';
import { type Connection, runTransaction } from './transaction.js';

export interface PGliteOptions {
  /** A data directory dumped before, loaded into memory: a start in a tenth of the time. Only without a folder. */
  readonly dump?: Blob;
  /** What to do when the folder does not exist. `create` by default. */
  readonly missing?: 'create' | 'refuse';
}

/** https://www.postgresql.org/docs/current/catalog-pg-type.html */
const PARSERS = {
  [types.INT8]: BigInt,
  [types.DATE]: String,
  [types.TIMESTAMPTZ]: parseTimestamp,
  [types.BYTEA]: parseBytes, // PGlite's own takes four times as long
};

/**
 * Opens the store of a folder, and creates it where there is none. One process at a time.
 *
 * @param folder - `undefined`: in memory, gone when closed
 * @throws `ERR_STORE_IN_USE`: another process has it, whose pid the message names
 * @throws `ERR_STORE_DAMAGED`: the folder holds something else, or a store that does not start; nothing in it was changed by us
 * @throws `ERR_STORE_MISSING`: there is none and `missing` is `refuse`
 */
export async function openPGlite(folder?: string, options: PGliteOptions = {}): Promise<Database> {
  if (folder === undefined) {
    return overPGlite(await PGlite.create({ parsers: PARSERS, ...(options.dump && { loadDataDir: options.dump }) }), async () => {});
  }
  const path = resolve(folder);
  await mkdir(dirname(path), { recursive: true });
  const unlock = await lockFolder(path);
  try {
    await removeHalfMade(path);
    if (await isMissing(path)) {
      if (options.missing === 'refuse') throw fail('ERR_STORE_MISSING');
      await initialise(path);
    }
    return overPGlite(await start(path), unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** A first start takes seconds. It happens beside the final name, so that one that was killed leaves no half store. */
async function initialise(path: string): Promise<void> {
  const part = `${path}.init-${process.pid}-${randomBytes(4).toString('hex')}`;
  const database = await PGlite.create(part);
  await database.close();
  await rmdir(path).catch(() => {}); // an empty folder may stand there
  await rename(part, path);
  await syncFolder(dirname(path));
}

/** Called under the lock: whoever made these is gone. */
async function removeHalfMade(path: string): Promise<void> {
  const prefix = `${basename(path)}.init-`;
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(prefix)) await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    const names = await readdir(path);
    if (names.length > 0 && !(names.includes('PG_VERSION') && names.includes('global'))) throw fail('ERR_STORE_DAMAGED');
    return names.length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') throw fail('ERR_STORE_DAMAGED');
    throw error;
  }
}

async function start(path: string): Promise<PGlite> {
  try {
    const database = await PGlite.create(path, { parsers: PARSERS });
    await database.query('SELECT count(*) FROM pg_class');
    return database;
  } catch {
    throw fail('ERR_STORE_DAMAGED'); // the engine's own words name files and addresses; they help nobody who must act
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** PGlite is one connection. Statements outside a transaction wait for it to end. */
function overPGlite(pglite: PGlite, unlock: () => Promise<void>): Database {
  const connection: Connection = {
    async run(sql, values) {
      try {
        const result = values?.length ? await pglite.query<object>(sql, values.map(sendable)) : (await pglite.exec(sql)).at(-1);
        return { rows: (result?.rows ?? []) as object[], command: result?.command ?? '' };
      } catch (error) {
        throw storeError(error);
      }
    },
  };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
  const database: Database = {
    kind: 'pglite',
    query: <R extends object = Row>(sql: string, values?: readonly SqlValue[]) =>
      inTurn(async () => (await connection.run(sql, values)).rows as R[]),
    transaction: (work) => inTurn(() => runTransaction(connection, work)),
    listen: async (channel, handler) => {
      const stop = await inTurn(() => pglite.listen(channel, handler));
      return () => inTurn(async () => (pglite.closed ? undefined : stop()));
    },
    connect: async () => ({ query: database.query, transaction: database.transaction, close: async () => {} }),
    close: () =>
      inTurn(async () => {
        if (pglite.closed) return;
        await pglite.close();
        await unlock();
      }),
  };
  return database;
}
