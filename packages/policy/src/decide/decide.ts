/**
 * The decision: may this act happen now? Pure, deterministic and total: the same request, policy, facts and instant give the same answer,
 * and no input makes it throw. Whatever is unknown, missing or malformed is refused.
 * @module
 */
import type { Policy } from '../language/policy.js';
import { CLOSED, type Context, type LooseFacts, type LooseRequest, NOWHERE, type Rule } from './context.js';
import { isContact } from './customer.js';
import { type Decision, refuse } from './decision.js';
import { isTimeZone, nextLocalMidnight } from './local-time.js';
import { memberOf } from './released.js';
import {
  ACTIONS,
  type Action,
  CUSTOMER_ACTIONS,
  type CustomerActFacts,
  type CustomerRequest,
  type DecisionRequest,
  type DeskFacts,
  type DeskRequest,
  type Facts,
  LIST_ACTIONS,
  type ListFacts,
  type ListRequest,
} from './request.js';
import { campaignWindows, RULES } from './rules.js';

/**
 * Decides by policy.
 *
 * The rules are looked at in the order of their groups: 2 what the policy and the campaign allow the vendor at all, 3 the token and the
 * campaign's own cap, 4 the customer. The first rule that refuses ends it, so that nothing of a later group shows through an earlier one.
 *
 * @param request - what is asked; an unknown member is refused
 * @param policy - a policy that `loadPolicy` made
 * @param facts - what the bank read under its locks
 * @param now - milliseconds since the epoch, the clock of the transaction
 * @returns the decision; only {@link vendorView} of a refusal is for the vendor
 */
export function decide(request: CustomerRequest, policy: Policy, facts: CustomerActFacts, now: number): Decision;
export function decide(request: ListRequest, policy: Policy, facts: ListFacts, now: number): Decision;
export function decide(request: DeskRequest, policy: Policy, facts: DeskFacts, now: number): Decision;
export function decide(request: DecisionRequest, policy: Policy, facts: Facts, now: number): Decision;
export function decide(request: DecisionRequest, policy: Policy, facts: Facts, now: number): Decision {
  try {
    const context = contextOf(request, policy, facts, now);
    if (context === undefined) return refuse('action-not-allowed', 'built-in.request', policy.digest);
    for (const rule of rulesFor(context.action)) {
      const verdict = rule.judge(context);
      if (verdict !== undefined)
        return refuse(verdict.code, verdict.rule, policy.digest, rule.group === 4 ? stickyUntil(context) : undefined);
    }
    return allow(context);
  } catch {
    // Facts that throw when they are read (a getter, a proxy) are no facts.
    return refuse('facts-missing', 'built-in.facts', String(policy?.digest));
  }
}

/** The context of a request, or `undefined` when it asks for no action that exists. */
export function contextOf(request: DecisionRequest, policy: Policy, facts: Facts, now: number): Context | undefined {
  const loose: LooseRequest = isRecord(request) ? request : {};
  const action = ACTIONS.find((known) => known === loose.action);
  if (action === undefined) return undefined;
  const name = String(loose.purpose);
  const purpose = Object.hasOwn(policy.purposes, name) ? policy.purposes[name]! : NOWHERE;
  const vendor = String(loose.vendor);
  const release = Object.hasOwn(purpose.recipients, vendor) ? purpose.recipients[vendor]! : CLOSED;
  const campaign = isRecord(loose.campaign) ? loose.campaign : undefined;
  return { request: loose, policy, facts: isRecord(facts) ? (facts as LooseFacts) : {}, now, action, purpose, release, campaign };
}

/** The rules that an action passes, in order. */
export function rulesFor(action: Action): readonly Rule[] {
  if ((CUSTOMER_ACTIONS as readonly Action[]).includes(action)) return RULES.customer;
  return (LIST_ACTIONS as readonly Action[]).includes(action) ? RULES.list : RULES.desk;
}

function allow(context: Context): Decision {
  const { policy, purpose, action } = context;
  const allowed = {
    outcome: 'allowed',
    rule: `purposes.${purpose.name}.release.${memberOf(action)}`,
    sentence: 'The policy allows it: no rule refuses.',
    policy: policy.digest,
  } as const;
  const doubtful = isContact(action) && campaignWindows(context).unknownYear;
  return doubtful ? { ...allowed, warnings: ['calendar-year-unknown'] } : allowed;
}

function stickyUntil({ policy, campaign, now }: Context): number | undefined {
  const zone = campaign?.timeZone;
  return policy.refusals.sticky && isTimeZone(zone) && Number.isFinite(now) ? nextLocalMidnight(zone, now) : undefined;
}

function isRecord<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null;
}
