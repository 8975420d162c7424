/**
 * The customer's part of a decision: group 4. What a vendor hears of it is always `customer-unavailable`.
 * @module
 */
import type { CustomerCap, Policy, Purpose } from '../language/policy.js';
import { hasRoom } from './caps.js';
import type { DecisionCode } from './codes.js';
import { isTimeZone, localDay } from './local-time.js';
import type { Action, CustomerFacts } from './request.js';
import { isOpen, type WindowState, windowState } from './window.js';

/** A refusal before it becomes a decision. */
export interface Verdict {
  readonly code: DecisionCode;
  readonly rule: string;
}

const CONTACT: ReadonlySet<Action> = new Set<Action>(['dial', 'trunk', 'message']);

/** Acts that reach a person: they have windows, caps and the do-not-call list to keep. */
export function isContact(action: Action): boolean {
  return CONTACT.has(action);
}

/**
 * The code that keeps a customer off a list, or `undefined` when the customer may be on it: erasure, removal, do-not-call, consent and, when
 * `capCounts` is given, caps. Meant for exports, once a row; what holds only for the moment (windows, closed regions, a call under way)
 * is judged at the call.
 *
 * @param policy - an unknown `purpose` gives `purpose-not-allowed`
 */
export function customerRefusal(purpose: string, policy: Policy, customer: CustomerFacts): DecisionCode | undefined {
  const known = policy.purposes[purpose];
  if (known === undefined) return 'purpose-not-allowed';
  return standing(known, 'export', customer)?.code ?? (customer.capCounts && overCap(known.customerCaps, customer.capCounts)?.code);
}

/** What lasts: erasure, removal, do-not-call, consent. */
export function standing(purpose: Purpose, action: Action, customer: CustomerFacts): Verdict | undefined {
  if (customer.erased !== false && customer.erased !== undefined) return { code: 'customer-erased', rule: 'built-in.erased' };
  if (customer.removed !== false && customer.removed !== undefined) return { code: 'customer-removed', rule: 'built-in.removed' };
  if (customer.doNotCall !== false && (isContact(action) || action === 'export'))
    return { code: 'do-not-call', rule: 'built-in.do-not-call' };
  if (customer.consent === 'withdrawn') return { code: 'consent-withdrawn', rule: `purposes.${purpose.name}.consent` };
  if (purpose.legalBasis === 'consent' && customer.consent !== 'given')
    return { code: 'no-consent', rule: `purposes.${purpose.name}.consent` };
  return undefined;
}

/** What holds for the moment: phone, region, the customer's clock, a call under way, an earlier refusal. */
export function momentary(
  purpose: Purpose,
  policy: Policy,
  action: Action,
  campaignZone: string,
  customer: CustomerFacts,
  now: number,
): Verdict | undefined {
  if (isContact(action)) {
    if (customer.phoneChanged !== false && customer.phoneChanged !== undefined)
      return { code: 'phone-changed', rule: 'built-in.phone-changed' };
    const region = closedRegion(policy, campaignZone, customer, now);
    if (region !== undefined) return region;
    const zone = isTimeZone(customer.timeZone) ? customer.timeZone : campaignZone;
    const { closed } = judgeWindows(purpose, policy, 'customer', zone, now);
    if (closed !== undefined) return { code: 'customer-outside-window', rule: closed };
    const cap = purpose.customerCaps.length === 0 ? undefined : overCap(purpose.customerCaps, customer.capCounts);
    if (cap !== undefined) return cap;
    if (customer.busy !== false && customer.busy !== undefined) return { code: 'customer-busy', rule: 'built-in.busy' };
  }
  if (policy.refusals.sticky && customer.stickyUntil !== undefined && !(customer.stickyUntil <= now))
    return { code: 'customer-refused-today', rule: 'refusals.sticky' };
  return undefined;
}

function overCap(caps: readonly CustomerCap[], counts: unknown): Verdict | undefined {
  const list: readonly unknown[] = Array.isArray(counts) ? counts : [];
  for (let index = 0; index < caps.length; index++) {
    const cap = caps[index]!;
    if (!hasRoom(list[index], cap.calls)) return { code: cap.kind === 'purpose' ? 'cap-purpose' : 'cap-all-vendors', rule: cap.rule };
  }
  return undefined;
}

function closedRegion(policy: Policy, zone: string, customer: CustomerFacts, now: number): Verdict | undefined {
  if (policy.closures.length === 0 || !Array.isArray(customer.regions)) return undefined;
  const today = isTimeZone(zone) && Number.isFinite(now) ? localDay(zone, now) : undefined;
  for (let index = 0; index < policy.closures.length; index++) {
    const { region, from, until } = policy.closures[index]!;
    if (customer.regions.includes(region) && (today === undefined || (today >= from && today <= until)))
      return { code: 'region-closed', rule: `regions_closed.${index}` };
  }
  return undefined;
}

/** What the windows on one clock say together: closed as soon as one statement has none open. */
export interface WindowsVerdict {
  /** The statement that is closed. */
  readonly closed?: string;
  /** The answer rests on a year that a calendar does not know. */
  readonly unknownYear: boolean;
}

export function judgeWindows(purpose: Purpose, policy: Policy, clock: 'campaign' | 'customer', zone: string, now: number): WindowsVerdict {
  let unknownYear = false;
  for (const stated of purpose.windows) {
    if (stated.clock !== clock) continue;
    let best: WindowState = 'closed';
    for (const window of stated.windows) {
      const calendar = window.calendar === undefined ? undefined : policy.calendars[window.calendar];
      best = better(best, windowState(window, zone, now, calendar));
    }
    if (!isOpen(best)) return { closed: stated.rule, unknownYear: best === 'closed-unknown-year' };
    unknownYear ||= best === 'open-unknown-year';
  }
  return { unknownYear };
}

const RANK: readonly WindowState[] = ['closed', 'closed-unknown-year', 'open-unknown-year', 'open'];

function better(a: WindowState, b: WindowState): WindowState {
  return RANK.indexOf(b) > RANK.indexOf(a) ? b : a;
}
