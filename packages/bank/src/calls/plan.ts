/**
 * What a batch decided, as the rows that `calls_write` (migrations/002_calls.sql) writes.
 * @module
 */
import type { VendorCode } from '@numbra/policy';
import type { Queryable } from '../store/database.js';
import { milliseconds } from './facts.js';
import { LEASE_MS, LONGEST_CALL_MS } from './limits.js';

export interface Plan {
  /** In order of `campaign`: their budget rows are locked in this order. */
  readonly campaigns: readonly CampaignRow[];
  readonly uses: readonly { readonly customer: number; readonly uses: number }[];
  readonly calls: readonly CallRow[];
  readonly refusals: readonly RefusalRow[];
  readonly held: readonly HeldRow[];
  readonly sticky: readonly { readonly campaign: number; readonly customer: number; readonly until: string }[];
  readonly answers: readonly { readonly key: string; readonly status: number; readonly answer: VendorCode }[];
  /** Keys under which nothing is kept. */
  readonly voided: readonly string[];
}

export interface CampaignRow {
  readonly campaign: number;
  /** Calls taken from the budget minus calls given back to it. */
  readonly net: number;
  readonly authorized: number;
  /** Refusals of groups 3 and 4. */
  readonly refused: number;
  /** What the day's refusals may reach. */
  readonly refused_most: number;
  readonly day: string;
  /** The policy's limit of calls under way, or `null`. */
  readonly concurrent: number | null;
}

export interface CallRow {
  readonly id: string;
  readonly campaign: number;
  readonly row_number: number;
  readonly customer: number;
  readonly vendor: string;
  readonly purpose: string;
  readonly agent: string | undefined;
  readonly grant_id: string;
  readonly masked_phone: string;
  readonly n: number;
}

export interface RefusalRow {
  readonly campaign: number;
  readonly vendor: string;
  readonly customer: number | undefined;
  readonly grant_id: string;
  readonly request: string;
  readonly code: string;
  readonly vendor_code: string;
  readonly rule: string;
  readonly sentence: string;
}

/** A refusal whose ledger entry is written with others of its minute: see release.ts. */
export interface HeldRow {
  readonly campaign: number;
  readonly vendor: string;
  readonly grant_id: string;
  readonly code: string;
  readonly policy: string;
  /** 16 bytes, hex. */
  readonly subject: string | undefined;
}

/** SQLSTATE of `calls_write`: another process took meanwhile what the batch counted on. Nothing was written. */
export const OVERTAKEN = 'NB001';

/** Starts the writes; COMMIT may ride behind them. Rejects with SQLSTATE {@link OVERTAKEN}. */
export function writePlan(tx: Queryable, plan: Plan, moment: Date, clock: Date | null): Promise<unknown> {
  const { campaigns, uses, calls, refusals, held, sticky, answers, voided } = plan;
  return tx.query('SELECT calls_write($1, $2, $3, $4, $5, $6, $7, $8, $9::text::interval, $10::text::interval, $11, $12)', [
    ...[campaigns, uses, calls, refusals, held, sticky, answers, voided].map((rows) => JSON.stringify(rows)),
    milliseconds(LEASE_MS),
    milliseconds(LONGEST_CALL_MS),
    moment,
    clock,
  ]);
}
