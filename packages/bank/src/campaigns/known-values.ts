/**
 * The identifiers of listed customers, for the guard.
 * @module
 */
import { Sensitive } from '@numbra/core';
import type { KnownValue } from '@numbra/core/guard';
import type { BankContext } from '../context.js';
import { plainArray } from '../store/arrays.js';
import { openColumn } from '../store/open-column.js';

const BATCH_ROWS = 4_000;
const KINDS = { name: 'name', phone: 'phone', account: 'account', resident_id: 'resident-id' } as const;
type Column = keyof typeof KINDS;
const COLUMNS = Object.keys(KINDS) as Column[];

/** Names, phones, accounts and ID numbers of these customers. */
export async function readKnownValues(context: BankContext, customers: readonly number[]): Promise<KnownValue[]> {
  const known: KnownValue[] = [];
  for (let from = 0; from < customers.length; from += BATCH_ROWS) {
    const cells = COLUMNS.map((column) => `coalesce(encode(${column}, 'hex'), '')`).join(', ');
    const [row] = await context.database.query<{ batch: string | null }>(
      `SELECT string_agg(concat_ws(E'\\x1f', customer_id, ${cells}), E'\\n') AS batch FROM customer WHERE id = ANY ($1::text::bigint[])`,
      [plainArray(customers.slice(from, from + BATCH_ROWS))],
    );
    const lines = (row?.batch ?? '').split('\n').map((line) => line.split('\x1f'));
    const ids = lines.map(([id]) => id as string);
    for (const [i, column] of COLUMNS.entries()) {
      const opened = openColumn(
        context,
        column,
        ids,
        lines.map((line) => line[i + 1] ?? ''),
      );
      for (const value of opened) if (value !== undefined) known.push({ kind: KINDS[column], value: new Sensitive(value) });
    }
  }
  return known;
}
