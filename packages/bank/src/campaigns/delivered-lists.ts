/**
 * What every recipient was ever shown, as the measures read it: the rows of its lists, removed ones too, for it still holds them; and
 * those whose day of release has not come, for it will.
 * @module
 */
import type { Policy } from '@numbra/policy';
import type { VisibleList, VisibleRow } from '@numbra/policy/measures';
import type { Database } from '../store/database.js';
import { bandSpans } from './bands.js';
import { FIXED_COLUMNS } from './campaign.js';

export interface Recipient {
  readonly recipient: string;
  readonly lists: readonly VisibleList[];
}

/** A mask is nine stars, then the digits shown. */
const MASK_STARS = 9;

/**
 * The lists of every vendor, oldest first.
 *
 * @param policy - says what labels cover that do not say it themselves
 * @param uncounted - row ids of customers that are left out
 */
export async function readDeliveredLists(
  database: Database,
  policy: Policy,
  uncounted: ReadonlySet<number>,
): Promise<readonly Recipient[]> {
  // A rotation repeats a row under new tokens: it shows the same.
  const rows = await database.query<{ vendor: string; columns: string; rows: string | null }>(
    `SELECT c.vendor, c.list_columns AS columns,
            (SELECT string_agg(concat_ws(E'\\x1f', m.customer, m.masked_phone, m.bands), E'\\n')
               FROM (SELECT DISTINCT ON (row_number) customer, masked_phone, bands FROM member WHERE campaign = c.number
                     UNION ALL SELECT customer, masked_phone, bands FROM waiting_member WHERE campaign = c.number) m) AS rows
       FROM campaign c WHERE c.list_columns IS NOT NULL ORDER BY c.vendor, c.number`,
  );
  const recipients = new Map<string, VisibleList[]>();
  for (const row of rows) {
    const bandNames = (JSON.parse(row.columns) as string[]).slice(FIXED_COLUMNS);
    const shown = row.rows === null ? [] : row.rows.split('\n').map((line) => visibleRow(line, bandNames.length));
    const list = {
      bandNames,
      spans: bandSpans(policy, bandNames),
      rows: uncounted.size === 0 ? shown : shown.filter(({ customer }) => !uncounted.has(customer)),
    };
    recipients.set(row.vendor, [...(recipients.get(row.vendor) ?? []), list]);
  }
  return [...recipients].map(([recipient, lists]) => ({ recipient, lists }));
}

function visibleRow(line: string, bands: number): VisibleRow & { readonly customer: number } {
  const [customer, masked, ...cells] = line.split('\x1f');
  return { customer: Number(customer), digits: (masked as string).slice(MASK_STARS), bands: bands === 0 ? [] : cells };
}
