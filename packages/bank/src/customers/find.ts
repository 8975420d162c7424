/**
 * Finds customers by the bank's ids.
 * @module
 */
import { fail } from '../errors.js';
import { textArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';

/**
 * Row ids of customers.
 *
 * @param customerIds - the bank's ids; each once in the result
 * @throws `ERR_CUSTOMER_UNKNOWN`: one of them is nobody's
 */
export async function findCustomers(queryable: Queryable, customerIds: readonly string[]): Promise<bigint[]> {
  const ids = [...new Set(customerIds.map((id) => id.normalize('NFC')))];
  const rows = await queryable.query<{ id: bigint }>('SELECT id FROM customer WHERE customer_id = ANY ($1::text::text[]) ORDER BY id', [
    textArray(ids),
  ]);
  if (rows.length !== ids.length) throw fail('ERR_CUSTOMER_UNKNOWN');
  return rows.map(({ id }) => id);
}
