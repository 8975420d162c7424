/**
 * A handover as its vendor sees it: an id and a state. Which fields went, and to what address, is not for the vendor.
 * @module
 */
import type { Queryable } from '../store/database.js';

/**
 * `lapsed`: the code expired, was guessed at too often, never went out, or another one took its place. `undelivered`: the recipient did not
 * take it in three days, or the customer was erased before.
 */
export const handoverStates = ['confirming', 'lapsed', 'confirmed', 'delivered', 'undelivered'] as const;
export type HandoverState = (typeof handoverStates)[number];

export interface HandoverBody {
  readonly handover_id: string;
  readonly state: HandoverState;
}

/** @returns `undefined`: there is no such handover, or it is another vendor's or campaign's: one answer */
export async function readHandover(
  queryable: Queryable,
  id: string,
  { vendor, campaign }: { readonly vendor: string; readonly campaign: string },
): Promise<HandoverBody | undefined> {
  const [row] = await queryable.query(
    'SELECT FROM handover h JOIN campaign c ON c.number = h.campaign WHERE h.id = $1 AND h.vendor = $2 AND c.id = $3',
    [id, vendor, campaign],
  );
  return row && viewOf(queryable, id);
}

/** As {@link readHandover}, of a handover that is known to be the asker's. */
export async function viewOf(queryable: Queryable, id: string): Promise<HandoverBody | undefined> {
  const [row] = await queryable.query<{ state: HandoverState }>(
    `SELECT CASE WHEN state = 'confirming' AND code_until <= clock_timestamp() THEN 'lapsed' ELSE state END AS state FROM handover WHERE id = $1`,
    [id],
  );
  return row && { handover_id: id, state: row.state };
}

/** A handover as the bank's operator sees it: without the customer. */
export interface HandoverRecord extends HandoverBody {
  readonly campaign: string;
  readonly vendor: string;
  readonly recipient: string;
  readonly startedAt: Date;
  /** Deliveries tried. */
  readonly attempts: number;
  /** Status of the recipient's last answer. */
  readonly answered?: number;
}

export interface HandoverQuery {
  readonly state?: HandoverState;
  /** 100 by default. */
  readonly limit?: number;
}

interface RecordRow {
  readonly id: string;
  readonly state: HandoverState;
  readonly campaign: string;
  readonly vendor: string;
  readonly recipient: string;
  readonly started_at: Date;
  readonly attempts: number;
  readonly answered: number | null;
}

/** The newest handovers, newest first. */
export async function listHandovers(queryable: Queryable, { state, limit = 100 }: HandoverQuery): Promise<HandoverRecord[]> {
  const rows = await queryable.query<RecordRow>(
    `SELECT * FROM (
       SELECT h.id, c.id AS campaign, h.vendor, h.recipient, h.started_at, h.attempts, h.answered,
              CASE WHEN h.state = 'confirming' AND h.code_until <= clock_timestamp() THEN 'lapsed' ELSE h.state END AS state
         FROM handover h JOIN campaign c ON c.number = h.campaign) l
      WHERE $1::text IS NULL OR l.state = $1 ORDER BY l.started_at DESC, l.id LIMIT $2`,
    [state ?? null, limit],
  );
  return rows.map(({ id, started_at: startedAt, answered, ...rest }) => ({
    handover_id: id,
    ...rest,
    startedAt,
    ...(answered !== null && { answered }),
  }));
}
