/**
 * Verifies grants (RFC 9068), strictly: one spelling, exactly the known header members and claims, keys of the issuer only.
 * The result does not depend on the proof or the request, so a resolver may keep it under `grantDigest(token)` until it
 * expires, and must then look at the time with `isCurrent` for each use.
 * @module
 */
import { hash } from 'node:crypto';
import { fail } from '../errors.js';
import type { KeySource } from '../keys/key-set.js';
import type { JsonObject } from '../strict/json.js';
import { readSignedObject } from '../strict/signed-object.js';
import { type Grant, type GrantFacts, readGrant } from './grant.js';

/** Whose grants, for whom, by which keys. */
export interface GrantRequirements {
  readonly issuer: string;
  /** This resource's URL; a list of audiences in a grant is refused. */
  readonly audience: string;
  readonly keys: KeySource;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How far the issuer's clock may be ahead; 5 by default. A grant's end has no tolerance. */
  readonly skewSeconds?: number;
}

/** A grant is about 1,000 characters; longer than this and it is not looked at. */
export const MAX_GRANT_LENGTH = 4096;
export const SKEW_SECONDS = 5;

/**
 * Verifies a grant.
 *
 * @returns what it says, deeply frozen
 * @throws `ERR_GRANT_MALFORMED` · `ERR_GRANT_SIGNATURE`: unknown key or wrong signature · `ERR_GRANT_CLAIMS` ·
 *   `ERR_GRANT_ISSUER` · `ERR_GRANT_AUDIENCE` · `ERR_GRANT_NOT_YET` · `ERR_GRANT_EXPIRED`, in this order
 */
export async function verifyGrant(token: string, requirements: GrantRequirements): Promise<Grant> {
  const grant = readGrant(await verifyGrantClaims(token, requirements.keys));
  if (typeof grant === 'string') throw fail('ERR_GRANT_CLAIMS', { field: grant });
  checkGrant(grant, requirements);
  return grant;
}

/** The claims of a token that the issuer signed as a grant; nothing about them is checked yet. */
export async function verifyGrantClaims(token: string, keys: KeySource): Promise<JsonObject> {
  const claims = await readSignedObject(token, { typ: 'at+jwt', keys, maxLength: MAX_GRANT_LENGTH });
  if (claims === 'malformed') throw fail('ERR_GRANT_MALFORMED');
  if (claims === 'unsigned') throw fail('ERR_GRANT_SIGNATURE');
  return claims;
}

/** Issuer, audience and time. */
export function checkGrant(grant: GrantFacts, { issuer, audience, now, skewSeconds = SKEW_SECONDS }: GrantRequirements): void {
  if (grant.issuer !== issuer) throw fail('ERR_GRANT_ISSUER');
  if (grant.audience !== audience) throw fail('ERR_GRANT_AUDIENCE');
  if (grant.issuedAt > now + skewSeconds * 1000) throw fail('ERR_GRANT_NOT_YET');
  if (grant.expiresAt <= now) throw fail('ERR_GRANT_EXPIRED');
}

/** Whether a grant that was verified before still holds. A clock set back is the issuer's affair, so only the end is looked at. */
export function isCurrent(grant: GrantFacts, now: number): boolean {
  return now < grant.expiresAt;
}

/**
 * The base64url SHA-256 of an access token, 43 characters: the key of a verified grant in a cache, and the `ath` that a
 * proof must hold. A second spelling of the same grant has another digest and is verified, and refused, by itself.
 */
export function grantDigest(token: string): string {
  return hash('sha256', token, 'base64url');
}
