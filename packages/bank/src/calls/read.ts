/**
 * Reading calls and refusals. `readCall` is for vendors and says what they may know; the rest is for the bank.
 * @module
 */
import type { Queryable } from '../store/database.js';
import { isCallId } from './ids.js';

/** A call as its vendor sees it: no cause, no ring time, times to the minute, talk time to ten seconds. */
export interface CallView {
  readonly call_id: string;
  readonly campaign: string;
  readonly masked_phone: string;
  /** `authorized`: the carrier has not answered yet. */
  readonly state: 'authorized' | 'placed' | 'failed' | 'unknown' | 'ended';
  /** ISO 8601, UTC, to the minute. */
  readonly at: string;
  readonly result?: 'answered' | 'busy' | 'not-reached' | 'ended';
  readonly ended_at?: string;
  readonly talk_seconds?: number;
}

interface ViewRow {
  readonly campaign: string;
  readonly masked_phone: string;
  readonly state: CallView['state'];
  readonly lapsed: boolean;
  readonly at: Date;
  readonly result: 'answered' | 'busy' | 'not-reached' | 'ended' | null;
  readonly ended_at: Date | null;
  readonly talk_seconds: number | null;
}

/** @returns `undefined` when there is no such call, or it is another vendor's: one answer */
export async function readCall(queryable: Queryable, callId: string, vendor: string, clock: Date | null): Promise<CallView | undefined> {
  if (!isCallId(callId)) return undefined;
  const [row] = await queryable.query<ViewRow>(
    `SELECT c.id AS campaign, x.masked_phone, x.state, x.lease_until <= coalesce($3, clock_timestamp()) AS lapsed,
            x.at, x.result, x.ended_at, x.talk_seconds
       FROM call x JOIN campaign c ON c.number = x.campaign WHERE x.id = $1 AND x.vendor = $2`,
    [callId, vendor, clock],
  );
  if (row === undefined) return undefined;
  return {
    call_id: callId,
    campaign: row.campaign,
    masked_phone: row.masked_phone,
    state: row.state === 'authorized' && row.lapsed ? 'unknown' : row.state,
    at: toTheMinute(row.at),
    ...(row.result !== null && { result: row.result }),
    ...(row.ended_at !== null && { ended_at: toTheMinute(row.ended_at) }),
    ...(row.talk_seconds !== null && { talk_seconds: row.talk_seconds }),
  };
}

/** ISO 8601, UTC, without seconds. */
export function toTheMinute(at: Date): string {
  return `${at.toISOString().slice(0, 16)}:00Z`;
}

export interface RefusalQuery {
  readonly campaign?: string;
  readonly vendor?: string;
  readonly requestId?: string;
  readonly customerId?: string;
  readonly since?: Date;
  /** 100 by default. */
  readonly limit?: number;
}

/** What the bank knows of a refusal. */
export interface RefusalRecord {
  readonly at: Date;
  readonly campaign: string;
  readonly vendor: string;
  readonly requestId: string;
  /** Where the customer is known and was looked at. */
  readonly customerId?: string;
  readonly grant: string;
  /** The exact reason, of the policy's closed list. */
  readonly code: string;
  /** What the vendor was told. */
  readonly vendorCode: string;
  readonly rule: string;
  readonly sentence: string;
}

/** Refusals, newest first. */
export async function listRefusals(queryable: Queryable, query: RefusalQuery = {}): Promise<RefusalRecord[]> {
  const rows = await queryable.query<Omit<RefusalRecord, 'customerId'> & { readonly customerId: string | null }>(
    `SELECT r.at, c.id AS campaign, r.vendor, r.request AS "requestId", u.customer_id AS "customerId", r.grant_id AS "grant",
            r.code, r.vendor_code AS "vendorCode", r.rule, r.sentence
       FROM refusal r JOIN campaign c ON c.number = r.campaign LEFT JOIN customer u ON u.id = r.customer
      WHERE ($1::text IS NULL OR c.id = $1) AND ($2::text IS NULL OR r.vendor = $2) AND ($3::text IS NULL OR r.request = $3)
        AND ($4::text IS NULL OR u.customer_id = $4) AND ($5::timestamptz IS NULL OR r.at >= $5)
      ORDER BY r.id DESC LIMIT $6`,
    [
      query.campaign ?? null,
      query.vendor ?? null,
      query.requestId ?? null,
      query.customerId ?? null,
      query.since ?? null,
      query.limit ?? 100,
    ],
  );
  return rows.map(({ customerId, ...refusal }) => ({ ...refusal, ...(customerId !== null && { customerId }) }));
}

/** A call whose fate nobody knows. */
export interface UnknownCall {
  readonly callId: string;
  readonly campaign: string;
  readonly vendor: string;
  readonly maskedPhone: string;
  readonly at: Date;
}

/** Calls whose lease is over and that nobody has settled, oldest first. */
export function listUnknown(queryable: Queryable, clock: Date | null, limit = 1000): Promise<UnknownCall[]> {
  return queryable.query<UnknownCall>(
    `SELECT x.id AS "callId", c.id AS campaign, x.vendor, x.masked_phone AS "maskedPhone", x.at
       FROM call x JOIN campaign c ON c.number = x.campaign
      WHERE x.state IN ('authorized', 'unknown') AND x.lease_until <= coalesce($1, clock_timestamp())
      ORDER BY x.at LIMIT $2`,
    [clock, limit],
  );
}

/** Everything on record about a call. */
export interface CallRecord {
  readonly callId: string;
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  /** Absent when the customer was erased. */
  readonly customerId?: string;
  readonly agent?: string;
  readonly grant: string;
  readonly maskedPhone: string;
  readonly state: 'authorized' | 'placed' | 'failed' | 'unknown' | 'ended';
  /** What its order was answered. */
  readonly told?: 'placed' | 'failed' | 'unknown';
  readonly cause?: string;
  readonly result?: 'answered' | 'busy' | 'not-reached' | 'ended';
  readonly talkSeconds?: number;
  readonly at: Date;
  readonly settledAt?: Date;
  readonly endedAt?: Date;
}

/** A call as the bank sees it. */
export async function readRecord(queryable: Queryable, callId: string): Promise<CallRecord | undefined> {
  if (!isCallId(callId)) return undefined;
  const [row] = await queryable.query<{ [K in keyof CallRecord]-?: CallRecord[K] | null }>(
    `SELECT x.id AS "callId", c.id AS campaign, x.vendor, x.purpose, u.customer_id AS "customerId", a.pseudonym AS agent, x.grant_id AS "grant",
            x.masked_phone AS "maskedPhone", x.state, x.told, x.cause, x.result, x.talk_seconds AS "talkSeconds",
            x.at, x.settled_at AS "settledAt", x.ended_at AS "endedAt"
       FROM call x JOIN campaign c ON c.number = x.campaign LEFT JOIN customer u ON u.id = x.customer LEFT JOIN agent a ON a.id = x.agent
      WHERE x.id = $1`,
    [callId],
  );
  // A column that is null is a member that is absent.
  return row && (Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as CallRecord);
}
