/**
 * Numbra as a decision point for others (AuthZEN Authorization API 1.0): may this vendor act for this campaign now, may this person of the
 * bank look customers up for this purpose? Answered from the policy in force and the campaign as it stands.
 *
 * No evaluation names a customer, so "yes" says that policy, campaign, hours and budget allow the act, not that a certain customer may be
 * reached: that is decided at the act itself, under its locks. Nothing is reserved or counted by asking.
 * @module
 * @see https://openid.net/specs/authorization-api-1_0.html
 */
import {
  type AskedAct,
  answerEvaluations,
  askedAct,
  type CustomerActFacts,
  type Decision,
  type DecisionRequest,
  decide,
  type Evaluation,
  type EvaluationResponse,
  type Policy,
  responseOf,
} from '@numbra/policy';
import { type CampaignFacts, concurrentLimit, milliseconds } from '../calls/facts.js';
import { LONGEST_CALL_MS } from '../calls/limits.js';
import { CampaignTally } from '../calls/tally.js';
import type { BankContext } from '../context.js';
import { momentOf } from '../lookups/record.js';
import type { Queryable } from '../store/database.js';

/** Who asks. A vendor is answered about itself and one campaign, with the codes that a vendor may see; the bank about anything, exactly. */
export type EvaluationAsker =
  | { readonly audience: 'bank' }
  | { readonly audience: 'vendor'; readonly vendor: string; readonly campaign: string; readonly actions: readonly string[] };

export type EvaluationAnswer = EvaluationResponse | { readonly evaluations: readonly EvaluationResponse[] };

/** The answer to a question that is about nothing of ours, or about somebody else. */
const NO: EvaluationResponse = Object.freeze({ decision: false });

/**
 * Answers one evaluation, or a batch with `evaluations`.
 *
 * @param body - parsed JSON
 * @throws `ERR_AUTHZEN_MALFORMED`
 */
export async function evaluate(context: BankContext, body: unknown, asker: EvaluationAsker): Promise<EvaluationAnswer> {
  const { database } = context;
  const policy = await context.policies.refresh(database);
  const asked = new Map<string, AskedAct>();
  // The first pass finds what is asked; nothing ends it early.
  answerEvaluations(everything(body), (evaluation) => {
    const act = askedAct(evaluation);
    if (act !== undefined && isFor(act, asker)) asked.set(keyOf(evaluation), act);
    return NO;
  });
  const now = context.clock();
  const answers = new Map<string, EvaluationResponse>();
  const campaigns = new Map<string, CampaignFacts | undefined>();
  for (const [key, act] of asked) {
    if (act.campaign !== undefined && !campaigns.has(act.campaign))
      campaigns.set(act.campaign, await campaignOf(database, policy, act.campaign));
    const facts = act.campaign === undefined ? undefined : campaigns.get(act.campaign);
    const decision =
      act.person === undefined
        ? decideVendor(act, facts, { policy, now, asker })
        : await decidePerson(database, { ...act, person: act.person }, policy, now);
    if (decision !== undefined) answers.set(key, responseOf(decision, asker.audience));
  }
  return answerEvaluations(body, (evaluation) => answers.get(keyOf(evaluation)) ?? NO);
}

function everything(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const { options, ...rest } = body as Record<string, unknown>;
  return options === undefined ? rest : { ...rest, options: { ...(options as object), evaluations_semantic: 'execute_all' } };
}

const keyOf = (evaluation: Evaluation): string => JSON.stringify(evaluation);

function isFor(act: AskedAct, asker: EvaluationAsker): boolean {
  return asker.audience === 'bank' || (act.person === undefined && act.vendor === asker.vendor && act.campaign === asker.campaign);
}

async function campaignOf(queryable: Queryable, policy: Policy, id: string): Promise<CampaignFacts | undefined> {
  const [known] = await queryable.query<{ number: number; purpose: string }>('SELECT number, purpose FROM campaign WHERE id = $1', [id]);
  if (known === undefined) return undefined;
  const [facts] = await queryable.query<CampaignFacts>('SELECT * FROM calls_campaigns($1, $2::text::interval, NULL)', [
    JSON.stringify([{ campaign: known.number, concurrent: concurrentLimit(policy, known.purpose) }]),
    milliseconds(LONGEST_CALL_MS),
  ]);
  return facts;
}

interface Judging {
  readonly policy: Policy;
  readonly now: number;
  readonly asker: EvaluationAsker;
}

/** `undefined`: there is no such campaign of this vendor and purpose. */
function decideVendor(act: AskedAct, facts: CampaignFacts | undefined, { policy, now, asker }: Judging): Decision | undefined {
  if (facts === undefined || facts.vendor !== act.vendor || facts.purpose !== act.purpose) return undefined;
  const tally = new CampaignTally(facts, policy, now, 0);
  const { campaign: _name, person: _person, ...asked } = act;
  const request = {
    ...asked,
    campaign: tally.terms,
    ...(act.agent !== undefined && { agentGrant: true }),
    ...(asker.audience === 'vendor' && { grant: { actions: asker.actions } }),
  } as DecisionRequest;
  return decide(request, policy, { ...factsOf(tally, act, policy), rows: 0, approvals: 0 } as CustomerActFacts, now);
}

/** What is known of the campaign; of a customer, what never refuses. */
function factsOf(tally: CampaignTally, { agent, purpose }: AskedAct, policy: Policy): CustomerActFacts {
  return {
    campaignState: tally.facts.state,
    budgetRemaining: tally.remaining,
    ...(agent !== undefined && { agentCallsLastHour: 0 }),
    concurrentCalls: tally.underWay,
    refusalsToday: tally.refusedToday,
    authorizedToday: tally.authorizedToday,
    acknowledged: tally.facts.acknowledged,
    token: { outcome: 'opened' },
    callsThisCampaign: 0,
    customer: { consent: 'given', doNotCall: false, capCounts: (policy.purposes[purpose]?.customerCaps ?? []).map(() => 0) },
  };
}

/** Nobody can show an approval here, so what takes two people is answered no. */
async function decidePerson(
  queryable: Queryable,
  { action, purpose, vendor, person, fields }: AskedAct & { readonly person: string },
  policy: Policy,
  now: number,
): Promise<Decision | undefined> {
  if (action !== 'lookup' && action !== 'open') return undefined;
  const [row] = await queryable.query<{ shown: number }>(
    'SELECT shown FROM lookup_budget WHERE person = $1 AND purpose = $2 AND day = $3',
    [person, purpose, momentOf(policy, now).day],
  );
  const request = { action, purpose, vendor, person, ...(fields !== undefined && { fields }) };
  return decide(request, policy, { lookupsToday: row?.shown ?? 0, approvals: 0 }, now);
}
