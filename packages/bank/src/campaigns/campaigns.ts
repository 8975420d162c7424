/**
 * Campaigns, as the facade offers them.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { type Campaign, findCampaign, listCampaigns, publicCampaign } from './campaign.js';
import { type CreatedCampaign, createCampaign, type NewCampaign } from './create.js';
import { type ExportOptions, type ExportResult, exportCampaign } from './export.js';

export interface Campaigns {
  /** Creates a campaign with keys of its own. See campaigns/create.ts. */
  create(campaign: NewCampaign): Promise<CreatedCampaign>;
  get(id: string): Promise<Campaign | undefined>;
  /** All, oldest first. */
  list(): Promise<Campaign[]>;
  /** Writes a campaign's list to a file. See campaigns/export.ts. */
  export(id: string, options: ExportOptions): Promise<ExportResult>;
  /** Ends a campaign: nothing is dialled for it any more. @returns whether this changed anything @throws `ERR_CAMPAIGN_UNKNOWN` */
  close(id: string): Promise<boolean>;
}

export function campaignsOf(context: BankContext): Campaigns {
  const { database } = context;
  return {
    create: (campaign) => createCampaign(context, campaign),
    async get(id) {
      const found = await findCampaign(database, id);
      return found && publicCampaign(found);
    },
    list: async () => (await listCampaigns(database)).map(publicCampaign),
    export: (id, options) => exportCampaign(context, id, options),
    async close(id) {
      const at = context.clock();
      return database.transaction(async (tx) => {
        const [found] = await tx.query<{ state: string }>('SELECT state FROM campaign WHERE id = $1 FOR UPDATE', [id]);
        if (found === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
        if (found.state !== 'open') return false;
        await tx.query(`UPDATE campaign SET state = 'closed' WHERE id = $1`, [id]);
        await appendEntries(tx, [writeEntry('campaign.closed', { campaign: id }, { at, nonce: context.random(16) })]);
        return true;
      });
    },
  };
}
