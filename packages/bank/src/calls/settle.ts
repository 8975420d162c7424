/**
 * Settling: what became of an authorized call is written once. Whoever comes first settles it; everybody else is told what was
 * answered. Budget and caps come back in the very transaction that sets `failed`, which is said only of a call that was
 * certainly not placed.
 * @module
 */
import { type EntryStamp, writeEntry } from '@numbra/ledger';
import type { Queryable } from '../store/database.js';
import type { CallState } from './answer.js';

export interface Settlement {
  readonly call: string;
  readonly campaign: { readonly number: number; readonly id: string };
  readonly state: CallState;
  /** What the order was answered, if it was before this. */
  readonly told?: CallState;
  /** Of `failed`: a code. */
  readonly cause?: string;
  /** Of the use that belongs to the settlement, 16 bytes. Not needed for `unknown`, which makes no entry: the call stays open. */
  readonly subject?: Uint8Array;
}

export interface Settled {
  readonly id: string;
  /** This transaction settled it. */
  readonly settled: boolean;
  readonly campaign: number;
  readonly state: CallState | 'authorized' | 'ended';
  /** What its order was, or from now on is, answered. */
  readonly told: CallState | null;
  /** The database's clock. */
  readonly moment: Date;
}

/** Settles calls, in the caller's transaction and before any other lock of it. */
export function settleCalls(tx: Queryable, settlements: readonly Settlement[], clock: Date | null): Promise<Settled[]> {
  return tx.query<Settled>('SELECT * FROM calls_settle($1, $2)', [
    JSON.stringify(settlements.map(({ call, state, told = state, cause }) => ({ id: call, state, told, cause }))),
    clock,
  ]);
}

/** Calls that go back to the budgets of their campaigns. */
export function refundsOf(settled: readonly Settled[]): Map<number, number> {
  const refunds = new Map<number, number>();
  for (const { campaign, state, settled: ours } of settled) {
    if (ours && state === 'failed') refunds.set(campaign, (refunds.get(campaign) ?? 0) + 1);
  }
  return refunds;
}

/** The entries of the calls that this transaction settled, in order. */
export function settlementEntries(
  settlements: readonly Settlement[],
  settled: readonly Settled[],
  carrier: string,
  stamp: () => EntryStamp,
): string[] {
  const ours = new Set(settled.filter((row) => row.settled).map(({ id }) => id));
  return settlements.flatMap(({ call, campaign, state, subject, cause }) => {
    if (!ours.has(call) || subject === undefined) return [];
    if (state === 'placed') return [writeEntry('call.placed', { call, campaign: campaign.id, subject, carrier }, stamp())];
    if (state === 'failed') {
      return [writeEntry('call.failed', { call, campaign: campaign.id, subject, cause: cause ?? 'not-placed', returned: true }, stamp())];
    }
    return [];
  });
}
