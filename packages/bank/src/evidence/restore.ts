/**
 * Going on with a restored older copy. Its ledger lacks entries that were signed, so calls were placed, grants issued and consents withdrawn
 * of which it knows nothing. Two people who did not ask may accept that; then everything that the lost entries could have used up is taken
 * away: all grants, budgets, and every grant issued until now.
 *
 * In one transaction; the note signed by the log key (ledger/restored.ts) is what lets the ledger go on.
 * @module
 */
import { createHash } from 'node:crypto';
import { integrate, type Queued, rootOfState, writeEntry } from '@numbra/ledger';
import { checkPerson } from '../approvals/request.js';
import { requireApproval } from '../approvals/require.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { REVOCATIONS_CHANNEL } from '../grants/revoke.js';
import { appendEntries } from '../ledger/append.js';
import { loadLocked } from '../ledger/head.js';
import { type AcceptedRestore, signRestored } from '../ledger/restored.js';
import { sha256 } from '../ledger/sha256.js';
import type { Queryable } from '../store/database.js';

/** The act, as approvals name it. */
export const RESTORE_ACT = 'restore-accept';

/** What a restored copy lacks. */
export interface RestoreStatus {
  /** Entries of the copy. */
  readonly size: number;
  /** Entries of the last checkpoint beside the keyring. */
  readonly lostSize: number;
  /** What is asked approval of: SHA-256, hex. */
  readonly digest: string;
}

export interface AcceptRestoreOptions {
  /** Pseudonymous staff id. */
  readonly by: string;
  /**
   * The missing entries in order, one a line, from a mirror (an auditor's). They count only when they lead from the copy to the signed
   * checkpoint; budgets are then lowered by the calls in them. Without them every budget is 0.
   */
  readonly entries?: string;
}

export interface RestoreAccepted {
  readonly size: number;
  readonly lostSize: number;
  readonly revokedGrants: number;
  /** Open campaigns by what is left of their budget. */
  readonly budgets: Readonly<Record<string, number>>;
  /** Withdrawals, opt-outs and erasures among the missing entries, whom no entry names: send them again. Absent: nobody can say. */
  readonly lostWithdrawals?: number;
}

/** @returns `undefined`: the ledger is current */
export async function restoreStatus(context: BankContext): Promise<RestoreStatus | undefined> {
  const found = await context.ledger.lost();
  return found && { size: found.copy.size, lostSize: found.lost.size, digest: digestOf(context, found).toString('hex') };
}

/** What the people approve: of this bank, to go on without what the last known checkpoint holds beyond the copy. */
function digestOf(context: BankContext, { lost }: AcceptedRestore): Buffer {
  const text = [RESTORE_ACT, context.logOrigin, lost.size, Buffer.from(lost.root).toString('hex')].join('\x1f');
  return createHash('sha256').update(text).digest();
}

/**
 * Accepts a restored older copy.
 *
 * @throws `ERR_RESTORE_NONE`: the ledger is current · `ERR_APPROVAL_MISSING` · `ERR_APPROVAL_PERSON` ·
 *   `ERR_RESTORE_ENTRIES`: the entries given do not lead to the signed checkpoint; nothing was changed
 */
export async function acceptRestore(context: BankContext, { by, entries }: AcceptRestoreOptions): Promise<RestoreAccepted> {
  checkPerson(by, 'by');
  const found = await context.ledger.lost();
  if (found === undefined) throw fail('ERR_RESTORE_NONE');
  const key = await context.logKey();
  const at = context.clock();
  const accepted = await context.database.transaction(async (tx) => {
    const approval = await requireApproval(tx, { kind: RESTORE_ACT, subject: new Uint8Array(digestOf(context, found)), now: at });
    const missing = entries === undefined ? undefined : await missingEntries(tx, found, entries);
    const revokedGrants = await revokeAll(tx, new Date(at));
    const budgets = await lowerBudgets(tx, missing);
    await tx.query('INSERT INTO ledger_restored (note, at) VALUES ($1, $2)', [signRestored(key, found), new Date(at)]);
    const { copy, lost } = found;
    const heads = { size: copy.size, root: copy.root, lostSize: lost.size, lostRoot: lost.root };
    const entry = { ...heads, revokedGrants, by, approvals: [approval.id] };
    await appendEntries(tx, [writeEntry('restored', entry, { at, nonce: context.random(16) })]);
    await tx.query(`SELECT pg_notify('${REVOCATIONS_CHANNEL}', '')`);
    return {
      size: copy.size,
      lostSize: lost.size,
      revokedGrants,
      budgets,
      ...(missing !== undefined && { lostWithdrawals: missing.filter((each) => WITHDRAWN.has(each.type)).length }),
    };
  });
  // The next checkpoint takes the place of the one that was lost.
  await context.ledger.sequence();
  return accepted;
}

/** What changed a customer's standing, under a subject that only the customer's key explains. */
const WITHDRAWN: ReadonlySet<string> = new Set(['consent.withdrawn', 'do-not-call.added', 'customer.erased']);

interface MissingEntry {
  readonly type: string;
  readonly campaign?: string;
}

/** The entries between the copy and the lost checkpoint, proved by its signed root. */
async function missingEntries(tx: Queryable, { copy, lost }: AcceptedRestore, text: string): Promise<MissingEntry[]> {
  const bodies = text.split('\n').filter((line) => line !== '');
  const state = await loadLocked(tx);
  if (state.size !== copy.size || bodies.length !== lost.size - copy.size) throw fail('ERR_RESTORE_ENTRIES');
  const queue = bodies.map((body, i): Queued<bigint> => ({ id: BigInt(i), body }));
  if (Buffer.compare(rootOfState(sha256, integrate(sha256, state, queue).state), lost.root) !== 0) throw fail('ERR_RESTORE_ENTRIES');
  return bodies.map((body) => JSON.parse(body) as MissingEntry);
}

/** Revokes every grant that could still be used; also those that the copy does not know, by their time of issue. */
async function revokeAll(tx: Queryable, at: Date): Promise<number> {
  const revoked = await tx.query('UPDATE issued_grant SET revoked_at = $1 WHERE revoked_at IS NULL AND expires_at > $1 RETURNING 1', [at]);
  await tx.query('UPDATE agent_grant SET revoked_at = $1 WHERE revoked_at IS NULL AND expires_at > $1', [at]);
  // A grant's time is in whole seconds: the next one issued is of a later second.
  await tx.query('UPDATE bank SET minimum_issued_at = greatest(minimum_issued_at, $1)', [at]);
  return revoked.length;
}

/** What ended a campaign: none of its calls is left. */
const ENDED: ReadonlySet<string> = new Set(['campaign.closed', 'campaign.shredded']);

async function lowerBudgets(tx: Queryable, missing: readonly MissingEntry[] | undefined): Promise<Record<string, number>> {
  const rows = await tx.query<{ number: number; id: string; remaining: number }>(
    `SELECT c.number, c.id, b.remaining FROM campaign_budget b JOIN campaign c ON c.number = b.campaign
      WHERE c.state = 'open' ORDER BY b.campaign FOR NO KEY UPDATE OF b`,
  );
  const budgets: Record<string, number> = {};
  for (const { number, id, remaining } of rows) {
    const of = missing?.filter(({ campaign }) => campaign === id);
    const used = of?.filter(({ type }) => type === 'call.authorized').length ?? remaining;
    const left = of?.some(({ type }) => ENDED.has(type)) ? 0 : Math.max(0, remaining - used);
    budgets[id] = left;
    if (left !== remaining) await tx.query('UPDATE campaign_budget SET remaining = $2 WHERE campaign = $1', [number, left]);
  }
  return budgets;
}
