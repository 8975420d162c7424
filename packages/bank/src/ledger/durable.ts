/**
 * Whether the database keeps what it commits. A checkpoint is signed after the commit of its entries: where a commit may be lost at a power
 * cut, the next one would be a fork signed by the bank, and a call could be dialled that no entry records.
 * @module
 */
import { fail } from '../errors.js';
import type { Database } from '../store/database.js';

/**
 * Refuses a server that was told to forget. The embedded store promises nothing at a power cut and says so elsewhere.
 *
 * @throws `ERR_STORE_NOT_DURABLE`
 */
export async function assertDurable(database: Database): Promise<void> {
  if (database.kind === 'pglite') return;
  const [row] = await database.query<{ fsync: string; commit: string }>(
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
  );
  const off = [row?.fsync === 'off' ? 'fsync' : '', row?.commit === 'off' ? 'synchronous_commit' : ''].filter((name) => name !== '');
  if (off.length > 0) throw fail('ERR_STORE_NOT_DURABLE', {}, { detail: `off: ${off.join(', ')}` });
}
