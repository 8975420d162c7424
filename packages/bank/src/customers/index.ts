/**
 * The bank's customers, as the facade offers them.
 * @module
 */
import type { BankContext } from '../context.js';
import { type ConsentEvidence, giveConsent, withdrawConsent } from './consent.js';
import { type ConsentReceipt, consentReceipt } from './consent-receipt.js';
import { addDoNotCall, type DoNotCall } from './do-not-call.js';
import { type DoNotCallCsvOptions, type DoNotCallReport, importDoNotCall } from './do-not-call-csv.js';
import { eraseCustomer } from './erase.js';
import { type ImportOptions, type ImportReport, importCustomers } from './import.js';
import { type ImportCsvOptions, importCsv } from './import-csv.js';
import type { CustomerRow } from './row.js';

export interface Customers {
  /** Imports rows: all or none. See customers/import.ts. */
  import(rows: AsyncIterable<CustomerRow> | Iterable<CustomerRow>, options?: ImportOptions): Promise<ImportReport>;
  /** Imports a CSV file: all rows or none. */
  importCsv(path: string, options?: ImportCsvOptions): Promise<ImportReport>;
  /** Records a consent of customers, by the bank's ids; returns how many this changed. */
  consent(customerIds: readonly string[], consentKey: string, evidence: ConsentEvidence): Promise<number>;
  /** Withdraws a consent, with effect on the very next decision; returns whether this changed anything. */
  withdraw(customerId: string, consentKey: string): Promise<boolean>;
  /** Adds do-not-call entries by phone or by customer. */
  doNotCall(entry: DoNotCall): Promise<{ phones: number; customers: number }>;
  /** Adds a do-not-call list from a CSV file: all rows or none. See customers/do-not-call-csv.ts. */
  importDoNotCall(path: string, options: DoNotCallCsvOptions): Promise<DoNotCallReport>;
  /** What a customer agreed to, for the customer: the fields of ISO/IEC TS 27560. See customers/consent-receipt.ts. */
  consentReceipt(customerId: string, options?: { readonly language?: 'en' | 'zh' }): Promise<ConsentReceipt>;
  /** Deletes a customer's identifiers and key; returns whether there was something to delete. */
  erase(customerId: string): Promise<boolean>;
  count(): Promise<{ customers: number; reachable: number; erased: number }>;
}

export function customersOf(context: BankContext): Customers {
  return {
    import: (rows, options) => importCustomers(context, rows, options),
    importCsv: (path, options) => importCsv(context, path, options),
    consent: (customerIds, consentKey, evidence) => giveConsent(context, customerIds, consentKey, evidence),
    withdraw: (customerId, consentKey) => withdrawConsent(context, customerId, consentKey),
    doNotCall: (entry) => addDoNotCall(context, entry),
    importDoNotCall: (path, options) => importDoNotCall(context, path, options),
    consentReceipt: (customerId, options) => consentReceipt(context, customerId, options),
    erase: (customerId) => eraseCustomer(context, customerId),
    async count() {
      const [row] = await context.database.query<{ customers: bigint; reachable: bigint; erased: bigint }>(
        'SELECT count(*) AS customers, count(phone) AS reachable, count(erased_at) AS erased FROM customer',
      );
      return { customers: Number(row?.customers), reachable: Number(row?.reachable), erased: Number(row?.erased) };
    },
  };
}
