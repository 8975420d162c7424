/**
 * Caps and limits: the numbers a policy, a campaign and a grant state, and the narrowest of them. Caps on a customer slide: one call in 60
 * days looks back 60 × 24 hours from now. The bank counts, over all vendors; a vendor learns only `customer-unavailable`.
 * @module
 */
import type { CustomerCap, Limit, Policy } from '../language/policy.js';

const NO_CAPS: readonly CustomerCap[] = Object.freeze([]);

/**
 * The sliding caps on calls to one customer for a purpose, its own and those of every purpose above it.
 *
 * @returns the caps in the order in which `CustomerFacts.capCounts` answers them. An `all-vendors` cap counts every call to the customer; a
 *   `purpose` cap counts calls for `cap.purpose` and every purpose below it (`cap.purpose` + `.`). None for an unknown purpose.
 */
export function customerCaps(policy: Policy, purpose: string): readonly CustomerCap[] {
  return policy.purposes[purpose]?.customerCaps ?? NO_CAPS;
}

/** The key under which consent to a purpose is kept, or `undefined` when its legal basis needs none or the purpose is unknown. */
export function consentKey(policy: Policy, purpose: string): string | undefined {
  return policy.purposes[purpose]?.consent;
}

/** Refusals of groups 3 and 4 that a campaign may cause on one local day: the policy's number, or the larger of 50 and 10 % of its authorized calls. */
export function refusalsPerDay(policy: Policy, authorizedToday: number): number {
  const { perDay } = policy.refusals;
  return perDay === 'default' ? Math.max(50, Math.floor(authorizedToday / 10)) : perDay;
}

/** Whether a count leaves room for one more. Anything that is no count of calls does not. */
export function hasRoom(count: unknown, limit: number): boolean {
  return typeof count === 'number' && count >= 0 && count < limit;
}

/** The narrowest of several limits, with the rule that states it; `undefined` when there is none. A limit that is no number allows nothing. */
export function narrowest(...limits: readonly (Limit | undefined)[]): Limit | undefined {
  let least: Limit | undefined;
  for (const limit of limits) {
    if (limit === undefined) continue;
    if (!(limit.limit >= 0)) return { limit: 0, rule: limit.rule };
    if (least === undefined || limit.limit < least.limit) least = limit;
  }
  return least;
}

/** A limit that a caller states, or none when it states none. */
export function stated(limit: number | undefined, rule: string): Limit | undefined {
  return limit === undefined ? undefined : { limit, rule };
}
