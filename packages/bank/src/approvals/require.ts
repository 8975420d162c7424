/**
 * Using an approval: the act that needs it takes it in its own transaction, so that one request allows one act, and an act that
 * fails leaves the request unused.
 * @module
 */
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';

/** Neither of them is the one who asked. */
export const APPROVERS_NEEDED = 2;

export interface RequiredApproval {
  /** The act, as it was asked for. */
  readonly kind: string;
  /** SHA-256 of exactly what is about to be done: 32 bytes. */
  readonly subject: Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How many must have approved: two, or more where the policy says so. */
  readonly people?: number;
}

const USABLE = `SELECT r.id FROM approval_request r
  WHERE r.kind = $1 AND r.subject = $2 AND r.used_at IS NULL AND r.expires_at > $3
    AND (SELECT count(*) FROM approval a WHERE a.request = r.id AND a.approved_by <> r.requested_by) >= $4`;

const valuesOf = ({ kind, subject, now, people = 0 }: RequiredApproval) => [
  kind,
  subject,
  new Date(now),
  Math.max(people, APPROVERS_NEEDED),
];

/** Whether there is one to take now. For acts that take long before they come to {@link requireApproval}. */
export async function isApproved(queryable: Queryable, required: RequiredApproval): Promise<boolean> {
  return (await queryable.query(`${USABLE} LIMIT 1`, valuesOf(required))).length > 0;
}

/**
 * Takes an approval of exactly this act, in the caller's transaction.
 *
 * @returns its id, for the `approvals` of the act's ledger entry
 * @throws `ERR_APPROVAL_MISSING`: no request of this kind and subject is approved by two others, unexpired and unused; nothing was changed
 */
export async function requireApproval(tx: Queryable, required: RequiredApproval): Promise<{ readonly id: string }> {
  // FOR UPDATE waits for whoever is taking a request, then looks at the row again and goes on to the next one if it was taken:
  // the limit stands above the lock.
  const [taken] = await tx.query<{ id: string }>(
    `UPDATE approval_request SET used_at = $3
      WHERE id = (${USABLE} ORDER BY r.expires_at, r.id LIMIT 1 FOR UPDATE)
        AND used_at IS NULL
     RETURNING id`,
    valuesOf(required),
  );
  if (taken === undefined) throw fail('ERR_APPROVAL_MISSING');
  return { id: taken.id };
}
