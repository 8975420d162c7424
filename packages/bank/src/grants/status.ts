/**
 * Status lists of the grants that were issued (draft-ietf-oauth-status-list): whoever verifies a grant without asking the
 * bank can look up in a small signed list whether it was revoked.
 *
 * Numbers come from a sequence and are never used twice. Inside a list they are scattered by a keyed permutation: a vendor
 * that compares the places of two of its grants learns nothing about how many others were issued between them.
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-status-list/
 * @module
 */
import { hash, hkdfSync } from 'node:crypto';
import { createStatusList, type StatusReference, setStatus, signStatusList, tokenStatus } from '@numbra/grants';
import { LRUCache } from 'lru-cache';
import type { BankContext } from '../context.js';
import type { Queryable } from '../store/database.js';

/** Grants in one list: 8 KiB before compression. */
export const STATUS_LIST_SIZE = 65_536;
/** How long a verifier may keep a list: a grant lives for minutes, so this is short. */
export const STATUS_TTL_SECONDS = 10;
const STATUS_LIFE_SECONDS = 60;

/** Feistel rounds over two halves of 8 bits; enough to hide order, which is all that it is for. */
const ROUNDS = 4;
const HALF_BITS = 8;
const HALF_MASK = 0xff;

/** Takes the next number. It stays taken, whatever becomes of the grant. */
export async function takeStatusNumber(queryable: Queryable): Promise<bigint> {
  const [row] = await queryable.query<{ number: bigint }>(`SELECT nextval('status_number') AS number`);
  return (row as { number: bigint }).number;
}

/** Where a number stands: the list's address and the place in it. */
export function statusReference(context: BankContext, issuer: string, number: bigint): StatusReference {
  const list = number / BigInt(STATUS_LIST_SIZE);
  return { uri: statusListUri(issuer, list), idx: scatter(context.keys.proofNonce, list, Number(number % BigInt(STATUS_LIST_SIZE))) };
}

export const statusListUri = (issuer: string, list: bigint | number): string => `${issuer}/status/${list}`;

/**
 * A list, signed.
 *
 * @returns a status list token, or `undefined`: no grant stands in that list
 */
export async function signedStatusList(context: BankContext, issuer: string, list: number): Promise<string | undefined> {
  const { database, clock, grantKeys, keys } = context;
  const [sequence] = await database.query<{ last_value: bigint; is_called: boolean }>('SELECT last_value, is_called FROM status_number');
  const first = BigInt(list) * BigInt(STATUS_LIST_SIZE);
  if (sequence === undefined || !sequence.is_called || first > sequence.last_value) return undefined;
  const revoked = await database.query<{ status: bigint }>(
    `SELECT status FROM issued_grant WHERE revoked_at IS NOT NULL AND status >= $1 AND status < $2
     UNION ALL SELECT status FROM agent_grant WHERE revoked_at IS NOT NULL AND status >= $1 AND status < $2`,
    [first, first + BigInt(STATUS_LIST_SIZE)],
  );
  const statuses = createStatusList(1, STATUS_LIST_SIZE);
  for (const { status } of revoked)
    setStatus(statuses, scatter(keys.proofNonce, BigInt(list), Number(status - first)), tokenStatus.invalid);
  const terms = {
    uri: statusListUri(issuer, list),
    list: statuses,
    now: clock(),
    lifeSeconds: STATUS_LIFE_SECONDS,
    ttlSeconds: STATUS_TTL_SECONDS,
  };
  return signStatusList(terms, await grantKeys.signing());
}

/** A permutation of 0 … 65,535, another one for each list. */
export function scatter(key: Uint8Array, list: bigint, index: number): number {
  let [left, right] = [index >> HALF_BITS, index & HALF_MASK];
  for (const table of roundTables(key, list)) [left, right] = [right, left ^ (table[right] as number)];
  return (left << HALF_BITS) | right;
}

const tables = new LRUCache<string, readonly Uint8Array[]>({ max: 16 });

/** The round functions of a list, each as a table of 256 bytes. */
function roundTables(key: Uint8Array, list: bigint): readonly Uint8Array[] {
  const label = `${hash('sha256', key, 'base64url')}/${list}`; // a bank's key must not lie about as text
  let made = tables.get(label);
  if (made === undefined) {
    made = Array.from(
      { length: ROUNDS },
      (_, round) => new Uint8Array(hkdfSync('sha256', key, '', `numbra/v1/status\x1f${list}\x1f${round}`, HALF_MASK + 1)),
    );
    tables.set(label, made);
  }
  return made;
}
