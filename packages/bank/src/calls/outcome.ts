/**
 * What a vendor says came of a call. `opted-out` is acted on in the same transaction: consent withdrawn and the phone on the
 * do-not-call list, so that the very next decision of every process sees it.
 *
 * A note is looked through before it is kept. What reads as a phone, card or ID number is refused, by its form alone, or taken out where
 * the policy says so; what is an identifier of this very customer is taken out without a word, since an answer that told would
 * confirm guesses.
 * @module
 */
import { createGuard, redact, scanText } from '@numbra/core/guard';
import { writeEntry } from '@numbra/ledger';
import { consentKey } from '@numbra/policy';
import { readKnownValues } from '../campaigns/known-values.js';
import type { BankContext } from '../context.js';
import { takeUses } from '../customers/uses.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import { isRetryable } from '../store/store-error.js';
import type { NotWritten } from './answer.js';
import { isCallId } from './ids.js';
import type { LaneShared } from './lane.js';
import { MOST_RETRIES } from './limits.js';
import { beginWrite, finishWrite, type WriteRequest } from './writes.js';

/** What may come of a call. */
export const callOutcomes = [
  'interested',
  'agreed',
  'call-back',
  'not-interested',
  'not-reached',
  'wrong-person',
  'opted-out',
  'complaint',
  'other',
] as const;
export type CallOutcome = (typeof callOutcomes)[number];

export interface OutcomeRequest extends WriteRequest {
  readonly callId: string;
  readonly outcome: CallOutcome;
  /** Free text, at most {@link LONGEST_NOTE} characters; stays in the bank. */
  readonly note?: string;
}

export interface OutcomeBody {
  readonly call_id: string;
  readonly outcome: CallOutcome;
}

export type OutcomeAnswer =
  | { readonly outcome: 'recorded'; readonly body: OutcomeBody }
  /** No such call, or another vendor's: one answer. */
  | { readonly outcome: 'not-found' }
  /** The note reads as if it held a phone, card or ID number; nothing was recorded. */
  | { readonly outcome: 'note-refused' }
  /** The call has as many outcomes as it may; `opted-out` is always taken. */
  | { readonly outcome: 'too-many' }
  | NotWritten;

export const LONGEST_NOTE = 1_000;

/** Corrections are few; each takes an entry of the ledger. */
export const MOST_OUTCOMES = 8;

/** The law of several countries asks for six months; a policy may ask for more. */
const LEAST_OPT_OUT_MONTHS = 6;

interface CallRow {
  readonly campaign: string;
  readonly customer: bigint;
  readonly purpose: string;
  readonly outcomes: number;
  readonly opted_out: boolean;
  readonly moment: Date;
}

/** Records an outcome. */
export async function recordOutcome(shared: LaneShared, request: OutcomeRequest): Promise<OutcomeAnswer> {
  const { context } = shared;
  const { callId, note, grant } = request;
  const policy = await context.policies.refresh(context.database);
  // By its form alone, and before the call is looked up: it tells nothing about any.
  if (policy.notes === 'refuse' && note !== undefined && scanText(note).length > 0) return { outcome: 'note-refused' };
  if (!isCallId(callId)) return { outcome: 'not-found' };
  const [call] = await context.database.query<{ customer: bigint }>('SELECT customer FROM call WHERE id = $1 AND vendor = $2', [
    callId,
    grant.clientId,
  ]);
  if (call === undefined) return { outcome: 'not-found' };
  const kept = note === undefined ? undefined : await redacted(context, call.customer, note);
  for (let retries = 0; ; retries++) {
    try {
      return await context.database.transaction((tx) => write(tx, shared, request, kept));
    } catch (error) {
      if (!isRetryable(error) || retries >= MOST_RETRIES) throw error;
    }
  }
}

/** The note without identifiers of this customer, and without what reads as one. */
async function redacted(context: BankContext, customer: bigint, note: string): Promise<string> {
  const guard = createGuard({ key: context.keys.guard, known: await readKnownValues(context, [Number(customer)]) });
  return redact(note, guard.scan(note));
}

async function write(tx: Queryable, shared: LaneShared, request: OutcomeRequest, note: string | undefined): Promise<OutcomeAnswer> {
  const { context, random } = shared;
  const { callId, outcome, grant } = request;
  const clock = shared.clock === undefined ? null : new Date(shared.clock());
  // The digest is over the note as sent: what was kept of it may change with the customer.
  const begun = await beginWrite<OutcomeBody>(tx, request, ['outcome', callId, outcome, request.note ?? ''], clock);
  if (begun.kind === 'done') return { outcome: 'recorded', body: begun.body };
  if (begun.kind === 'not-written') return begun.answer;
  // The call before the customer, as everywhere.
  await tx.query('SELECT 1 FROM call WHERE id = $1 FOR NO KEY UPDATE', [callId]);
  const [call] = await tx.query<CallRow>(
    `SELECT c.id AS campaign, x.customer, x.purpose, coalesce($2, clock_timestamp()) AS moment,
            (SELECT count(*)::integer FROM call_outcome o WHERE o.call = x.id) AS outcomes,
            EXISTS (SELECT FROM call_outcome o WHERE o.call = x.id AND o.outcome = 'opted-out') AS opted_out
       FROM call x JOIN campaign c ON c.number = x.campaign WHERE x.id = $1`,
    [callId, clock],
  );
  if (call === undefined) throw new TypeError('a call without a row'); // calls are never deleted
  const body: OutcomeBody = { call_id: callId, outcome };
  const optsOut = outcome === 'opted-out';
  if (call.outcomes >= MOST_OUTCOMES && !optsOut) {
    await tx.query('DELETE FROM idempotency WHERE key = $1', [begun.key]);
    return { outcome: 'too-many' };
  }
  await finishWrite(tx, begun.key, 200, body);
  if (optsOut && call.opted_out) return { outcome: 'recorded', body };
  const at = call.moment.getTime();
  const stamp = () => ({ at, nonce: random(16) });
  const entries = optsOut ? await optOut(tx, context, call, stamp) : [];
  const [use] = await takeUses(context, tx, [call.customer]);
  // Erased: nothing links any more, so that any bytes do.
  const subject = use?.subject ?? random(16);
  entries.unshift(writeEntry('call.outcome', { call: callId, campaign: call.campaign, subject, outcome, agent: grant.actor }, stamp()));
  const sealed = note === undefined || note === '' ? null : context.keys.store.seal(utf8.encode(note), noteContext(callId));
  await tx.query('INSERT INTO call_outcome (call, position, outcome, note, agent, at) VALUES ($1, $2, $3, $4, $5, $6)', [
    callId,
    call.outcomes + 1,
    outcome,
    sealed,
    grant.actor ?? null,
    call.moment,
  ]);
  await appendEntries(tx, entries);
  return { outcome: 'recorded', body };
}

/** Withdraws the purpose's consent and puts the customer's phone on the do-not-call list. @returns entries */
async function optOut(
  tx: Queryable,
  context: BankContext,
  { customer, purpose, moment }: CallRow,
  stamp: () => { at: number; nonce: Uint8Array },
): Promise<string[]> {
  const policy = context.policies.current();
  const entries: string[] = [];
  const sharing = await tx.query<{ id: bigint }>(
    'SELECT o.id FROM customer c JOIN customer o ON o.phone_index = c.phone_index OR o.id = c.id WHERE c.id = $1 GROUP BY o.id',
    [customer],
  );
  // All who have this phone are locked at once, in order; further uses of one of them take no new lock.
  for (const { subject } of await takeUses(
    context,
    tx,
    sharing.map(({ id }) => id),
  )) {
    if (subject !== undefined) entries.push(writeEntry('do-not-call.added', { subject, source: 'opted-out' }, stamp()));
  }
  const until = new Date(moment);
  until.setUTCMonth(until.getUTCMonth() + Math.max(LEAST_OPT_OUT_MONTHS, policy.optOutMonths));
  await tx.query(
    `INSERT INTO do_not_call AS d (phone_index, since, until, source)
     SELECT phone_index, $2, $3, 'opted-out' FROM customer WHERE id = $1 AND phone_index IS NOT NULL
     ON CONFLICT (phone_index) DO UPDATE SET since = least(d.since, excluded.since), until = greatest(d.until, excluded.until), source = excluded.source`,
    [customer, moment, until],
  );
  const consent = consentKey(policy, purpose);
  if (consent === undefined) return entries;
  const withdrawn = await tx.query(
    `INSERT INTO consent AS s (customer, purpose, given_at, evidence, withdrawn_at) VALUES ($1, $2, $3, 'never given', $3)
     ON CONFLICT (customer, purpose) DO UPDATE SET withdrawn_at = excluded.withdrawn_at WHERE s.withdrawn_at IS NULL RETURNING 1`,
    [customer, consent, moment],
  );
  if (withdrawn.length === 0) return entries;
  const [use] = await takeUses(context, tx, [customer]);
  if (use?.subject !== undefined) {
    entries.push(writeEntry('consent.withdrawn', { subject: use.subject, consent, source: 'opted-out' }, stamp()));
  }
  return entries;
}

const utf8 = new TextEncoder();

/** Where a note belongs: moved to another call it does not open. */
function noteContext(callId: string): Uint8Array {
  return utf8.encode(`call_outcome\x1fnote\x1f${callId}`);
}

/** An outcome as the bank reads it. */
export interface RecordedOutcome {
  readonly outcome: CallOutcome;
  readonly note?: string;
  readonly agent?: string;
  readonly at: Date;
}

/** What came of a call, in order; for the bank's own people. */
export async function readOutcomes(context: BankContext, callId: string): Promise<RecordedOutcome[]> {
  if (!isCallId(callId)) return [];
  const rows = await context.database.query<{ outcome: CallOutcome; note: Uint8Array | null; agent: string | null; at: Date }>(
    'SELECT outcome, note, agent, at FROM call_outcome WHERE call = $1 ORDER BY position',
    [callId],
  );
  return rows.map(({ outcome, note, agent, at }) => {
    const opened = note === null ? undefined : context.keys.store.open(note, noteContext(callId));
    return {
      outcome,
      at,
      ...(opened !== undefined && { note: Buffer.from(opened).toString('utf8') }),
      ...(agent !== null && { agent }),
    };
  });
}
