/**
 * Confirming a handover: the agent relays the code that the customer read out. What is wrong with it, or that it comes too late, is one
 * answer; each wrong one counts against the campaign's refusals of the day, so that guessing over many customers ends too.
 * @module
 */
import { decide } from '@numbra/policy';
import { type ActFacts, actFacts, actRequest, readActFacts } from '../answers/facts.js';
import { type ActShared, count, countRefusal, recordRefusal } from '../answers/record.js';
import { retried } from '../answers/retried.js';
import type { NotWritten } from '../calls/answer.js';
import { beginWrite, finishWrite, type WriteRequest } from '../calls/writes.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import { type HandoverRefusal, handoverOf, handoverRefusal } from './begin.js';
import { hashCode, isCode, MOST_WRONG_CODES } from './code.js';
import { sealFields } from './fields.js';
import { type HandoverBody, type HandoverState, viewOf } from './read.js';
import { findRecipient } from './recipients.js';
import { enterStep } from './step.js';

export interface ConfirmationRequest extends WriteRequest {
  readonly handoverId: string;
  /** As the customer read it out. */
  readonly code: string;
  /** The bank's address, as in grants. */
  readonly issuer: string;
  readonly requestId: string;
}

export type ConfirmationRefusal = Exclude<HandoverRefusal, 'handover-unavailable'> | 'code-refused';

export type ConfirmationAnswer =
  | { readonly outcome: 'confirmed'; readonly body: HandoverBody }
  /** `code-refused`: wrong, too late, or once too often; or the customer may no longer be handed over. */
  | {
      readonly outcome: 'refused';
      readonly code: ConfirmationRefusal;
      /** That this ended the handover as `lapsed`: one wrong code too many. Absent: it did not, or was answered before. */
      readonly lapsed?: true;
    }
  /** No such handover, or another vendor's: one answer. */
  | { readonly outcome: 'not-found' }
  | NotWritten;

interface Row {
  readonly id: string;
  readonly campaign: number;
  readonly customer: bigint;
  readonly recipient: string;
  readonly state: HandoverState;
  readonly code_hash: Uint8Array | null;
  readonly code_until: Date | null;
  readonly wrong_codes: number;
}

type Kept = { readonly refused: ConfirmationRefusal } | { readonly handover_id: string };
type Decided = Extract<ConfirmationAnswer, { outcome: 'confirmed' | 'refused' }>;

/** Confirms a handover. */
export async function confirmHandover(shared: ActShared, request: ConfirmationRequest): Promise<ConfirmationAnswer> {
  const { context } = shared;
  const { grant, handoverId: id, code } = request;
  const [known] = await context.database.query<{ campaign: number; customer: bigint }>(
    `SELECT h.campaign, h.customer FROM handover h JOIN campaign c ON c.number = h.campaign WHERE h.id = $1 AND h.vendor = $2 AND c.id = $3`,
    [id, grant.clientId, grant.campaign.campaign],
  );
  if (known === undefined) return { outcome: 'not-found' };
  const signer = await context.grantKeys.signing();
  // Keyed: a plain hash of six digits, which every key's row would hold, is the code.
  const asked = Buffer.from(hashCode(context, id, code)).toString('hex');
  return retried(() =>
    context.database.transaction(async (tx) => {
      const begun = await beginWrite<Kept>(tx, request, ['confirmation', id, asked], null);
      if (begun.kind === 'done') return recall(tx, begun.body);
      if (begun.kind === 'not-written') return begun.answer;
      const facts = await readActFacts(context, tx, { ...known, reference: { outcome: 'opened' } });
      const [row] = await tx.query<Row>(
        'SELECT id, campaign, customer, recipient, state, code_hash, code_until, wrong_codes FROM handover WHERE id = $1 FOR UPDATE',
        [id],
      );
      if (row === undefined) throw new TypeError('a handover without a row'); // it was there above, and is deleted long after it ended
      const result = await judge(shared, tx, request, facts, row, signer);
      await finishWrite(
        tx,
        begun.key,
        result.outcome === 'confirmed' ? 200 : 403,
        result.outcome === 'confirmed' ? { handover_id: id } : { refused: result.code },
      );
      return result;
    }),
  );
}

async function recall(tx: Queryable, kept: Kept): Promise<ConfirmationAnswer> {
  if ('refused' in kept) return { outcome: 'refused', code: kept.refused };
  return { outcome: 'confirmed', body: (await viewOf(tx, kept.handover_id)) as HandoverBody };
}

const REFUSED = { outcome: 'refused', code: 'code-refused' } as const satisfies Decided;

/** The customer agreed already. */
const SETTLED: ReadonlySet<string> = new Set<HandoverState>(['confirmed', 'delivered', 'undelivered']);

async function judge(
  shared: ActShared,
  tx: Queryable,
  request: ConfirmationRequest,
  facts: ActFacts,
  row: Row,
  signer: Parameters<typeof sealFields>[2]['signer'],
): Promise<Decided> {
  const { context } = shared;
  const { grant, requestId } = request;
  const { policy, moment, campaign } = facts;
  // What has changed since it began counts: consent withdrawn, campaign closed, recipient no longer named.
  const handover = handoverOf(policy, campaign.facts.purpose, grant.clientId);
  const asked = { action: 'handover', fields: handover?.fields ?? [], recipient: row.recipient } as const;
  const decision = decide(actRequest(grant, facts, asked), policy, actFacts(grant, facts, 0), moment.getTime());
  if (decision.outcome === 'refused') {
    const own = handoverRefusal(decision.code);
    const told = own === 'handover-unavailable' ? 'code-refused' : (own as ConfirmationRefusal);
    const refusal = { act: 'handover', grant, requestId, refused: decision, told, counts: told === 'code-refused' } as const;
    await recordRefusal(shared, tx, facts, refusal);
    return { outcome: 'refused', code: told };
  }
  // Its vendor could have looked: no code is judged, and none is counted.
  if (SETTLED.has(row.state)) return { outcome: 'confirmed', body: { handover_id: row.id, state: row.state } };
  const about = {
    handover: row.id,
    customer: row.customer,
    campaign: campaign.facts.id,
    vendor: grant.clientId,
    recipient: row.recipient,
    purpose: campaign.facts.purpose,
    grant: grant.campaign.identifier,
    agent: grant.actor,
    policy: policy.digest,
  };
  const live = row.state === 'confirming' && row.code_hash !== null && row.code_until !== null && row.code_until > moment;
  const recipient = await findRecipient(tx, row.recipient);
  if (!live || recipient === undefined || handover === undefined || !isCode(context, row.id, request.code, row.code_hash as Uint8Array)) {
    const alerts = countRefusal(context, facts, grant.campaign.identifier);
    await count(tx, facts, { net: 0 });
    let ended = false;
    if (live) {
      const [{ state } = { state: row.state }] = await tx.query<{ state: string }>(
        `UPDATE handover SET wrong_codes = wrong_codes + 1,
                state = CASE WHEN wrong_codes + 1 >= $2 THEN 'lapsed' ELSE state END,
                code_hash = CASE WHEN wrong_codes + 1 >= $2 THEN NULL ELSE code_hash END,
                settled_at = CASE WHEN wrong_codes + 1 >= $2 THEN $3::timestamptz END
          WHERE id = $1 RETURNING state`,
        [row.id, MOST_WRONG_CODES, moment],
      );
      await enterStep(context, tx, { ...about, step: 'code-wrong' }, moment);
      ended = state === 'lapsed';
      if (ended) await enterStep(context, tx, { ...about, step: 'lapsed' }, moment);
    }
    if (alerts.length > 0) await appendEntries(tx, alerts);
    return { ...REFUSED, ...(ended && { lapsed: true }) };
  }
  const order = { handover: row.id, customer: row.customer, fields: handover.fields, recipient, issuer: request.issuer, signer };
  const sealed = await sealFields(context, tx, { ...order, now: moment.getTime() });
  await tx.query(
    `UPDATE handover SET state = 'confirmed', code_hash = NULL, confirmed_at = $2, sealed = $3, url = $4, next_at = $2 WHERE id = $1`,
    [row.id, moment, sealed, recipient.url],
  );
  await enterStep(context, tx, { ...about, step: 'confirmed', by: 'code', fields: handover.fields, sealed }, moment);
  return { outcome: 'confirmed', body: { handover_id: row.id, state: 'confirmed' } };
}
