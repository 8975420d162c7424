/**
 * A campaign as it stands in the store, and its terms as the policy judges them.
 * @module
 */
import type { CampaignState, CampaignTerms, Window } from '@numbra/policy';
import { ALWAYS, FOREVER, type Queryable } from '../store/database.js';
import type { Selection } from './selection.js';

/** One vendor, one purpose, one list, one time window. */
export interface Campaign {
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly state: CampaignState;
  readonly timeZone: string;
  /** Narrower than the policy's. */
  readonly window?: Window;
  readonly opensAt?: Date;
  readonly closesAt?: Date;
  readonly budgetCalls: number;
  readonly budgetRemaining: number;
  readonly perCustomer: number;
  readonly perAgentPerHour: number;
  /** Stays in the bank. */
  readonly selection: Selection;
  readonly createdAt: Date;
}

/** With what only the store needs. */
export interface StoredCampaign extends Campaign {
  readonly number: number;
  readonly maskWidth: number | undefined;
  /** Local day of the last batch of removals. */
  readonly removalsDay: string | undefined;
  /** The list's columns, once there is a list. */
  readonly listColumns: readonly string[] | undefined;
  /** Those of them that are bands. */
  readonly bandNames: readonly string[];
}

/** Columns before the bands: reference, dial token, masked phone. */
export const FIXED_COLUMNS = 3;

interface CampaignRow {
  readonly number: number;
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly time_zone: string;
  readonly call_window: string | null;
  readonly opens_at: Date;
  readonly closes_at: Date;
  readonly budget_calls: number;
  readonly remaining: number;
  readonly per_customer: number;
  readonly per_agent_per_hour: number;
  readonly selection: string;
  readonly mask_width: number | null;
  readonly removals_day: string | null;
  readonly list_columns: string | null;
  readonly state: CampaignState;
  readonly created_at: Date;
}

const SELECT = `SELECT c.number, c.id, c.vendor, c.purpose, c.time_zone, c.call_window, c.opens_at, c.closes_at, c.budget_calls, b.remaining,
       c.per_customer, c.per_agent_per_hour, c.selection, c.mask_width, c.removals_day, c.list_columns, c.state, c.created_at
  FROM campaign c JOIN campaign_budget b ON b.campaign = c.number`;

export async function findCampaign(queryable: Queryable, id: string): Promise<StoredCampaign | undefined> {
  const [row] = await queryable.query<CampaignRow>(`${SELECT} WHERE c.id = $1`, [id]);
  return row && campaignOf(row);
}

/** All campaigns, oldest first. */
export async function listCampaigns(queryable: Queryable): Promise<StoredCampaign[]> {
  return (await queryable.query<CampaignRow>(`${SELECT} ORDER BY c.number`)).map(campaignOf);
}

function campaignOf(row: CampaignRow): StoredCampaign {
  const listColumns = row.list_columns === null ? undefined : (JSON.parse(row.list_columns) as string[]);
  return {
    number: row.number,
    id: row.id,
    vendor: row.vendor,
    purpose: row.purpose,
    state: row.state,
    timeZone: row.time_zone,
    ...(row.call_window !== null && { window: JSON.parse(row.call_window) as Window }),
    ...(row.opens_at.getTime() !== ALWAYS.getTime() && { opensAt: row.opens_at }),
    ...(row.closes_at.getTime() !== FOREVER.getTime() && { closesAt: row.closes_at }),
    budgetCalls: row.budget_calls,
    budgetRemaining: row.remaining,
    perCustomer: row.per_customer,
    perAgentPerHour: row.per_agent_per_hour,
    selection: JSON.parse(row.selection) as Selection,
    createdAt: row.created_at,
    maskWidth: row.mask_width ?? undefined,
    removalsDay: row.removals_day ?? undefined,
    listColumns,
    bandNames: listColumns?.slice(FIXED_COLUMNS) ?? [],
  };
}

/** Without what only the store needs. */
export function publicCampaign(stored: StoredCampaign): Campaign {
  const { number: _number, maskWidth: _width, removalsDay: _day, listColumns: _columns, bandNames: _bands, ...campaign } = stored;
  return campaign;
}

/** What the policy judges. */
export function termsOf(campaign: Omit<Campaign, 'selection' | 'createdAt' | 'state' | 'budgetRemaining'>): CampaignTerms {
  const { id, vendor, purpose, timeZone, window, opensAt, closesAt, budgetCalls, perCustomer, perAgentPerHour } = campaign;
  return {
    id,
    vendor,
    purpose,
    timeZone,
    budgetCalls,
    perCustomer,
    perAgentPerHour,
    ...(window !== undefined && { window }),
    ...(opensAt !== undefined && { opensAt: opensAt.getTime() }),
    ...(closesAt !== undefined && { closesAt: closesAt.getTime() }),
  };
}
