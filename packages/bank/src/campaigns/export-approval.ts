/**
 * Exports that take two people: where the policy says so of a list this long, two others have approved of exactly this campaign's list, by its
 * length and under this policy. The first export uses the approval up; what comes after it repeats the list, or releases the batches that were
 * drawn with it, and needs none.
 * @module
 */
import { hash } from 'node:crypto';
import { type RequestedApproval, requestApproval } from '../approvals/request.js';
import type { RequiredApproval } from '../approvals/require.js';
import type { BankContext } from '../context.js';
import { exclusively } from '../store/exclusive.js';
import type { ExportRefused } from './export-refusal.js';
import { prepareNow } from './prepare.js';

/** The act, as approvals call it. */
const EXPORT_ACT = 'export-list';

export interface ListToApprove {
  readonly campaign: string;
  /** Digest of the policy that it is made under. */
  readonly policy: string;
  /** Of the whole list: rows that leave now, and rows whose day has not come. */
  readonly rows: number;
}

export type ExportRequested = ({ readonly outcome: 'asked'; readonly rows: number } & RequestedApproval) | ExportRefused;

/** What an export must have been approved as. */
export function approvalOfList({ campaign, policy, rows }: ListToApprove, now: number, people: number): RequiredApproval {
  const subject = hash('sha256', ['numbra/v1/approval', EXPORT_ACT, campaign, policy, String(rows)].join('\x1f'), 'buffer');
  return { kind: EXPORT_ACT, subject: new Uint8Array(subject), now, people };
}

/** Whether an earlier export of the campaign used an approval: the list that it fixed is this one. */
export async function wasApproved({ database }: Pick<BankContext, 'database'>, campaign: number): Promise<boolean> {
  const rows = await database.query(
    `SELECT 1 FROM export WHERE campaign = $1 AND approval IS NOT NULL AND state IN ('made', 'delivered') LIMIT 1`,
    [campaign],
  );
  return rows.length > 0;
}

/**
 * Asks for approval of the export that would be made now. Show those who approve its page: `campaigns.previewPage`.
 *
 * @param order - `by`: who asks; `why`: for those who approve, it enters no ledger
 * @throws `ERR_CAMPAIGN_UNKNOWN`, and as `approvals.request`
 */
export function requestExport(
  context: BankContext,
  id: string,
  order: { readonly by: string; readonly why: string },
): Promise<ExportRequested> {
  return exclusively(context.database, 'export', async () => {
    const { policy, now, prepared } = await prepareNow(context, id);
    if (prepared.outcome === 'refused') return prepared;
    const rows = prepared.list.rows.length + prepared.waiting;
    const { kind, subject } = approvalOfList({ campaign: id, policy: policy.digest, rows }, now, policy.approvals.export.people);
    const requested = await requestApproval(context, { kind, subject, requestedBy: order.by, reason: order.why });
    return { outcome: 'asked', rows, ...requested };
  });
}
