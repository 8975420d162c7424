/**
 * Reads the whole ledger once, in order: for reports. Believes what is stored; `ledger verify` is what holds it against the signatures.
 * @module
 */
import type { Queryable } from '../store/database.js';
import { readHead } from './head.js';

const WIDTH = 256;
/** Bundles read at a time: 5 MB. */
const CHUNK = 64;

/** Calls back with each entry of the ledger as it is when this begins. @returns how many there were */
export async function scanEntries(database: Queryable, onEntry: (body: string, position: number) => void): Promise<number> {
  const { size, tail } = await readHead(database);
  const full = Math.floor(size / WIDTH);
  for (let from = 0; from < full; from += CHUNK) {
    const rows = await database.query<{ n: bigint; data: string }>(
      'SELECT n, data FROM ledger_bundle WHERE n >= $1 AND n < $2 ORDER BY n',
      [from, Math.min(from + CHUNK, full)],
    );
    for (const { n, data } of rows) for (const [i, body] of data.split('\n').entries()) onEntry(body, Number(n) * WIDTH + i);
  }
  for (const [i, { body }] of tail.entries()) onEntry(body, full * WIDTH + i);
  return size;
}
