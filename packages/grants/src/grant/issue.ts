/**
 * Issues grants: RFC 9068 access tokens, bound to the holder's key, with one RFC 9396 object of limits.
 * Pure: time, ids and the key come in. Whether a vendor may have the grant is decided before, by campaign and policy.
 * @module
 */
import { fail } from '../errors.js';
import { type GrantKey, signCompact } from '../keys/grant-key.js';
import type { JsonObject } from '../strict/json.js';
import { campaignDetails, type GrantedCampaign } from './campaign.js';
import { AGENT_GRANT_SECONDS, factsToClaims, GRANT_SECONDS, type GrantBinding, readGrant, type StatusReference } from './grant.js';

/** What a grant says about who, whom and when; its limits stand beside. */
export interface GrantTerms {
  readonly issuer: string;
  readonly audience: string;
  /** The vendor. */
  readonly clientId: string;
  /** Of the key (RFC 7638), or with `binding: 'mtls'` the certificate's SHA-256; base64url, 43 characters. */
  readonly thumbprint: string;
  readonly binding?: GrantBinding;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** At most 300, with `act` 120; also the default. */
  readonly ttlSeconds?: number;
  /** Unique for this issuer. */
  readonly jti: string;
  /** The agent's pseudonym: makes it an agent grant. */
  readonly act?: string;
  readonly status?: StatusReference;
}

export interface CampaignGrantTerms extends GrantTerms {
  readonly campaign: GrantedCampaign;
}

/**
 * Issues a grant.
 *
 * @returns the access token, a compact JWS with header `{ alg, typ: "at+jwt", kid }`
 * @throws `ERR_GRANT_TERMS`: a term is not acceptable (its name in `where.field`); nothing is signed
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-2
 */
export async function issueGrant(terms: CampaignGrantTerms, key: GrantKey): Promise<string> {
  const claims = { ...termsToClaims(terms), authorization_details: campaignDetails(terms.campaign) };
  const read = readGrant(claims);
  if (typeof read === 'string') throw fail('ERR_GRANT_TERMS', { field: read });
  return signGrant(claims, key);
}

export function termsToClaims(terms: GrantTerms): JsonObject {
  const longest = terms.act === undefined ? GRANT_SECONDS : AGENT_GRANT_SECONDS;
  const issuedAt = Math.floor(terms.now / 1000) * 1000;
  return factsToClaims({
    issuer: terms.issuer,
    audience: terms.audience,
    clientId: terms.clientId,
    subject: terms.clientId,
    jti: terms.jti,
    binding: terms.binding ?? 'dpop',
    thumbprint: terms.thumbprint,
    issuedAt,
    expiresAt: issuedAt + (terms.ttlSeconds ?? longest) * 1000,
    ...(terms.act !== undefined && { actor: terms.act }),
    ...(terms.status !== undefined && { status: terms.status }),
  });
}

export async function signGrant(claims: JsonObject, key: GrantKey): Promise<string> {
  return signCompact({ typ: 'at+jwt', kid: key.kid }, claims, key);
}
