/**
 * Token introspection (RFC 7662): what the bank tells a resource about a grant, as JSON or signed (RFC 9701).
 * An unknown, ended, revoked or malformed token has one answer, `{ "active": false }`: it tells which, to nobody.
 * @module
 */
import { campaignDetails } from './grant/campaign.js';
import { factsToClaims, type Grant } from './grant/grant.js';
import { isCurrent } from './grant/verify.js';
import { type GrantKey, signCompact } from './keys/grant-key.js';
import type { JsonObject } from './strict/json.js';

export type Introspection = { readonly active: false } | ({ readonly active: true; readonly token_type: 'DPoP' | 'mtls' } & JsonObject);

/** The media type of a signed answer. */
export const INTROSPECTION_MEDIA_TYPE = 'application/token-introspection+jwt';

/**
 * What may be said about a token.
 *
 * @param grant - verified and not revoked; `undefined` otherwise
 * @param now - milliseconds since the epoch
 */
export function introspectGrant(grant: Grant | undefined, now: number): Introspection {
  if (!grant || !isCurrent(grant, now)) return { active: false };
  const tokenType = grant.binding === 'dpop' ? 'DPoP' : 'mtls';
  return { active: true, token_type: tokenType, ...factsToClaims(grant), authorization_details: campaignDetails(grant.campaign) };
}

export interface SignedIntrospectionTerms {
  readonly issuer: string;
  /** The resource that asked. */
  readonly audience: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Signs an answer. @see https://www.rfc-editor.org/rfc/rfc9701#section-5 */
export async function signIntrospection(
  answer: Introspection,
  { issuer, audience, now }: SignedIntrospectionTerms,
  key: GrantKey,
): Promise<string> {
  const claims = { iss: issuer, aud: audience, iat: Math.floor(now / 1000), token_introspection: answer };
  return signCompact({ typ: 'token-introspection+jwt', kid: key.kid }, claims, key);
}
