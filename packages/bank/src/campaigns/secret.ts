/**
 * Campaign secrets and tags: drawn here, wrapped at once, under a lock that keeps them from being left behind by a shred.
 * @module
 */
import { isNumbraError } from '@numbra/core';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';

const SECRET_BYTES = 32;
const TAG_BYTES = 6;

/** Tags are 48 random bits: a second collision in a row means that the randomness is broken. */
export const TAG_DRAWS = 8;

export interface DrawnSecret {
  /** 32 bytes; the caller wipes them. */
  readonly secret: Uint8Array;
  /** 6 public bytes; the store refuses ones that another campaign has. */
  readonly tag: Uint8Array;
}

export function drawSecret({ random }: Pick<BankContext, 'random'>): DrawnSecret {
  return { secret: Uint8Array.from(random(SECRET_BYTES)), tag: Uint8Array.from(random(TAG_BYTES)) };
}

/**
 * Keeps shreds out until the caller's transaction ends. The first lock of every transaction that touches a campaign's secret.
 *
 * @throws `ERR_BANK_KEYRING_OUTDATED`: this process holds the shred key from before a shred; what it wrapped would be lost
 */
export async function keepShredsOut({ keyring }: Pick<BankContext, 'keyring'>, tx: Queryable): Promise<void> {
  const [row] = await tx.query<{ probe: Uint8Array | null }>('SELECT probe FROM shred_key FOR SHARE');
  if (row?.probe != null) await refuseOutdated(keyring, row.probe);
}

/** @throws `ERR_BANK_KEYRING_OUTDATED`: the keyring does not open what was wrapped under the newest shred key */
export async function refuseOutdated(keyring: BankContext['keyring'], probe: Uint8Array): Promise<void> {
  try {
    (await unwrapCurrent(keyring, probe)).fill(0);
  } catch (error) {
    throw isUnreadable(error) ? fail('ERR_BANK_KEYRING_OUTDATED') : error;
  }
}

/**
 * Unwraps under the shred keys there are: also after another process shredded, where the keyring can be read again.
 *
 * @throws `ERR_KEYRING_SECRET_UNREADABLE`
 */
export async function unwrapCurrent(keyring: BankContext['keyring'], wrapped: Uint8Array): Promise<Uint8Array> {
  try {
    return await keyring.unwrapSecret(wrapped);
  } catch (error) {
    if (keyring.reload === undefined || !isBehind(error)) throw error;
  }
  await keyring.reload();
  return keyring.unwrapSecret(wrapped);
}

/** What a keyring answers that another process may have changed: the key is another one, or gone from its token. */
function isBehind(error: unknown): boolean {
  return isUnreadable(error) || (isNumbraError(error) && error.code === 'ERR_KEYRING_CHANGED');
}

export function isUnreadable(error: unknown): boolean {
  return isNumbraError(error) && error.code === 'ERR_KEYRING_SECRET_UNREADABLE';
}

/** Writes a campaign's secret, wrapped under the newest shred key. After `keepShredsOut`, in the same transaction. */
export async function insertSecret(
  { keyring }: Pick<BankContext, 'keyring'>,
  tx: Queryable,
  { campaign, generation, at }: { readonly campaign: number; readonly generation: number; readonly at: Date },
  { secret, tag }: DrawnSecret,
): Promise<void> {
  await tx.query('INSERT INTO campaign_secret (campaign, generation, wrapped, tag, created_at) VALUES ($1, $2, $3, $4, $5)', [
    campaign,
    generation,
    await keyring.wrapSecret(secret),
    tag,
    at,
  ]);
}
