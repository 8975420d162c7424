/**
 * Matching with the bank as the side that learns: which of its customers stand on a vendor's list (people who must not be called, people
 * who are insured already). The vendor learns how many phones the bank asked for, and nothing else.
 * @module
 */
import type { Name } from '@numbra/core';
import { createLearner, learn, loadGroup, type MatchExchange } from '@numbra/core/blind';
import type { BankContext } from '../context.js';
import { newId } from '../store/ids.js';
import { readPhones } from './phones.js';
import { checkNames, checkVendor, type MatchRun, recordRun } from './record.js';

export interface LearnOrder {
  readonly vendor: string;
  /** As the vendor spells them. There need be no such campaign yet: a match may decide whom it is for. */
  readonly purpose: string;
  readonly campaign: string;
  /** Only these customers, by the bank's ids; everybody who can be reached, by default. A million phones at most. */
  readonly customers?: readonly string[];
  /** Carries a message to the vendor and brings its answer back. */
  readonly exchange: MatchExchange;
  /** The longest list of the vendor; a million by default. */
  readonly mostListed?: number;
  /** Pseudonymous staff id. */
  readonly by?: string;
}

export interface Matched extends MatchRun {
  /** Customers on both lists, by the bank's ids: for `doNotCall`, or to leave out of a selection. Kept nowhere. */
  readonly customers: readonly string[];
}

/**
 * Carries a run through and records it.
 *
 * @throws `ERR_VENDOR_UNKNOWN`, `ERR_MATCHING_TERMS`, `ERR_MATCH_…` and `ERR_BLIND_…` of @numbra/core/blind, and what `exchange` throws;
 *   nothing was learned and nothing recorded
 */
export async function learnMatches(context: BankContext, order: LearnOrder): Promise<Matched> {
  const { vendor, purpose, campaign, exchange, by, mostListed } = order;
  checkNames({ purpose, campaign, by });
  await checkVendor(context.database, vendor);
  const own = await readPhones(context, order.customers);
  const group = await loadGroup('ristretto255-SHA512');
  const learner = createLearner(group, own.items, {
    // Casts: checked above.
    purpose: purpose as Name,
    campaign: campaign as Name,
    random: context.random,
    ...(mostListed !== undefined && { mostListed }),
  });
  const places = await learn(learner, exchange);
  const customers = places.flatMap((place) => own.customers[place] ?? []);
  const run: MatchRun = {
    id: newId(context, 'match'),
    vendor,
    purpose,
    campaign,
    learner: 'bank',
    asked: learner.asked,
    listed: learner.listed,
    matches: places.length,
    at: new Date(context.clock()),
  };
  await context.database.transaction((tx) => recordRun(context, tx, run, by === undefined ? {} : { by }));
  return { ...run, customers };
}
