/**
 * Every campaign secret under the newest shred key: the part of a shred that the store does.
 * @module
 */
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { bytesArray, plainArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import { isUnreadable, refuseOutdated, unwrapCurrent } from './secret.js';

const PROBE_BYTES = 32;

interface WrappedRow {
  readonly campaign: number;
  readonly generation: number;
  readonly wrapped: Uint8Array;
}

export interface RewrapOptions {
  /** As `refuseUnreadable` found it. */
  readonly epoch: number;
  /** What the same transaction does first, under the lock. */
  readonly before?: () => Promise<void>;
}

export interface Rewrapped {
  /** Secrets that there are. */
  readonly surviving: number;
  /** Whether one of them was under another key. */
  readonly changed: boolean;
}

/**
 * Makes sure that this keyring opens every secret there is.
 *
 * @returns the epoch of the shred key, for `rewrapSecrets`
 * @throws `ERR_SHRED_UNREADABLE`, `ERR_BANK_KEYRING_OUTDATED`
 */
export async function refuseUnreadable({ database, keyring }: BankContext): Promise<number> {
  const [key] = await database.query<{ epoch: number; probe: Uint8Array | null }>('SELECT epoch, probe FROM shred_key');
  if (key?.probe != null) await refuseOutdated(keyring, key.probe);
  for (const row of await wrappedRows(database)) (await unwrap(keyring, row)).fill(0);
  return key?.epoch ?? 0;
}

/**
 * Wraps every secret again. Nobody writes or deletes one meanwhile.
 *
 * @throws `ERR_SHRED_OVERTAKEN`, `ERR_SHRED_UNREADABLE`: the caller's transaction must not commit
 */
export async function rewrapSecrets({ keyring, random }: BankContext, tx: Queryable, { epoch, before }: RewrapOptions): Promise<Rewrapped> {
  const [key] = await tx.query<{ epoch: number }>('SELECT epoch FROM shred_key FOR UPDATE');
  if (key?.epoch !== epoch) throw fail('ERR_SHRED_OVERTAKEN');
  await before?.();
  const rows = await wrappedRows(tx);
  const wrapped: Uint8Array[] = [];
  for (const row of rows) {
    const secret = await unwrap(keyring, row);
    wrapped.push(await keyring.wrapSecret(secret));
    secret.fill(0);
  }
  await tx.query(
    `UPDATE campaign_secret s SET wrapped = x.wrapped
       FROM unnest($1::text::integer[], $2::text::smallint[], $3::text::bytea[]) AS x (campaign, generation, wrapped)
      WHERE s.campaign = x.campaign AND s.generation = x.generation AND s.wrapped IS NOT NULL`,
    [plainArray(rows.map(({ campaign }) => campaign)), plainArray(rows.map(({ generation }) => generation)), bytesArray(wrapped)],
  );
  await tx.query('UPDATE shred_key SET epoch = epoch + 1, probe = $1', [await keyring.wrapSecret(Uint8Array.from(random(PROBE_BYTES)))]);
  return { surviving: rows.length, changed: rows.some((row, i) => Buffer.compare(row.wrapped, wrapped[i] as Uint8Array) !== 0) };
}

function wrappedRows(queryable: Queryable): Promise<WrappedRow[]> {
  return queryable.query<WrappedRow>(
    'SELECT campaign, generation, wrapped FROM campaign_secret WHERE wrapped IS NOT NULL ORDER BY campaign, generation',
  );
}

async function unwrap(keyring: BankContext['keyring'], { wrapped }: WrappedRow): Promise<Uint8Array> {
  try {
    return await unwrapCurrent(keyring, wrapped);
  } catch (error) {
    throw isUnreadable(error) ? fail('ERR_SHRED_UNREADABLE') : error;
  }
}
