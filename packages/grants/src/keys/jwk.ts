/**
 * Public keys as JSON Web Keys (RFC 7517, RFC 8037), P-256 and Ed25519 only, in one spelling, and their thumbprints (RFC 7638).
 * Other key types, private members and certificates are refused.
 * @module
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { fail } from '../errors.js';
import { decodeBase64url } from '../strict/base64url.js';
import { hasMembers, isJsonObject, type JsonObject } from '../strict/json.js';

export type GrantAlgorithm = 'ES256' | 'EdDSA';

/** A P-256 (`EC`) or Ed25519 (`OKP`) public key. `x` and `y` are 32 bytes in base64url. */
export interface PublicJwk {
  readonly kty: 'EC' | 'OKP';
  readonly crv: 'P-256' | 'Ed25519';
  readonly x: string;
  readonly y?: string;
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: 'sig';
}

/** A public key ready to verify with. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: GrantAlgorithm;
  readonly key: KeyObject;
  readonly jwk: PublicJwk;
}

const COORDINATE_BYTES = 32;
/** What may stand beside the key; WebCrypto's export adds the last two, which say nothing here and are dropped. */
const LABELS = ['kid', 'alg', 'use', 'key_ops', 'ext'] as const;

/** Ed25519 points of small order: with one of these as key, a signature binds nobody (RFC 8032 § 8.6 leaves the check to us). */
const SMALL_ORDER = new Set(
  [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ].map((hex) => hex.slice(0, 62) + (Number.parseInt(hex.slice(62), 16) & 0x7f).toString(16).padStart(2, '0')),
);

/**
 * Parses a public JWK.
 *
 * @param value - what JSON gave; `kid`, `alg`, `use`, `key_ops` and `ext` may stand beside the key itself, nothing else
 * @returns the key with `kid`, `alg` and `use` where it had them
 * @throws `ERR_KEY_INVALID`: another type or curve, a private or unknown member, another spelling, or a point that is no key
 */
export function parsePublicJwk(value: unknown): PublicJwk {
  const jwk = publicJwkOf(value);
  if (!jwk) throw fail('ERR_KEY_INVALID');
  return jwk;
}

/** As {@link parsePublicJwk}, `undefined` instead of an error; the point itself is checked when it is imported. */
export function publicJwkOf(value: unknown): PublicJwk | undefined {
  if (!isJsonObject(value)) return undefined;
  const elliptic = value.kty === 'EC' && value.crv === 'P-256';
  if (!elliptic && !(value.kty === 'OKP' && value.crv === 'Ed25519')) return undefined;
  if (!hasMembers(value, elliptic ? ['kty', 'crv', 'x', 'y'] : ['kty', 'crv', 'x'], LABELS)) return undefined;
  if (!isCoordinate(value.x) || (elliptic && !isCoordinate(value.y))) return undefined;
  if (!elliptic && isSmallOrder(value.x)) return undefined;
  if (!labelsFit(value, elliptic)) return undefined;
  const { key_ops: _operations, ext: _extractable, ...jwk } = value;
  return Object.freeze(jwk as unknown as PublicJwk);
}

/**
 * The JWK thumbprint of a public key: base64url SHA-256 over its required members in lexicographic order, 43 characters.
 *
 * @throws `ERR_KEY_INVALID`
 * @see https://www.rfc-editor.org/rfc/rfc7638#section-3
 */
export function thumbprint(jwk: PublicJwk): string {
  return thumbprintOf(parsePublicJwk(bare(jwk)));
}

/** As {@link thumbprint}, of a key already parsed. */
export function thumbprintOf(jwk: PublicJwk): string {
  const { crv, kty, x, y } = jwk;
  return hash('sha256', JSON.stringify(y === undefined ? { crv, kty, x } : { crv, kty, x, y }), 'base64url');
}

/** @returns node's key, or `undefined` when the point is not on its curve */
export function importPublic(jwk: PublicJwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: bare(jwk), format: 'jwk' });
  } catch {
    return undefined;
  }
}

export function algorithmOfJwk(jwk: PublicJwk): GrantAlgorithm {
  return jwk.kty === 'EC' ? 'ES256' : 'EdDSA';
}

/** The key itself, without kid, alg, use or anything private. */
export function bare(jwk: PublicJwk): { kty: 'EC' | 'OKP'; crv: 'P-256' | 'Ed25519'; x: string; y?: string } {
  const { kty, crv, x, y } = jwk;
  return y === undefined ? { kty, crv, x } : { kty, crv, x, y };
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && value.length === 43 && decodeBase64url(value)?.length === COORDINATE_BYTES;
}

function isSmallOrder(x: string): boolean {
  const bytes = Buffer.from(x, 'base64url');
  bytes[COORDINATE_BYTES - 1] = (bytes[COORDINATE_BYTES - 1] as number) & 0x7f;
  return SMALL_ORDER.has(bytes.toString('hex'));
}

function labelsFit(jwk: JsonObject, elliptic: boolean): boolean {
  const algorithms: readonly unknown[] = elliptic ? [undefined, 'ES256'] : [undefined, 'EdDSA', 'Ed25519'];
  const { kid, alg, use, key_ops: operations } = jwk;
  const verifies = operations === undefined || (Array.isArray(operations) && operations.length === 1 && operations[0] === 'verify');
  return (kid === undefined || isKid(kid)) && algorithms.includes(alg) && (use === undefined || use === 'sig') && verifies;
}

/** A key id is a label, looked up in a map and nowhere else: no path, no URL, no control character can be meant by it. */
export function isKid(kid: unknown): kid is string {
  return typeof kid === 'string' && /^[A-Za-z0-9._~-]{1,128}$/.test(kid);
}
