/**
 * Reserves an n of every row of an export, in chunks of 1,000, each its own short transaction: long locks would stall every call.
 * What a chunk writes proves later which customers an export took an n of, also when it was never finished.
 * @module
 */
import { rowLeaf, subjectsOf } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { sha256 } from '../ledger/sha256.js';
import { plainArray } from '../store/arrays.js';
import { cellContext } from '../store/cells.js';
import type { ListedRow } from './list.js';

const CHUNK_ROWS = 1_000;

/**
 * Takes the next n of every row's customer.
 *
 * @param exportNumber - of the export's record, which is there already
 * @returns the leaves of the export's tree, in the order of the rows
 * @throws `ERR_EXPORT_CUSTOMER_GONE`: a customer was erased meanwhile; what was taken stays taken, and the caller abandons the export
 */
export async function reserveUses(
  context: BankContext,
  exportNumber: number,
  rows: readonly ListedRow[],
  onProgress: (rows: number) => void,
): Promise<Uint8Array[]> {
  const leaves = new Array<Uint8Array>(rows.length);
  const subjectOf = subjectsOf(sha256, context.logOrigin);
  // In the order of row ids: neighbours on a page, and every transaction locks in this order.
  const order = rows.map((_, position) => position).sort((a, b) => (rows[a] as ListedRow).customer - (rows[b] as ListedRow).customer);
  for (let from = 0; from < order.length; from += CHUNK_ROWS) {
    const positions = order.slice(from, from + CHUNK_ROWS);
    const chunk = positions.map((position) => rows[position] as ListedRow);
    const ids = plainArray(chunk.map(({ customer }) => customer));
    await context.database.transaction(async (tx) => {
      void tx
        .query(
          `SELECT count(*) FROM (SELECT id FROM customer WHERE id = ANY ($1::text::bigint[]) ORDER BY id FOR NO KEY UPDATE) AS locked`,
          [ids],
        )
        .catch(() => {});
      const [{ uses = '' } = {}] = await tx.query<{ uses?: string }>(
        `WITH stepped AS (UPDATE customer SET uses = uses + 1 WHERE id = ANY ($1::text::bigint[]) RETURNING id, uses, customer_key)
         SELECT string_agg(uses || ' ' || coalesce(encode(customer_key, 'hex'), ''), E'\\n' ORDER BY id) AS uses FROM stepped`,
        [ids],
      );
      const taken = uses.split('\n').map((line) => line.split(' '));
      if (taken.length !== chunk.length) throw fail('ERR_EXPORT_CUSTOMER_GONE');
      const keys = context.keys.subject.openMany(
        taken.map(([, key]) => Buffer.from(key as string, 'hex')),
        chunk.map(({ customerId }) => cellContext('customer_key', customerId)),
      );
      let subjects = '';
      for (const [i, { rowHash }] of chunk.entries()) {
        const key = keys[i];
        if (key === undefined) throw fail('ERR_EXPORT_CUSTOMER_GONE');
        const subject = subjectOf(key, Number(taken[i]?.[0]));
        key.fill(0);
        subjects += Buffer.from(subject).toString('hex');
        leaves[positions[i] as number] = rowLeaf(sha256, subject, Buffer.from(rowHash, 'hex'));
      }
      void tx
        .query(
          `INSERT INTO export_chunk (export, chunk, customers, n, positions, subjects, row_hashes)
           VALUES ($1, $2, $3::text::bigint[], $4::text::bigint[], $5::text::integer[], decode($6, 'hex'), decode($7, 'hex'))`,
          [
            exportNumber,
            from / CHUNK_ROWS,
            ids,
            plainArray(taken.map(([n]) => n as string)),
            plainArray(positions),
            subjects,
            chunk.map(({ rowHash }) => rowHash).join(''),
          ],
        )
        .catch(() => {});
    });
    onProgress(Math.min(from + CHUNK_ROWS, rows.length));
  }
  return leaves;
}
