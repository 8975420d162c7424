/**
 * Approvals, as the facade offers them. To use one, an act calls `requireApproval` in its own transaction.
 *
 * Who somebody is, is the caller's to know: a name given here is what the operator's own sign-on says.
 * @module
 */
import type { BankContext } from '../context.js';
import { type Approved, approve } from './approve.js';
import { type ApprovalView, listApprovals } from './list.js';
import { type ApprovalOrder, type RequestedApproval, requestApproval } from './request.js';

export interface Approvals {
  /** Asks for approval of exactly one act. See approvals/request.ts. */
  request(order: ApprovalOrder): Promise<RequestedApproval>;
  /** Approves as a person who did not ask. See approvals/approve.ts. */
  approve(id: string, approver: { readonly by: string }): Promise<Approved>;
  /** The newest requests first. */
  list(): Promise<ApprovalView[]>;
}

export function approvalsOf(context: BankContext): Approvals {
  return {
    request: (order) => requestApproval(context, order),
    approve: (id, approver) => approve(context, id, approver),
    list: () => listApprovals(context),
  };
}
