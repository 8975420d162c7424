/**
 * Writes other than orders, each done once a key: the key's row is the first thing that a write's transaction inserts, so that who
 * comes second waits for the first and is then answered what the first was. Orders have a way of their own (lane.ts), over the same rows.
 * @module
 */
import type { Grant } from '@numbra/grants';
import type { Queryable } from '../store/database.js';
import { CONFLICT, MISMATCH, type NotWritten, REVOKED } from './answer.js';
import { digestId } from './ids.js';

/** Who writes, and under which key. */
export interface WriteRequest {
  readonly grant: Pick<Grant, 'clientId' | 'issuedAt' | 'actor' | 'campaign'>;
  /** One for each write the vendor means to make; repeats get the first answer for 7 days. */
  readonly idempotencyKey: string;
}

export type BegunWrite<B> =
  /** This transaction holds the key. */
  | { readonly kind: 'fresh'; readonly key: string }
  /** Done before. */
  | { readonly kind: 'done'; readonly body: B }
  | { readonly kind: 'not-written'; readonly answer: NotWritten };

/** A write whose process died, or whose carrier never answered, may be begun again after this. */
const UNFINISHED_MS = 15_000;

/**
 * Begins a write, in the caller's transaction.
 *
 * @param asked - everything that makes two requests the same: the operation first
 */
export async function beginWrite<B>(
  tx: Queryable,
  { grant, idempotencyKey }: WriteRequest,
  asked: readonly string[],
  clock: Date | null,
): Promise<BegunWrite<B>> {
  if (await isRevoked(tx, grant)) return { kind: 'not-written', answer: REVOKED };
  const key = keyOf(grant.clientId, idempotencyKey);
  const digest = digestId(...asked);
  const [taken] = await tx.query(
    `INSERT INTO idempotency AS i (key, digest, created_at) VALUES ($1, $2, coalesce($3, clock_timestamp()))
     ON CONFLICT (key) DO UPDATE SET created_at = excluded.created_at
       WHERE i.digest = excluded.digest AND i.call IS NULL AND i.status IS NULL AND i.created_at < excluded.created_at - $4::text::interval
     RETURNING 1`,
    [key, digest, clock, `${UNFINISHED_MS} milliseconds`],
  );
  if (taken !== undefined) return { kind: 'fresh', key };
  const [known] = await tx.query<{ digest: string; answer: string | null }>('SELECT digest, answer FROM idempotency WHERE key = $1', [key]);
  if (known?.digest !== digest) return { kind: 'not-written', answer: MISMATCH };
  if (known.answer === null) return { kind: 'not-written', answer: CONFLICT };
  return { kind: 'done', body: JSON.parse(known.answer) as B };
}

/** Keeps what a write was answered. */
export async function finishWrite(tx: Queryable, key: string, status: number, body: object): Promise<void> {
  await tx.query('UPDATE idempotency SET status = $2, answer = $3 WHERE key = $1', [key, status, JSON.stringify(body)]);
}

/** The row of a client's key. */
export function keyOf(clientId: string, idempotencyKey: string): string {
  return digestId('idempotency', clientId, idempotencyKey);
}

/** Whether the grant, or its vendor, was revoked, or the grant is older than the bank accepts. */
export async function isRevoked(queryable: Queryable, grant: WriteRequest['grant']): Promise<boolean> {
  const [row] = await queryable.query<{ revoked: boolean }>(
    `SELECT v.id IS NULL OR v.revoked_at IS NOT NULL OR g.revoked_at IS NOT NULL
            OR to_timestamp($3::bigint / 1000.0) < k.minimum_issued_at AS revoked
       FROM bank k LEFT JOIN vendor v ON v.id = $1 LEFT JOIN issued_grant g ON g.identifier = $2`,
    [grant.clientId, grant.campaign.identifier, grant.issuedAt],
  );
  return row?.revoked !== false;
}

/**
 * Claims a key for a batch of orders. Its orders have rows of their own, so a batch that was cut short goes on when it is sent again;
 * this row only holds that the same key means the same orders.
 */
export async function claimBatch(
  queryable: Queryable,
  { grant, idempotencyKey }: WriteRequest,
  asked: readonly string[],
  clock: Date | null,
): Promise<'ours' | 'mismatch' | 'revoked'> {
  if (await isRevoked(queryable, grant)) return 'revoked';
  const key = keyOf(grant.clientId, idempotencyKey);
  const digest = digestId('batch', ...asked);
  // An answer, so that the row is never taken for an unfinished write.
  await queryable.query(
    `INSERT INTO idempotency (key, digest, status, answer, created_at) VALUES ($1, $2, 200, '{}', coalesce($3, clock_timestamp()))
     ON CONFLICT (key) DO NOTHING`,
    [key, digest, clock],
  );
  const [row] = await queryable.query<{ digest: string }>('SELECT digest FROM idempotency WHERE key = $1', [key]);
  return row?.digest === digest ? 'ours' : 'mismatch';
}
