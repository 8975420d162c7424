/**
 * A question about one customer, answered yes or no and signed: what a partner gets instead of the attribute. The first answer is the
 * answer for 90 days, so that asking again shows no change of the attribute; a repeat takes nothing of the budget. In that time no other
 * threshold on the attribute is answered about this customer.
 *
 * ```
 * elsewhere      the external decision point, where there is one: ask-elsewhere.ts
 * known key?     answered as before                                             idempotency
 * locks          customer → budget; facts; policy.decide                        one transaction
 * allowed        the first answer, by one insert → budget, entry, signature
 * refused        record, entry, count; the vendor hears one word for reference, question and customer
 * ```
 * @module
 */
import { hash } from 'node:crypto';
import { createGuard } from '@numbra/core/guard';
import { type AnswerKey, type GrantKey, signAnswer } from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import { decisionCodes, type PolicyQuestion, type Refused, type VendorCode } from '@numbra/policy';
import { type NotWritten, REVOKED } from '../calls/answer.js';
import { digestId } from '../calls/ids.js';
import { beginWrite, finishWrite } from '../calls/writes.js';
import { readKnownValues } from '../campaigns/known-values.js';
import type { BankContext } from '../context.js';
import { takeUses } from '../customers/uses.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { openCell } from '../store/cells.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';
import { type ActFacts, type ActOrder, actFacts, decideAct, openAct, ownLimit, readActFacts } from './facts.js';
import { holdAnswerKey, newestAnswerKey } from './keys.js';
import { type ActShared, count, recordRefusal } from './record.js';
import { type ReferenceOpening, referenceDigest } from './reference.js';
import { retried } from './retried.js';

export interface AnswerRequest extends ActOrder {
  /** As the policy names it. */
  readonly question: string;
}

export interface AnswerBody {
  readonly question: string;
  readonly answer: boolean;
  /** The signed form: see `signAnswer` of @numbra/grants. */
  readonly token: string;
}

/** What a vendor hears of a refusal: its own limits by name; everything about reference, question or customer as one. */
export type AnswerRefusal = Exclude<VendorCode, 'token-invalid' | 'customer-cap' | 'customer-unavailable'> | 'answer-unavailable';

export type AnswerAnswer =
  | { readonly outcome: 'answered'; readonly body: AnswerBody }
  | { readonly outcome: 'refused'; readonly code: AnswerRefusal }
  | NotWritten;

/** What stands in the store under a key: a refusal, or the sealed body. */
type Kept = { readonly refused: AnswerRefusal } | { readonly sealed: string };

/** How long the first answer is repeated. */
export const ANSWER_DAYS = 90;

/**
 * Answers a question.
 *
 * @throws `ERR_ANSWER_KEY_MISSING`, `ERR_ANSWER_RAW_VALUE`, `ERR_STORE_*`; nothing was answered or recorded
 */
export async function ask(shared: ActShared, request: AnswerRequest): Promise<AnswerAnswer> {
  const { context } = shared;
  const { grant, reference: text } = request;
  // All that asks the database beside the transaction comes before it.
  const named = await openAct(context, request);
  if (named === undefined) return REVOKED;
  const { keys, reference, customer } = named;
  const policy = await context.policies.refresh(context.database);
  const signer = policy.answers === 'mac' ? await newestAnswerKey(context, grant.clientId) : await context.grantKeys.signing();
  const known = customer === undefined ? [] : await readKnownValues(context, [Number(customer)]);
  const guard = createGuard({ key: context.keys.guard, known });
  const check = ({ question, token }: AnswerBody): void => {
    if (guard.scanFields([question, ...saidIn(token, text)]).length > 0) throw fail('ERR_ANSWER_RAW_VALUE');
  };
  return retried(() =>
    context.database.transaction(async (tx) => {
      const begun = await beginWrite<Kept>(tx, request, ['answer', referenceDigest(text), request.question], null);
      if (begun.kind === 'done') return recall(context, begun.body, request);
      if (begun.kind === 'not-written') return begun.answer;
      const facts = await readActFacts(context, tx, { campaign: keys.number, customer, reference });
      const result = await decideAnswer(shared, tx, { request, facts, reference, signer });
      if (result.outcome === 'answered') check(result.body);
      await finishWrite(tx, begun.key, result.outcome === 'answered' ? 200 : 403, keptOf(context, request, result));
      return result;
    }),
  );
}

interface Asking {
  readonly request: AnswerRequest;
  readonly facts: ActFacts;
  readonly reference: ReferenceOpening;
  readonly signer: GrantKey | AnswerKey;
}

type Decided = Extract<AnswerAnswer, { outcome: 'answered' | 'refused' }>;

async function decideAnswer(shared: ActShared, tx: Queryable, asking: Asking): Promise<Decided> {
  const { request, facts } = asking;
  const { grant, question: name } = request;
  const { policy, customer } = facts;
  const question = Object.hasOwn(policy.questions, name) ? policy.questions[name] : undefined;
  const before = question && customer && (await answersBefore(shared.context, tx, facts, name, question));
  const first = before?.same;
  const given = actFacts(grant, facts, first === undefined ? 1 : 0);
  const decision = decideAct(request, facts, { action: 'answer', question: name }, given);
  if (decision.outcome === 'refused') {
    const [other] = policy.purposes[facts.campaign.facts.purpose]?.recipients[grant.clientId]?.answers ?? [];
    const foremost = decision.code === 'question-not-allowed' ? ownLimit(request, facts, { action: 'answer', question: other }) : undefined;
    return refuse(shared, tx, asking, foremost ?? decision);
  }
  // Nothing is allowed without a question, and a customer behind an opened reference; the types cannot say so.
  if (question === undefined || customer === undefined) throw new TypeError('allowed without a question or customer');
  // A threshold that was changed would tell, beside the one before it, where the value lies.
  if (before?.other) return refuse(shared, tx, asking, { code: 'question-not-allowed', rule: `questions.${name}.at_least` });
  const answer = first ?? judge(shared.context, facts, question);
  // The bank signs nothing that it does not know.
  if (answer === undefined) return refuse(shared, tx, asking, { code: 'customer-unknown', rule: `questions.${name}.field` });
  return give(shared, tx, asking, { question, answer, isFirst: first === undefined });
}

async function refuse(
  shared: ActShared,
  tx: Queryable,
  { request, facts }: Asking,
  refused: Pick<Refused, 'code' | 'rule' | 'stickyUntil'>,
): Promise<Decided> {
  const { group, vendorCode } = decisionCodes[refused.code];
  const code = group === 2 && refused.code !== 'question-not-allowed' ? (vendorCode as AnswerRefusal) : 'answer-unavailable';
  const { grant, requestId } = request;
  await recordRefusal(shared, tx, facts, {
    act: 'answer',
    grant,
    requestId,
    refused,
    told: code,
    counts: code === 'answer-unavailable',
  });
  return { outcome: 'refused', code };
}

/** Keeps the first answer, takes its unit of the budget, enters it, signs it. */
async function give(
  { context }: ActShared,
  tx: Queryable,
  { request, facts, signer }: Asking,
  { question, answer, isFirst }: { question: PolicyQuestion; answer: boolean; isFirst: boolean },
): Promise<Decided> {
  const { policy, moment, campaign } = facts;
  const customer = facts.customer as NonNullable<ActFacts['customer']>; // looked at above
  const { grant, reference, question: name, issuer } = request;
  const at = moment.getTime();
  if (isFirst) {
    const id = questionId(name, question);
    // One insert says whether it is the first: who comes second, or before the 90 days are over, changes nothing.
    const [made] = await tx.query(
      `INSERT INTO answer AS a (campaign, customer, question, answer, answered_at, field) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (campaign, customer, question) DO UPDATE SET answer = excluded.answer, answered_at = excluded.answered_at
         WHERE a.answered_at <= $5::timestamptz - interval '${ANSWER_DAYS} days' RETURNING 1`,
      [
        campaign.facts.number,
        customer.customer,
        id,
        context.keys.store.seal(Uint8Array.of(answer ? 1 : 0), placeOf(facts, id)),
        moment,
        fieldId(question.field),
      ],
    );
    if (made === undefined) throw new TypeError('an answer under the customer’s lock that was not there'); // looked for under it
    campaign.authorized++;
    await count(tx, facts, { net: 1 });
  }
  if ('secret' in signer) await holdAnswerKey(tx, signer.kid);
  const token = await signAnswer({ issuer, asker: grant.clientId, reference, question: name, answer, now: at }, signer);
  const [use] = await takeUses(context, tx, [customer.customer]);
  const entry = {
    answer: newId(context, 'answer'),
    subject: use?.subject as Uint8Array, // nothing is allowed about an erased customer
    campaign: campaign.facts.id,
    vendor: grant.clientId,
    purpose: campaign.facts.purpose,
    grant: grant.campaign.identifier,
    question: name,
    signed: `sha256:${hash('sha256', token, 'hex')}`,
    policy: policy.digest,
  };
  await appendEntries(tx, [writeEntry('answer.given', entry, { at, nonce: context.random(16) })]);
  return { outcome: 'answered', body: { question: name, answer, token } };
}

/** What was answered about the same attribute in the last 90 days: to the same question, or under another threshold. */
async function answersBefore(
  context: BankContext,
  tx: Queryable,
  facts: ActFacts,
  name: string,
  question: PolicyQuestion,
): Promise<{ readonly same?: boolean; readonly other: boolean }> {
  const id = questionId(name, question);
  const rows = await tx.query<{ question: string; answer: Uint8Array }>(
    `SELECT question, answer FROM answer
      WHERE campaign = $1 AND customer = $2 AND (question = $3 OR field = $5)
        AND answered_at > $4::timestamptz - interval '${ANSWER_DAYS} days'`,
    [facts.campaign.facts.number, facts.customer?.customer ?? null, id, facts.moment, fieldId(question.field)],
  );
  const row = rows.find((one) => one.question === id);
  if (row === undefined) return { other: rows.length > 0 };
  const opened = context.keys.store.open(row.answer, placeOf(facts, id));
  if (opened === undefined) throw fail('ERR_STORE_CELL', { column: 'answer' });
  return { same: opened[0] === 1, other: false };
}

/** Whether the attribute reaches the threshold; `undefined`: the bank has no number there. */
function judge({ keys }: BankContext, { customer }: ActFacts, { field, atLeast }: PolicyQuestion): boolean | undefined {
  if (customer === undefined || customer.attributes === null) return undefined;
  const attributes = JSON.parse(openCell(keys.store, 'attributes', customer.customer_id, customer.attributes)) as Record<string, unknown>;
  const value = Object.hasOwn(attributes, field) ? attributes[field] : undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number >= atLeast : undefined;
}

/** A question is what it asks: with another threshold it is another one, also under the same name. */
function questionId(name: string, { field, atLeast }: PolicyQuestion): string {
  return digestId('question', name, field, String(atLeast));
}

const fieldId = (field: string): string => digestId('field', field);

/** Where an answer belongs: moved to another row it does not open. */
function placeOf({ campaign, customer }: ActFacts, question: string): Uint8Array {
  return utf8.encode(`answer\x1fanswer\x1f${campaign.facts.number}\x1f${customer?.customer ?? ''}\x1f${question}`);
}

/** An answer tells something of a customer, so that what is kept under a key is sealed as cells are. */
function keptOf(context: BankContext, request: AnswerRequest, result: Decided): Kept {
  if (result.outcome === 'refused') return { refused: result.code };
  const sealed = context.keys.store.seal(utf8.encode(JSON.stringify(result.body)), keptPlace(request));
  return { sealed: Buffer.from(sealed).toString('base64url') };
}

function recall(context: BankContext, kept: Kept, request: AnswerRequest): Decided {
  if ('refused' in kept) return { outcome: 'refused', code: kept.refused };
  const opened = context.keys.store.open(Buffer.from(kept.sealed, 'base64url'), keptPlace(request));
  if (opened === undefined) throw fail('ERR_STORE_CELL', { column: 'answer' });
  return { outcome: 'answered', body: JSON.parse(Buffer.from(opened).toString('utf8')) as AnswerBody };
}

function keptPlace({ grant, idempotencyKey }: AnswerRequest): Uint8Array {
  return utf8.encode(`idempotency\x1fanswer\x1f${digestId('idempotency', grant.clientId, idempotencyKey)}`);
}

/** The texts in a token, for the guard: without the reference, which opened, and without times and signature, which are nobody's. */
function saidIn(token: string, reference: string): string[] {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
  return Object.values(claims).filter((value): value is string => typeof value === 'string' && value !== reference);
}

const utf8 = new TextEncoder();
