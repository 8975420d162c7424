/**
 * Verifies DPoP proofs (RFC 9449 § 4.3), in the twelve steps of the RFC and stricter where it leaves a choice: one spelling,
 * exactly the known members, `htu` compared with a configured URL character by character.
 * The thirteenth step, "seen before?", is one atomic insert of `replayKey` by the caller, after everything else.
 *
 * The proof of a known holder is cheap: pass the `key` of an earlier result back, and an equal header needs no parsing,
 * no import and no thumbprint. The signature is always verified; a proof itself must never be cached.
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { fail } from '../errors.js';
import { grantDigest } from '../grant/verify.js';
import { algorithmOfJwk, type GrantAlgorithm, importPublic, publicJwkOf, thumbprintOf } from '../keys/jwk.js';
import { isJti, replayKey } from '../replay.js';
import { algorithmOf, readSegment, splitCompact, verifiesCompact } from '../strict/compact-jws.js';
import { hasMembers, type JsonObject } from '../strict/json.js';

/** What the request, the server and the grant require of a proof. */
export interface ProofRequirements {
  /** The request's method. */
  readonly htm: string;
  /** The configured URL of what was asked for, without query and fragment. Never made from the request's Host header. */
  readonly htu: string;
  /** The access token sent with it, or its digest when that is known already. Without either, a proof with `ath` is refused. */
  readonly accessToken?: string;
  readonly accessTokenHash?: string;
  /** The thumbprint that the grant is bound to. */
  readonly expectedThumbprint?: string;
  /** The nonce that it must hold, */
  readonly nonce?: string;
  /** or who judges it. With neither, a nonce is not looked at. */
  readonly acceptNonce?: (nonce: string | undefined) => boolean;
  /** The key of an earlier proof of the same holder. */
  readonly knownKey?: ProofKey;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** 60 by default. Replay keys must be kept for this and the skew. */
  readonly maxAgeSeconds?: number;
  /** 5 by default. */
  readonly skewSeconds?: number;
}

/** A holder's key as a proof carried it. */
export interface ProofKey {
  /** The header's segment as sent: equal text, equal key. */
  readonly header: string;
  readonly algorithm: GrantAlgorithm;
  readonly key: KeyObject;
  readonly thumbprint: string;
}

/** What a proof proved. */
export interface VerifiedProof {
  /** Of the key that made it; base64url, 43 characters. */
  readonly thumbprint: string;
  readonly jti: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** 16 bytes, to be inserted once. */
  readonly replayKey: Uint8Array;
  readonly key: ProofKey;
}

/** A proof is about 600 characters, more with a long URL. */
export const MAX_PROOF_LENGTH = 2048;
export const PROOF_SECONDS = 60;
const PROOF_SKEW_SECONDS = 5;

/**
 * Verifies the proof of one request.
 *
 * @param proof - the value of the only `DPoP` header
 * @throws `ERR_DPOP_MALFORMED` · `ERR_DPOP_SIGNATURE` · `ERR_DPOP_KEY`: not the grant's key · `ERR_DPOP_METHOD` · `ERR_DPOP_URL` ·
 *   `ERR_DPOP_TIME` · `ERR_DPOP_ACCESS_TOKEN` · `ERR_DPOP_NONCE`, in this order
 */
export async function verifyProof(proof: string, requirements: ProofRequirements): Promise<VerifiedProof> {
  const segments = splitCompact(proof, MAX_PROOF_LENGTH);
  if (!segments) throw fail('ERR_DPOP_MALFORMED');
  const key = segments.header === requirements.knownKey?.header ? requirements.knownKey : readProofKey(segments.header);
  const claims = readSegment(segments.payload);
  if (!key || !claims || !hasMembers(claims, ['jti', 'htm', 'htu', 'iat'], ['ath', 'nonce'])) throw fail('ERR_DPOP_MALFORMED');
  const { jti, iat } = claims;
  if (!isJti(jti) || !Number.isSafeInteger(iat)) throw fail('ERR_DPOP_MALFORMED');
  if (!(await verifiesCompact(key.algorithm, key.key, segments.signingInput, segments.signature))) throw fail('ERR_DPOP_SIGNATURE');

  const { expectedThumbprint } = requirements;
  if (expectedThumbprint !== undefined && key.thumbprint !== expectedThumbprint) throw fail('ERR_DPOP_KEY');
  checkProofClaims(claims, (iat as number) * 1000, requirements);
  return { thumbprint: key.thumbprint, jti, issuedAt: (iat as number) * 1000, replayKey: replayKey(key.thumbprint, jti), key };
}

function checkProofClaims(claims: JsonObject, issuedAt: number, requirements: ProofRequirements): void {
  const { htm, htu, now, maxAgeSeconds = PROOF_SECONDS, skewSeconds = PROOF_SKEW_SECONDS } = requirements;
  if (claims.htm !== htm) throw fail('ERR_DPOP_METHOD');
  if (claims.htu !== htu) throw fail('ERR_DPOP_URL');
  if (issuedAt > now + skewSeconds * 1000 || issuedAt < now - (maxAgeSeconds + skewSeconds) * 1000) throw fail('ERR_DPOP_TIME');
  const { accessToken, accessTokenHash = accessToken === undefined ? undefined : grantDigest(accessToken) } = requirements;
  if (claims.ath !== accessTokenHash) throw fail('ERR_DPOP_ACCESS_TOKEN');
  if (!acceptsNonce(claims.nonce, requirements)) throw fail('ERR_DPOP_NONCE');
}

function acceptsNonce(nonce: unknown, { nonce: required, acceptNonce }: ProofRequirements): boolean {
  if (nonce !== undefined && typeof nonce !== 'string') return false;
  if (acceptNonce) return acceptNonce(nonce);
  return required === undefined || nonce === required;
}

/** The key of a proof's header, `undefined` when the header is not exactly what RFC 9449 § 4.2 asks for. */
function readProofKey(segment: string): ProofKey | undefined {
  const header = readSegment(segment);
  if (!header || !hasMembers(header, ['typ', 'alg', 'jwk']) || header.typ !== 'dpop+jwt') return undefined;
  const algorithm = algorithmOf(header.alg);
  const jwk = publicJwkOf(header.jwk);
  if (!algorithm || !jwk || algorithmOfJwk(jwk) !== algorithm) return undefined;
  const key = importPublic(jwk);
  return key && Object.freeze({ header: segment, algorithm, key, thumbprint: thumbprintOf(jwk) });
}
