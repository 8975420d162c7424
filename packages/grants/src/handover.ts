/**
 * Handovers: what a customer agreed to have passed on, signed by the bank and encrypted to the one recipient's key: a nested JWT (RFC 7519,
 * JWE of RFC 7516 around a JWS of RFC 7515). Who carries it reads nothing of it; who receives it knows from whom it is.
 *
 * ```
 * JWE  alg ECDH-ES+A256KW, enc A256GCM, kid, typ numbra-handover+jwe, cty JWT
 *  JWS  alg of the bank's grant key, kid, typ numbra-handover+jwt
 *       { iss, aud: recipient, jti: "handover_…", iat, fields: { name: "…", … } }
 * ```
 * @module
 */
import { createPublicKey } from 'node:crypto';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import { fail } from './errors.js';
import { isName } from './grant/campaign.js';
import { isUrl } from './grant/grant.js';
import { type GrantKey, signCompact } from './keys/grant-key.js';
import { isKid } from './keys/jwk.js';
import { decodeBase64url } from './strict/base64url.js';
import { hasMembers, isJsonObject } from './strict/json.js';

/** A public key to encrypt to: P-256 or X25519. */
export interface EncryptionJwk {
  readonly kty: 'EC' | 'OKP';
  readonly crv: 'P-256' | 'X25519';
  readonly x: string;
  readonly y?: string;
  readonly kid: string;
  readonly alg?: string;
  readonly use?: 'enc';
}

const ALGORITHM = 'ECDH-ES+A256KW';
const COORDINATE_BYTES = 32;

/**
 * Reads a recipient's JWK Set: exactly one key, to encrypt to.
 *
 * @returns the key; `kid` is required, since it says which key opens
 * @throws `ERR_RECIPIENT_KEY`: another type or curve, a private or unknown member, none or several, or a point that is no key
 */
export function readEncryptionKey(jwks: unknown): EncryptionJwk {
  const refuse = () => fail('ERR_RECIPIENT_KEY');
  if (!isJsonObject(jwks) || !hasMembers(jwks, ['keys']) || !Array.isArray(jwks.keys) || jwks.keys.length !== 1) throw refuse();
  const [key] = jwks.keys as readonly unknown[];
  if (!isJsonObject(key as never)) throw refuse();
  const jwk = key as Readonly<Record<string, unknown>>;
  const elliptic = jwk['kty'] === 'EC' && jwk['crv'] === 'P-256';
  if (!elliptic && !(jwk['kty'] === 'OKP' && jwk['crv'] === 'X25519')) throw refuse();
  const known = ['kty', 'crv', 'x', 'kid', ...(elliptic ? ['y'] : [])];
  if (!hasMembers(jwk as never, known, ['alg', 'use', 'key_ops', 'ext']) || !isKid(jwk['kid'] as never)) throw refuse();
  if (!isCoordinate(jwk['x']) || (elliptic && !isCoordinate(jwk['y']))) throw refuse();
  if (jwk['use'] !== undefined && jwk['use'] !== 'enc') throw refuse();
  if (jwk['alg'] !== undefined && jwk['alg'] !== ALGORITHM) throw refuse();
  const { key_ops: _operations, ext: _extractable, ...plain } = jwk;
  try {
    createPublicKey({ key: { kty: jwk['kty'], crv: jwk['crv'], x: jwk['x'], ...(elliptic && { y: jwk['y'] }) } as JWK, format: 'jwk' });
  } catch {
    throw refuse();
  }
  return Object.freeze(plain as unknown as EncryptionJwk);
}

export interface HandoverTerms {
  readonly issuer: string;
  /** The recipient's name, as the policy has it. */
  readonly recipient: string;
  /** The handover's id; the recipient takes a second one with this id for done. */
  readonly handover: string;
  /** Exactly what is passed on, by the policy's names; `null` where the bank has nothing. */
  readonly fields: Readonly<Record<string, string | number | null>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Signs and encrypts a handover.
 *
 * @returns a compact JWE
 * @throws `ERR_HANDOVER_TERMS` with the field that is wrong, `ERR_RECIPIENT_KEY`; nothing was made
 */
export async function sealHandover(terms: HandoverTerms, key: GrantKey, recipientKey: EncryptionJwk): Promise<string> {
  const { issuer, recipient, handover, fields, now } = terms;
  const refuse = (field: string) => fail('ERR_HANDOVER_TERMS', { field });
  if (!isUrl(issuer)) throw refuse('issuer');
  if (!isName(recipient)) throw refuse('recipient');
  if (!/^handover_[A-Za-z0-9_-]{8,64}$/.test(handover)) throw refuse('handover');
  if (Object.keys(fields).length === 0 || !Object.keys(fields).every(isName)) throw refuse('fields');
  const claims = { iss: issuer, aud: recipient, jti: handover, iat: Math.floor(now / 1000), fields };
  const signed = await signCompact({ typ: 'numbra-handover+jwt', kid: key.kid }, claims, key);
  const { kty, crv, x, y, kid } = recipientKey;
  const imported = await importJWK({ kty, crv, x, ...(y !== undefined && { y }) }, ALGORITHM).catch(() => {
    throw fail('ERR_RECIPIENT_KEY');
  });
  return new CompactEncrypt(new TextEncoder().encode(signed))
    .setProtectedHeader({ alg: ALGORITHM, enc: 'A256GCM', kid, typ: 'numbra-handover+jwe', cty: 'JWT' })
    .encrypt(imported);
}

function isCoordinate(value: unknown): boolean {
  return typeof value === 'string' && decodeBase64url(value)?.length === COORDINATE_BYTES;
}
