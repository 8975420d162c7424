/**
 * What the page of an export is made from.
 * @module
 */
import type { BankContext } from '../../context.js';
import { fail } from '../../errors.js';
import type { Measures } from '../measure.js';

/** Rows and what changed; of an export that is on record, or of one that would be made. */
export interface PageRows {
  readonly rows: number;
  readonly added: number;
  readonly removed: number;
  readonly waiting: number;
}

export interface PageData extends PageRows {
  readonly bank: string;
  /** Absent: the list was measured and has not left. */
  readonly export?: string;
  /** The file was recorded, and never got its name. */
  readonly undelivered?: boolean;
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  /** Digest of the policy. */
  readonly policy: string;
  readonly at: Date;
  readonly timeZone: string;
  readonly columns: readonly string[];
  /** Lists of earlier releases may lack some. */
  readonly measures: Partial<Measures>;
  /** Rows that come on each later day. */
  readonly batches: readonly { readonly day: string; readonly rows: number }[];
  /** The export before: of this campaign, else the vendor's newest before it. */
  readonly last?: LastExport;
}

export interface LastExport extends PageRows {
  readonly export: string;
  readonly campaign: string;
  readonly at: Date;
  readonly measures: Partial<Measures>;
}

interface ExportRow {
  readonly number: number;
  readonly id: string;
  readonly campaign_number: number;
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly time_zone: string;
  readonly list_columns: string;
  readonly state: string;
  readonly policy: string;
  readonly rows: number;
  readonly added: number | null;
  readonly removed: number | null;
  readonly waiting: number | null;
  readonly measures: string;
  readonly made_at: Date;
}

const SELECT = `SELECT x.number, x.id, x.campaign AS campaign_number, c.id AS campaign, c.vendor, c.purpose, c.time_zone, c.list_columns,
       x.state, x.policy, x.rows, x.added, x.removed, x.waiting, x.measures, x.made_at
  FROM export x JOIN campaign c ON c.number = x.campaign WHERE x.measures IS NOT NULL`;

/**
 * Reads an export that was made.
 *
 * @throws `ERR_EXPORT_UNKNOWN`
 */
export async function readPageData({ database, name }: BankContext, id: string): Promise<PageData> {
  const [row] = await database.query<ExportRow>(`${SELECT} AND x.id = $1`, [id]);
  if (row === undefined) throw fail('ERR_EXPORT_UNKNOWN');
  const last = await readLast({ database }, { vendor: row.vendor, campaign: row.campaign_number, before: row.number });
  const batches = await database.query<{ day: string; rows: number }>(
    'SELECT release_day AS day, count(*)::integer AS rows FROM waiting_member WHERE campaign = $1 GROUP BY 1 ORDER BY 1',
    [row.campaign_number],
  );
  return {
    bank: name,
    export: row.id,
    undelivered: row.state === 'not-delivered',
    campaign: row.campaign,
    vendor: row.vendor,
    purpose: row.purpose,
    policy: row.policy,
    at: row.made_at,
    timeZone: row.time_zone,
    columns: JSON.parse(row.list_columns) as string[],
    measures: JSON.parse(row.measures) as Partial<Measures>,
    // What waits now; of an older export that is not what waited then.
    batches: batches.reduce((sum, { rows }) => sum + rows, 0) === row.waiting ? batches : [],
    ...rowsOf(row),
    ...(last !== undefined && { last }),
  };
}

/** The export before one of this campaign: its own, else the vendor's newest. */
export async function readLast(
  { database }: Pick<BankContext, 'database'>,
  { vendor, campaign, before }: { readonly vendor: string; readonly campaign: number; readonly before: number },
): Promise<LastExport | undefined> {
  const [row] = await database.query<ExportRow>(
    `${SELECT} AND c.vendor = $1 AND x.number < $3 ORDER BY (x.campaign = $2) DESC, x.number DESC LIMIT 1`,
    [vendor, campaign, before],
  );
  if (row === undefined) return undefined;
  const measures = JSON.parse(row.measures) as Partial<Measures>;
  return { export: row.id, campaign: row.campaign, at: row.made_at, measures, ...rowsOf(row) };
}

function rowsOf({ rows, added, removed, waiting }: ExportRow): PageRows {
  return { rows, added: added ?? 0, removed: removed ?? 0, waiting: waiting ?? 0 };
}
