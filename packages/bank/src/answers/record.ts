/**
 * What an act upon a customer by reference leaves besides its own rows: the campaign's counts, and for a refusal its record, its ledger
 * entry and its end at the next local midnight. The same rows as a call's (`calls_write`).
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import { type DecisionCode, decisionCodes, type Refused, refusalsPerDay } from '@numbra/policy';
import { type HeldRow, type Plan, writePlan } from '../calls/plan.js';
import { REFUSAL_ENTRIES_A_MINUTE } from '../calls/record.js';
import type { RefusalMeter } from '../calls/refusal-meter.js';
import type { BankContext } from '../context.js';
import { takeUses } from '../customers/uses.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import type { ActFacts, AskingGrant } from './facts.js';

/** What these acts share in one process. */
export interface ActShared {
  readonly context: BankContext;
  readonly meter: RefusalMeter;
  /** A refusal was written whose entry waits for the end of the minute. */
  readonly onHeld: () => void;
}

export interface RefusedAct {
  readonly act: 'answer' | 'handover';
  readonly grant: AskingGrant;
  readonly requestId: string;
  readonly refused: Pick<Refused, 'code' | 'rule' | 'stickyUntil'>;
  /** What the vendor is told. */
  readonly told: string;
  /** Counts against the campaign's refusals of the day. */
  readonly counts: boolean;
}

const NOTHING = { uses: [], calls: [], refusals: [], held: [], sticky: [], answers: [], voided: [] } satisfies Omit<Plan, 'campaigns'>;

/** Records a refusal, in the transaction that decided it. */
export async function recordRefusal(shared: ActShared, tx: Queryable, facts: ActFacts, refusal: RefusedAct): Promise<void> {
  const { context, meter } = shared;
  const { campaign, policy, moment } = facts;
  const { act, grant, requestId, told, counts } = refusal;
  const { code, rule, stickyUntil } = refusal.refused;
  const { number, id, vendor, purpose } = campaign.facts;
  const { identifier } = grant.campaign;
  const now = moment.getTime();
  // A later group is never looked at: a refusal of group 2 is about no customer.
  const customer = decisionCodes[code].group === 2 ? undefined : facts.customer;
  const subject = customer && (await takeUses(context, tx, [customer.customer]))[0]?.subject;
  const stamp = () => ({ at: now, nonce: context.random(16) });
  const entries: string[] = [];
  const held: HeldRow[] = [];
  if (meter.of(identifier, now) >= REFUSAL_ENTRIES_A_MINUTE) {
    const hex = subject && Buffer.from(subject).toString('hex');
    held.push({ campaign: number, vendor, grant_id: identifier, code, policy: policy.digest, subject: hex });
    shared.onHeld();
  } else {
    meter.add([identifier], now);
    const about = { campaign: id, vendor, purpose, grant: identifier, agent: grant.actor, act, ...(subject && { subject }) };
    entries.push(writeEntry('call.refused', { ...about, code, rule, policy: policy.digest }, stamp()));
  }
  if (counts) entries.push(...countRefusal(context, facts, identifier));
  const row = {
    campaign: number,
    vendor,
    customer: customer && Number(customer.customer),
    grant_id: identifier,
    request: requestId,
    code,
    vendor_code: told,
    rule,
    sentence: sentenceOf(code),
  };
  const sticky =
    customer === undefined || stickyUntil === undefined
      ? []
      : [{ campaign: number, customer: Number(customer.customer), until: new Date(stickyUntil).toISOString() }];
  await count(tx, facts, { net: 0 }, { refusals: [row], held, sticky });
  if (entries.length > 0) await appendEntries(tx, entries);
}

/** Counts a refusal of the day. @returns the entry of the alert, when it was the last one that the day has */
export function countRefusal({ random }: BankContext, { campaign, policy, moment }: ActFacts, grant: string): string[] {
  campaign.refused++;
  if (campaign.refusedToday !== refusalsPerDay(policy, campaign.authorizedToday)) return [];
  const { id, vendor } = campaign.facts;
  const alert = { code: 'probing-limit', campaign: id, vendor, grant, count: campaign.refusedToday } as const;
  return [writeEntry('alert', alert, { at: moment.getTime(), nonce: random(16) })];
}

/**
 * Steps the campaign's budget and the day's counts by what was taken: `campaign.authorized` and `campaign.refused`.
 *
 * @param net - units of the budget; the row is locked, and `decide` saw what is left
 */
export async function count(tx: Queryable, facts: ActFacts, { net }: { net: 0 | 1 }, rows: Partial<Plan> = {}): Promise<void> {
  const { campaign, policy, moment } = facts;
  const { authorized, refused, day } = campaign;
  const step = {
    campaign: campaign.facts.number,
    net,
    authorized,
    refused,
    refused_most: refusalsPerDay(policy, campaign.authorizedToday),
    day,
    concurrent: null,
  };
  await writePlan(tx, { ...NOTHING, campaigns: [step], ...rows }, moment, null);
}

const sentenceOf = (code: DecisionCode): string => decisionCodes[code].sentence;
