/**
 * Tidying: deletes what has had its time. Nothing that anybody may still ask for, and no evidence.
 * @module
 */
import type { Queryable } from '../store/database.js';

/** Repeats of a request are answered for this long. */
export const IDEMPOTENCY_DAYS = 7;

/** Rows in one statement: short ones, so that calls under way wait for none of them. */
const CHUNK_ROWS = 5_000;

const STATEMENTS = [
  // A call whose order was never answered keeps its key: asking again must not dial again.
  `DELETE FROM idempotency WHERE key IN (
     SELECT i.key FROM idempotency i
      WHERE i.created_at < coalesce($1, now()) - interval '${IDEMPOTENCY_DAYS} days'
        AND NOT EXISTS (SELECT FROM call c WHERE c.id = i.call AND c.told IS NULL)
      LIMIT ${CHUNK_ROWS}) RETURNING 1`,
  `DELETE FROM replay WHERE key IN (SELECT key FROM replay WHERE expires_at < coalesce($1, now()) LIMIT ${CHUNK_ROWS}) RETURNING 1`,
  `DELETE FROM sticky_refusal WHERE (campaign, customer) IN (
     SELECT campaign, customer FROM sticky_refusal WHERE until < coalesce($1, now()) LIMIT ${CHUNK_ROWS}) RETURNING 1`,
] as const;

/** @returns how many rows were deleted */
export async function tidyCalls(queryable: Queryable, clock: Date | null): Promise<number> {
  let deleted = 0;
  for (const sql of STATEMENTS) {
    for (let rows = CHUNK_ROWS; rows === CHUNK_ROWS; deleted += rows) rows = (await queryable.query(sql, [clock])).length;
  }
  return deleted;
}
