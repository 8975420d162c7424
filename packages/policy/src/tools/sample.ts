/**
 * Facts under which nothing but the policy itself can refuse: what cases begin from, and what comparing policies asks with.
 * @module
 */
import {
  type Action,
  type CampaignTerms,
  CUSTOMER_ACTIONS,
  type CustomerActFacts,
  type DecisionRequest,
  LIST_ACTIONS,
  type ListAction,
} from '../decide/request.js';
import { minutesOf } from '../decide/window.js';
import type { Policy } from '../language/policy.js';

/** Everything open, unused, consented and approved. */
export function favourableFacts(
  policy: Policy,
  purpose: string,
): CustomerActFacts & { readonly rows: number; readonly approvals: number; readonly lookupsToday: number } {
  return {
    campaignState: 'open',
    budgetRemaining: Number.MAX_SAFE_INTEGER,
    agentCallsLastHour: 0,
    concurrentCalls: 0,
    refusalsToday: 0,
    authorizedToday: 0,
    acknowledged: true,
    token: { outcome: 'opened' },
    callsThisCampaign: 0,
    customer: { consent: 'given', doNotCall: false, capCounts: (policy.purposes[purpose]?.customerCaps ?? []).map(() => 0) },
    rows: 0,
    approvals: Number.MAX_SAFE_INTEGER,
    lookupsToday: 0,
  };
}

/** Terms that take all the policy gives. */
export function widestTerms(policy: Policy, purpose: string, vendor: string): CampaignTerms {
  const most = Number.MAX_SAFE_INTEGER;
  return { id: 'sample', vendor, purpose, timeZone: policy.timeZone, budgetCalls: most, perCustomer: most, perAgentPerHour: most };
}

export interface SampleOptions {
  readonly fields?: readonly string[];
  readonly question?: string;
  readonly recipient?: string;
}

/** A request for an action, as well made as it can be. */
export function sampleRequest(
  policy: Policy,
  action: Action,
  purpose: string,
  vendor: string,
  options: SampleOptions = {},
): DecisionRequest {
  const campaign = widestTerms(policy, purpose, vendor);
  if ((CUSTOMER_ACTIONS as readonly Action[]).includes(action))
    return { action, purpose, vendor, campaign, agent: 'agent', agentGrant: true, ...options } as DecisionRequest;
  if ((LIST_ACTIONS as readonly Action[]).includes(action)) return { action: action as ListAction, purpose, vendor, campaign, ...options };
  return { action: action as 'lookup' | 'open', purpose, vendor, person: 'person', ...options };
}

/**
 * An instant at which every window of a purpose is open, or `undefined` when none is found in the year after `from`.
 *
 * @param from - milliseconds since the epoch
 */
export function openInstant(policy: Policy, purpose: string, isOpenAt: (now: number) => boolean, from: number): number | undefined {
  const edges = new Set<number>([0]);
  for (const { windows } of policy.purposes[purpose]?.windows ?? []) for (const window of windows) edges.add(minutesOf(window.from) ?? 0);
  // Windows open at their own edges on some clock; quarter hours reach every clock that is off by a part of an hour.
  for (let minute = 0; minute < 1440; minute += 15) edges.add(minute);
  const day = 86_400_000;
  const start = Math.floor(from / day) * day;
  for (let days = 0; days < 366; days++)
    for (const minute of edges) {
      const now = start + days * day + minute * 60_000;
      if (now >= from && isOpenAt(now)) return now;
    }
  return undefined;
}
