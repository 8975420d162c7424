/**
 * What `decide` is asked: the request of a grant's holder, and the facts as they are once earlier requests of the batch have
 * taken theirs.
 * @module
 */
import { type CustomerActFacts, type CustomerRequest, customerCaps, localDay, type Policy, type TokenFact } from '@numbra/policy';
import type { RequestFacts } from './facts.js';
import type { AskedCall } from './request.js';
import { type CampaignTally, type CustomerTally, countOf, isBusy } from './tally.js';

/** The request of one call. The grant can only narrow. */
export function requestOf({ grant, agent }: AskedCall, { terms }: CampaignTally, now: number): CustomerRequest {
  const { window, budget, actions, purpose } = grant.campaign;
  // The grant's last day is one more end of the campaign.
  const over = window.until !== undefined && localDay(window.tz, now) > window.until;
  return {
    action: 'dial',
    purpose,
    vendor: grant.clientId,
    campaign: over ? { ...terms, closesAt: now } : terms,
    ...(agent !== undefined && { agent: agent.pseudonym }),
    agentGrant: grant.actor !== undefined,
    grant: {
      actions,
      window: { days: window.days, from: window.from, to: window.to },
      perCustomer: budget.per_customer,
      perAgentPerHour: budget.per_agent_per_hour,
    },
  };
}

export interface Known {
  readonly asked: AskedCall;
  readonly facts: RequestFacts;
  readonly campaign: CampaignTally;
  /** Absent: the token did not open, or was never exported. */
  readonly customer: CustomerTally | undefined;
  /** Calls that the agent took in this batch. */
  readonly agentCalls: number;
  readonly policy: Policy;
  readonly now: number;
}

/** The facts of one call. */
export function factsOf({ asked, facts, campaign, customer, agentCalls, policy, now }: Known): CustomerActFacts {
  const { number, vendor, purpose, budget_calls: budgetCalls, state, acknowledged } = campaign.facts;
  // Counters belong to the campaign; a grant for fewer calls holds until the campaign has used that many.
  const used = budgetCalls - campaign.remaining;
  const common = {
    campaignState: state,
    budgetRemaining: Math.min(campaign.remaining, asked.grant.campaign.budget.calls - used),
    ...(asked.agent !== undefined && { agentCallsLastHour: (facts.agent_calls ?? 0) + agentCalls }),
    concurrentCalls: campaign.underWay,
    refusalsToday: campaign.refusedToday,
    authorizedToday: campaign.authorizedToday,
    acknowledged,
    token: tokenFact(asked, facts),
  };
  if (customer === undefined) return common;
  const calls = customer.calls(facts);
  const stickyUntil = Math.max(facts.sticky_until?.getTime() ?? 0, customer.stickyUntil.get(number) ?? 0);
  return {
    ...common,
    callsThisCampaign: calls.filter((call) => call.campaign === number).length,
    customer: {
      consent: facts.consent,
      doNotCall: facts.do_not_call,
      erased: facts.erased,
      removed: facts.removed,
      phoneChanged: facts.phone_changed,
      busy: isBusy(vendor, calls, now),
      capCounts: customerCaps(policy, purpose).map((cap) => countOf(cap, calls, now)),
      ...(stickyUntil > 0 && { stickyUntil }),
    },
  };
}

function tokenFact({ token }: AskedCall, { customer }: RequestFacts): TokenFact {
  if (token.outcome === 'refused') return token;
  if (customer === null) return { outcome: 'refused', code: 'token-unlisted' };
  return token.mismatch ? { outcome: 'refused', code: 'reference-mismatch' } : { outcome: 'opened' };
}
