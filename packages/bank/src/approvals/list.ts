/**
 * Requests for approval, for the people who approve.
 * @module
 */
import type { BankContext } from '../context.js';
import { APPROVERS_NEEDED } from './require.js';

export interface ApprovalView {
  readonly id: string;
  readonly kind: string;
  /** SHA-256 of what is asked, hex: whoever approves computes it from what they were shown. */
  readonly subject: string;
  readonly requestedBy: string;
  readonly reason: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  /** How many have approved; the ledger knows who. */
  readonly approvals: number;
  readonly state: 'waiting' | 'approved' | 'used' | 'expired';
}

interface ViewRow {
  readonly id: string;
  readonly kind: string;
  readonly subject: Uint8Array;
  readonly requested_by: string;
  readonly reason: string;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly used_at: Date | null;
  readonly approvals: number;
}

const MOST_LISTED = 500;

/** The newest 500 requests, newest first. */
export async function listApprovals({ database, clock }: BankContext): Promise<ApprovalView[]> {
  const rows = await database.query<ViewRow>(
    `SELECT r.id, r.kind, r.subject, r.requested_by, r.reason, r.requested_at, r.expires_at, r.used_at,
            (SELECT count(*)::integer FROM approval a WHERE a.request = r.id) AS approvals
       FROM approval_request r ORDER BY r.requested_at DESC, r.id LIMIT $1`,
    [MOST_LISTED],
  );
  const now = clock();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    subject: Buffer.from(row.subject).toString('hex'),
    requestedBy: row.requested_by,
    reason: row.reason,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    approvals: row.approvals,
    state: stateOf(row, now),
  }));
}

function stateOf({ used_at, expires_at, approvals }: ViewRow, now: number): ApprovalView['state'] {
  if (used_at !== null) return 'used';
  if (expires_at.getTime() <= now) return 'expired';
  return approvals >= APPROVERS_NEEDED ? 'approved' : 'waiting';
}
