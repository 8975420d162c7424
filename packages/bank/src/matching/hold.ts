/**
 * Matching with the bank as the side that holds the key: a vendor learns which of its own phones are customers of the bank. The exception:
 * two people approve of exactly this list for this campaign, the vendor asks for 50,000 phones at most, and has one run for a campaign in
 * thirty days. It could else ask for every number of a prefecture, a run at a time.
 * @module
 */
import type { Name } from '@numbra/core';
import { createHolder, loadGroup, type MatchHolder } from '@numbra/core/blind';
import type { RequestedApproval } from '../approvals/request.js';
import { requestApproval } from '../approvals/request.js';
import { requireApproval } from '../approvals/require.js';
import { findCampaign, type StoredCampaign } from '../campaigns/campaign.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { sha256 } from '../ledger/sha256.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';
import { readPhones } from './phones.js';
import { checkNames, checkVendor, recordRun } from './record.js';

/** The act, as approvals call it. */
const KIND = 'match-vendor-learns';
/** Phones that a vendor may ask for in one run. */
export const MOST_ASKED = 50_000;
const TURN_DAYS = 30;

export interface HoldOrder {
  /** A campaign of the vendor that is to learn. */
  readonly campaign: string;
  /** The bank's list, by its own ids; everybody who can be reached, by default. */
  readonly customers?: readonly string[];
}

export interface HoldRequest extends HoldOrder {
  /** Pseudonymous staff id. */
  readonly requestedBy: string;
  /** For the people who approve. */
  readonly reason: string;
  /** A day by default. */
  readonly ttlSeconds?: number;
}

/**
 * Asks for approval that the vendor of a campaign learns from the bank's list.
 *
 * @throws `ERR_CAMPAIGN_UNKNOWN`, and as `approvals.request`
 */
export async function requestHold(context: BankContext, request: HoldRequest): Promise<RequestedApproval> {
  const { requestedBy, reason, ttlSeconds } = request;
  const subject = subjectOf(await campaignOf(context.database, request.campaign), request.customers);
  return requestApproval(context, { kind: KIND, subject, requestedBy, reason, ...(ttlSeconds !== undefined && { ttlSeconds }) });
}

/**
 * Makes the holder of one run. The approval is used, the turn is taken and the entry is written in one transaction, after the vendor has
 * committed to its list and before it is told anything. Close it when the line to the vendor breaks.
 *
 * @param by - pseudonymous staff id
 * @returns its `answer` throws `ERR_APPROVAL_MISSING`, `ERR_MATCHING_TOO_SOON` (then neither is used up) and as `MatchHolder`
 * @throws `ERR_CAMPAIGN_UNKNOWN`, `ERR_VENDOR_UNKNOWN`, `ERR_MATCHING_TERMS`, `ERR_MATCH_LIMIT`: the bank's list is empty
 */
export async function holdMatch(context: BankContext, order: HoldOrder & { readonly by?: string }): Promise<MatchHolder> {
  const { by } = order;
  checkNames({ by });
  const campaign = await campaignOf(context.database, order.campaign);
  await checkVendor(context.database, campaign.vendor);
  const { items } = await readPhones(context, order.customers);
  const holder = createHolder(await loadGroup('ristretto255-SHA512'), items, {
    // Casts: both are names, in the store since the campaign was made.
    purpose: campaign.purpose as Name,
    campaign: campaign.id as Name,
    mostAsked: MOST_ASKED,
    random: context.random,
  });
  /** While the transaction runs nothing more is answered: what comes then did not wait for its turn. */
  let phase: 'new' | 'beginning' | 'begun' = 'new';
  return {
    get state() {
      return holder.state;
    },
    get asked() {
      return holder.asked;
    },
    listed: holder.listed,
    close: () => holder.close(),
    async answer(message) {
      if (phase === 'begun') return holder.answer(message);
      // The holder refuses whatever comes after its end.
      if (phase === 'beginning') holder.close();
      phase = 'beginning';
      const answer = await holder.answer(message);
      try {
        await context.database.transaction((tx) => begin(context, tx, campaign, order, holder));
      } catch (error) {
        holder.close();
        throw error;
      }
      phase = 'begun';
      return answer;
    },
  };
}

async function begin(
  context: BankContext,
  tx: Queryable,
  campaign: StoredCampaign,
  { customers, by }: HoldOrder & { readonly by?: string },
  { asked, listed }: MatchHolder,
): Promise<void> {
  const now = context.clock();
  const at = new Date(now);
  const { vendor, purpose } = campaign;
  const approval = await requireApproval(tx, { kind: KIND, subject: subjectOf(campaign, customers), now });
  const [turn] = await tx.query(
    `INSERT INTO match_turn AS t (vendor, campaign, taken_at) VALUES ($1, $2, $3)
     ON CONFLICT (vendor, campaign) DO UPDATE SET taken_at = excluded.taken_at
       WHERE t.taken_at <= excluded.taken_at - make_interval(days => $4::integer)
     RETURNING vendor`,
    [vendor, campaign.number, at, TURN_DAYS],
  );
  if (turn === undefined) throw fail('ERR_MATCHING_TOO_SOON');
  const run = { id: newId(context, 'match'), vendor, purpose, campaign: campaign.id, learner: 'vendor', asked, listed, at } as const;
  await recordRun(context, tx, run, { approvals: [approval.id], ...(by !== undefined && { by }) });
}

async function campaignOf(queryable: Queryable, id: string): Promise<StoredCampaign> {
  const campaign = await findCampaign(queryable, id);
  if (campaign === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
  return campaign;
}

/** What is approved: this vendor, purpose and campaign, and exactly this list of customers, or everybody. */
function subjectOf({ vendor, purpose, id }: StoredCampaign, customers: readonly string[] | undefined): Uint8Array {
  const utf8 = new TextEncoder();
  const ids = customers && [...new Set(customers.map((customer) => customer.normalize('NFC')))].sort();
  const list = ids === undefined ? 'everybody' : Buffer.from(sha256(utf8.encode(JSON.stringify(ids)))).toString('hex');
  return sha256(utf8.encode(['numbra/v1/approval', KIND, vendor, purpose, id, list].join('\x1f')));
}
