/**
 * Look-ups, as the facade offers them: what the bank's own people see of customers. Who somebody is, is the caller's to know.
 * @module
 */
import { type RequestedApproval, requestApproval } from '../approvals/request.js';
import type { BankContext } from '../context.js';
import { type LookupAnswer, type LookupOrder, lookUp } from './look-up.js';
import { OPEN_ACT, type OpenAnswer, type OpenOrder, openingSubject, openToken } from './open-token.js';
import { tidyLookups } from './record.js';

export interface Lookups {
  /** Shows a person what the purpose allows of one customer. See lookups/look-up.ts. */
  show(order: LookupOrder): Promise<LookupAnswer>;
  /** Says whose a reference or dial token is. See lookups/open-token.ts. */
  open(order: OpenOrder): Promise<OpenAnswer>;
  /**
   * Asks for approval of exactly one opening, as the person who will open.
   *
   * @param why - for the people who approve; it enters no ledger
   * @throws as `approvals.request`
   */
  requestOpening(order: Omit<OpenOrder, 'reason'>, why: string): Promise<RequestedApproval>;
  /** Deletes rows that nobody counts any more. Returns how many. */
  tidy(): Promise<number>;
}

export function lookupsOf(context: BankContext): Lookups {
  return {
    show: (order) => lookUp(context, order),
    open: (order) => openToken(context, order),
    requestOpening: (order, why) =>
      requestApproval(context, { kind: OPEN_ACT, subject: openingSubject(order), requestedBy: order.person, reason: why }),
    tidy: () => tidyLookups(context),
  };
}
