/**
 * Seals the cells of many customers, a column at a time: the batch form of store/cells.ts.
 * @module
 */
import type { BankContext } from '../context.js';
import { cellContext, type SealedColumn } from '../store/cells.js';
import type { ParsedCustomer } from './row.js';

/** As many cells in each as there are customers; `null` where there is nothing to seal. */
export interface SealedColumns {
  readonly name: readonly (Uint8Array | null)[];
  readonly phone: readonly (Uint8Array | null)[];
  readonly account: readonly (Uint8Array | null)[];
  readonly residentId: readonly (Uint8Array | null)[];
  readonly attributes: readonly (Uint8Array | null)[];
  readonly phoneIndex: readonly (Uint8Array | null)[];
  readonly customerKey: readonly Uint8Array[];
}

/** @see https://www.rfc-editor.org/rfc/rfc2104: an HMAC key as long as the hash. */
const CUSTOMER_KEY_BYTES = 32;

const utf8 = new TextEncoder();

/** Seals what a customer row holds, and a fresh customer key each (used only where the customer is new). */
export function sealColumns(context: BankContext, customers: readonly ParsedCustomer[]): SealedColumns {
  const { keys, random } = context;
  const column = (name: SealedColumn, value: (customer: ParsedCustomer) => string | undefined): (Uint8Array | null)[] => {
    const present = customers.filter((customer) => value(customer) !== undefined);
    const sealed = keys.store.sealMany(
      present.map((customer) => utf8.encode(value(customer))),
      present.map(({ id }) => cellContext(name, id)),
    );
    let next = 0;
    return customers.map((customer) => (value(customer) === undefined ? null : (sealed[next++] as Uint8Array)));
  };
  const random32 = random(CUSTOMER_KEY_BYTES * customers.length);
  const customerKeys = customers.map((_, i) => random32.subarray(CUSTOMER_KEY_BYTES * i, CUSTOMER_KEY_BYTES * (i + 1)));
  const sealed = {
    name: column('name', ({ name }) => name),
    phone: column('phone', ({ phone }) => phone?.use(String)),
    account: column('account', ({ account }) => account),
    residentId: column('resident_id', ({ residentId }) => residentId),
    attributes: column('attributes', ({ attributes }) => attributes),
    phoneIndex: customers.map(({ phone }) => (phone === undefined ? null : keys.phoneIndex(phone))),
    customerKey: keys.subject.sealMany(
      customerKeys,
      customers.map(({ id }) => cellContext('customer_key', id)),
    ),
  };
  random32.fill(0);
  return sealed;
}
