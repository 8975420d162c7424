/**
 * Rotation: a campaign goes on under a new secret and a new tag, with the same members. Until the older list is withdrawn the vendor
 * may use tokens of either; budget, caps and refusals are the campaign's and the customer's, so they are shared.
 *
 * For a list that is to be replaced in good time. When a list has leaked, withdraw the older one right after; when nothing of a campaign
 * may ever open again, shred it.
 * @module
 */
import { type Name, openScope } from '@numbra/core';
import { writeEntry } from '@numbra/ledger';
import { localDay, type Policy } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import { exclusively } from '../store/exclusive.js';
import { isDuplicate } from '../store/store-error.js';
import { findCampaign, type StoredCampaign } from './campaign.js';
import { type SealedList, sealList } from './list.js';
import { goneOf, insertMembers, type Member, readMembers, removeMembers } from './members.js';
import { announceKeys } from './scopes.js';
import { type DrawnSecret, drawSecret, insertSecret, keepShredsOut, TAG_DRAWS } from './secret.js';

export interface KeyActOptions {
  /** Pseudonymous staff id of who asked for it, for the ledger. */
  readonly by?: string;
}

export interface RotatedCampaign {
  readonly campaign: string;
  /** Of the new list; the older one is valid until it is withdrawn. */
  readonly generation: number;
  /** Members of the new list. */
  readonly members: number;
  /** Members whose row could not be made again (erased, or another phone): they have left both lists. */
  readonly removed: number;
}

/**
 * Gives a campaign a new secret and seals its members under it: same rows, masks and bands, new tokens. The next export delivers them.
 *
 * @throws `ERR_CAMPAIGN_UNKNOWN`, `ERR_CAMPAIGN_NOT_OPEN`, `ERR_ROTATE_NO_LIST`, `ERR_ROTATE_TWO_LISTS`, `ERR_CAMPAIGN_CHANGED`,
 *   `ERR_BANK_KEYRING_OUTDATED`, `ERR_LEDGER_OLDER_COPY`; nothing was changed
 */
export function rotateCampaign(context: BankContext, id: string, options: KeyActOptions = {}): Promise<RotatedCampaign> {
  // An export reads members and writes removals: one after the other.
  return exclusively(context.database, 'export', async () => {
    await context.ledger.assertCurrent();
    const campaign = await findCampaign(context.database, id);
    if (campaign === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
    if (campaign.state !== 'open') throw fail('ERR_CAMPAIGN_NOT_OPEN');
    if (campaign.listColumns === undefined) throw fail('ERR_ROTATE_NO_LIST');
    const policy = await context.policies.refresh(context.database);
    const current = await readCurrent(context, policy, campaign);
    for (let draw = 1; ; draw++) {
      try {
        return await rotateTo(context, campaign, current, options);
      } catch (error) {
        if (!isDuplicate(error, 'campaign_secret_tag_key') || draw === TAG_DRAWS) throw error;
      }
    }
  });
}

/** The list as it stands. */
interface Current {
  readonly generation: number;
  readonly members: readonly Member[];
  /** Row numbers. */
  readonly removed: ReadonlySet<number>;
}

async function readCurrent(context: BankContext, policy: Policy, campaign: StoredCampaign): Promise<Current> {
  context.scopes.forget(campaign.id);
  const generation = (await context.scopes.of(campaign.id))?.generations[0]?.generation;
  if (generation === undefined) throw fail('ERR_CAMPAIGN_CHANGED');
  const list = await readMembers(context, policy, campaign, generation, context.clock());
  const keys = await context.scopes.of(campaign.id);
  if ((keys?.generations.length ?? 0) > 1) throw fail('ERR_ROTATE_TWO_LISTS');
  const scope = keys?.generations.find((each) => each.generation === generation)?.scope;
  if (scope === undefined) throw fail('ERR_CAMPAIGN_CHANGED');
  // Sealed as it was delivered: who has another phone now must not come back under the new key.
  const sealed = sealList(scope, list.members, campaign.bandNames);
  const removed = goneOf(list, sealed.rows);
  return { generation, members: list.members.filter(({ rowNumber }) => !removed.has(rowNumber)), removed };
}

async function rotateTo(context: BankContext, campaign: StoredCampaign, current: Current, { by }: KeyActOptions): Promise<RotatedCampaign> {
  const drawn = drawSecret(context);
  try {
    const { rows } = await sealUnder(context, campaign, drawn, current.members);
    const generation = current.generation + 1;
    const at = context.clock();
    await context.database.transaction(async (tx) => {
      await keepShredsOut(context, tx);
      await refuseChanged(tx, campaign.number, current.generation);
      await insertSecret(context, tx, { campaign: campaign.number, generation, at: new Date(at) }, drawn);
      await insertMembers(tx, { campaign: campaign.number, generation, day: localDay(campaign.timeZone, at) }, rows);
      // Who left the list since it was read has left the new one too.
      await tx.query(
        `UPDATE member n SET removed_at = o.removed_at FROM member o
          WHERE n.campaign = $1 AND n.generation = $2 AND o.campaign = $1 AND o.generation = $3 AND o.row_number = n.row_number
            AND o.removed_at IS NOT NULL`,
        [campaign.number, generation, current.generation],
      );
      await removeMembers(tx, campaign.number, current.removed, new Date(at));
      const entry = { campaign: campaign.id, generation, ...(by !== undefined && { by }) };
      await appendEntries(tx, [writeEntry('campaign.rotated', entry, { at, nonce: context.random(16) })]);
      await announceKeys(tx, campaign.id);
    });
    context.scopes.forget(campaign.id);
    return { campaign: campaign.id, generation, members: rows.length, removed: current.removed.size };
  } finally {
    drawn.secret.fill(0);
  }
}

async function sealUnder(
  { keyring, name, referenceLength }: BankContext,
  campaign: StoredCampaign,
  { secret, tag }: DrawnSecret,
  members: readonly Member[],
): Promise<SealedList> {
  const identity = { bank: name, vendor: campaign.vendor as Name, purpose: campaign.purpose as Name, campaign: campaign.id as Name };
  const scope = await openScope(keyring, { identity, tag, campaignSecret: secret, referenceLength });
  try {
    return sealList(scope, members, campaign.bandNames);
  } finally {
    scope.close();
  }
}

/** The rows decide, whatever was read before. */
async function refuseChanged(tx: Queryable, campaign: number, generation: number): Promise<void> {
  const [now] = await tx.query<{ state: string; live: number; newest: number }>(
    `SELECT c.state, (SELECT count(*)::integer FROM campaign_secret s WHERE s.campaign = c.number AND s.wrapped IS NOT NULL) AS live,
            (SELECT max(generation) FROM campaign_secret s WHERE s.campaign = c.number) AS newest
       FROM campaign c WHERE c.number = $1 FOR NO KEY UPDATE`,
    [campaign],
  );
  if (now?.state !== 'open' || now.live !== 1 || now.newest !== generation) throw fail('ERR_CAMPAIGN_CHANGED');
}
