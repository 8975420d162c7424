/**
 * The approver's page of an export: before it is made, and after.
 * @module
 */
import type { BankContext } from '../../context.js';
import { exclusively } from '../../store/exclusive.js';
import type { ExportRefused } from '../export-refusal.js';
import { prepareNow } from '../prepare.js';
import { readLast, readPageData } from './page-data.js';
import { renderExportPage } from './render.js';
import type { PageLanguage } from './words.js';

/** Above every export's number, a PostgreSQL integer. */
const NEWEST = 2 ** 31 - 1;

export interface PageOptions {
  /** English by default. */
  readonly language?: PageLanguage;
}

export type Preview =
  | { readonly outcome: 'measured'; readonly page: string }
  /** Nothing would leave. */
  | ExportRefused;

/**
 * The page of an export that was made.
 *
 * @returns one self-contained HTML file
 * @throws `ERR_EXPORT_UNKNOWN`
 */
export async function exportPage(context: BankContext, id: string, { language = 'en' }: PageOptions = {}): Promise<string> {
  return renderExportPage(await readPageData(context, id), language);
}

/**
 * The page of the export that would be made now. Its draws are those that the export makes, so what is approved is what leaves, as long as
 * customers, consents and other lists stay as they are. Nothing is recorded and nobody's n is taken.
 *
 * @throws `ERR_CAMPAIGN_UNKNOWN`, `ERR_EXPORT_CHANGED`
 */
export function previewPage(context: BankContext, id: string, { language = 'en' }: PageOptions = {}): Promise<Preview> {
  return exclusively(context.database, 'export', async () => {
    const { campaign, policy, now, prepared } = await prepareNow(context, id);
    if (prepared.outcome === 'refused') return prepared;
    const { list, measures, added, removed, waiting, drawn } = prepared;
    const batches = new Map<string, number>();
    for (const { releaseDay } of drawn) batches.set(releaseDay, (batches.get(releaseDay) ?? 0) + 1);
    const last = await readLast(context, { vendor: campaign.vendor, campaign: campaign.number, before: NEWEST });
    const page = renderExportPage(
      {
        bank: context.name,
        campaign: campaign.id,
        vendor: campaign.vendor,
        purpose: campaign.purpose,
        policy: policy.digest,
        at: new Date(now),
        timeZone: campaign.timeZone,
        columns: list.columns,
        measures,
        rows: list.rows.length,
        added: added.length,
        removed: removed.size,
        waiting,
        batches: [...batches].sort().map(([day, rows]) => ({ day, rows })),
        ...(last !== undefined && { last }),
      },
      language,
    );
    return { outcome: 'measured', page };
  });
}
