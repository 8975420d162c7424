/**
 * What ends by time: codes that nobody read out in time, and rows that nobody needs any more. A code is refused from its very end on,
 * whether or not this has run: it only enters what happened.
 * @module
 */
import type { BankContext } from '../context.js';
import type { Queryable } from '../store/database.js';
import { enterStep } from './step.js';

/** A settled handover can be looked up for so long; its entries stay. Longer than idempotency rows, which name it. */
const KEPT_DAYS = 90;

interface Row {
  readonly handover: string;
  readonly customer: bigint;
  readonly campaign: string;
  readonly vendor: string;
  readonly recipient: string;
}

/**
 * Ends handovers whose code's time is over, each in a transaction of its own.
 *
 * @returns how many
 */
export async function lapseHandovers(context: BankContext, most: number): Promise<number> {
  const rows = await context.database.query<Row>(
    `SELECT h.id AS handover, h.customer, c.id AS campaign, h.vendor, h.recipient FROM handover h JOIN campaign c ON c.number = h.campaign
      WHERE h.state = 'confirming' AND h.code_until <= clock_timestamp() ORDER BY h.code_until LIMIT $1`,
    [most],
  );
  let ended = 0;
  for (const row of rows) if (await context.database.transaction((tx) => lapse(context, tx, row))) ended += 1;
  return ended;
}

async function lapse(context: BankContext, tx: Queryable, row: Row): Promise<boolean> {
  await tx.query('SELECT 1 FROM customer WHERE id = $1 FOR NO KEY UPDATE', [row.customer]);
  const [settled] = await tx.query<{ moment: Date }>(
    `UPDATE handover SET state = 'lapsed', code_hash = NULL, settled_at = clock_timestamp()
      WHERE id = $1 AND state = 'confirming' AND code_until <= clock_timestamp() RETURNING settled_at AS moment`,
    [row.handover],
  );
  if (settled === undefined) return false; // another gateway was first, or another code took its place
  await enterStep(context, tx, { ...row, step: 'lapsed' }, settled.moment);
  return true;
}

/** Deletes handovers that were settled long ago. @returns how many */
export async function tidyHandovers({ database }: BankContext): Promise<number> {
  const gone = await database.query(
    `DELETE FROM handover WHERE settled_at <= clock_timestamp() - interval '${KEPT_DAYS} days' RETURNING 1`,
  );
  return gone.length;
}
