/**
 * What is to be told to vendors. A delivery is written in the transaction of the act that it tells, so none is lost and none tells what did
 * not happen; any gateway may carry it out, one at a time, by the table of pauses below. After the last it is dead until a hand
 * replays it. A vendor may get one twice (an answer that was lost): `webhook-id` is the same.
 * @module
 */
import type { BankContext } from '../context.js';
import { textArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';
import { openSecret } from './endpoints.js';

/** One attempt to be made. */
export interface DueDelivery {
  /** `webhook-id`. */
  readonly id: string;
  readonly url: string;
  /** `whsec_…` */
  readonly secret: string;
  /** Exactly the bytes to sign and send. */
  readonly body: string;
  /** Counts from 1. */
  readonly attempt: number;
}

export interface DeadDelivery {
  readonly id: string;
  readonly vendor: string;
  readonly endpoint: string;
  readonly createdAt: Date;
  readonly attempts: number;
  /** Status of the last answer. */
  readonly answered?: number;
}

/** Seconds after each attempt that failed, as the specification's example has them. */
export const RETRY_SECONDS: readonly number[] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** Whoever took a delivery and died: somebody else takes it after this. */
const ATTEMPT_SECONDS = 60;

/** Writes what is to be told to every endpoint of a vendor, in the caller's transaction. */
export async function enqueueWebhooks(
  tx: Queryable,
  context: Pick<BankContext, 'random'>,
  vendor: string,
  type: string,
  data: { readonly at: string } & Readonly<Record<string, unknown>>,
  at: Date,
): Promise<void> {
  const endpoints = await tx.query<{ id: string }>('SELECT id FROM webhook_endpoint WHERE vendor = $1 AND removed_at IS NULL', [vendor]);
  if (endpoints.length === 0) return;
  // The time of the act as vendors are told it, not of this row.
  const body = JSON.stringify({ type, timestamp: data.at, data });
  await tx.query(
    `INSERT INTO webhook_delivery (id, endpoint, body, created_at, next_at)
     SELECT d.id, d.endpoint, $3, $4, $4 FROM unnest($1::text::text[], $2::text::text[]) AS d (id, endpoint)`,
    [textArray(endpoints.map(() => newId(context, 'msg'))), textArray(endpoints.map(({ id }) => id)), body, at],
  );
}

/** Takes deliveries whose time has come; nobody else takes them for a minute. */
export async function takeDeliveries(context: BankContext, most: number): Promise<DueDelivery[]> {
  const now = new Date(context.clock());
  const rows = await context.database.query<Omit<DueDelivery, 'secret'> & { readonly endpoint: string; readonly secret: Uint8Array }>(
    `UPDATE webhook_delivery d SET attempts = d.attempts + 1, next_at = $1::timestamptz + interval '${ATTEMPT_SECONDS} seconds'
       FROM webhook_endpoint e
      WHERE e.id = d.endpoint AND d.id IN (
        SELECT id FROM webhook_delivery WHERE state = 'pending' AND next_at <= $1 ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING d.id, d.endpoint, e.url, e.secret, d.body, d.attempts AS attempt`,
    [now, most],
  );
  return rows.map(({ endpoint, secret, ...due }) => ({ ...due, secret: openSecret(context, endpoint, secret) }));
}

export type Attempted =
  | { readonly outcome: 'delivered'; readonly status: number }
  | { readonly outcome: 'failed'; readonly status?: number }
  /** 410: the vendor wants nothing more there. */
  | { readonly outcome: 'gone' }
  /** The egress guard held it back: it is not tried again by itself. */
  | { readonly outcome: 'held' };

/** Records how an attempt ended. */
export async function settleDelivery(
  context: BankContext,
  { id, attempt }: Pick<DueDelivery, 'id' | 'attempt'>,
  attempted: Attempted,
): Promise<void> {
  const now = new Date(context.clock());
  const pause = RETRY_SECONDS[attempt - 1];
  if (attempted.outcome === 'gone') {
    await context.database.query(
      `WITH dead AS (UPDATE webhook_delivery SET state = 'dead', answered = 410, settled_at = $2 WHERE id = $1 AND state = 'pending' RETURNING endpoint)
       UPDATE webhook_endpoint e SET removed_at = $2 FROM dead WHERE e.id = dead.endpoint AND e.removed_at IS NULL`,
      [id, now],
    );
    return;
  }
  const isOver = attempted.outcome === 'held' || pause === undefined;
  const state = attempted.outcome === 'delivered' ? 'delivered' : isOver ? 'dead' : 'pending';
  const next = new Date(now.getTime() + (pause ?? 0) * 1_000);
  await context.database.query(
    `UPDATE webhook_delivery SET state = $3, answered = $4, next_at = $5, settled_at = CASE WHEN $3 = 'pending' THEN NULL ELSE $6::timestamptz END
      WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
    [id, attempt, state, 'status' in attempted ? (attempted.status ?? null) : null, next, now],
  );
}

/** Deliveries that were given up, newest first. */
export async function listDead({ database }: BankContext, limit = 1_000): Promise<DeadDelivery[]> {
  const rows = await database.query<Omit<DeadDelivery, 'answered'> & { readonly answered: number | null }>(
    `SELECT d.id, e.vendor, d.endpoint, d.created_at AS "createdAt", d.attempts, d.answered
       FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint WHERE d.state = 'dead' ORDER BY d.settled_at DESC, d.id LIMIT $1`,
    [limit],
  );
  return rows.map(({ answered, ...dead }) => ({ ...dead, ...(answered !== null && { answered }) }));
}

/** Tries dead deliveries again from the beginning: one by its id, or all. Those of endpoints that were taken away stay dead. @returns how many */
export async function replayDeliveries(context: BankContext, id?: string): Promise<number> {
  const rows = await context.database.query(
    `UPDATE webhook_delivery d SET state = 'pending', attempts = 0, next_at = $2, settled_at = NULL
       FROM webhook_endpoint e
      WHERE d.state = 'dead' AND e.id = d.endpoint AND e.removed_at IS NULL AND ($1::text IS NULL OR d.id = $1) RETURNING 1`,
    [id ?? null, new Date(context.clock())],
  );
  return rows.length;
}

const KEPT_DAYS = 30;

/** Deletes what was delivered long ago. @returns how many */
export async function tidyDeliveries(context: BankContext): Promise<number> {
  const before = new Date(context.clock() - KEPT_DAYS * 86_400_000);
  return (await context.database.query(`DELETE FROM webhook_delivery WHERE state = 'delivered' AND settled_at < $1 RETURNING 1`, [before]))
    .length;
}
