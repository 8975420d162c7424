/**
 * What the bank asks of its database: queries and transactions, one SQL dialect (PostgreSQL), two drivers
 * (pglite.ts, postgres.ts) that give the same types for the same query.
 *
 * Not a query builder and not an abstraction over dialects: there is no second dialect.
 * @module
 */

/** One row. bigint is `bigint`, bytea `Uint8Array`, timestamptz `Date`, date and numeric text, smaller numbers `number`. */
export type Row = Readonly<Record<string, unknown>>;

/** A value for a `$1` placeholder. Arrays go in as text by `arrayOf`: both drivers' own serialisers are slow or differ. */
export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null;

export interface Queryable {
  /**
   * Runs one statement.
   *
   * @param sql - with `$1` … placeholders; several statements are taken only without values
   * @throws `ERR_STORE_QUERY` with `sqlstate`; never the driver's own error, whose text carries values
   */
  query<R extends object = Row>(sql: string, values?: readonly SqlValue[]): Promise<R[]>;
}

export interface Transactional extends Queryable {
  /**
   * Runs `work` in one READ COMMITTED transaction and commits it. A statement that `work` starts and does not await is sent
   * at once; COMMIT follows it without a round trip, and its error rolls everything back.
   *
   * @throws what `work` threw, after ROLLBACK
   * @throws `ERR_COMMIT_UNCERTAIN`: COMMIT's answer was lost; the rows decide
   * @throws `ERR_COMMIT_REFUSED`: the database answered COMMIT with ROLLBACK; nothing is written
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
}

/** A connection of one's own: for the sequencer and for batches of calls. On PGlite it is the database itself. */
export interface Session extends Transactional {
  close(): Promise<void>;
}

export interface Database extends Transactional {
  readonly kind: 'pglite' | 'postgres';
  /**
   * Hears what `pg_notify` says on a channel, once its transaction is committed. What is said while the connection is lost is lost;
   * the handler is then called without a payload, as soon as it is back. So a notification may hasten something and must carry nothing.
   *
   * @param channel - lower case letters and `_`
   * @returns what stops it
   */
  listen(channel: string, handler: (payload: string | undefined) => void): Promise<() => Promise<void>>;
  /** Opens a connection of one's own; statements started together on it are sent together. */
  connect(): Promise<Session>;
  close(): Promise<void>;
}

/** The end of what has no end: `infinity` in the store. */
export const FOREVER = new Date(8.64e15);
/** The beginning of what has no beginning: `-infinity` in the store. */
export const ALWAYS = new Date(-8.64e15);

/** Reads a timestamptz of either driver; PostgreSQL's infinities become the first and last moment a `Date` can hold. */
export function parseTimestamp(text: string): Date {
  if (text === 'infinity') return FOREVER;
  if (text === '-infinity') return ALWAYS;
  // "2026-11-25 15:29:30.253+00": ISO 8601 but for the blank and the short offset.
  return new Date(`${text.replace(' ', 'T')}${/[+-]\d\d$/.test(text) ? ':00' : ''}`);
}

/** Reads a bytea of either driver: `\x` and hex. */
export function parseBytes(text: string): Uint8Array {
  const buffer = Buffer.from(text.slice(2), 'hex');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** A value as both drivers send it in the same way. */
export function sendable(value: SqlValue): string | number | bigint | boolean | Uint8Array | null {
  if (!(value instanceof Date)) return value;
  if (value.getTime() === FOREVER.getTime()) return 'infinity';
  if (value.getTime() === ALWAYS.getTime()) return '-infinity';
  return value.toISOString();
}
