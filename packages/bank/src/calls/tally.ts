/**
 * What a batch has taken so far, so that each of its requests sees what earlier ones took: budgets, calls under way,
 * the day's counts, an agent's calls, a customer's calls and uses.
 * @module
 */
import { type CampaignTerms, type CustomerCap, localDay, type Policy, type Window } from '@numbra/policy';
import { type CampaignFacts, concurrentLimit, type PastCall, parseHistory, type RequestFacts } from './facts.js';
import { DAY_MS, LONGEST_CALL_MS, QUIET_MS } from './limits.js';

/** One campaign of the batch. */
export class CampaignTally {
  readonly facts: CampaignFacts;
  readonly terms: CampaignTerms;
  /** The local day of the decision. */
  readonly day: string;
  readonly concurrent: number | null;
  readonly refunds: number;
  readonly #authorizedBefore: number;
  readonly #refusedBefore: number;
  authorized = 0;
  refused = 0;

  constructor(facts: CampaignFacts, policy: Policy, now: number, refunds: number) {
    this.facts = facts;
    this.terms = termsOf(facts);
    this.day = localDay(facts.time_zone, now);
    this.concurrent = concurrentLimit(policy, facts.purpose);
    this.refunds = refunds;
    // A clock that went back over midnight goes on counting on the later day.
    const today = facts.day !== null && facts.day >= this.day;
    this.#authorizedBefore = today ? (facts.authorized ?? 0) : 0;
    this.#refusedBefore = today ? (facts.refused ?? 0) : 0;
    if (today) this.day = facts.day as string;
  }

  get remaining(): number {
    return this.facts.remaining + this.refunds - this.authorized;
  }

  get underWay(): number {
    return this.facts.under_way + this.authorized;
  }

  get authorizedToday(): number {
    return this.#authorizedBefore + this.authorized;
  }

  get refusedToday(): number {
    return this.#refusedBefore + this.refused;
  }
}

const windows = new Map<string, Window>();
const MOST_WINDOWS = 1000;

function parseWindow(text: string): Window {
  const known = windows.get(text);
  if (known !== undefined) return known;
  if (windows.size >= MOST_WINDOWS) windows.clear();
  const window = JSON.parse(text) as Window; // checked when the campaign was created
  windows.set(text, window);
  return window;
}

function termsOf(facts: CampaignFacts): CampaignTerms {
  return {
    id: facts.id,
    vendor: facts.vendor,
    purpose: facts.purpose,
    timeZone: facts.time_zone,
    ...(facts.call_window !== null && { window: parseWindow(facts.call_window) }),
    opensAt: facts.opens_at.getTime(),
    closesAt: facts.closes_at.getTime(),
    budgetCalls: facts.budget_calls,
    perCustomer: facts.per_customer,
    perAgentPerHour: facts.per_agent_per_hour,
  };
}

/** One customer of the batch. */
export class CustomerTally {
  /** n of the newest use. */
  uses: number;
  readonly #usesBefore: number;
  readonly taken: PastCall[] = [];
  /** By campaign: refused by this batch until then. */
  readonly stickyUntil = new Map<number, number>();

  constructor(facts: RequestFacts) {
    this.#usesBefore = Number(facts.uses ?? 0n);
    this.uses = this.#usesBefore;
  }

  /** Whether the batch took a use, or made a refusal stick. */
  get used(): boolean {
    return this.uses > this.#usesBefore || this.stickyUntil.size > 0;
  }

  /** All calls to the customer that may count for a request. */
  calls(facts: RequestFacts): readonly PastCall[] {
    const before = parseHistory(facts.history);
    return this.taken.length === 0 ? before : [...before, ...this.taken];
  }
}

/** Calls that a sliding cap counts. */
export function countOf(cap: CustomerCap, calls: readonly PastCall[], now: number): number {
  const since = now - cap.days * DAY_MS;
  let count = 0;
  for (const { at, purpose } of calls) {
    if (at > since && (cap.kind === 'all-vendors' || purpose === cap.purpose || purpose.startsWith(`${cap.purpose}.`))) count++;
  }
  return count;
}

/** Whether the customer is on a call of a vendor other than this one, or was within the quiet time. A call of unknown fate counts. */
export function isBusy(vendor: string, calls: readonly PastCall[], now: number): boolean {
  return calls.some((call) => {
    if (call.vendor === vendor) return false;
    return call.endedAt === undefined ? call.at > now - LONGEST_CALL_MS : call.endedAt > now - QUIET_MS;
  });
}
