/**
 * Decides a batch: pure. Requests are looked at in their order, each sees what earlier ones of the batch took, and what comes
 * out is the answers, the rows to write and the ledger entries. Whether it may be written is the transaction's affair.
 * @module
 */

import type { Phone, Sensitive } from '@numbra/core';
import { type EntryStamp, type SubjectOf, writeEntry } from '@numbra/ledger';
import {
  type CustomerActFacts,
  type CustomerRequest,
  consentKey,
  customerCaps,
  decide,
  localDay,
  type Policy,
  type Refused,
  refusalsPerDay,
  type TokenFact,
} from '@numbra/policy';
import { type CallAnswer, type CallState, CONFLICT, called, MISMATCH, REVOKED } from './answer.js';
import type { BatchFacts, RequestFacts } from './facts.js';
import type { CallRow, HeldRow, Plan, RefusalRow } from './plan.js';
import type { AskedCall } from './request.js';
import { CampaignTally, CustomerTally, countOf, isBusy } from './tally.js';

/** A call that may be placed once the batch is committed. */
export interface AuthorizedCall {
  readonly id: string;
  readonly campaign: { readonly number: number; readonly id: string };
  readonly phone: Sensitive<Phone>;
  readonly maskedPhone: string;
  /** The customer's subject of the use that belongs to the settlement. */
  readonly settlementSubject: Uint8Array;
}

export type Verdict =
  | { readonly kind: 'answered'; readonly answer: CallAnswer }
  | { readonly kind: 'authorized'; readonly call: AuthorizedCall }
  /** Ordered under this key before, and nobody settled it within its lease. */
  | { readonly kind: 'lapsed'; readonly call: string; readonly maskedPhone: string };

export interface BatchToDecide {
  readonly asked: readonly AskedCall[];
  /** Call ids, one a request. */
  readonly calls: readonly string[];
  readonly facts: BatchFacts;
  readonly policy: Policy;
  /** By campaign: calls that settlements of this transaction give back. */
  readonly refunds: ReadonlyMap<number, number>;
  readonly subjectOf: SubjectOf;
  /** Opens the customer's key. */
  readonly customerKey: (facts: RequestFacts) => Uint8Array | undefined;
  readonly nonce: () => Uint8Array;
  /** Refusals of a grant in this minute that have an entry of their own. */
  readonly refusalsOf: (grant: string, now: number) => number;
}

export interface DecidedBatch {
  readonly verdicts: readonly Verdict[];
  readonly plan: Plan;
  readonly entries: readonly string[];
  readonly now: number;
  /** Grants that were refused, once for each entry of their own. */
  readonly refusedGrants: readonly string[];
  readonly campaigns: ReadonlyMap<number, CampaignTally>;
}

/** Refusals of one grant and minute that get an entry each; what is beyond shares one. */
export const REFUSAL_ENTRIES_A_MINUTE = 100;

/** Decides every request of a batch. */
export function decideBatch(batch: BatchToDecide): DecidedBatch {
  return new Decider(batch).run();
}

/** The state of one batch while it is being decided. */
class Decider {
  readonly #batch: BatchToDecide;
  readonly #now: number;
  readonly #campaigns = new Map<number, CampaignTally>();
  readonly #customers = new Map<bigint, CustomerTally>();
  readonly #agentCalls = new Map<string, number>();
  /** First request of the batch under each key. */
  readonly #keys = new Map<string, number>();
  readonly #verdicts: Verdict[] = [];
  readonly #entries: string[] = [];
  readonly #calls: CallRow[] = [];
  readonly #refusals: RefusalRow[] = [];
  readonly #held: HeldRow[] = [];
  readonly #answers: { key: string; status: number; answer: Refused['vendorCode'] }[] = [];
  readonly #voided: string[] = [];
  readonly #refusedGrants: string[] = [];

  constructor(batch: BatchToDecide) {
    this.#batch = batch;
    this.#now = batch.facts.requests[0]?.moment.getTime() ?? 0;
    for (const [number, facts] of batch.facts.campaigns) {
      this.#campaigns.set(number, new CampaignTally(facts, batch.policy, this.#now, batch.refunds.get(number) ?? 0));
    }
  }

  run(): DecidedBatch {
    const { asked, facts } = this.#batch;
    facts.requests.forEach((known, i) => {
      this.#verdicts.push(this.#answer(asked[i] as AskedCall, known, i));
    });
    return {
      verdicts: this.#verdicts,
      plan: this.#plan(),
      entries: this.#entries,
      now: this.#now,
      refusedGrants: this.#refusedGrants,
      campaigns: this.#campaigns,
    };
  }

  #answer(asked: AskedCall, known: RequestFacts, i: number): Verdict {
    const first = this.#keys.get(asked.key);
    if (first !== undefined) return this.#repeatInBatch(asked, first);
    this.#keys.set(asked.key, i);
    if (!known.fresh) return answerOfKey(asked, known);
    if (known.revoked) {
      this.#voided.push(asked.key);
      return { kind: 'answered', answer: REVOKED };
    }
    return this.#decide(asked, known, this.#batch.calls[i] as string);
  }

  /** Two requests under one key in one batch: the second is a repeat of the first, as if it had come later. */
  #repeatInBatch(asked: AskedCall, first: number): Verdict {
    const earlier = this.#verdicts[first] as Verdict;
    const known = this.#batch.facts.requests[first] as RequestFacts;
    if (!known.fresh) return answerOfKey(asked, known);
    if (earlier.kind === 'answered' && earlier.answer === REVOKED) return earlier;
    if ((this.#batch.asked[first] as AskedCall).digest !== asked.digest) return { kind: 'answered', answer: MISMATCH };
    return earlier.kind === 'authorized' ? { kind: 'answered', answer: CONFLICT } : earlier;
  }

  #decide(asked: AskedCall, known: RequestFacts, id: string): Verdict {
    const campaign = this.#campaigns.get(asked.campaign.number) as CampaignTally;
    const customer = this.#customerOf(known);
    const request = this.#request(asked, campaign);
    const decision = decide(request, this.#batch.policy, this.#facts(asked, known, campaign, customer), this.#now);
    if (decision.outcome === 'refused') return this.#refuse(asked, known, campaign, customer, decision);
    const { token } = asked;
    // Nothing is allowed without an opened token and its member; the types cannot say so.
    if (token.outcome !== 'opened' || customer === undefined || known.customer === null) throw new TypeError('allowed without a customer');

    const n = customer.uses + 1;
    customer.uses += 2;
    const key = this.#batch.customerKey(known) as Uint8Array;
    const { subjectOf } = this.#batch;
    campaign.authorized++;
    if (asked.agent !== undefined) this.#agentCalls.set(asked.agent.id, (this.#agentCalls.get(asked.agent.id) ?? 0) + 1);
    const { number, vendor, purpose } = campaign.facts;
    customer.taken.push({ campaign: number, vendor, purpose, state: 'authorized', at: this.#now, endedAt: undefined });
    const grant = asked.grant.campaign.identifier;
    const maskedPhone = known.masked_phone as string;
    this.#calls.push({
      id,
      campaign: number,
      row_number: known.row_number as number,
      customer: Number(known.customer),
      vendor,
      purpose,
      agent: asked.agent?.id,
      grant_id: grant,
      masked_phone: maskedPhone,
      n,
    });
    this.#entries.push(
      writeEntry(
        'call.authorized',
        {
          call: id,
          campaign: campaign.facts.id,
          vendor,
          purpose,
          grant,
          agent: asked.agent?.pseudonym,
          subject: subjectOf(key, n),
          policy: decision.policy,
          rule: decision.rule,
          consent: consentKey(this.#batch.policy, purpose),
        },
        this.#stamp(),
      ),
    );
    const settlementSubject = subjectOf(key, n + 1);
    key.fill(0);
    return {
      kind: 'authorized',
      call: { id, campaign: { number, id: campaign.facts.id }, phone: token.phone, maskedPhone, settlementSubject },
    };
  }

  #request({ grant, agent }: AskedCall, campaign: CampaignTally): CustomerRequest {
    const { window, budget, actions, purpose } = grant.campaign;
    // The grant's last day is one more end of the campaign: the narrower one holds.
    const over = window.until !== undefined && localDay(window.tz, this.#now) > window.until;
    return {
      action: 'dial',
      purpose,
      vendor: grant.clientId,
      campaign: over ? { ...campaign.terms, closesAt: this.#now } : campaign.terms,
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

  #facts(asked: AskedCall, known: RequestFacts, campaign: CampaignTally, customer: CustomerTally | undefined): CustomerActFacts {
    const { facts } = campaign;
    // Counters belong to the campaign; a grant for fewer calls holds until the campaign has used that many.
    const used = facts.budget_calls - campaign.remaining;
    const common = {
      campaignState: facts.state,
      budgetRemaining: Math.min(campaign.remaining, asked.grant.campaign.budget.calls - used),
      ...(asked.agent !== undefined && { agentCallsLastHour: (known.agent_calls ?? 0) + (this.#agentCalls.get(asked.agent.id) ?? 0) }),
      concurrentCalls: campaign.underWay,
      refusalsToday: campaign.refusedToday,
      authorizedToday: campaign.authorizedToday,
      token: tokenFact(asked, known),
    };
    if (customer === undefined) return common;
    const calls = customer.calls(known);
    const stickyUntil = Math.max(known.sticky_until?.getTime() ?? 0, customer.stickyUntil.get(facts.number) ?? 0);
    return {
      ...common,
      callsThisCampaign: calls.filter((call) => call.campaign === facts.number).length,
      customer: {
        consent: known.consent,
        doNotCall: known.do_not_call,
        erased: known.erased,
        removed: known.removed,
        phoneChanged: known.phone_changed,
        busy: isBusy(facts.vendor, calls, this.#now),
        capCounts: customerCaps(this.#batch.policy, facts.purpose).map((cap) => countOf(cap, calls, this.#now)),
        ...(stickyUntil > 0 && { stickyUntil }),
      },
    };
  }

  #refuse(asked: AskedCall, known: RequestFacts, campaign: CampaignTally, customer: CustomerTally | undefined, refused: Refused): Verdict {
    const { number, id, vendor, purpose } = campaign.facts;
    const grant = asked.grant.campaign.identifier;
    const about = refused.group === 2 ? undefined : customer;
    // A later group is never looked at: a refusal of group 2 is about no customer.
    const key = about && this.#batch.customerKey(known);
    const subject = about && key && this.#batch.subjectOf(key, ++about.uses);
    key?.fill(0);
    if (about !== undefined && refused.stickyUntil !== undefined) {
      about.stickyUntil.set(number, Math.max(refused.stickyUntil, about.stickyUntil.get(number) ?? 0));
    }
    this.#refusals.push({
      campaign: number,
      vendor,
      customer: about && Number(known.customer),
      grant_id: grant,
      request: asked.requestId,
      code: refused.code,
      vendor_code: refused.vendorCode,
      rule: refused.rule,
      sentence: refused.sentence,
    });
    this.#answers.push({ key: asked.key, status: refused.status, answer: refused.vendorCode });
    const inMinute = this.#batch.refusalsOf(grant, this.#now) + this.#refusedGrants.filter((other) => other === grant).length;
    if (inMinute < REFUSAL_ENTRIES_A_MINUTE) {
      this.#refusedGrants.push(grant);
      this.#entries.push(
        writeEntry(
          'call.refused',
          {
            campaign: id,
            vendor,
            purpose,
            grant,
            agent: asked.agent?.pseudonym,
            code: refused.code,
            rule: refused.rule,
            policy: refused.policy,
            subject,
          },
          this.#stamp(),
        ),
      );
    } else {
      this.#held.push({
        campaign: number,
        vendor,
        grant_id: grant,
        code: refused.code,
        policy: refused.policy,
        subject: subject && Buffer.from(subject).toString('hex'),
      });
    }
    if (refused.group !== 2) this.#countRefusal(campaign, grant);
    return { kind: 'answered', answer: { outcome: 'refused', code: refused.vendorCode, status: refused.status } };
  }

  #countRefusal(campaign: CampaignTally, grant: string): void {
    campaign.refused++;
    // Exactly once a day: the counts are of one transaction, and the next refusal is already the limit's.
    if (campaign.refusedToday !== refusalsPerDay(this.#batch.policy, campaign.authorizedToday)) return;
    const { id, vendor } = campaign.facts;
    this.#entries.push(
      writeEntry('alert', { code: 'probing-limit', campaign: id, vendor, grant, count: campaign.refusedToday }, this.#stamp()),
    );
  }

  #customerOf(known: RequestFacts): CustomerTally | undefined {
    if (known.customer === null) return undefined;
    let customer = this.#customers.get(known.customer);
    if (customer === undefined) {
      customer = new CustomerTally(known);
      this.#customers.set(known.customer, customer);
    }
    return customer;
  }

  #stamp(): EntryStamp {
    return { at: this.#now, nonce: this.#batch.nonce() };
  }

  #plan(): Plan {
    const numbers = new Set([...this.#campaigns.keys(), ...this.#batch.refunds.keys()]);
    const campaigns = [...numbers]
      .sort((a, b) => a - b)
      .flatMap((number) => {
        const tally = this.#campaigns.get(number);
        const authorized = tally?.authorized ?? 0;
        const refused = tally?.refused ?? 0;
        const refunds = this.#batch.refunds.get(number) ?? 0;
        if (authorized === 0 && refused === 0 && refunds === 0) return [];
        return [
          {
            campaign: number,
            net: authorized - refunds,
            authorized,
            refused,
            refused_most: tally === undefined ? 0 : refusalsPerDay(this.#batch.policy, tally.authorizedToday),
            day: tally?.day ?? '',
            concurrent: tally?.concurrent ?? null,
          },
        ];
      });
    const touched = Array.from(this.#customers, ([customer, tally]) => ({ customer: Number(customer), tally })).filter(
      ({ tally }) => tally.used,
    );
    return {
      campaigns,
      uses: touched.map(({ customer, tally }) => ({ customer, uses: tally.uses })),
      calls: this.#calls,
      refusals: this.#refusals,
      held: this.#held,
      sticky: touched.flatMap(({ customer, tally }) =>
        Array.from(tally.stickyUntil, ([campaign, until]) => ({ campaign, customer, until: new Date(until).toISOString() })),
      ),
      answers: this.#answers,
      voided: this.#voided,
    };
  }
}

function tokenFact({ token }: AskedCall, known: RequestFacts): TokenFact {
  if (token.outcome === 'refused') return token;
  if (known.customer === null) return { outcome: 'refused', code: 'token-unlisted' };
  return token.mismatch ? { outcome: 'refused', code: 'reference-mismatch' } : { outcome: 'opened' };
}

/** What a known key was answered, whatever has changed since. */
function answerOfKey(asked: AskedCall, known: RequestFacts): Verdict {
  if (known.digest !== asked.digest) return { kind: 'answered', answer: MISMATCH };
  if (known.status !== null) {
    // The row was written from a refusal: code and status are its own.
    const refused = { outcome: 'refused', code: known.answer, status: known.status } as CallAnswer;
    return { kind: 'answered', answer: refused };
  }
  const call = known.call as string;
  const maskedPhone = known.call_masked_phone as string;
  if (known.told !== null) return { kind: 'answered', answer: called(call, maskedPhone, known.told satisfies CallState) };
  return known.lapsed ? { kind: 'lapsed', call, maskedPhone } : { kind: 'answered', answer: CONFLICT };
}
