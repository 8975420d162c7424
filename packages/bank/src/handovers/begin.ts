/**
 * Beginning a handover: the vendor names a reference and a recipient of the policy's list, and the customer is asked by a code that the bank
 * sends, or was asked before (consent that the bank holds, where the policy lets it stand in).
 *
 * ```
 * elsewhere      the external decision point, where there is one: answers/ask-elsewhere.ts
 * known key?     answered as before                                       idempotency
 * locks          customer → budget; facts; hours; policy.decide           one transaction
 * allowed        one unit of the budget; consent held: fields sealed, waiting to be sent
 *                else: a code; the message goes out after COMMIT, once
 * refused        record, entry, count; the vendor hears one word for reference, recipient and customer
 * ```
 * @module
 */
import type { Phone, Sensitive } from '@numbra/core';
import type { GrantKey } from '@numbra/grants';
import { decisionCodes, type Policy, type Refused, type Release, type VendorCode } from '@numbra/policy';
import { type ActFacts, type ActOrder, decideAct, openAct, outsideHours, ownLimit, readActFacts } from '../answers/facts.js';
import { type ActShared, count, recordRefusal } from '../answers/record.js';
import { referenceDigest } from '../answers/reference.js';
import { retried } from '../answers/retried.js';
import { type NotWritten, REVOKED } from '../calls/answer.js';
import { beginWrite, finishWrite } from '../calls/writes.js';
import { fail } from '../errors.js';
import { openCell } from '../store/cells.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';
import { phoneOf } from '../store/open-column.js';
import { CODE_MINUTES, codeText, fieldTitle, hashCode, MOST_CODES_A_DAY, newCode } from './code.js';
import { sealFields } from './fields.js';
import type { MessageText } from './message-carrier.js';
import { type HandoverBody, viewOf } from './read.js';
import { findRecipient, type Recipient } from './recipients.js';
import { enterStep } from './step.js';

export interface HandoverRequest extends ActOrder {
  /** As the policy names it. */
  readonly recipient: string;
}

/** What a vendor hears of a refusal: its own limits by name; everything about reference, recipient or customer as one. */
export type HandoverRefusal = Exclude<VendorCode, 'token-invalid' | 'customer-cap' | 'customer-unavailable'> | 'handover-unavailable';

export type HandoverAnswer =
  | {
      readonly outcome: 'started';
      readonly body: HandoverBody;
      /** Handovers that this ended as `lapsed`: another code took their place, or its own never went out. Absent: none, or answered before. */
      readonly lapsed?: number;
    }
  | { readonly outcome: 'refused'; readonly code: HandoverRefusal }
  | NotWritten;

/** The message to the customer that a handover waits for. */
export interface CodeOrder {
  readonly handover: string;
  readonly number: Sensitive<Phone>;
  readonly text: MessageText;
}

export interface BegunHandover {
  readonly answer: HandoverAnswer;
  /** To be sent now, once: the code stands nowhere else. */
  readonly code?: CodeOrder;
}

type Kept = { readonly refused: HandoverRefusal } | { readonly handover_id: string };

/**
 * Begins a handover.
 *
 * @param canSend - the process that asks has a message carrier
 * @throws `ERR_MESSAGE_CARRIER_MISSING`, `ERR_STORE_*`; nothing was begun
 */
export async function beginHandover(shared: ActShared, request: HandoverRequest, canSend: boolean): Promise<BegunHandover> {
  const { context } = shared;
  const { reference: text, recipient } = request;
  const named = await openAct(context, request);
  if (named === undefined) return { answer: REVOKED };
  const { keys, reference, customer } = named;
  const signer = await context.grantKeys.signing();
  return retried(() =>
    context.database.transaction(async (tx) => {
      const begun = await beginWrite<Kept>(tx, request, ['handover', referenceDigest(text), recipient], null);
      if (begun.kind === 'done') return { answer: await recall(tx, begun.body) };
      if (begun.kind === 'not-written') return { answer: begun.answer };
      const facts = await readActFacts(context, tx, { campaign: keys.number, customer, reference });
      const result = await decideHandover(shared, tx, { request, facts, signer, canSend });
      const { answer } = result;
      await finishWrite(
        tx,
        begun.key,
        answer.outcome === 'started' ? 201 : 403,
        answer.outcome === 'started' ? { handover_id: answer.body.handover_id } : { refused: answer.code },
      );
      return result;
    }),
  );
}

async function recall(tx: Queryable, kept: Kept): Promise<HandoverAnswer> {
  if ('refused' in kept) return { outcome: 'refused', code: kept.refused };
  const body = await viewOf(tx, kept.handover_id);
  if (body === undefined) throw new TypeError('a handover without a row'); // they are never deleted before their keys
  return { outcome: 'started', body };
}

interface Asking {
  readonly request: HandoverRequest;
  readonly facts: ActFacts;
  readonly signer: GrantKey;
  readonly canSend: boolean;
}

interface Decided extends BegunHandover {
  readonly answer: Extract<HandoverAnswer, { outcome: 'started' | 'refused' }>;
}

type Handover = NonNullable<Release['handover']>;

/** What the policy lets a vendor have passed on; `undefined`: nothing. */
export function handoverOf(policy: Policy, purpose: string, vendor: string): Handover | undefined {
  return policy.purposes[purpose]?.recipients[vendor]?.handover;
}

async function decideHandover(shared: ActShared, tx: Queryable, asking: Asking): Promise<Decided> {
  const { request, facts } = asking;
  const { grant, recipient: name } = request;
  const { policy, customer, campaign } = facts;
  const hours = outsideHours(grant, facts);
  if (hours !== undefined) return refuse(shared, tx, asking, hours);
  const handover = handoverOf(policy, campaign.facts.purpose, grant.clientId);
  const consented =
    customer !== undefined && handover?.consent !== undefined && (await holdsConsent(tx, customer.customer, handover.consent));
  const asked = { action: 'handover', fields: handover?.fields ?? [], recipient: name } as const;
  const decision = decideAct(request, facts, asked);
  const recipient = decision.outcome === 'allowed' ? await findRecipient(tx, name) : undefined;
  if (decision.outcome === 'refused' || recipient === undefined) {
    const refused = decision.outcome === 'refused' ? decision : NOT_REGISTERED;
    const byName = refused.code === 'recipient-not-allowed';
    const foremost = byName ? ownLimit(request, facts, { ...asked, recipient: handover?.to[0] }) : undefined;
    return refuse(shared, tx, asking, foremost ?? refused);
  }
  // Nothing is allowed without fields, and a customer behind an opened reference; the types cannot say so.
  if (handover === undefined || customer === undefined) throw new TypeError('allowed without a customer');
  const begun = { ...asking, handover, customer, recipient };
  return consented ? passOn(shared, tx, begun) : askCustomer(shared, tx, begun);
}

const NOT_REGISTERED = { code: 'recipient-not-allowed', rule: 'recipients' } as const;

async function holdsConsent(tx: Queryable, customer: bigint, consent: string): Promise<boolean> {
  const rows = await tx.query('SELECT FROM consent WHERE customer = $1 AND purpose = $2 AND withdrawn_at IS NULL', [customer, consent]);
  return rows.length > 0;
}

async function refuse(
  shared: ActShared,
  tx: Queryable,
  { request, facts }: Asking,
  refused: Pick<Refused, 'code' | 'rule' | 'stickyUntil'>,
): Promise<Decided> {
  const code = handoverRefusal(refused.code) as HandoverRefusal;
  const { grant, requestId } = request;
  const counts = code === 'handover-unavailable';
  await recordRefusal(shared, tx, facts, { act: 'handover', grant, requestId, refused, told: code, counts });
  return { answer: { outcome: 'refused', code } };
}

/** The vendor's word for a refusal. */
export function handoverRefusal(code: Refused['code']): string {
  const { group, vendorCode } = decisionCodes[code];
  const own = group === 2 && code !== 'recipient-not-allowed' && code !== 'field-not-allowed';
  return own ? vendorCode : 'handover-unavailable';
}

interface Begun extends Asking {
  readonly handover: Handover;
  readonly customer: NonNullable<ActFacts['customer']>;
  readonly recipient: Recipient;
}

function stepsOf({ request, facts, recipient, customer }: Begun, id: string) {
  const { grant } = request;
  return {
    handover: id,
    customer: customer.customer,
    campaign: facts.campaign.facts.id,
    vendor: grant.clientId,
    recipient: recipient.id,
    purpose: facts.campaign.facts.purpose,
    grant: grant.campaign.identifier,
    agent: grant.actor,
    policy: facts.policy.digest,
  };
}

/** The customer agreed before: the fields wait to be sent. */
async function passOn({ context }: ActShared, tx: Queryable, begun: Begun): Promise<Decided> {
  const { request, facts, signer, handover, customer, recipient } = begun;
  const id = newId(context, 'handover');
  const order = { handover: id, customer: customer.customer, fields: handover.fields, recipient, issuer: request.issuer, signer };
  const sealed = await sealFields(context, tx, { ...order, now: facts.moment.getTime() });
  await insert(tx, begun, id, { state: 'confirmed', sealed, url: recipient.url });
  facts.campaign.authorized++;
  await count(tx, facts, { net: 1 });
  await enterStep(context, tx, { ...stepsOf(begun, id), step: 'started' }, facts.moment);
  const confirmed = { step: 'confirmed', by: 'consent', consent: handover.consent, fields: handover.fields, sealed } as const;
  await enterStep(context, tx, { ...stepsOf(begun, id), ...confirmed }, facts.moment);
  return { answer: { outcome: 'started', body: { handover_id: id, state: 'confirmed' } } };
}

/** The customer is asked, by a code. */
async function askCustomer(shared: ActShared, tx: Queryable, begun: Begun): Promise<Decided> {
  const { context } = shared;
  const { facts, handover, customer, recipient, canSend } = begun;
  const { policy, moment, campaign } = facts;
  const [row] = await tx.query<{ phone: Uint8Array | null; codes: number }>(
    `SELECT c.phone, (SELECT count(*)::integer FROM handover h
                       WHERE h.customer = c.id AND h.code_until IS NOT NULL AND h.started_at > $2::timestamptz - interval '1 day') AS codes
       FROM customer c WHERE c.id = $1`,
    [customer.customer, moment],
  );
  if (row === undefined || row.phone === null) return refuse(shared, tx, begun, { code: 'customer-unknown', rule: 'built-in.phone' });
  // A message reaches a person as a call does.
  if (customer.do_not_call) return refuse(shared, tx, begun, { code: 'do-not-call', rule: 'built-in.do-not-call' });
  if (row.codes >= MOST_CODES_A_DAY) return refuse(shared, tx, begun, { code: 'cap-all-vendors', rule: 'built-in.handover-codes' });
  if (!canSend) throw fail('ERR_MESSAGE_CARRIER_MISSING');
  const id = newId(context, 'handover');
  const code = newCode(context);
  // A second code takes the place of the first: one is asked for at a time.
  const replaced = await tx.query<{ id: string; recipient: string }>(
    `UPDATE handover SET state = 'lapsed', code_hash = NULL, settled_at = $3
      WHERE campaign = $1 AND customer = $2 AND state = 'confirming' RETURNING id, recipient`,
    [campaign.facts.number, customer.customer, moment],
  );
  const of = { customer: customer.customer, campaign: campaign.facts.id, vendor: campaign.facts.vendor };
  for (const { id: handover, recipient: to } of replaced)
    await enterStep(context, tx, { handover, ...of, recipient: to, step: 'lapsed' }, moment);
  await insert(tx, begun, id, { state: 'confirming', codeHash: hashCode(context, id, code) });
  campaign.authorized++;
  await count(tx, facts, { net: 1 });
  await enterStep(context, tx, { ...stepsOf(begun, id), step: 'started' }, moment);
  const titles = handover.fields.map((name) => fieldTitle(name, policy.fields[name]?.title));
  return {
    answer: { outcome: 'started', body: { handover_id: id, state: 'confirming' }, ...(replaced.length > 0 && { lapsed: replaced.length }) },
    code: {
      handover: id,
      number: phoneOf(openCell(context.keys.store, 'phone', customer.customer_id, row.phone)),
      text: codeText({ bank: context.name, code, recipient: recipient.title, fields: titles }),
    },
  };
}

interface NewHandover {
  readonly state: 'confirming' | 'confirmed';
  readonly codeHash?: Uint8Array;
  readonly sealed?: string;
  readonly url?: string;
}

async function insert(tx: Queryable, begun: Begun, id: string, { state, codeHash, sealed, url }: NewHandover): Promise<void> {
  const { request, facts, customer, recipient } = begun;
  const { number, purpose } = facts.campaign.facts;
  const { moment } = facts;
  const until = codeHash === undefined ? null : new Date(moment.getTime() + CODE_MINUTES * 60_000);
  const waits = state === 'confirmed' ? moment : null;
  await tx.query(
    `INSERT INTO handover (id, campaign, customer, vendor, purpose, recipient, grant_id, state, code_hash, code_until, started_at, confirmed_at, sealed, url, next_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $12)`,
    [
      id,
      number,
      customer.customer,
      request.grant.clientId,
      purpose,
      recipient.id,
      request.grant.campaign.identifier,
      state,
      codeHash ?? null,
      until,
      moment,
      waits,
      sealed ?? null,
      url ?? null,
    ],
  );
}
