/**
 * Whether the store takes writes: a standby, or a server that was set to read only, answers queries and can authorize nothing.
 * @module
 */
import type { Queryable } from './database.js';

/** @throws `ERR_STORE_UNREACHABLE` and the like: it does not answer at all */
export async function isWritable(queryable: Queryable): Promise<boolean> {
  const [row] = await queryable.query<{ writable: boolean }>(
    `SELECT current_setting('transaction_read_only') = 'off' AND NOT pg_is_in_recovery() AS writable`,
  );
  return row?.writable === true;
}
