/**
 * Rotating the key that signs grants: the new one signs from now on, the old one's public half stays published until the
 * last grant that it signed has ended. No call is lost. What must verify for years (manifests, answers) needs the public
 * keys kept elsewhere too: this is about grants.
 * @module
 */
import { fail } from '../errors.js';
import { GRANT_SECONDS } from '../grant/grant.js';
import type { GrantKey } from './grant-key.js';
import type { PublicJwk } from './jwk.js';
import { type Jwks, type KeySet, readKeySet } from './key-set.js';

export interface RetiredKey {
  readonly publicJwk: PublicJwk;
  /** Published until then; milliseconds since the epoch. */
  readonly until: number;
}

/** The key that signs, and those that still verify. */
export interface KeySchedule {
  readonly current: GrantKey;
  readonly retired: readonly RetiredKey[];
}

/** Another process may sign with the old key until it has heard of the new one. */
const HANDOVER_SECONDS = 60;
/** How long a retired key stays published: until the last grant that it may have signed has ended. */
export const RETIRED_KEY_SECONDS = GRANT_SECONDS + HANDOVER_SECONDS;

/**
 * Puts a new key in place.
 *
 * @param now - milliseconds since the epoch
 * @throws `ERR_KEY_ROTATION`: the schedule knows that kid already
 */
export function rotateKey({ current, retired }: KeySchedule, next: GrantKey, now: number): KeySchedule {
  const known = [current.publicJwk, ...retired.map(({ publicJwk }) => publicJwk)];
  if (known.some(({ kid }) => kid === next.kid)) throw fail('ERR_KEY_ROTATION');
  const leaving = { publicJwk: current.publicJwk, until: now + RETIRED_KEY_SECONDS * 1000 };
  return { current: next, retired: [leaving, ...retired.filter(({ until }) => until > now)] };
}

/** The JWKS to publish at an instant: the signing key first. */
export function publishedKeys({ current, retired }: KeySchedule, now: number): Jwks {
  return { keys: [current.publicJwk, ...retired.filter(({ until }) => until > now).map(({ publicJwk }) => publicJwk)] };
}

/** The same, to verify with. */
export function verifyingKeys(schedule: KeySchedule, now: number): KeySet {
  return readKeySet(publishedKeys(schedule, now));
}
