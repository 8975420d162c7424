/**
 * Erasure: a customer's identifiers, attributes, consents and customer key are deleted. The ledger keeps every entry, and nothing
 * links them any more.
 *
 * Out of reach: backups made before, until they are gone. What a vendor was told stays told; tokens of the customer open and are refused.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import { plainArray } from '../store/arrays.js';
import { withSubject } from './consent.js';
import { findCustomers } from './find.js';
import { takeUses } from './uses.js';

/** No customer's row id: those begin with 1. */
const NOBODY = 0n;

/**
 * Erases a customer. The id stays as a mark, so that a later file does not bring the person back unnoticed.
 *
 * @returns whether there was something to erase
 * @throws `ERR_CUSTOMER_UNKNOWN`
 */
export async function eraseCustomer(context: BankContext, customerId: string): Promise<boolean> {
  const now = context.clock();
  return context.database.transaction(async (tx) => {
    const [customer] = await findCustomers(tx, [customerId]);
    // Calls before the customer, as everywhere. Those that are under way keep their customer until somebody settles them.
    const calls = await tx.query<{ id: string }>(
      `SELECT id FROM call WHERE customer = $1 AND state IN ('placed', 'failed', 'ended') ORDER BY id FOR NO KEY UPDATE`,
      [customer as bigint],
    );
    const uses = withSubject(await takeUses(context, tx, [customer as bigint]));
    if (uses.length === 0) return false;
    // The bank's own records name entries by their ids: they no longer say whom an entry is about.
    await tx.query('UPDATE call SET customer = $2 WHERE id = ANY ($1::text::uuid[])', [plainArray(calls.map(({ id }) => id)), NOBODY]);
    await tx.query('UPDATE refusal SET customer = NULL WHERE customer = $1', [customer as bigint]);
    await tx.query('UPDATE lookup SET customer = NULL WHERE customer = $1', [customer as bigint]);
    await tx.query('DELETE FROM consent WHERE customer = $1', [customer as bigint]);
    await tx.query('DELETE FROM answer WHERE customer = $1', [customer as bigint]);
    // What has not gone to a recipient yet goes to nobody.
    await tx.query(
      `UPDATE handover SET code_hash = NULL, sealed = NULL, next_at = NULL, settled_at = coalesce(settled_at, $2),
              state = CASE state WHEN 'confirming' THEN 'lapsed' WHEN 'confirmed' THEN 'undelivered' ELSE state END WHERE customer = $1`,
      [customer as bigint, new Date(now)],
    );
    await tx.query(
      `UPDATE customer SET name = NULL, phone = NULL, account = NULL, resident_id = NULL, attributes = NULL, phone_index = NULL,
              customer_key = NULL, erased_at = $2 WHERE id = $1`,
      [customer as bigint, new Date(now)],
    );
    await appendEntries(
      tx,
      uses.map(({ subject }) => writeEntry('customer.erased', { subject }, { at: now, nonce: context.random(16) })),
    );
    return true;
  });
}
