/**
 * A handover as its vendor sees it: an id and a state. Which fields went, and to what address, is not for the vendor.
 * @module
 */
import type { Queryable } from '../store/database.js';

/** `lapsed`: the code expired, was guessed at too often, never went out, or another one took its place. */
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
