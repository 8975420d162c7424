/**
 * What a batch decided, as rows and ledger entries. A customer's uses are taken here: two by an authorized call (the second
 * belongs to its settlement), one by a refusal about a known customer.
 * @module
 */
import { type EntryStamp, type SubjectOf, writeEntry } from '@numbra/ledger';
import { type Allowed, consentKey, type Policy, type Refused, refusalsPerDay } from '@numbra/policy';
import type { RequestFacts } from './facts.js';
import type { CallRow, CampaignRow, HeldRow, Plan, RefusalRow } from './plan.js';
import type { AskedCall } from './request.js';
import type { CampaignTally, CustomerTally } from './tally.js';

/** Refusals of one grant and minute that get an entry each; what is beyond shares one. */
export const REFUSAL_ENTRIES_A_MINUTE = 100;

export interface RecordOptions {
  readonly policy: Policy;
  readonly now: number;
  readonly subjectOf: SubjectOf;
  /** Opens the customer's key; `undefined`: the customer was erased. */
  readonly customerKey: (facts: RequestFacts) => Uint8Array | undefined;
  readonly nonce: () => Uint8Array;
  /** Refusals of a grant in this minute that have an entry of their own. */
  readonly refusalsOf: (grant: string, now: number) => number;
}

/** One decided request. */
export interface Case {
  readonly asked: AskedCall;
  readonly facts: RequestFacts;
  readonly campaign: CampaignTally;
  readonly customer: CustomerTally | undefined;
}

export class BatchRecord {
  readonly entries: string[] = [];
  /** Grants that were refused, once for each entry of their own. */
  readonly refusedGrants: string[] = [];
  readonly #options: RecordOptions;
  readonly #calls: CallRow[] = [];
  readonly #refusals: RefusalRow[] = [];
  readonly #held: HeldRow[] = [];
  readonly #answers: Plan['answers'][number][] = [];
  readonly #voided: string[] = [];

  constructor(options: RecordOptions) {
    this.#options = options;
  }

  /** @returns the subject of the settlement's use */
  authorize(id: string, { asked, facts, campaign }: Case, customer: CustomerTally, allowed: Allowed): Uint8Array {
    const { policy, now, subjectOf, customerKey } = this.#options;
    const { number, id: campaignId, vendor, purpose } = campaign.facts;
    const grant = asked.grant.campaign.identifier;
    const n = customer.uses + 1;
    customer.uses += 2;
    const key = customerKey(facts) as Uint8Array; // nothing is allowed about an erased customer
    const [subject, settlementSubject] = [subjectOf(key, n), subjectOf(key, n + 1)];
    key.fill(0);
    campaign.authorized++;
    customer.taken.push({ campaign: number, vendor, purpose, state: 'authorized', at: now, endedAt: undefined });
    this.#calls.push({
      id,
      campaign: number,
      row_number: facts.row_number as number,
      customer: Number(facts.customer),
      vendor,
      purpose,
      agent: asked.agent?.id,
      grant_id: grant,
      masked_phone: facts.masked_phone as string,
      n,
    });
    const about = { call: id, campaign: campaignId, vendor, purpose, grant, agent: asked.agent?.pseudonym, subject };
    const why = { policy: allowed.policy, rule: allowed.rule, consent: consentKey(policy, purpose) };
    this.entries.push(writeEntry('call.authorized', { ...about, ...why }, this.#stamp()));
    return settlementSubject;
  }

  refuse({ asked, facts, campaign, customer }: Case, refused: Refused): void {
    const { number, vendor } = campaign.facts;
    // A later group is never looked at: a refusal of group 2 is about no customer.
    const about = refused.group === 2 ? undefined : customer;
    const subject = about && this.#takeUse(facts, about);
    if (about !== undefined && refused.stickyUntil !== undefined) {
      about.stickyUntil.set(number, Math.max(refused.stickyUntil, about.stickyUntil.get(number) ?? 0));
    }
    this.#refusals.push({
      campaign: number,
      vendor,
      customer: about && Number(facts.customer),
      grant_id: asked.grant.campaign.identifier,
      request: asked.requestId,
      code: refused.code,
      vendor_code: refused.vendorCode,
      rule: refused.rule,
      sentence: refused.sentence,
    });
    this.#answers.push({ key: asked.key, status: refused.status, answer: refused.vendorCode });
    this.#enterRefusal(asked, campaign, refused, subject);
    if (refused.group !== 2) this.#countRefusal(campaign, asked.grant.campaign.identifier);
  }

  /** Keeps nothing under a key. */
  voidKey(key: string): void {
    this.#voided.push(key);
  }

  plan(
    campaigns: ReadonlyMap<number, CampaignTally>,
    customers: ReadonlyMap<bigint, CustomerTally>,
    refunds: ReadonlyMap<number, number>,
  ): Plan {
    const numbers = [...new Set([...campaigns.keys(), ...refunds.keys()])].sort((a, b) => a - b);
    const touched = Array.from(customers, ([customer, tally]) => ({ customer: Number(customer), tally })).filter(({ tally }) => tally.used);
    return {
      campaigns: numbers.flatMap((number) => this.#campaignRow(number, campaigns.get(number), refunds.get(number) ?? 0) ?? []),
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

  #campaignRow(campaign: number, tally: CampaignTally | undefined, refunds: number): CampaignRow | undefined {
    const { authorized = 0, refused = 0, day = '', concurrent = null } = tally ?? {};
    if (authorized === 0 && refused === 0 && refunds === 0) return undefined;
    const most = tally === undefined ? 0 : refusalsPerDay(this.#options.policy, tally.authorizedToday);
    return { campaign, net: authorized - refunds, authorized, refused, refused_most: most, day, concurrent };
  }

  #takeUse(facts: RequestFacts, customer: CustomerTally): Uint8Array | undefined {
    const key = this.#options.customerKey(facts);
    if (key === undefined) return undefined;
    const subject = this.#options.subjectOf(key, ++customer.uses);
    key.fill(0);
    return subject;
  }

  #enterRefusal({ grant, agent }: AskedCall, { facts }: CampaignTally, refused: Refused, subject: Uint8Array | undefined): void {
    const { identifier } = grant.campaign;
    const { code, rule, policy } = refused;
    const { number, id: campaign, vendor, purpose } = facts;
    const inBatch = this.refusedGrants.reduce((count, other) => count + (other === identifier ? 1 : 0), 0);
    if (this.#options.refusalsOf(identifier, this.#options.now) + inBatch >= REFUSAL_ENTRIES_A_MINUTE) {
      const hex = subject && Buffer.from(subject).toString('hex');
      this.#held.push({ campaign: number, vendor, grant_id: identifier, code, policy, subject: hex });
      return;
    }
    this.refusedGrants.push(identifier);
    const about = { campaign, vendor, purpose, grant: identifier, agent: agent?.pseudonym, subject };
    this.entries.push(writeEntry('call.refused', { ...about, code, rule, policy }, this.#stamp()));
  }

  #countRefusal(campaign: CampaignTally, grant: string): void {
    campaign.refused++;
    // Told once: the counts are of one transaction, and the next refusal is already the limit's.
    if (campaign.refusedToday !== refusalsPerDay(this.#options.policy, campaign.authorizedToday)) return;
    const { id, vendor } = campaign.facts;
    this.entries.push(
      writeEntry('alert', { code: 'probing-limit', campaign: id, vendor, grant, count: campaign.refusedToday }, this.#stamp()),
    );
  }

  #stamp(): EntryStamp {
    return { at: this.#options.now, nonce: this.#options.nonce() };
  }
}
