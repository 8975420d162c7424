/**
 * What waits to go to recipients. It was sealed in the transaction that confirmed it, so none is lost; any gateway may carry it out, one at
 * a time, by the table of pauses of the webhooks. The bytes are the same in every attempt, and so is the id, by which the
 * recipient takes a second one (an answer that was lost) for done. Delivered, the sealed fields are deleted.
 * @module
 */
import type { BankContext } from '../context.js';
import { RETRY_SECONDS } from '../webhooks/deliveries.js';
import type { HandoverState } from './read.js';
import { enterStep } from './step.js';

/** One attempt to be made. */
export interface DueHandover {
  /** `handover_…`: also the idempotency key at the recipient. */
  readonly id: string;
  readonly url: string;
  /** A compact JWE; exactly the bytes to send. */
  readonly sealed: string;
  /** Counts from 1. */
  readonly attempt: number;
}

export interface HandoverAttempted {
  readonly outcome: 'delivered' | 'failed';
  /** Absent: no answer came. */
  readonly status?: number;
}

export type SettledState = Extract<HandoverState, 'delivered' | 'undelivered'>;

/** Whoever took a delivery and died: somebody else takes it after this. */
const ATTEMPT_SECONDS = 60;

/** Takes handovers whose time has come; nobody else takes them for a minute. */
export async function takeHandovers(context: BankContext, most: number): Promise<DueHandover[]> {
  return context.database.query<DueHandover>(
    `UPDATE handover SET attempts = attempts + 1, next_at = clock_timestamp() + interval '${ATTEMPT_SECONDS} seconds'
      WHERE id IN (SELECT id FROM handover WHERE state = 'confirmed' AND next_at <= clock_timestamp()
                    ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING id, url, sealed, attempts AS attempt`,
    [most],
  );
}

interface Row {
  readonly customer: bigint;
  readonly campaign: string;
  readonly vendor: string;
  readonly recipient: string;
}

/** Records how an attempt ended. @returns the state in which the handover ended by it; `undefined`: it goes on, or ended before */
export async function settleHandover(
  context: BankContext,
  { id, attempt }: Pick<DueHandover, 'id' | 'attempt'>,
  { outcome, status = null as never }: HandoverAttempted,
): Promise<SettledState | undefined> {
  const pause = RETRY_SECONDS[attempt - 1];
  if (outcome === 'failed' && pause !== undefined) {
    await context.database.query(
      `UPDATE handover SET answered = $3, next_at = clock_timestamp() + $4::text::interval WHERE id = $1 AND attempts = $2 AND state = 'confirmed'`,
      [id, attempt, status, `${pause} seconds`],
    );
    return undefined;
  }
  const state = outcome === 'delivered' ? 'delivered' : 'undelivered';
  return context.database.transaction(async (tx) => {
    const [row] = await tx.query<Row>(
      `SELECT h.customer, c.id AS campaign, h.vendor, h.recipient FROM handover h JOIN campaign c ON c.number = h.campaign WHERE h.id = $1`,
      [id],
    );
    if (row === undefined) return undefined;
    await tx.query('SELECT 1 FROM customer WHERE id = $1 FOR NO KEY UPDATE', [row.customer]);
    // A recipient's yes counts whoever heard it; a last no only of the newest attempt.
    const [settled] = await tx.query<{ moment: Date }>(
      `UPDATE handover SET state = $2, answered = $3, sealed = NULL, next_at = NULL, settled_at = clock_timestamp()
        WHERE id = $1 AND state = 'confirmed' AND ($2 = 'delivered' OR attempts = $4) RETURNING settled_at AS moment`,
      [id, state, status, attempt],
    );
    if (settled === undefined) return undefined;
    await enterStep(context, tx, { handover: id, ...row, step: state }, settled.moment);
    return state;
  });
}
