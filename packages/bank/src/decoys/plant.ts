/**
 * Planting decoys: lines of the bank's own that are customers to everybody else. They come in by the same import as customers; what makes
 * them decoys is one sealed cell.
 *
 * Put them into the same file as customers and mark them afterwards: rows imported on their own share an import time, and a dump of the
 * store would show which they are.
 * @module
 */
import type { BankContext } from '../context.js';
import { importCustomers } from '../customers/import.js';
import type { CustomerRow } from '../customers/row.js';
import { fail } from '../errors.js';
import { bytesArray, plainArray, textArray } from '../store/arrays.js';
import { readDecoyLines, sealLine } from './lines.js';

export interface Planted {
  /** New decoys. */
  readonly planted: number;
  /** Of those asked for, customers who were decoys already. */
  readonly already: number;
  /** Lines of the bank after this. */
  readonly lines: number;
}

/**
 * Imports rows as customers and marks them. For trying out; see above.
 *
 * @throws what an import and {@link markDecoys} throw
 */
export async function addDecoys(context: BankContext, rows: readonly CustomerRow[]): Promise<Planted> {
  await importCustomers(context, rows);
  return markDecoys(
    context,
    rows.map(({ customerId }) => customerId),
  );
}

/**
 * Marks customers as decoys. Which of them gets which line is drawn, so that the order of lines tells nothing of them.
 *
 * @param customerIds - the bank's ids
 * @throws `ERR_DECOY_CUSTOMER`, `ERR_DECOY_SHARED_PHONE`; none was marked
 */
export async function markDecoys(context: BankContext, customerIds: readonly string[]): Promise<Planted> {
  const ids = [...new Set(customerIds.map((id) => id.normalize('NFC')))];
  return context.database.transaction(async (tx) => {
    // Two who mark at once would draw the same line.
    await tx.query('LOCK TABLE decoy IN SHARE ROW EXCLUSIVE MODE');
    const customers = await tx.query<{ id: bigint; shared: boolean }>(
      `SELECT c.id, EXISTS (SELECT FROM customer o WHERE o.phone_index = c.phone_index AND o.id <> c.id) AS shared
         FROM customer c WHERE c.customer_id = ANY ($1::text::text[]) AND c.phone IS NOT NULL ORDER BY c.id`,
      [textArray(ids)],
    );
    if (customers.length !== ids.length) throw fail('ERR_DECOY_CUSTOMER');
    if (customers.some(({ shared }) => shared)) throw fail('ERR_DECOY_SHARED_PHONE');
    const known = await readDecoyLines(context, tx);
    const fresh = shuffled(
      context,
      customers.map(({ id }) => id).filter((id) => !known.has(Number(id))),
    );
    const next = Math.max(-1, ...known.values()) + 1;
    if (fresh.length > 0) {
      await tx.query(`INSERT INTO decoy (line, customer) SELECT * FROM unnest($1::text::integer[], $2::text::bytea[])`, [
        plainArray(fresh.map((_, i) => next + i)),
        bytesArray(fresh.map((id, i) => sealLine(context, next + i, id))),
      ]);
    }
    return { planted: fresh.length, already: ids.length - fresh.length, lines: known.size + fresh.length };
  });
}

const DRAW_BYTES = 6;

/** In an order that is as likely as any other. */
function shuffled<T>({ random }: Pick<BankContext, 'random'>, values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, draw: Buffer.from(random(DRAW_BYTES)).readUIntBE(0, DRAW_BYTES) }))
    .sort((a, b) => a.draw - b.draw)
    .map(({ value }) => value);
}
