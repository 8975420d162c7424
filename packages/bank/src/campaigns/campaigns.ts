/**
 * Campaigns, as the facade offers them.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { type Campaign, findCampaign, listCampaigns, publicCampaign } from './campaign.js';
import { type CountersignAnswer, type CountersignRequest, countersign } from './countersign.js';
import { type CreatedCampaign, createCampaign, type NewCampaign } from './create.js';
import { type ExportOptions, type ExportResult, exportCampaign } from './export.js';
import { type ExportRequested, requestExport } from './export-approval.js';
import { type ListPage, type ListQuery, readListPage } from './list-pages.js';
import { exportPage, type PageOptions, type Preview, previewPage } from './page/page.js';
import { type KeyActOptions, type RotatedCampaign, rotateCampaign } from './rotate.js';
import { type ShreddedCampaign, shredCampaign } from './shred.js';
import { type WithdrawnList, withdrawList } from './withdraw.js';

export interface Campaigns {
  /** Creates a campaign with keys of its own. See campaigns/create.ts. */
  create(campaign: NewCampaign): Promise<CreatedCampaign>;
  get(id: string): Promise<Campaign | undefined>;
  /** All, oldest first. */
  list(): Promise<Campaign[]>;
  /** Writes a campaign's list to a file. See campaigns/export.ts. */
  export(id: string, options: ExportOptions): Promise<ExportResult>;
  /** The approver's page of an export, one HTML file. See campaigns/page/page.ts. */
  exportPage(exportId: string, options?: PageOptions): Promise<string>;
  /** The same of the export that would be made now. */
  previewPage(id: string, options?: PageOptions): Promise<Preview>;
  /** Asks for approval of the export that would be made now. See campaigns/export-approval.ts. */
  requestExport(id: string, order: { readonly by: string; readonly why: string }): Promise<ExportRequested>;
  /** A vendor's own list in pages. See campaigns/list-pages.ts. */
  readList(query: ListQuery): Promise<ListPage>;
  /** Keeps a vendor's countersignature on the manifest of its list. See campaigns/countersign.ts. */
  countersign(request: CountersignRequest): Promise<CountersignAnswer>;
  /** Ends a campaign: nothing is dialled for it any more. @returns whether this changed anything @throws `ERR_CAMPAIGN_UNKNOWN` */
  close(id: string): Promise<boolean>;
  /** Seals the same members under a new key; both lists are valid until the older is withdrawn. See campaigns/rotate.ts. */
  rotate(id: string, options?: KeyActOptions): Promise<RotatedCampaign>;
  /** Deletes the key of the older list. See campaigns/withdraw.ts. */
  withdraw(id: string, options?: KeyActOptions): Promise<WithdrawnList>;
  /** Destroys the campaign's keys, also in every older copy of the database. See campaigns/shred.ts. */
  shred(id: string, options?: KeyActOptions): Promise<ShreddedCampaign>;
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
    exportPage: (id, options) => exportPage(context, id, options),
    previewPage: (id, options) => previewPage(context, id, options),
    requestExport: (id, order) => requestExport(context, id, order),
    rotate: (id, options) => rotateCampaign(context, id, options),
    withdraw: (id, options) => withdrawList(context, id, options),
    shred: (id, options) => shredCampaign(context, id, options),
    readList: (query) => readListPage(context, query),
    countersign: (request) => countersign(context, request),
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
