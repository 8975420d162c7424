/**
 * Asking for approval: an act that takes two people begins with one who says exactly what is to be done, and why.
 * @module
 */
import { parseName } from '@numbra/core';
import { fitsEntry, writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { newId } from '../store/ids.js';

export interface ApprovalOrder {
  /** The act, kebab-case. */
  readonly kind: string;
  /** SHA-256 of exactly what is asked: 32 bytes. Nothing else can be done with the approval. */
  readonly subject: Uint8Array;
  /** Pseudonymous staff id. */
  readonly requestedBy: string;
  /** For the people who approve; 1 to 500 characters. It stays in the bank's store and enters no ledger. */
  readonly reason: string;
  /** A day by default, a week at most. */
  readonly ttlSeconds?: number;
}

export interface RequestedApproval {
  /** `approval_…`, as in the ledger. */
  readonly id: string;
  readonly expiresAt: Date;
}

const KIND = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const LONGEST_KIND = 64;
const DIGEST_BYTES = 32;
const LONGEST_REASON = 500;
const DAY_SECONDS = 86_400;
const MOST_SECONDS = 7 * DAY_SECONDS;

/**
 * Records a request for approval and its ledger entry.
 *
 * @throws `ERR_APPROVAL_REQUEST` with the member that is wrong, `ERR_APPROVAL_PERSON`; nothing was recorded
 */
export async function requestApproval(context: BankContext, order: ApprovalOrder): Promise<RequestedApproval> {
  const { kind, subject, requestedBy, reason, ttlSeconds = DAY_SECONDS } = order;
  const refuse = (field: string) => fail('ERR_APPROVAL_REQUEST', { field });
  if (kind.length > LONGEST_KIND || !KIND.test(kind)) throw refuse('kind');
  if (subject.length !== DIGEST_BYTES) throw refuse('subject');
  checkPerson(requestedBy, 'requestedBy');
  if (reason.trim() === '' || reason.length > LONGEST_REASON) throw refuse('reason');
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MOST_SECONDS) throw refuse('ttlSeconds');
  const id = newId(context, 'approval');
  const at = context.clock();
  const expiresAt = new Date(at + ttlSeconds * 1_000);
  await context.database.transaction(async (tx) => {
    await tx.query(
      `INSERT INTO approval_request (id, kind, subject, requested_by, reason, requested_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [id, kind, subject, requestedBy, reason, new Date(at), expiresAt],
    );
    const entry = { approval: id, act: kind, request: digestOf(subject), decision: 'requested', by: requestedBy } as const;
    await appendEntries(tx, [writeEntry('approval', entry, { at, nonce: context.random(16) })]);
  });
  return { id, expiresAt };
}

/** @throws `ERR_APPROVAL_PERSON` */
export function checkPerson(person: string, field: string): void {
  if (parseName(person) === undefined || !fitsEntry(person)) throw fail('ERR_APPROVAL_PERSON', { field });
}

/** A digest as entries write it. */
export function digestOf(subject: Uint8Array): string {
  return `sha256:${Buffer.from(subject).toString('hex')}`;
}
