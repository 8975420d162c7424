/**
 * AuthZEN Authorization API 1.0, as pure translations: Numbra answers evaluations, and may ask an external decision point, which can only
 * narrow. No customer, token or reference is part of either message: what is asked is whether a vendor may act for a purpose at all.
 *
 *     subject   { type: "vendor", id }                 or { type: "person", id, properties: { desk } }
 *     action    { name: "dial", properties?: { fields, question, recipient } }
 *     resource  { type: "campaign", id, properties: { purpose } }          or { type: "purpose", id }
 *     context   { agent? }
 *
 * @see https://openid.net/specs/authorization-api-1_0.html
 * @module
 */
import { type Decision, refuse, vendorView } from '../decide/decision.js';
import { ACTIONS, type Action, type CampaignTerms, type CustomerRequest, type DeskRequest, type ListRequest } from '../decide/request.js';
import { PolicyError } from '../errors.js';

type Properties = Readonly<Record<string, unknown>>;

export interface Entity {
  readonly type: string;
  readonly id: string;
  readonly properties?: Properties;
}

export interface Evaluation {
  readonly subject: Entity;
  readonly action: { readonly name: string; readonly properties?: Properties };
  readonly resource: Entity;
  readonly context?: Properties;
}

export interface EvaluationResponse {
  readonly decision: boolean;
  readonly context?: Properties;
}

/** What an evaluation asks, in our words; the caller adds the campaign's terms and the facts. */
export interface AskedAct {
  readonly action: Action;
  readonly purpose: string;
  /** The vendor, or for the bank's own people their desk. */
  readonly vendor: string;
  readonly campaign?: string;
  readonly person?: string;
  readonly agent?: string;
  readonly fields?: readonly string[];
  readonly question?: string;
  readonly recipient?: string;
}

/** Of a campaign, its name is enough. */
type NamedCampaign<R> = Omit<R, 'campaign'> & { readonly campaign: Pick<CampaignTerms, 'id'> };

/** What can be asked elsewhere: every request, its campaign by name. */
export type AskableRequest = NamedCampaign<CustomerRequest> | NamedCampaign<ListRequest> | DeskRequest;

/** The evaluation that asks what a request asks, for an external decision point. */
export function evaluationOf(request: AskableRequest): Evaluation {
  const { action, purpose, vendor } = request;
  const { question, recipient } = request as { question?: string; recipient?: string };
  const properties = {
    ...(request.fields && { fields: request.fields }),
    ...(question !== undefined && { question }),
    ...(recipient !== undefined && { recipient }),
  };
  const act = { name: action, ...(Object.keys(properties).length > 0 && { properties }) };
  if ('person' in request)
    return {
      subject: { type: 'person', id: request.person, properties: { desk: vendor } },
      action: act,
      resource: { type: 'purpose', id: purpose },
    };
  const { agent } = request as { agent?: string };
  return {
    subject: { type: 'vendor', id: vendor },
    action: act,
    resource: { type: 'campaign', id: request.campaign.id, properties: { purpose } },
    ...(agent !== undefined && { context: { agent } }),
  };
}

/** What an evaluation asks of Numbra, or `undefined` when it is about something else: then the answer is no. */
export function askedAct({ subject, action, resource, context }: Evaluation): AskedAct | undefined {
  const name = ACTIONS.find((known) => known === action.name);
  if (name === undefined) return undefined;
  const { fields, question, recipient } = action.properties ?? {};
  if (fields !== undefined && !isTexts(fields)) return undefined;
  const asked = {
    action: name,
    ...(fields !== undefined && { fields }),
    ...(typeof question === 'string' && { question }),
    ...(typeof recipient === 'string' && { recipient }),
  };
  if (subject.type === 'person' && resource.type === 'purpose') {
    const desk = subject.properties?.desk;
    return typeof desk === 'string' ? { ...asked, purpose: resource.id, vendor: desk, person: subject.id } : undefined;
  }
  const purpose = resource.properties?.purpose;
  if (subject.type !== 'vendor' || resource.type !== 'campaign' || typeof purpose !== 'string') return undefined;
  const agent = context?.agent;
  return { ...asked, purpose, vendor: subject.id, campaign: resource.id, ...(typeof agent === 'string' && { agent }) };
}

/**
 * A decision as an AuthZEN response.
 *
 * @param audience - `vendor` learns the vendor code and no more; `bank` learns code, rule and policy
 */
export function responseOf(decision: Decision, audience: 'bank' | 'vendor'): EvaluationResponse {
  if (decision.outcome === 'allowed')
    return audience === 'bank' ? { decision: true, context: { rule: decision.rule, policy: decision.policy } } : { decision: true };
  const { code, sentence } = audience === 'vendor' ? vendorView(decision) : decision;
  const reason = { [audience === 'vendor' ? 'reason_user' : 'reason_admin']: { en: sentence } };
  return {
    decision: false,
    context: { id: code, ...reason, ...(audience === 'bank' && { rule: decision.rule, policy: decision.policy }) },
  };
}

/** Whether an external decision point allows. Anything that is not plainly yes is no. */
export function permits(response: unknown): boolean {
  return isRecord(response) && response.decision === true;
}

/**
 * A decision, narrowed by an external one: it turns an allowed act into a refused one and never the reverse. What the external one denied is
 * refused before token and customer are looked at, so a refusal for their sake gives way to it: else a denied vendor could tell customers apart.
 */
export function narrow(decision: Decision, permitted: boolean): Decision {
  const stands = permitted === true || (decision.outcome === 'refused' && decision.group === 2);
  return stands ? decision : refuse('denied-elsewhere', 'external', decision.policy);
}

/**
 * Reads one evaluation.
 *
 * @throws `ERR_AUTHZEN_MALFORMED`
 */
export function parseEvaluation(body: unknown): Evaluation {
  const evaluation = readEvaluation(body, {});
  if (evaluation === undefined) throw new PolicyError('ERR_AUTHZEN_MALFORMED');
  return evaluation;
}

export type EvaluationsSemantic = 'execute_all' | 'deny_on_first_deny' | 'permit_on_first_permit';

const SEMANTICS: readonly EvaluationsSemantic[] = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'];
/** More items than a caller could mean. */
const MOST_EVALUATIONS = 1_000;

/**
 * Answers a batch: items take what they lack from the members above them, in order, until the semantic ends it. A malformed item is answered no, with
 * the reason; without items the body is one evaluation.
 *
 * @param answer - judges one evaluation
 * @throws `ERR_AUTHZEN_MALFORMED`: the body as a whole cannot be read
 */
export function answerEvaluations(
  body: unknown,
  answer: (evaluation: Evaluation) => EvaluationResponse,
): EvaluationResponse | { readonly evaluations: readonly EvaluationResponse[] } {
  if (!isRecord(body)) throw new PolicyError('ERR_AUTHZEN_MALFORMED');
  const { evaluations, options } = body;
  if (evaluations === undefined || (Array.isArray(evaluations) && evaluations.length === 0)) return answer(parseEvaluation(body));
  const semantic =
    isRecord(options) && options.evaluations_semantic !== undefined
      ? SEMANTICS.find((known) => known === options.evaluations_semantic)
      : 'execute_all';
  if (!Array.isArray(evaluations) || evaluations.length > MOST_EVALUATIONS || semantic === undefined)
    throw new PolicyError('ERR_AUTHZEN_MALFORMED');
  const answers: EvaluationResponse[] = [];
  for (const item of evaluations) {
    const evaluation = readEvaluation(item, body);
    const given = evaluation === undefined ? MALFORMED : answer(evaluation);
    answers.push(given);
    if (semantic === 'deny_on_first_deny' && !given.decision) break;
    if (semantic === 'permit_on_first_permit' && given.decision) break;
  }
  return { evaluations: answers };
}

const MALFORMED: EvaluationResponse = Object.freeze({
  decision: false,
  context: Object.freeze({ error: Object.freeze({ status: 400, message: 'Send subject, action and resource.' }) }),
});

function readEvaluation(item: unknown, above: Properties): Evaluation | undefined {
  if (!isRecord(item)) return undefined;
  const [subject, action, resource, context] = (['subject', 'action', 'resource', 'context'] as const).map(
    (member) => item[member] ?? above[member],
  );
  if (!isEntity(subject) || !isEntity(resource)) return undefined;
  if (!isRecord(action) || typeof action.name !== 'string' || !isOptionalRecord(action.properties)) return undefined;
  if (!isOptionalRecord(context)) return undefined;
  return { subject, action: action as Evaluation['action'], resource, ...(context !== undefined && { context }) };
}

function isEntity(value: unknown): value is Entity {
  return isRecord(value) && typeof value.type === 'string' && typeof value.id === 'string' && isOptionalRecord(value.properties);
}

function isOptionalRecord(value: unknown): value is Properties | undefined {
  return value === undefined || isRecord(value);
}

function isRecord(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
