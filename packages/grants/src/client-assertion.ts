/**
 * Client assertions: `private_key_jwt` at the token endpoint (RFC 7523 § 2.2, OpenID Connect Core § 9).
 * `aud` is the issuer, one string: an assertion that another server got cannot be used here, nor the reverse
 * (CVE-2025-27370, draft-ietf-oauth-rfc7523bis). Single use: the caller inserts `replayKey` after every other check.
 * @module
 */
import { fail } from './errors.js';
import { isName } from './grant/campaign.js';
import { isInstant } from './grant/grant.js';
import { isKid } from './keys/jwk.js';
import { findKey, type KeySource } from './keys/key-set.js';
import { isJti, replayKey } from './replay.js';
import { algorithmOf, readSegment, splitCompact, verifiesCompact } from './strict/compact-jws.js';
import { hasMembers, type JsonObject } from './strict/json.js';

export interface AssertionRequirements {
  /** This server's issuer, as its metadata spells it. */
  readonly issuer: string;
  /** The registered keys of a client, `undefined` for an unknown one: answered exactly as a wrong signature. */
  readonly clientKeys: (clientId: string) => KeySource | undefined | Promise<KeySource | undefined>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** 5 by default. */
  readonly skewSeconds?: number;
}

export interface VerifiedAssertion {
  readonly clientId: string;
  readonly jti: string;
  /** Milliseconds since the epoch. The replay key must be kept until then. */
  readonly expiresAt: number;
  /** 16 bytes, to be inserted once. */
  readonly replayKey: Uint8Array;
}

const MAX_ASSERTION_LENGTH = 4096;
/** The longest life that is accepted, in seconds. */
export const ASSERTION_SECONDS = 300;
const ASSERTION_SKEW_SECONDS = 5;
const TYPES: readonly unknown[] = [undefined, 'JWT', 'client-authentication+jwt'];

/**
 * Verifies who asks for a grant.
 *
 * @throws `ERR_ASSERTION_MALFORMED` · `ERR_ASSERTION_CLAIMS` · `ERR_ASSERTION_SIGNATURE`: unknown client, key or wrong signature ·
 *   `ERR_ASSERTION_AUDIENCE` · `ERR_ASSERTION_TIME`, in this order
 */
export async function verifyClientAssertion(assertion: string, requirements: AssertionRequirements): Promise<VerifiedAssertion> {
  const segments = splitCompact(assertion, MAX_ASSERTION_LENGTH);
  const header = segments && readSegment(segments.header);
  const claims = segments && readSegment(segments.payload);
  const algorithm = header && algorithmOf(header.alg);
  if (!segments || !header || !claims || !algorithm) throw fail('ERR_ASSERTION_MALFORMED');
  if (!hasMembers(header, ['alg'], ['typ', 'kid']) || !TYPES.includes(header.typ)) throw fail('ERR_ASSERTION_MALFORMED');
  const { kid } = header;
  if (kid !== undefined && !isKid(kid)) throw fail('ERR_ASSERTION_MALFORMED');
  if (!hasMembers(claims, ['iss', 'sub', 'aud', 'exp', 'jti'], ['iat', 'nbf'])) throw fail('ERR_ASSERTION_CLAIMS');
  const { iss, sub, jti } = claims;
  if (!isName(iss) || sub !== iss || !isJti(jti)) throw fail('ERR_ASSERTION_CLAIMS');

  const source = await requirements.clientKeys(iss);
  const found = source && (await findKey(source, kid as string | undefined, algorithm));
  if (!found || !(await verifiesCompact(algorithm, found.key, segments.signingInput, segments.signature)))
    throw fail('ERR_ASSERTION_SIGNATURE');
  if (claims.aud !== requirements.issuer) throw fail('ERR_ASSERTION_AUDIENCE');
  return { clientId: iss, jti, expiresAt: checkTime(claims, requirements), replayKey: replayKey(iss, jti) };
}

function checkTime({ exp, iat, nbf }: JsonObject, { now, skewSeconds = ASSERTION_SKEW_SECONDS }: AssertionRequirements): number {
  const latestStart = now + skewSeconds * 1000;
  const startsFit = [iat, nbf].every((start) => start === undefined || (isInstant(start) && start * 1000 <= latestStart));
  if (!startsFit || !isInstant(exp) || exp * 1000 <= now || exp * 1000 > latestStart + ASSERTION_SECONDS * 1000)
    throw fail('ERR_ASSERTION_TIME');
  return exp * 1000;
}
