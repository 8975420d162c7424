/**
 * What the database knows about a batch: its locks are taken and its rows read in one trip, in the order in which
 * migrations/002_calls.sql says why.
 * @module
 */
import { consentKey, customerCaps, type Policy } from '@numbra/policy';
import type { Queryable } from '../store/database.js';
import { LONGEST_CALL_MS } from './limits.js';
import type { AskedCall } from './request.js';

/** What is known about one request, read after the locks. */
export interface RequestFacts {
  /** Counts from 1. */
  readonly position: number;
  /** The key is new: this transaction holds it. Otherwise only the next six say something. */
  readonly fresh: boolean;
  /** The database's clock after the locks. */
  readonly moment: Date;
  readonly digest: string | null;
  readonly status: number | null;
  readonly answer: string | null;
  readonly call: string | null;
  readonly told: 'placed' | 'failed' | 'unknown' | null;
  readonly lapsed: boolean | null;
  readonly call_masked_phone: string | null;
  readonly revoked: boolean;
  /** Calls of the agent in the last hour; `null` without an agent. */
  readonly agent_calls: number | null;
  /** The member; `null` when the token opened and was never exported, or did not open. */
  readonly row_number: number | null;
  readonly customer: bigint | null;
  readonly masked_phone: string | null;
  readonly removed: boolean;
  readonly customer_id: string | null;
  readonly uses: bigint | null;
  readonly customer_key: Uint8Array | null;
  readonly erased: boolean;
  readonly phone_changed: boolean;
  readonly consent: 'given' | 'none' | 'withdrawn';
  readonly do_not_call: boolean;
  readonly sticky_until: Date | null;
  /** One line a call: campaign, vendor, purpose, state, then when it began, its lease and its end, in ms. */
  readonly history: string | null;
}

/** What is known about one campaign of the batch. */
export interface CampaignFacts {
  readonly number: number;
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly time_zone: string;
  readonly call_window: string | null;
  readonly opens_at: Date;
  readonly closes_at: Date;
  readonly budget_calls: number;
  readonly per_customer: number;
  readonly per_agent_per_hour: number;
  readonly state: 'open' | 'closed' | 'shredded';
  /** The vendor countersigned the manifest of its list. */
  readonly acknowledged: boolean;
  readonly remaining: number;
  /** Saturates at the policy's limit; 0 where there is none. */
  readonly under_way: number;
  /** The newest day that has counts. */
  readonly day: string | null;
  readonly authorized: number | null;
  readonly refused: number | null;
  /** Digest of the policy in force. */
  readonly policy: string;
}

export interface BatchFacts {
  readonly requests: readonly RequestFacts[];
  readonly campaigns: ReadonlyMap<number, CampaignFacts>;
}

export interface ReadOptions {
  readonly policy: Policy;
  /** Campaigns whose budget is locked before it is read. */
  readonly locked: ReadonlySet<number>;
  /** Call ids, one a request. */
  readonly calls: readonly string[];
  /** Instead of the database's clock. */
  readonly clock: Date | null;
}

/** A call as `history` tells it. */
export interface PastCall {
  readonly campaign: number;
  readonly vendor: string;
  readonly purpose: string;
  readonly state: string;
  readonly at: number;
  readonly endedAt: number | undefined;
}

/** Takes the locks of a batch and reads its facts; part of the batch's transaction. Its statements are sent together. */
export async function readFacts(tx: Queryable, asked: readonly AskedCall[], options: ReadOptions): Promise<BatchFacts> {
  const { policy, locked, calls, clock } = options;
  const limits = new Map<number, number | null>();
  for (const { campaign } of asked) limits.set(campaign.number, concurrentLimit(policy, campaign.purpose));
  const [requests, campaigns] = await Promise.all([
    tx.query<RequestFacts>('SELECT * FROM calls_read($1, $2::text::integer[], $3)', [
      JSON.stringify(asked.map((call, i) => askedRow(policy, call, calls[i] as string))),
      `{${[...locked].filter((number) => limits.has(number)).join(',')}}`,
      clock,
    ]),
    tx.query<CampaignFacts>('SELECT * FROM calls_campaigns($1, $2::text::interval, $3)', [
      JSON.stringify(Array.from(limits, ([campaign, concurrent]) => ({ campaign, concurrent }))),
      milliseconds(LONGEST_CALL_MS),
      clock,
    ]),
  ]);
  // Rows answer requests by their place; one too few would answer somebody with another's.
  if (requests.length !== asked.length) throw new TypeError('a request without facts');
  return { requests, campaigns: new Map(campaigns.map((facts) => [facts.number, facts])) };
}

function askedRow(policy: Policy, { key, digest, campaign, grant, agent, token }: AskedCall, call: string) {
  const opened = token.outcome === 'opened' ? token : undefined;
  return {
    key,
    digest,
    call,
    campaign: campaign.number,
    vendor: grant.clientId,
    grant_id: grant.campaign.identifier,
    issued: grant.issuedAt,
    agent: agent?.id,
    pseudonym: agent?.pseudonym,
    r5: opened && Number(opened.r5),
    dial_hash: opened?.dialHash,
    phone_index: opened?.phoneIndex,
    consent: consentKey(policy, campaign.purpose),
    days: customerCaps(policy, campaign.purpose).reduce((most, { days }) => Math.max(most, days), 1),
  };
}

/** The policy's limit of calls under way, or `null` when it states none. */
export function concurrentLimit(policy: Policy, purpose: string): number | null {
  return policy.purposes[purpose]?.concurrent?.limit ?? null;
}

/** A PostgreSQL interval. */
export function milliseconds(ms: number): string {
  return `${ms} milliseconds`;
}

/** Reads `history`. */
export function parseHistory(history: string | null): PastCall[] {
  if (history === null) return [];
  return history.split('\n').map((line) => {
    const [campaign, vendor = '', purpose = '', state = '', at, , endedAt] = line.split(' ');
    return {
      campaign: Number(campaign),
      vendor,
      purpose,
      state,
      at: Number(at),
      endedAt: endedAt === undefined ? undefined : Number(endedAt),
    };
  });
}
