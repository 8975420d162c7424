/**
 * Grants of an authorization server that the bank runs already (Keycloak and others): its JWT is verified here, and what it
 * means is mapped to one campaign. Their claims are theirs, so unknown ones are passed over; everything that a grant must
 * have is still required: a key binding (`cnf.jkt`), a short life, one client, this audience, ES256 or EdDSA.
 * @module
 */
import { fail } from '../errors.js';
import { isKid } from '../keys/jwk.js';
import { findKey } from '../keys/key-set.js';
import { algorithmOf, readSegment, splitCompact, verifiesCompact } from '../strict/compact-jws.js';
import { hasMembers, type JsonObject } from '../strict/json.js';
import { campaignDetails, type GrantedCampaign } from './campaign.js';
import { type Grant, readGrant } from './grant.js';
import { checkGrant, type GrantRequirements } from './verify.js';

export interface ForeignGrantRequirements extends GrantRequirements {
  /** What this token grants, from its claims (already verified); `undefined`: nothing. */
  readonly campaignOf: (claims: JsonObject) => GrantedCampaign | undefined | Promise<GrantedCampaign | undefined>;
  /** The header's `typ`; `['at+jwt', 'JWT']` by default. */
  readonly types?: readonly string[];
}

const MAX_FOREIGN_LENGTH = 8192;

/**
 * Verifies another server's access token into a grant of ours.
 *
 * @throws as `verifyGrant`; `ERR_GRANT_CLAIMS` also when the mapping gives nothing, or something that is no grant
 */
export async function verifyForeignGrant(token: string, requirements: ForeignGrantRequirements): Promise<Grant> {
  const claims = await verifyForeignClaims(token, requirements);
  const campaign = await requirements.campaignOf(claims);
  if (!campaign) throw fail('ERR_GRANT_CLAIMS', { field: 'campaign' });
  const { iss, aud, azp, client_id: clientId = azp, iat, exp, jti, cnf, act } = claims;
  const audience = Array.isArray(aud) && aud.includes(requirements.audience) ? requirements.audience : aud;
  const ours = {
    iss,
    sub: clientId,
    client_id: clientId,
    aud: audience,
    iat,
    exp,
    jti,
    cnf,
    authorization_details: campaignDetails(campaign),
  };
  const grant = readGrant(act === undefined ? ours : { ...ours, act });
  if (typeof grant === 'string') throw fail('ERR_GRANT_CLAIMS', { field: grant });
  checkGrant(grant, requirements);
  return grant;
}

async function verifyForeignClaims(token: string, { keys, types = ['at+jwt', 'JWT'] }: ForeignGrantRequirements): Promise<JsonObject> {
  const segments = splitCompact(token, MAX_FOREIGN_LENGTH);
  const header = segments && readSegment(segments.header);
  const claims = segments && readSegment(segments.payload);
  const algorithm = header && algorithmOf(header.alg);
  if (!segments || !header || !claims || !algorithm || !hasMembers(header, ['alg', 'typ', 'kid'])) throw fail('ERR_GRANT_MALFORMED');
  if (typeof header.typ !== 'string' || !types.includes(header.typ) || !isKid(header.kid)) throw fail('ERR_GRANT_MALFORMED');
  const found = await findKey(keys, header.kid, algorithm);
  if (!found || !(await verifiesCompact(algorithm, found.key, segments.signingInput, segments.signature)))
    throw fail('ERR_GRANT_SIGNATURE');
  return claims;
}

/**
 * The `iss` that a token claims, unverified: only to choose whose keys it is verified with.
 *
 * @returns `undefined` when it is no JWT that could be verified
 */
export function claimedIssuer(token: string): string | undefined {
  const segments = splitCompact(token, MAX_FOREIGN_LENGTH);
  const iss = segments && readSegment(segments.payload)?.iss;
  return typeof iss === 'string' ? iss : undefined;
}
