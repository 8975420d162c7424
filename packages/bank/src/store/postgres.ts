/**
 * The store on a PostgreSQL server, through `pg`: the driver of production.
 * @module
 * @see https://node-postgres.com
 */
import pg from 'pg';
import { fail } from '../errors.js';
import { type Database, parseBytes, parseTimestamp, type Row, type Session, type SqlValue, sendable } from './database.js';
import { listenOn } from './listen.js';
import { RESULT_CHANGED, StatementNames } from './statement-names.js';
import { sqlstateOf, storeError } from './store-error.js';
import { type Connection, runTransaction } from './transaction.js';

export interface PostgresOptions {
  /** Connections of the pool; sessions are beside it. 10 by default. */
  readonly connections?: number;
  /** What the server's activity view shows. */
  readonly applicationName?: string;
}

/** https://www.postgresql.org/docs/current/catalog-pg-type.html: the types that `pg` reads differently from PGlite. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, BigInt],
  [pg.types.builtins.DATE, String],
  [pg.types.builtins.TIMESTAMPTZ, parseTimestamp],
  [pg.types.builtins.BYTEA, parseBytes],
  [1016, (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(BigInt))], // bigint[]
]);

const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    return (format !== 'binary' && PARSERS.get(oid)) || pg.types.getTypeParser(oid, format);
  },
} as pg.CustomTypesConfig; // its declared overloads return `any`

/**
 * Opens a pool on a server.
 *
 * @param url - `postgres://user:password@host:port/database`
 * @throws `ERR_STORE_UNREACHABLE`: no server answers, or it refuses these credentials
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Database> {
  // Pipelined: statements that are started together are sent together.
  const config = { connectionString: url, application_name: options.applicationName ?? 'numbra', types, pipeline: true };
  const pool = new pg.Pool({ ...config, max: options.connections ?? 10 });
  pool.on('error', () => {}); // an idle connection that breaks is replaced; a busy one fails its own query
  const database: Database = {
    kind: 'postgres',
    async query<R extends object = Row>(sql: string, values?: readonly SqlValue[]): Promise<R[]> {
      return (await overClient(pool).run(sql, values)).rows as R[];
    },
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => Promise.reject(storeError(error)));
      let broken = false;
      try {
        return await runTransaction(overClient(client), work);
      } catch (error) {
        broken = isLost(error);
        throw error;
      } finally {
        client.release(broken);
      }
    },
    listen: (channel, handler) => listenOn({ ...config, pipeline: false }, channel, handler),
    connect: () => openSession(config),
    close: () => pool.end(),
  };
  try {
    await database.query('SELECT 1');
  } catch {
    await pool.end();
    throw fail('ERR_STORE_UNREACHABLE');
  }
  return database;
}

async function openSession(config: pg.ClientConfig): Promise<Session> {
  const client = new pg.Client(config);
  client.on('error', () => {}); // the next query reports it
  await client.connect().catch((error: unknown) => Promise.reject(storeError(error)));
  const connection = overClient(client, new StatementNames());
  let last: Promise<unknown> = Promise.resolve();
  return {
    async query<R extends object = Row>(sql: string, values?: readonly SqlValue[]): Promise<R[]> {
      return (await connection.run(sql, values)).rows as R[];
    },
    transaction(work) {
      const next = last.then(() => runTransaction(connection, work));
      last = next.catch(() => {});
      return next;
    },
    close: () => client.end(),
  };
}

/** @param names - of statements on this connection; without them each is parsed whenever it is sent */
function overClient(client: pg.Client | pg.Pool | pg.PoolClient, names?: StatementNames): Connection {
  return {
    async run(sql, values) {
      try {
        const result = await client.query(values === undefined ? { text: sql } : statementOf(sql, values, names));
        // Several statements give several results; the last one stands for all.
        const last = Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result;
        return { rows: last.rows, command: last.command };
      } catch (error) {
        const failure = storeError(error);
        if (sqlstateOf(failure) === RESULT_CHANGED) names?.forget(sql);
        throw failure;
      }
    },
  };
}

function statementOf(text: string, values: readonly SqlValue[], names: StatementNames | undefined): pg.QueryConfig {
  const name = names?.of(text);
  return { text, values: values.map(sendable), ...(name !== undefined && { name }) };
}

function isLost(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ERR_COMMIT_UNCERTAIN' || code === 'ERR_STORE_UNREACHABLE';
}
