/**
 * What became of the message with a code: entered, and where certainly nothing was sent the handover ends and its unit of the budget comes
 * back, in one transaction.
 * @module
 */
import type { BankContext } from '../context.js';
import type { Sent } from './message-carrier.js';
import { enterStep } from './step.js';

const STEPS = { sent: 'code-sent', 'not-sent': 'code-unsent', unknown: 'code-unknown' } as const;

interface Row {
  readonly customer: bigint;
  readonly number: number;
  readonly campaign: string;
  readonly vendor: string;
  readonly recipient: string;
}

/** Records how the sending of a code ended. @returns whether that ended the handover */
export async function recordSent(context: BankContext, handover: string, sent: Sent): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    const [row] = await tx.query<Row>(
      `SELECT h.customer, h.campaign AS number, c.id AS campaign, h.vendor, h.recipient
         FROM handover h JOIN campaign c ON c.number = h.campaign WHERE h.id = $1`,
      [handover],
    );
    if (row === undefined) return false;
    const { customer, number, campaign, vendor, recipient } = row;
    const [{ moment } = { moment: new Date(context.clock()) }] = await tx.query<{ moment: Date }>('SELECT clock_timestamp() AS moment');
    // Takes the customer's lock, before the budget's.
    await enterStep(context, tx, { handover, customer, campaign, vendor, recipient, step: STEPS[sent] }, moment);
    if (sent !== 'not-sent') return false;
    const ended = await tx.query(
      `UPDATE handover SET state = 'lapsed', code_hash = NULL, settled_at = $2 WHERE id = $1 AND state = 'confirming' RETURNING 1`,
      [handover, moment],
    );
    if (ended.length === 0) return false;
    await tx.query('UPDATE campaign_budget SET remaining = remaining + 1 WHERE campaign = $1', [number]);
    return true;
  });
}
