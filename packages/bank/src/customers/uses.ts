/**
 * Uses: every entry about a customer has a number n of its own, and the subject that the number gives. n is stepped under the
 * customer's row lock, in the transaction of the act that the entry records.
 * @module
 */
import { subjectsOf } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { sha256 } from '../ledger/sha256.js';
import { plainArray } from '../store/arrays.js';
import { openBytes } from '../store/cells.js';
import type { Queryable } from '../store/database.js';

/** One customer's next use. */
export interface Use {
  readonly customer: bigint;
  readonly customerId: string;
  readonly n: bigint;
  /** 16 bytes; absent when the customer was erased: then nothing may be entered any more. */
  readonly subject: Uint8Array | undefined;
}

/**
 * Locks customers in the order of their ids and takes the next n of each.
 *
 * @param customers - row ids, each once, in any order
 * @returns one use a customer that exists, in the order of row ids
 */
export async function takeUses(context: BankContext, tx: Queryable, customers: readonly bigint[]): Promise<Use[]> {
  if (customers.length === 0) return [];
  const ids = plainArray([...customers].sort(ascending));
  // Two statements: the lock promises the order, which UPDATE does not; and joined, the planner reads the whole table.
  void tx.query(`SELECT count(*) FROM (${LOCK}) AS locked`, [ids]).catch(() => {});
  const rows = await tx.query<{ id: bigint; customer_id: string; uses: bigint; customer_key: Uint8Array | null }>(
    'UPDATE customer SET uses = uses + 1 WHERE id = ANY ($1::text::bigint[]) RETURNING id, customer_id, uses, customer_key',
    [ids],
  );
  const subjectOf = subjectsOf(sha256, context.logOrigin);
  return rows
    .sort((a, b) => ascending(a.id, b.id))
    .map(({ id, customer_id, uses, customer_key }) => {
      const key = customer_key && openBytes(context.keys.subject, 'customer_key', customer_id, customer_key);
      const subject = key ? subjectOf(key, Number(uses)) : undefined;
      key?.fill(0);
      return { customer: id, customerId: customer_id, n: uses, subject };
    });
}

const LOCK = 'SELECT id FROM customer WHERE id = ANY ($1::text::bigint[]) ORDER BY id FOR NO KEY UPDATE';

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
