/**
 * Decides a batch: pure. Requests are looked at in their order, each sees what earlier ones of the batch took, and what comes
 * out is the answers, the rows to write and the ledger entries. Whether it may be written is the transaction's affair.
 * @module
 */
import type { Phone, Sensitive } from '@numbra/core';
import { decide, narrow } from '@numbra/policy';
import { type CallAnswer, CONFLICT, called, MISMATCH, REVOKED } from './answer.js';
import { factsOf, requestOf } from './decision-input.js';
import type { BatchFacts, RequestFacts } from './facts.js';
import type { Plan } from './plan.js';
import { BatchRecord, type Case, type RecordOptions } from './record.js';
import type { AskedCall } from './request.js';
import { CampaignTally, CustomerTally } from './tally.js';

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

export interface BatchToDecide extends Omit<RecordOptions, 'now'> {
  readonly asked: readonly AskedCall[];
  /** Call ids, one a request. */
  readonly calls: readonly string[];
  readonly facts: BatchFacts;
  /** By campaign: calls that settlements of this transaction give back. */
  readonly refunds: ReadonlyMap<number, number>;
}

export interface DecidedBatch {
  /** One a request, in order. */
  readonly verdicts: readonly Verdict[];
  readonly plan: Plan;
  readonly entries: readonly string[];
  /** The database's clock, ms; 0 for a batch without requests. */
  readonly now: number;
  /** Grants that were refused, once for each entry of their own. */
  readonly refusedGrants: readonly string[];
  readonly campaigns: ReadonlyMap<number, CampaignTally>;
}

/** Decides every request of a batch. */
export function decideBatch(batch: BatchToDecide): DecidedBatch {
  return new Decider(batch).run();
}

/** The state of one batch while it is being decided. */
class Decider {
  readonly #batch: BatchToDecide;
  readonly #now: number;
  readonly #record: BatchRecord;
  readonly #campaigns = new Map<number, CampaignTally>();
  readonly #customers = new Map<bigint, CustomerTally>();
  readonly #agentCalls = new Map<string, number>();
  /** First request of the batch under each key. */
  readonly #keys = new Map<string, number>();
  readonly #verdicts: Verdict[] = [];

  constructor(batch: BatchToDecide) {
    this.#batch = batch;
    this.#now = batch.facts.requests[0]?.moment.getTime() ?? 0;
    this.#record = new BatchRecord({ ...batch, now: this.#now });
    for (const [number, facts] of batch.facts.campaigns) {
      this.#campaigns.set(number, new CampaignTally(facts, batch.policy, this.#now, batch.refunds.get(number) ?? 0));
    }
  }

  run(): DecidedBatch {
    const { asked, facts, refunds } = this.#batch;
    facts.requests.forEach((known, i) => {
      this.#verdicts.push(this.#answer(asked[i] as AskedCall, known, i));
    });
    return {
      verdicts: this.#verdicts,
      plan: this.#record.plan(this.#campaigns, this.#customers, refunds),
      entries: this.#record.entries,
      now: this.#now,
      refusedGrants: this.#record.refusedGrants,
      campaigns: this.#campaigns,
    };
  }

  #answer(asked: AskedCall, known: RequestFacts, i: number): Verdict {
    const first = this.#keys.get(asked.key);
    if (first !== undefined) return this.#repeatInBatch(asked, first);
    this.#keys.set(asked.key, i);
    if (!known.fresh) return answerOfKey(asked, known);
    if (known.revoked) {
      this.#record.voidKey(asked.key);
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

  #decide(asked: AskedCall, facts: RequestFacts, id: string): Verdict {
    const campaign = this.#campaigns.get(asked.campaign.number) as CampaignTally;
    const customer = this.#customerOf(facts);
    const one: Case = { asked, facts, campaign, customer };
    const { policy } = this.#batch;
    const now = this.#now;
    const agentCalls = asked.agent === undefined ? 0 : (this.#agentCalls.get(asked.agent.id) ?? 0);
    const own = decide(requestOf(asked, campaign, now), policy, factsOf({ ...one, agentCalls, policy, now }), now);
    const decision = narrow(own, asked.denied !== true);
    if (decision.outcome === 'refused') {
      this.#record.refuse(one, decision);
      return { kind: 'answered', answer: { outcome: 'refused', code: decision.vendorCode, status: decision.status } };
    }
    // Nothing is allowed without an opened token and its member; the types cannot say so.
    if (asked.token.outcome !== 'opened' || customer === undefined) throw new TypeError('allowed without a customer');
    if (asked.agent !== undefined) this.#agentCalls.set(asked.agent.id, agentCalls + 1);
    const settlementSubject = this.#record.authorize(id, one, customer, decision);
    return {
      kind: 'authorized',
      call: { id, campaign: asked.campaign, phone: asked.token.phone, maskedPhone: facts.masked_phone as string, settlementSubject },
    };
  }

  #customerOf(facts: RequestFacts): CustomerTally | undefined {
    if (facts.customer === null) return undefined;
    let customer = this.#customers.get(facts.customer);
    if (customer === undefined) {
      customer = new CustomerTally(facts);
      this.#customers.set(facts.customer, customer);
    }
    return customer;
  }
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
  if (known.told !== null) return { kind: 'answered', answer: called(call, maskedPhone, known.told) };
  return known.lapsed ? { kind: 'lapsed', call, maskedPhone } : { kind: 'answered', answer: CONFLICT };
}
