/**
 * Approving: a person other than the one who asked, once each.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { isDuplicate } from '../store/store-error.js';
import { checkPerson, digestOf } from './request.js';
import { APPROVERS_NEEDED } from './require.js';

export interface Approved {
  readonly id: string;
  /** How many have approved. Not who: the next one should judge the request, not the company. */
  readonly approvals: number;
  /** Enough have. */
  readonly complete: boolean;
  readonly expiresAt: Date;
}

interface RequestRow {
  readonly kind: string;
  readonly subject: Uint8Array;
  readonly requested_by: string;
  readonly expires_at: Date;
  readonly used_at: Date | null;
}

/**
 * Records that a person approves of a request, and its ledger entry.
 *
 * @param by - pseudonymous staff id
 * @throws `ERR_APPROVAL_UNKNOWN`, `ERR_APPROVAL_PERSON`, `ERR_APPROVAL_OWN`, `ERR_APPROVAL_REPEATED`, `ERR_APPROVAL_OVER`; nothing was recorded
 */
export async function approve(context: BankContext, id: string, { by }: { readonly by: string }): Promise<Approved> {
  checkPerson(by, 'by');
  try {
    return await context.database.transaction(async (tx) => {
      // Locked, so that the act that uses the request sees either none or all of this.
      const [request] = await tx.query<RequestRow>(
        'SELECT kind, subject, requested_by, expires_at, used_at FROM approval_request WHERE id = $1 FOR UPDATE',
        [id],
      );
      if (request === undefined) throw fail('ERR_APPROVAL_UNKNOWN');
      const at = context.clock();
      if (request.used_at !== null || request.expires_at.getTime() <= at) throw fail('ERR_APPROVAL_OVER');
      if (request.requested_by === by) throw fail('ERR_APPROVAL_OWN');
      await tx.query('INSERT INTO approval (request, approved_by, approved_at) VALUES ($1, $2, $3)', [id, by, new Date(at)]);
      const [{ approvals = 0 } = {}] = await tx.query<{ approvals?: number }>(
        'SELECT count(*)::integer AS approvals FROM approval WHERE request = $1',
        [id],
      );
      const entry = { approval: id, act: request.kind, request: digestOf(request.subject), decision: 'approved', by } as const;
      await appendEntries(tx, [writeEntry('approval', entry, { at, nonce: context.random(16) })]);
      return { id, approvals, complete: approvals >= APPROVERS_NEEDED, expiresAt: request.expires_at };
    });
  } catch (error) {
    if (isDuplicate(error, 'approval_pkey')) throw fail('ERR_APPROVAL_REPEATED');
    throw error;
  }
}
