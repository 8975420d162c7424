/**
 * Blind matching, as the facade offers it: which phones a vendor's list and the bank's have in common, told to one side.
 * @module
 */
import type { MatchHolder } from '@numbra/core/blind';
import type { RequestedApproval } from '../approvals/request.js';
import type { BankContext } from '../context.js';
import { type HoldOrder, type HoldRequest, holdMatch, requestHold } from './hold.js';
import { type LearnOrder, learnMatches, type Matched } from './learn.js';
import { listRuns, type MatchRun } from './record.js';

export interface Matching {
  /** The bank learns which of its customers a vendor's list holds. See matching/learn.ts. */
  learn(order: LearnOrder): Promise<Matched>;
  /** Asks two people to approve that a vendor learns. See matching/hold.ts. */
  request(order: HoldRequest): Promise<RequestedApproval>;
  /** The vendor of a campaign learns, where that was approved. See matching/hold.ts. */
  hold(order: HoldOrder & { readonly by?: string }): Promise<MatchHolder>;
  /** The runs on record, the newest first. */
  list(): Promise<MatchRun[]>;
}

export function matchingOf(context: BankContext): Matching {
  return {
    learn: (order) => learnMatches(context, order),
    request: (order) => requestHold(context, order),
    hold: (order) => holdMatch(context, order),
    list: () => listRuns(context),
  };
}
