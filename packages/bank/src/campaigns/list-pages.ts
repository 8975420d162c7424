/**
 * The vendor's list, read back in pages: the rows as they were exported, byte for byte, minus removals. A row is sealed again and given
 * only when its dial token is the very one that was delivered.
 *
 * Only what an export delivered is on a page: members whose day of release has not come are not (waiting.ts).
 *
 * Removals come as in an export: one batch a local day, without reasons, made by the first look of the day. Whose row cannot be made
 * again (erased, or with another phone) is left out at once.
 * @module
 */
import { decide, type LocalDay, localDay, type Policy } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { bandLabels } from './bands.js';
import { FIXED_COLUMNS, findCampaign, type StoredCampaign, termsOf } from './campaign.js';
import { checkList } from './check-list.js';
import { readKnownValues } from './known-values.js';
import { sealList } from './list.js';
import { readMembers, removeMembers } from './members.js';

export interface ListQuery {
  readonly campaign: string;
  /** Whose list it must be. */
  readonly vendor: string;
  /** Rows after this row number; from the beginning by default. */
  readonly after?: number;
  /** Only rows whose tokens were delivered first on this local day of the campaign or later: a day's batch of a paced list. */
  readonly since?: LocalDay;
  /** Members looked at for this page, at most {@link LARGEST_PAGE}; also the default. */
  readonly rows?: number;
}

export type ListPage =
  | {
      readonly outcome: 'page';
      readonly columns: readonly string[];
      /** Cells, in the order of the columns; in the order of row numbers. May be fewer than were asked for, or none. */
      readonly rows: readonly (readonly string[])[];
      /** Where the next page begins; absent on the last. */
      readonly next?: number;
    }
  /** No such campaign, another vendor's, or one without a list: one answer. */
  | { readonly outcome: 'not-found' }
  /** The campaign is closed, or the policy lets the list no longer leave. */
  | { readonly outcome: 'closed' };

export const LARGEST_PAGE = 1_000;

/** Reads one page. */
export async function readListPage(context: BankContext, query: ListQuery): Promise<ListPage> {
  const { after = 0, rows: asked = LARGEST_PAGE, since } = query;
  const now = context.clock();
  const campaign = await findCampaign(context.database, query.campaign);
  if (campaign === undefined || campaign.vendor !== query.vendor || campaign.listColumns === undefined) return { outcome: 'not-found' };
  const policy = await context.policies.refresh(context.database);
  const keys = await context.scopes.of(campaign.id);
  const generation = keys?.generations[0]?.generation;
  if (generation === undefined || !mayBeRead(policy, campaign, now)) return { outcome: 'closed' };
  if (campaign.removalsDay !== localDay(campaign.timeZone, now)) await removeUnfit(context, policy, campaign, generation, now);
  const rows = Math.max(1, Math.min(LARGEST_PAGE, asked));
  const range = { after, rows, ...(since !== undefined && { since }) };
  const { members, gone } = await readMembers(context, policy, campaign, generation, now, range);
  // Asked for again: the scope may have been closed while the members were read.
  const scope = (await context.scopes.of(campaign.id))?.generations.find((one) => one.generation === generation)?.scope;
  if (scope === undefined) return { outcome: 'closed' };
  const dialHashes = new Map(members.map(({ rowNumber, dialHash }) => [rowNumber, dialHash]));
  const sealed = sealList(scope, members, campaign.bandNames)
    .rows.filter(({ rowNumber, dialHash }) => dialHashes.get(rowNumber) === dialHash)
    .sort((a, b) => a.rowNumber - b.rowNumber);
  await checkList([campaign.listColumns.join(','), ...sealed.map(({ line }) => line)], {
    key: context.keys.guard,
    bandLabels: bandLabels(policy, campaign.listColumns.slice(FIXED_COLUMNS)),
    known: () =>
      readKnownValues(
        context,
        sealed.map(({ customer }) => customer),
      ),
  });
  const last = Math.max(0, ...members.map(({ rowNumber }) => rowNumber), ...gone);
  return {
    outcome: 'page',
    columns: campaign.listColumns,
    rows: sealed.map(({ line, maskedPhone, bands }) => [...line.split(',', 2), maskedPhone, ...bands]),
    ...(members.length + gone.length === rows && { next: last }),
  };
}

function mayBeRead(policy: Policy, campaign: StoredCampaign, now: number): boolean {
  if (campaign.state !== 'open') return false;
  const decision = decide(
    {
      action: 'list',
      purpose: campaign.purpose,
      vendor: campaign.vendor,
      campaign: termsOf(campaign),
      fields: campaign.listColumns as readonly string[],
    },
    policy,
    { campaignState: campaign.state },
    now,
  );
  return decision.outcome === 'allowed';
}

/** The day's batch of removals: everybody who would not be put on the list today. Two looks at once remove the same. */
async function removeUnfit(context: BankContext, policy: Policy, campaign: StoredCampaign, generation: number, now: number): Promise<void> {
  const { members, gone } = await readMembers(context, policy, campaign, generation, now);
  const unfit = new Set([...gone, ...members.filter((member) => member.unfit).map(({ rowNumber }) => rowNumber)]);
  await context.database.transaction(async (tx) => {
    const [due] = await tx.query(
      'UPDATE campaign SET removals_day = $2 WHERE number = $1 AND removals_day IS DISTINCT FROM $2 RETURNING 1',
      [campaign.number, localDay(campaign.timeZone, now)],
    );
    if (due !== undefined) await removeMembers(tx, campaign.number, unfit, new Date(now));
  });
}
