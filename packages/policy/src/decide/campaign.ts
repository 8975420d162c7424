/**
 * A campaign's terms against the policy: judged when the campaign is made. At every act the narrower of the two holds anyway; here somebody
 * is told that the terms ask for more than there is.
 * @module
 */
import { tellsCriterion } from '../language/doubts.js';
import type { Limit, Policy, Purpose } from '../language/policy.js';
import { narrowest, stated } from './caps.js';
import type { DecisionCode } from './codes.js';
import { isTimeZone, localDay } from './local-time.js';
import type { CampaignTerms } from './request.js';
import { DAYS, type Day, minutesOf, type Window, WORKDAYS_AT_MOST, WORKDAYS_USUALLY, weekMinutes } from './window.js';

export interface CampaignFinding {
  /** An error keeps the campaign from being made. */
  readonly severity: 'error' | 'warning';
  /** The refusal that its acts would meet, or for a warning what is doubtful. */
  readonly code: DecisionCode | 'terms-wider' | 'terms-malformed' | 'never-open' | 'tells-criterion';
  readonly member: keyof CampaignTerms;
  readonly message: string;
}

/** What is wrong or doubtful in a campaign's terms; empty when nothing is. */
export function checkCampaign(terms: CampaignTerms, policy: Policy): CampaignFinding[] {
  const findings: CampaignFinding[] = [];
  const error = (code: CampaignFinding['code'], member: keyof CampaignTerms, message: string) =>
    findings.push({ severity: 'error', code, member, message });
  const purpose = Object.hasOwn(policy.purposes, terms.purpose) ? policy.purposes[terms.purpose] : undefined;
  if (purpose === undefined || purpose.abstract)
    error('purpose-not-allowed', 'purpose', 'The policy knows no such purpose, or nobody may use it.');
  else if (!Object.hasOwn(purpose.recipients, terms.vendor))
    error('recipient-not-allowed', 'vendor', 'The policy does not name this vendor for this purpose.');
  if (!isTimeZone(terms.timeZone))
    error('terms-malformed', 'timeZone', 'This time zone is not known here; write an IANA name such as Asia/Shanghai.');
  for (const member of ['budgetCalls', 'perCustomer', 'perAgentPerHour'] as const)
    if (!Number.isSafeInteger(terms[member]) || terms[member] < 0)
      error('terms-malformed', member, 'This must be a whole number, 0 or more.');
  if (terms.opensAt !== undefined && terms.closesAt !== undefined && !(terms.opensAt < terms.closesAt))
    error('terms-malformed', 'closesAt', 'The campaign ends before it begins.');
  if (purpose !== undefined) wider(terms, purpose, error);
  if (tellsCriterion(terms.id, { fields: policy.fields }))
    findings.push({
      severity: 'warning',
      code: 'tells-criterion',
      member: 'id',
      message: 'The name tells how customers were selected, and the vendor sees it.',
    });
  return findings;
}

function wider(
  terms: CampaignTerms,
  purpose: Purpose,
  error: (code: CampaignFinding['code'], member: keyof CampaignTerms, message: string) => void,
): void {
  const limits: readonly (readonly [member: 'budgetCalls' | 'perCustomer' | 'perAgentPerHour', limit: Limit | undefined])[] = [
    ['budgetCalls', purpose.budgetCalls],
    ['perCustomer', purpose.perCustomer],
    ['perAgentPerHour', purpose.perAgentPerHour],
  ];
  for (const [member, limit] of limits)
    if (limit !== undefined && terms[member] > limit.limit)
      error('terms-wider', member, `The policy allows ${limit.limit} at most (${limit.rule}).`);
  const { window } = terms;
  if (window === undefined) return;
  if (minutesOf(window.from) === undefined || minutesOf(window.to) === undefined || minutesOf(window.from) === minutesOf(window.to)) {
    error('terms-malformed', 'window', 'The window needs hours that differ, HH:MM.');
    return;
  }
  const own = weekMinutes([window], WORKDAYS_USUALLY);
  for (const { clock, rule, windows } of purpose.windows) {
    if (clock !== 'campaign') continue;
    const allowed = weekMinutes(windows, WORKDAYS_AT_MOST);
    if (own.every((minute, index) => minute === 0 || allowed[index] === 0))
      error('never-open', 'window', `The window lies wholly outside that of the policy (${rule}).`);
    else if (own.some((minute, index) => minute === 1 && allowed[index] === 0))
      error('terms-wider', 'window', `The window reaches beyond that of the policy (${rule}).`);
  }
}

/** The business limits of a grant, in the spelling of its `authorization_details`. */
export interface GrantTerms {
  readonly window: {
    readonly tz: string;
    readonly days: readonly Day[];
    readonly from: string;
    readonly to: string;
    /** The campaign's last local day. */
    readonly until?: string;
  };
  readonly budget: { readonly calls: number; readonly per_customer: number; readonly per_agent_per_hour: number };
}

/**
 * What a grant for a campaign says of hours and budget: the narrowest of policy and campaign. Where a policy has several windows, or a
 * calendar, the grant carries the hours that span them; what is closed between is refused by the decision.
 */
export function grantTerms(policy: Policy, terms: CampaignTerms): GrantTerms {
  const purpose = policy.purposes[terms.purpose];
  const windows =
    terms.window === undefined ? (purpose?.windows.filter(({ clock }) => clock === 'campaign').at(-1)?.windows ?? []) : [terms.window];
  const limit = (own: number, rule: Limit | undefined) => narrowest(rule, stated(own, 'campaign'))?.limit ?? 0;
  return {
    window: {
      tz: terms.timeZone,
      ...span(windows),
      ...(terms.closesAt !== undefined && { until: localDay(terms.timeZone, terms.closesAt - 1) }),
    },
    budget: {
      calls: limit(terms.budgetCalls, purpose?.budgetCalls),
      per_customer: limit(terms.perCustomer, purpose?.perCustomer),
      per_agent_per_hour: limit(terms.perAgentPerHour, purpose?.perAgentPerHour),
    },
  };
}

function span(windows: readonly Window[]): { days: readonly Day[]; from: string; to: string } {
  const only = windows[0];
  if (only === undefined) return { days: DAYS, from: '00:00', to: '24:00' };
  const days = DAYS.filter((day) => windows.some((window) => window.days === 'workdays' || window.days.includes(day)));
  if (windows.length === 1) return { days, from: only.from, to: only.to };
  // Several windows, one of which crosses midnight, have no single span short of the whole day.
  if (windows.some(({ from, to }) => from >= to)) return { days: DAYS, from: '00:00', to: '24:00' };
  return {
    days,
    from: windows.map(({ from }) => from).sort()[0]!,
    to: windows
      .map(({ to }) => to)
      .sort()
      .at(-1)!,
  };
}
