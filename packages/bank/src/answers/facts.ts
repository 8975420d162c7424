/**
 * What is known about an act upon one customer by reference, read under its locks: customer before budget, as everywhere.
 * @module
 */
import type { Grant } from '@numbra/grants';
import {
  type CustomerActFacts,
  type CustomerRequest,
  consentKey,
  type Decision,
  decide,
  localDay,
  narrow,
  type Policy,
  type Refused,
} from '@numbra/policy';
import { type CampaignFacts, milliseconds } from '../calls/facts.js';
import { LONGEST_CALL_MS } from '../calls/limits.js';
import { CampaignTally } from '../calls/tally.js';
import type { WriteRequest } from '../calls/writes.js';
import type { CampaignKeys } from '../campaigns/scopes.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';
import { openGivenReference, type ReferenceOpening } from './reference.js';

/** An act upon one customer by reference, as a vendor asks for it. */
export interface ActOrder extends WriteRequest {
  /** `nr1_…`, of the grant's campaign. */
  readonly reference: string;
  /** The bank's address, as in grants. */
  readonly issuer: string;
  readonly requestId: string;
  /** An external decision point did not allow it. */
  readonly denied?: boolean;
}

/** What an act names, looked up beside its transaction and before it. */
export interface NamedCustomer {
  readonly keys: CampaignKeys;
  readonly reference: ReferenceOpening;
  /** Row id; `undefined`: the reference did not open, or stands on no list. */
  readonly customer: bigint | undefined;
}

/** Opens the reference of an act. `undefined`: the grant's campaign is not this vendor's, or is not there. */
export async function openAct(context: BankContext, { grant, reference: text }: ActOrder): Promise<NamedCustomer | undefined> {
  const keys = await context.scopes.of(grant.campaign.campaign);
  if (keys === undefined || keys.vendor !== grant.clientId) return undefined;
  const reference = openGivenReference(keys, text);
  return { keys, reference, customer: await customerOf(context.database, keys.number, reference) };
}

/** The grant of who asks; `WriteRequest` has the same. */
export type AskingGrant = Pick<Grant, 'clientId' | 'issuedAt' | 'actor' | 'campaign'>;

/** A customer as such an act sees it. */
export interface KnownCustomer {
  readonly customer: bigint;
  readonly customer_id: string;
  readonly removed: boolean;
  readonly erased: boolean;
  readonly attributes: Uint8Array | null;
  readonly consent: 'given' | 'none' | 'withdrawn';
  readonly do_not_call: boolean;
  readonly sticky_until: Date | null;
}

export interface ActFacts {
  readonly policy: Policy;
  /** The database's clock, after the locks. */
  readonly moment: Date;
  readonly campaign: CampaignTally;
  readonly token: CustomerActFacts['token'];
  /** Absent: the reference did not open, or was never exported. */
  readonly customer: KnownCustomer | undefined;
}

/** The customer that a reference of a campaign stands for. Members never change customer, so it may be looked up before the lock. */
async function customerOf(queryable: Queryable, campaign: number, reference: ReferenceOpening): Promise<bigint | undefined> {
  if (reference.outcome === 'refused') return undefined;
  const [row] = await queryable.query<{ customer: bigint }>(
    `SELECT m.customer FROM member m
       JOIN campaign_secret w ON w.campaign = m.campaign AND w.generation = m.generation AND w.withdrawn_at IS NULL
      WHERE m.campaign = $1 AND m.r5 = $2 AND m.reference_hash = $3 ORDER BY m.generation DESC LIMIT 1`,
    [campaign, reference.r5, reference.hash],
  );
  return row?.customer;
}

/**
 * Takes the locks and reads the facts, in the transaction of the act.
 *
 * @param reference - its opening; an act that knows its customer already gives `opened` and the customer
 */
export async function readActFacts(
  context: BankContext,
  tx: Queryable,
  { campaign, customer, reference }: { campaign: number; customer: bigint | undefined; reference: Pick<ReferenceOpening, 'outcome'> },
): Promise<ActFacts> {
  if (customer !== undefined) await tx.query('SELECT 1 FROM customer WHERE id = $1 FOR NO KEY UPDATE', [customer]);
  await tx.query('SELECT 1 FROM campaign_budget WHERE campaign = $1 FOR NO KEY UPDATE', [campaign]);
  const policy = await context.policies.refresh(tx);
  const [facts] = await tx.query<CampaignFacts>('SELECT * FROM calls_campaigns($1, $2::text::interval, NULL)', [
    JSON.stringify([{ campaign, concurrent: null }]),
    milliseconds(LONGEST_CALL_MS),
  ]);
  const [{ moment } = { moment: new Date(Number.NaN) }] = await tx.query<{ moment: Date }>('SELECT clock_timestamp() AS moment');
  if (facts === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
  const known = customer === undefined ? undefined : await readCustomer(tx, campaign, customer, consentKey(policy, facts.purpose), moment);
  return {
    policy,
    moment,
    campaign: new CampaignTally(facts, policy, moment.getTime(), 0),
    token: reference.outcome === 'refused' ? (reference as CustomerActFacts['token']) : known ? { outcome: 'opened' } : UNLISTED,
    customer: known,
  };
}

const UNLISTED = { outcome: 'refused', code: 'token-unlisted' } as const;

async function readCustomer(
  tx: Queryable,
  campaign: number,
  customer: bigint,
  consent: string | undefined,
  now: Date,
): Promise<KnownCustomer | undefined> {
  const [row] = await tx.query<KnownCustomer>(
    `SELECT c.id AS customer, c.customer_id, c.erased_at IS NOT NULL AS erased, c.attributes, s.until AS sticky_until,
            NOT EXISTS (SELECT FROM member m WHERE m.campaign = $2 AND m.customer = c.id AND m.removed_at IS NULL) AS removed,
            CASE WHEN o.customer IS NULL THEN 'none' WHEN o.withdrawn_at IS NULL THEN 'given' ELSE 'withdrawn' END AS consent,
            EXISTS (SELECT FROM do_not_call d WHERE d.phone_index = c.phone_index AND d.since <= $4 AND d.until > $4) AS do_not_call
       FROM customer c
       LEFT JOIN consent o ON o.customer = c.id AND o.purpose = $3
       LEFT JOIN sticky_refusal s ON s.campaign = $2 AND s.customer = c.id
      WHERE c.id = $1`,
    [customer, campaign, consent ?? '', now],
  );
  return row;
}

/** What an act asks for, besides what the grant says. */
export type Asked = Pick<CustomerRequest, 'action'> & {
  readonly [M in 'question' | 'fields' | 'recipient']?: CustomerRequest[M] | undefined;
};

/** What `decide` is asked: the grant can only narrow. */
export function actRequest(grant: AskingGrant, { campaign: { terms, facts }, moment }: ActFacts, asked: Asked): CustomerRequest {
  const { window, budget, actions } = grant.campaign;
  // The grant's last day is one more end of the campaign.
  const over = window.until !== undefined && localDay(window.tz, moment.getTime()) > window.until;
  const { action, question, fields, recipient } = asked;
  return {
    action,
    ...(question !== undefined && { question }),
    ...(fields !== undefined && { fields }),
    ...(recipient !== undefined && { recipient }),
    purpose: facts.purpose,
    vendor: grant.clientId,
    campaign: over ? { ...terms, closesAt: moment.getTime() } : terms,
    ...(grant.actor !== undefined && { agent: grant.actor }),
    agentGrant: grant.actor !== undefined,
    grant: { actions, perCustomer: budget.per_customer, perAgentPerHour: budget.per_agent_per_hour },
  };
}

/**
 * The facts that `decide` looks at.
 *
 * @param takes - units of the campaign's budget that the act takes, 0 or 1: what takes none is not held up by a budget that is used
 */
export function actFacts(grant: AskingGrant, { campaign, token, customer }: ActFacts, takes: 0 | 1): CustomerActFacts {
  const { budget_calls: budgetCalls, state, acknowledged } = campaign.facts;
  const used = budgetCalls - campaign.remaining;
  return {
    campaignState: state,
    budgetRemaining: takes === 0 ? 1 : Math.min(campaign.remaining, grant.campaign.budget.calls - used),
    concurrentCalls: 0,
    refusalsToday: campaign.refusedToday,
    authorizedToday: campaign.authorizedToday,
    acknowledged,
    token,
    ...(customer !== undefined && {
      callsThisCampaign: 0,
      customer: {
        consent: customer.consent,
        doNotCall: customer.do_not_call,
        erased: customer.erased,
        removed: customer.removed,
        ...(customer.sticky_until !== null && { stickyUntil: customer.sticky_until.getTime() }),
      },
    }),
  };
}

/** What the policy says of an act, narrowed by the external decision point where that one was asked. */
export function decideAct(
  { grant, denied }: Pick<ActOrder, 'grant' | 'denied'>,
  facts: ActFacts,
  asked: Asked,
  given: CustomerActFacts = actFacts(grant, facts, 1),
): Decision {
  return narrow(decide(actRequest(grant, facts, asked), facts.policy, given, facts.moment.getTime()), denied !== true);
}

/**
 * The vendor's own limit that an allowed act about an unknown reference would meet now, a denial from elsewhere too, or `undefined`. What
 * may not be asked refuses as an unknown reference does: so it must stand behind the vendor's own limits, as a reference does, or the two
 * would differ as soon as one of them is reached.
 *
 * @param allowed - an act that the policy allows
 */
export function ownLimit(order: Pick<ActOrder, 'grant' | 'denied'>, facts: ActFacts, allowed: Asked): Refused | undefined {
  const decision = decideAct(order, facts, allowed, { ...actFacts(order.grant, facts, 1), token: UNLISTED });
  return decision.outcome === 'refused' && decision.group === 2 && !SCOPE_CODES.has(decision.code) ? decision : undefined;
}

/**
 * That it is outside the hours in which customers of this campaign are reached, or `undefined`: for an act that reaches one without a call.
 * It is about nobody in particular, so it stands before everything that is.
 */
export function outsideHours(grant: AskingGrant, facts: ActFacts): Refused | undefined {
  const unknown = { ...actFacts(grant, facts, 1), token: UNLISTED };
  const decision = decide(actRequest(grant, facts, { action: 'dial' }), facts.policy, unknown, facts.moment.getTime());
  return decision.outcome === 'refused' && HOURS_CODES.has(decision.code) ? decision : undefined;
}

const HOURS_CODES: ReadonlySet<string> = new Set(['outside-window', 'calendar-year-unknown']);
const SCOPE_CODES: ReadonlySet<string> = new Set(['question-not-allowed', 'recipient-not-allowed', 'field-not-allowed']);
