/**
 * The rules, in the order in which they are looked at. A rule says nothing or refuses; what no rule refuses is allowed. A decision takes
 * the first that refuses, an explanation runs through all: both use this one list.
 * @module
 */
import type { Limit, Purpose } from '../language/policy.js';
import { hasRoom, narrowest, refusalsPerDay, stated } from './caps.js';
import { type Context, NOWHERE, type Rule } from './context.js';
import { isContact, judgeWindows, momentary, standing, type Verdict } from './customer.js';
import { isTimeZone } from './local-time.js';
import { columnReleased, memberOf, releases } from './released.js';
import type { CustomerFacts } from './request.js';
import { isOpen, windowState } from './window.js';

const rule = (name: string, group: 2 | 3 | 4, facts: readonly string[], judge: Rule['judge']): Rule => ({ name, group, facts, judge });
const at = (purpose: Purpose, member: string) => `purposes.${purpose.name}.${member}`;

const MEMBERS: ReadonlySet<string> = new Set(
  'action purpose vendor campaign agent agentGrant grant question fields recipient person'.split(' '),
);

const shape = rule('request', 2, [], ({ request, action, campaign }) => {
  for (const member of Object.keys(request)) if (!MEMBERS.has(member)) return { code: 'request-malformed', rule: 'built-in.request' };
  const desk = action === 'lookup' || action === 'open';
  const whole = desk ? typeof request.person === 'string' && request.person !== '' : campaign !== undefined;
  return whole ? undefined : { code: 'request-malformed', rule: 'built-in.request' };
});

const purposeKnown = rule('purpose', 2, [], ({ purpose, campaign }) => {
  if (purpose === NOWHERE) return { code: 'purpose-not-allowed', rule: 'purposes' };
  if (purpose.abstract) return { code: 'purpose-not-allowed', rule: at(purpose, 'abstract') };
  return campaign !== undefined && campaign.purpose !== purpose.name
    ? { code: 'purpose-not-allowed', rule: 'campaign.purpose' }
    : undefined;
});

const recipientKnown = rule('recipient', 2, [], ({ request, purpose, campaign }) => {
  if (!Object.hasOwn(purpose.recipients, String(request.vendor))) return { code: 'recipient-not-allowed', rule: at(purpose, 'recipients') };
  return campaign !== undefined && campaign.vendor !== request.vendor
    ? { code: 'recipient-not-allowed', rule: 'campaign.vendor' }
    : undefined;
});

const actionReleased = rule('action', 2, [], ({ request, purpose, action, release }) => {
  if (purpose.prohibited.includes(action)) return { code: 'action-not-allowed', rule: at(purpose, 'prohibited') };
  if (!releases(release, action)) return { code: 'action-not-allowed', rule: at(purpose, `release.${memberOf(action)}`) };
  const granted = request.grant?.actions;
  return granted !== undefined && !granted.includes(action) ? { code: 'grant-not-allowed', rule: 'grant.actions' } : undefined;
});

const fieldsReleased = rule('fields', 2, [], ({ request, purpose, action, release }) => {
  const { fields } = request;
  if (action === 'answer')
    return typeof request.question === 'string' && release.answers.includes(request.question)
      ? undefined
      : { code: 'question-not-allowed', rule: at(purpose, 'release.answers') };
  if (fields === undefined && action !== 'handover' && action !== 'lookup') return undefined;
  if (!Array.isArray(fields)) return { code: 'field-not-allowed', rule: at(purpose, 'release') };
  const allowed = (field: unknown): boolean => {
    if (typeof field !== 'string') return false;
    if (action === 'handover') return release.handover?.fields.includes(field) ?? false;
    if (action === 'lookup') return (release.lookup?.fields.includes(field) || release.lookup?.endings.includes(field)) ?? false;
    return columnReleased(release, field);
  };
  if (!fields.every(allowed)) return { code: 'field-not-allowed', rule: at(purpose, 'release') };
  if (action === 'handover' && !release.handover?.to.includes(String(request.recipient)))
    return { code: 'recipient-not-allowed', rule: at(purpose, 'release.handover.to') };
  return undefined;
});

const agentGrant = rule('agent-grant', 2, [], ({ request, purpose }) =>
  purpose.agentGrants === 'required' && request.agentGrant !== true
    ? { code: 'agent-grant-required', rule: at(purpose, 'grants.agent') }
    : undefined,
);

/** Whether the windows on the campaign's clock are open, and whether that rests on an unknown year. */
export function campaignWindows({ request, policy, purpose, campaign, now }: Context): { verdict?: Verdict; unknownYear: boolean } {
  const zone = campaign?.timeZone;
  if (!isTimeZone(zone)) return { verdict: { code: 'outside-window', rule: 'campaign.timeZone' }, unknownYear: false };
  const { closed, unknownYear } = judgeWindows(purpose, policy, 'campaign', zone, now);
  if (closed !== undefined)
    return { verdict: { code: unknownYear ? 'calendar-year-unknown' : 'outside-window', rule: closed }, unknownYear };
  let doubtful = unknownYear;
  for (const [window, from] of [
    [campaign?.window, 'campaign.window'],
    [request.grant?.window, 'grant.window'],
  ] as const) {
    if (window === undefined) continue;
    const state = windowState(window, zone, now, window.calendar === undefined ? undefined : policy.calendars[window.calendar]);
    if (!isOpen(state))
      return { verdict: { code: state === 'closed' ? 'outside-window' : 'calendar-year-unknown', rule: from }, unknownYear: doubtful };
    doubtful ||= state === 'open-unknown-year';
  }
  return { unknownYear: doubtful };
}

const insideWindow = rule('window', 2, ['now'], (context) => (isContact(context.action) ? campaignWindows(context).verdict : undefined));

const campaignOpen = rule('campaign', 2, ['now', 'campaignState', 'acknowledged'], ({ campaign, facts, purpose, action, now }) => {
  if (facts.campaignState === 'shredded') return { code: 'campaign-shredded', rule: 'campaign.state' };
  if (facts.campaignState !== 'open') return { code: 'campaign-closed', rule: 'campaign.state' };
  if (campaign?.opensAt !== undefined && action !== 'export' && !(now >= campaign.opensAt))
    return { code: 'campaign-not-open', rule: 'campaign.opensAt' };
  if (campaign?.closesAt !== undefined && !(now < campaign.closesAt)) return { code: 'campaign-not-open', rule: 'campaign.closesAt' };
  if (purpose.acknowledge === 'required' && action !== 'export' && facts.acknowledged !== true)
    return { code: 'not-acknowledged', rule: at(purpose, 'acknowledge') };
  return undefined;
});

const budget = rule('budget', 2, ['budgetRemaining'], ({ facts }) =>
  typeof facts.budgetRemaining === 'number' && facts.budgetRemaining >= 1
    ? undefined
    : { code: 'budget-used', rule: 'campaign.budgetCalls' },
);

const agentLimit = rule('agent', 2, ['agentCallsLastHour'], ({ request, purpose, campaign, facts, action }) => {
  if (request.agent === undefined || !isContact(action)) return undefined;
  const limit = narrowest(
    purpose.perAgentPerHour,
    stated(campaign?.perAgentPerHour, 'campaign.perAgentPerHour'),
    stated(request.grant?.perAgentPerHour, 'grant.perAgentPerHour'),
  );
  return over(limit, facts.agentCallsLastHour) ? { code: 'agent-limit', rule: limit!.rule } : undefined;
});

const concurrency = rule('concurrency', 2, ['concurrentCalls'], ({ purpose, facts, action }) =>
  (action === 'dial' || action === 'trunk') && over(purpose.concurrent, facts.concurrentCalls)
    ? { code: 'concurrency-limit', rule: purpose.concurrent!.rule }
    : undefined,
);

const probing = rule('probing', 2, ['refusalsToday', 'authorizedToday'], ({ policy, facts }) => {
  const authorized = typeof facts.authorizedToday === 'number' ? facts.authorizedToday : 0;
  return hasRoom(facts.refusalsToday, refusalsPerDay(policy, authorized)) ? undefined : { code: 'probing-limit', rule: 'refusals.per_day' };
});

const TOKEN_CODES = ['token-malformed', 'token-foreign', 'token-forged', 'token-unlisted', 'reference-mismatch'] as const;

const tokenOpened = rule('token', 3, ['token'], ({ facts }) => {
  const token = facts.token as { outcome?: unknown; code?: unknown } | null | undefined;
  if (token?.outcome === 'opened') return undefined;
  return { code: TOKEN_CODES.find((code) => code === token?.code) ?? 'token-malformed', rule: 'built-in.token' };
});

const campaignCap = rule('campaign-cap', 3, ['callsThisCampaign'], ({ request, purpose, campaign, facts, action }) => {
  if (!isContact(action)) return undefined;
  const limit = narrowest(
    purpose.perCustomer,
    stated(campaign?.perCustomer, 'campaign.perCustomer'),
    stated(request.grant?.perCustomer, 'grant.perCustomer'),
  );
  return over(limit, facts.callsThisCampaign) ? { code: 'customer-cap', rule: limit!.rule } : undefined;
});

const customerStands = rule('customer', 4, ['customer'], ({ facts, purpose, action }) => {
  const { customer } = facts;
  if (typeof customer !== 'object' || customer === null) return { code: 'customer-unknown', rule: 'built-in.customer' };
  return standing(purpose, action, customer as CustomerFacts);
});

const customerNow = rule('customer-now', 4, ['now', 'customer'], ({ facts, purpose, policy, action, campaign, now }) =>
  momentary(purpose, policy, action, campaign?.timeZone ?? policy.timeZone, facts.customer as CustomerFacts, now),
);

const approved = rule('approvals', 2, ['approvals', 'rows'], ({ policy, facts, action }) => {
  if (action !== 'export' && action !== 'open') return undefined;
  const { people, aboveRows } = policy.approvals[action];
  if (people === 0) return undefined;
  if (action === 'export' && aboveRows !== undefined && typeof facts.rows === 'number' && facts.rows <= aboveRows) return undefined;
  return typeof facts.approvals === 'number' && facts.approvals >= people
    ? undefined
    : { code: 'approval-missing', rule: `approvals.${action}` };
});

const deskLimit = rule('desk', 2, ['lookupsToday'], ({ facts, release, purpose, action }) =>
  action === 'lookup' && !hasRoom(facts.lookupsToday, release.lookup?.perDay ?? 0)
    ? { code: 'budget-used', rule: at(purpose, 'release.lookup.per_day') }
    : undefined,
);

const deskCustomer = rule('desk-customer', 4, ['customerErased'], ({ facts }) =>
  facts.customerErased === undefined || facts.customerErased === false ? undefined : { code: 'customer-erased', rule: 'built-in.erased' },
);

function over(limit: Limit | undefined, count: unknown): boolean {
  return limit !== undefined && !hasRoom(count, limit.limit);
}

const SCOPE = [shape, purposeKnown, recipientKnown, actionReleased, fieldsReleased] as const;

/** Rules of an act upon one customer, of an act upon a list, and of the bank's own people. */
export const RULES: Readonly<Record<'customer' | 'list' | 'desk', readonly Rule[]>> = Object.freeze({
  customer: [
    ...SCOPE,
    agentGrant,
    insideWindow,
    campaignOpen,
    budget,
    agentLimit,
    concurrency,
    probing,
    tokenOpened,
    campaignCap,
    customerStands,
    customerNow,
  ],
  list: [...SCOPE, campaignOpen, approved],
  desk: [...SCOPE, deskLimit, approved, deskCustomer],
});
