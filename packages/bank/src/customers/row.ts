/**
 * One row of a customer file, parsed once: text becomes types, raw identifiers become `Sensitive`, or the row is refused.
 * @module
 */
import { type CustomerId, type Phone, parseBankAccount, parseCustomerId, parsePhone, parseResidentId, type Sensitive } from '@numbra/core';
import { fail } from '../errors.js';

/** A customer as the bank's own systems give it. Empty text counts as absent. */
export interface CustomerRow {
  /** The bank's own id: what references are made of. Never a phone, account or ID number. */
  readonly customerId: string;
  readonly name?: string;
  readonly phone?: string;
  readonly account?: string;
  readonly residentId?: string;
  /** What the bank selects by: balances, dates, segments. They never leave. */
  readonly attributes?: Readonly<Record<string, number | string>>;
  /** Consent keys of the policy that the customer has given. */
  readonly consents?: readonly string[];
  /** Where the row stands in its file, for error messages. */
  readonly row?: number;
}

export interface ParsedCustomer {
  readonly id: CustomerId;
  readonly name: string | undefined;
  /** Absent: there was none, or no numbering plan assigns it. Such a customer cannot be reached, and is on no list. */
  readonly phone: Sensitive<Phone> | undefined;
  readonly account: string | undefined;
  readonly residentId: string | undefined;
  readonly attributes: string | undefined;
  readonly consents: readonly string[];
  /** Cells that are kept as written although they do not read as what they should be. */
  readonly unusual: readonly ('account' | 'residentId')[];
}

export interface RowRules {
  /** Bytes of a reference's plaintext. */
  readonly referenceLength: number;
  /** The policy's consent keys. */
  readonly consentKeys: ReadonlySet<string>;
}

/** 13 to 24 digits are packed into the shortest reference, which holds 12 bytes of text. */
const PACKED_ID = /^[0-9]{13,24}$/;
const SHORTEST_REFERENCE = 14;

/**
 * Parses a row.
 *
 * @param id - the id to use in place of the row's own
 * @throws `ERR_IMPORT_ID`, `ERR_IMPORT_ATTRIBUTE`, `ERR_IMPORT_CONSENT`, with row and column, never the value
 */
export function parseCustomerRow(row: CustomerRow, rules: RowRules, id: CustomerId = parseId(row, rules)): ParsedCustomer {
  const account = given(row.account);
  const residentId = given(row.residentId);
  const unusual: ('account' | 'residentId')[] = [];
  if (account !== undefined && parseBankAccount(account) === undefined) unusual.push('account');
  if (residentId !== undefined && parseResidentId(residentId) === undefined) unusual.push('residentId');
  const phone = given(row.phone);
  return {
    id,
    name: given(row.name)?.normalize('NFC'),
    phone: phone === undefined ? undefined : parsePhone(phone),
    account: account === undefined ? undefined : (parseBankAccount(account)?.use(String) ?? account),
    residentId: residentId === undefined ? undefined : (parseResidentId(residentId)?.use(String) ?? residentId),
    attributes: attributesOf(row),
    consents: consentsOf(row, rules),
    unusual,
  };
}

function parseId(row: CustomerRow, { referenceLength }: RowRules): CustomerId {
  const maxBytes = referenceLength === SHORTEST_REFERENCE && PACKED_ID.test(row.customerId) ? row.customerId.length : referenceLength - 2;
  const id = parseCustomerId(row.customerId, { maxBytes });
  if (id === undefined) throw fail('ERR_IMPORT_ID', at(row, 'customer_id'));
  return id;
}

function attributesOf(row: CustomerRow): string | undefined {
  const entries = Object.entries(row.attributes ?? {});
  if (entries.length === 0) return undefined;
  for (const [name, value] of entries) {
    const fits = typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string';
    if (!fits) throw fail('ERR_IMPORT_ATTRIBUTE', at(row, name));
  }
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function consentsOf(row: CustomerRow, { consentKeys }: RowRules): readonly string[] {
  const consents = [...new Set(row.consents ?? [])];
  if (!consents.every((key) => consentKeys.has(key))) throw fail('ERR_IMPORT_CONSENT', at(row, 'consent'));
  return consents;
}

function given(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Where in the file. */
export function at(row: CustomerRow, column: string): { row?: number; column: string } {
  return row.row === undefined ? { column } : { row: row.row, column };
}
