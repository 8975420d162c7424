/**
 * The bank's list for a matching: each phone once, with the customers who have it.
 * @module
 */
import type { Phone, Sensitive } from '@numbra/core';
import { type MatchItems, matchPhones } from '@numbra/core/blind';
import type { BankContext } from '../context.js';
import { textArray } from '../store/arrays.js';
import { openColumn, phoneOf } from '../store/open-column.js';

export interface OwnPhones {
  /** Each phone once, in the order of `customers`. */
  readonly items: MatchItems;
  /** Who has it, by the bank's ids. */
  readonly customers: readonly (readonly string[])[];
}

/** Customers read at once. */
const BATCH_ROWS = 4_000;
const FIELD = '\x1f';

interface BatchRow {
  readonly batch: string | null;
  readonly last: bigint | null;
}

/**
 * Reads the phones of customers.
 *
 * @param only - the bank's ids; everybody who can be reached, by default
 */
export async function readPhones(context: BankContext, only: readonly string[] | undefined): Promise<OwnPhones> {
  const phones: Sensitive<Phone>[] = [];
  const customers: string[][] = [];
  /** By the index of the phone, so that equal phones meet without being opened. */
  const placeOf = new Map<string, number>();
  const among = only === undefined ? '' : 'AND customer_id = ANY ($3::text::text[])';
  const ids = only === undefined ? [] : [textArray(only.map((id) => id.normalize('NFC')))];
  for (let after: bigint | null = 0n; after !== null; ) {
    const [row]: BatchRow[] = await context.database.query<BatchRow>(
      `SELECT max(id) AS last, string_agg(concat_ws(E'\\x1f', customer_id, encode(phone_index, 'hex'), encode(phone, 'hex')), E'\\n') AS batch
         FROM (SELECT id, customer_id, phone, phone_index FROM customer
                WHERE id > $1 AND phone IS NOT NULL AND erased_at IS NULL ${among} ORDER BY id LIMIT $2) AS rows`,
      [after, BATCH_ROWS, ...ids],
    );
    if (row === undefined || row.batch === null) break;
    const lines = row.batch.split('\n').map((line) => line.split(FIELD) as [string, string, string]);
    const opened = openColumn(
      context,
      'phone',
      lines.map(([id]) => id),
      lines.map(([, , cell]) => cell),
    );
    for (const [i, [id, index]] of lines.entries()) {
      const place = placeOf.get(index);
      if (place !== undefined) customers[place]?.push(id);
      else {
        placeOf.set(index, phones.length);
        phones.push(phoneOf(opened[i] as string));
        customers.push([id]);
      }
    }
    after = row.last;
  }
  return { items: matchPhones(phones), customers };
}
