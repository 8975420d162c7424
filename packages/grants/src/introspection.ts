/**
 * Token introspection (RFC 7662): what the bank tells a resource about a grant, as JSON or signed (RFC 9701).
 * An unknown, ended, revoked or malformed token has one answer, `{ "active": false }`: it tells which, to nobody.
 * @module
 */
import { type AuditGrant, auditDetails } from './grant/audit.js';
import { campaignDetails } from './grant/campaign.js';
import { factsToClaims, type Grant } from './grant/grant.js';
import { isCurrent } from './grant/verify.js';
import { type GrantKey, signCompact } from './keys/grant-key.js';
import type { JsonObject } from './strict/json.js';

export type Introspection = { readonly active: false } | ({ readonly active: true; readonly token_type: 'DPoP' | 'Bearer' } & JsonObject);

/** The media type of a signed answer. */
export const INTROSPECTION_MEDIA_TYPE = 'application/token-introspection+jwt';

/**
 * What may be said about a token.
 *
 * @param grant - verified and not revoked; `undefined` otherwise
 * @param now - milliseconds since the epoch
 */
export function introspectGrant(grant: Grant | AuditGrant | undefined, now: number): Introspection {
  if (!grant || !isCurrent(grant, now)) return { active: false };
  // A grant bound to a certificate is sent as Bearer (RFC 8705 § 3); the binding stands in `cnf`.
  const tokenType = grant.binding === 'dpop' ? 'DPoP' : 'Bearer';
  return { active: true, token_type: tokenType, ...factsToClaims(grant), authorization_details: detailsOf(grant) };
}

function detailsOf(grant: Grant | AuditGrant): readonly [JsonObject] {
  return 'campaign' in grant ? campaignDetails(grant.campaign) : auditDetails(grant.identifier);
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
