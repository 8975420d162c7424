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
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, importJWK, type JWK } from 'jose';
import { fail } from './errors.js';
import { isName } from './grant/campaign.js';
import { isInstant, isUrl } from './grant/grant.js';
import { type GrantKey, signCompact } from './keys/grant-key.js';
import { isKid } from './keys/jwk.js';
import type { KeySource } from './keys/key-set.js';
import { decodeBase64url } from './strict/base64url.js';
import { readSegment } from './strict/compact-jws.js';
import { hasMembers, isJsonObject } from './strict/json.js';
import { readSignedObject } from './strict/signed-object.js';

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
const HANDOVER_ID = /^handover_[A-Za-z0-9_-]{8,64}$/;

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
  if (!HANDOVER_ID.test(handover)) throw refuse('handover');
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

/** A recipient's private key: as {@link EncryptionJwk}, with `d`. */
export interface DecryptionJwk extends EncryptionJwk {
  readonly d: string;
}

/** Makes a recipient's key: P-256. The private half stays with the recipient; `jwks` is what the bank registers. */
export async function generateRecipientKey(): Promise<{
  readonly privateJwk: DecryptionJwk;
  readonly jwks: { readonly keys: readonly [EncryptionJwk] };
}> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x, y });
  const publicJwk = { kty: 'EC', crv: 'P-256', x, y, kid, alg: ALGORITHM, use: 'enc' } as const;
  return { privateJwk: { ...publicJwk, d }, jwks: { keys: [publicJwk] } };
}

export interface HandoverRequirements {
  readonly issuer: string;
  /** The recipient's own name. */
  readonly recipient: string;
  /** The bank's public keys. */
  readonly keys: KeySource;
  /** The recipient's private keys; the handover names the one that opens it. */
  readonly privateKeys: readonly DecryptionJwk[];
}

export interface OpenedHandover {
  /** Whoever was handed this id before takes a second one for done. */
  readonly handover: string;
  readonly fields: Readonly<Record<string, string | number | null>>;
  /** Milliseconds since the epoch. */
  readonly sealedAt: number;
}

/** Some hundred fields of text. */
const LONGEST = 256 << 10;

/**
 * Opens a handover and verifies who sealed it, at the recipient.
 *
 * @param sealed - the request's body, as it came
 * @throws `ERR_HANDOVER_INVALID`: no key of this recipient opens it, or it is not of this bank for this recipient; one error for all
 */
export async function openHandover(
  sealed: string,
  { issuer, recipient, keys, privateKeys }: HandoverRequirements,
): Promise<OpenedHandover> {
  const refuse = () => fail('ERR_HANDOVER_INVALID');
  const signed = await decrypt(sealed, privateKeys);
  if (signed === undefined) throw refuse();
  const claims = await readSignedObject(signed, { typ: 'numbra-handover+jwt', keys, maxLength: LONGEST });
  if (typeof claims === 'string' || !hasMembers(claims, ['iss', 'aud', 'jti', 'iat', 'fields'])) throw refuse();
  const { iss, aud, jti, iat, fields } = claims;
  if (iss !== issuer || aud !== recipient || typeof jti !== 'string' || !HANDOVER_ID.test(jti) || !isInstant(iat)) throw refuse();
  if (!isJsonObject(fields) || !Object.values(fields).every(isValue)) throw refuse();
  return { handover: jti, fields: fields as OpenedHandover['fields'], sealedAt: iat * 1000 };
}

async function decrypt(sealed: string, privateKeys: readonly DecryptionJwk[]): Promise<string | undefined> {
  if (typeof sealed !== 'string' || sealed.length > LONGEST) return undefined;
  const header = readSegment(sealed.slice(0, Math.max(0, sealed.indexOf('.'))));
  const key = header && privateKeys.find(({ kid }) => kid === header.kid);
  if (!key || header.typ !== 'numbra-handover+jwe' || header.cty !== 'JWT') return undefined;
  const { kty, crv, x, y, d } = key;
  try {
    const imported = await importJWK({ kty, crv, x, d, ...(y !== undefined && { y }) }, ALGORITHM);
    const options = { keyManagementAlgorithms: [ALGORITHM], contentEncryptionAlgorithms: ['A256GCM'] };
    return new TextDecoder('utf-8', { fatal: true }).decode((await compactDecrypt(sealed, imported, options)).plaintext);
  } catch {
    return undefined;
  }
}

function isValue(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'number';
}

function isCoordinate(value: unknown): boolean {
  return typeof value === 'string' && decodeBase64url(value)?.length === COORDINATE_BYTES;
}
