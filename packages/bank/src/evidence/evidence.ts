/**
 * Evidence: where leaked rows come from, on which lists a customer stands, and every use of a customer's data with its proof.
 * @module
 */
import type { BankContext } from '../context.js';
import { receiptOf } from './receipt.js';
import { type TraceReport, traceText } from './trace.js';

/** A customer's row on one list. */
export interface Listing {
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  /** 1 … in the order of the list. */
  readonly rowNumber: number;
  readonly removedAt?: Date;
}

export interface Evidence {
  /** Finds tokens in a text and names the lists that they come from. See trace.ts. */
  trace(text: string): Promise<TraceReport>;
  /** Every use of a customer's data with its proofs, as a file for the customer. See receipt.ts. */
  receipt(customerId: string): Promise<string>;
  /** The lists that a customer stands on, oldest first. Stays in the bank. */
  listings(customerId: string): Promise<Listing[]>;
}

export function evidenceOf(context: BankContext): Evidence {
  return {
    trace: (text) => traceText(context, text),
    receipt: (customerId) => receiptOf(context, customerId),
    async listings(customerId) {
      const rows = await context.database.query<Omit<Listing, 'removedAt'> & { readonly removedAt: Date | null }>(
        // A rotation seals the same members again; who left one list of a campaign has left all.
        `SELECT c.id AS campaign, c.vendor, c.purpose, m.row_number AS "rowNumber", max(m.removed_at) AS "removedAt"
           FROM customer u JOIN member m ON m.customer = u.id JOIN campaign c ON c.number = m.campaign
          WHERE u.customer_id = $1 GROUP BY c.id, m.row_number ORDER BY c.number`,
        [customerId.normalize('NFC')],
      );
      return rows.map(({ removedAt, ...listing }) => ({ ...listing, ...(removedAt !== null && { removedAt }) }));
    },
  };
}
