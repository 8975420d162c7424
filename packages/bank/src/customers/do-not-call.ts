/**
 * Do-not-call entries: a phone that nobody dials, for a time or for ever. Kept by HMAC of the phone, so that a list can be loaded
 * before its people are customers, and a customer with a new phone is a new question.
 * @module
 */
import { type Phone, parsePhone, type Sensitive } from '@numbra/core';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { bytesArray, plainArray } from '../store/arrays.js';
import { FOREVER, type Queryable } from '../store/database.js';
import { withSubject } from './consent.js';
import { findCustomers } from './find.js';
import { takeUses } from './uses.js';

export interface DoNotCall {
  /** Phones as people write them. */
  readonly phones?: readonly string[];
  /** Customers, by the bank's id: their present phones. */
  readonly customerIds?: readonly string[];
  /** Where the entries come from: a code such as `national-list` or `opted-out`. */
  readonly source: string;
  /** For ever by default. */
  readonly until?: Date;
}

/**
 * Adds do-not-call entries. An entry that is there is only ever prolonged.
 *
 * @returns how many phones there are entries for now, and how many customers have one of them
 * @throws `ERR_DO_NOT_CALL_PHONE` with the row (1-based) of a phone that no plan assigns, `ERR_CUSTOMER_UNKNOWN`; nothing was added
 */
export async function addDoNotCall(context: BankContext, entry: DoNotCall): Promise<{ phones: number; customers: number }> {
  const phones = (entry.phones ?? []).map((text, i): Sensitive<Phone> => {
    const phone = parsePhone(text);
    if (phone === undefined) throw fail('ERR_DO_NOT_CALL_PHONE', { row: i + 1 });
    return phone;
  });
  const now = context.clock();
  return context.database.transaction(async (tx) => {
    const indexes = [...phones.map((phone) => context.keys.phoneIndex(phone)), ...(await phonesOf(tx, entry.customerIds ?? []))];
    const distinct = [...new Map(indexes.map((index) => [Buffer.from(index).toString('hex'), index])).values()];
    return { phones: distinct.length, customers: await enterPhones(context, tx, distinct, { ...entry, now }) };
  });
}

/**
 * Enters phones, by their index, each once; part of the caller's transaction.
 *
 * @returns how many customers have one of them
 */
export async function enterPhones(
  context: BankContext,
  tx: Queryable,
  indexes: readonly Uint8Array[],
  { source, until, now }: Pick<DoNotCall, 'source' | 'until'> & { readonly now: number },
): Promise<number> {
  const customers = await tx.query<{ id: bigint }>('SELECT id FROM customer WHERE phone_index = ANY ($1::text::bytea[])', [
    bytesArray(indexes),
  ]);
  const uses = await takeUses(
    context,
    tx,
    customers.map(({ id }) => id),
  );
  await tx.query(
    `INSERT INTO do_not_call AS d (phone_index, since, until, source) SELECT i, $2, $3, $4 FROM unnest($1::text::bytea[]) AS i ORDER BY i
     ON CONFLICT (phone_index) DO UPDATE SET until = greatest(d.until, excluded.until), source = excluded.source`,
    [bytesArray(indexes), new Date(now), until ?? FOREVER, source],
  );
  await appendEntries(
    tx,
    withSubject(uses).map(({ subject }) => writeEntry('do-not-call.added', { subject, source }, { at: now, nonce: context.random(16) })),
  );
  return uses.length;
}

async function phonesOf(tx: Queryable, customerIds: readonly string[]): Promise<Uint8Array[]> {
  const rows = await tx.query<{ phone_index: Uint8Array }>(
    'SELECT phone_index FROM customer WHERE id = ANY ($1::text::bigint[]) AND phone_index IS NOT NULL',
    [plainArray(await findCustomers(tx, customerIds))],
  );
  return rows.map(({ phone_index }) => phone_index);
}
