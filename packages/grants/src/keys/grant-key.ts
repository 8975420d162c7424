/**
 * The key pairs that sign: the bank's grants and manifests, a vendor's proofs and assertions. ES256 unless asked otherwise.
 * Made, imported and exported through jose; where a private key lies at rest is its owner's affair.
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { fail } from '../errors.js';
import { encodeBase64url } from '../strict/base64url.js';
import type { JsonObject } from '../strict/json.js';
import { toLowS } from '../strict/low-s.js';
import { algorithmOfJwk, bare, type GrantAlgorithm, importPublic, isKid, type PublicJwk, parsePublicJwk, thumbprintOf } from './jwk.js';

/** A key pair that signs. */
export interface GrantKey {
  readonly kid: string;
  readonly algorithm: GrantAlgorithm;
  readonly privateKey: CryptoKey | KeyObject;
  /** The public half, with `kid`, `alg` and `use`: as it stands in a JWKS. */
  readonly publicJwk: PublicJwk;
}

/** A private JWK: a public one and `d`. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string;
}

/**
 * Makes a new key pair.
 *
 * @returns the pair; its `kid` is the key's thumbprint (RFC 7638). The private key can be exported once, to be sealed.
 */
export async function generateGrantKey(algorithm: GrantAlgorithm = 'ES256'): Promise<GrantKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, {
    extractable: true,
    ...(algorithm === 'EdDSA' && { crv: 'Ed25519' }),
  });
  return pair(parsePublicJwk(bare((await exportJWK(publicKey)) as PublicJwk)), privateKey);
}

/**
 * Imports a private JWK.
 *
 * @param jwk - P-256 or Ed25519 with `d`; its `kid` is kept, without one the thumbprint is used
 * @throws `ERR_KEY_INVALID`: another type or spelling, or the two halves do not belong together
 */
export async function importGrantKey(jwk: PrivateJwk | JWK): Promise<GrantKey> {
  const { d, key_ops: _operations, ext: _extractable, ...publicMembers } = jwk as JWK;
  const publicJwk = parsePublicJwk(publicMembers);
  if (typeof d !== 'string' || !importPublic(publicJwk)) throw fail('ERR_KEY_INVALID');
  const privateKey = await importJWK({ ...bare(publicJwk), d }, algorithmOfJwk(publicJwk), { extractable: true }).catch(() => undefined);
  if (!privateKey || privateKey instanceof Uint8Array) throw fail('ERR_KEY_INVALID');
  return pair(publicJwk, privateKey);
}

/** @returns the private JWK with `kid`. It is as secret as the key: seal it before it is stored. */
export async function exportGrantKey(key: GrantKey): Promise<PrivateJwk> {
  const { d } = await exportJWK(key.privateKey);
  if (d === undefined) throw fail('ERR_KEY_INVALID');
  return { ...key.publicJwk, d };
}

/** Signs a compact JWS over an object, or over bytes as they are. Of ECDSA's two signatures it is the one with the smaller s. */
export async function signCompact(
  header: { readonly typ: string } & JsonObject,
  payload: object | Uint8Array,
  key: GrantKey,
): Promise<string> {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  const jws = await new CompactSign(bytes).setProtectedHeader({ alg: key.algorithm, ...header }).sign(key.privateKey);
  if (key.algorithm !== 'ES256') return jws;
  const end = jws.lastIndexOf('.') + 1;
  return jws.slice(0, end) + encodeBase64url(toLowS(Buffer.from(jws.slice(end), 'base64url')));
}

function pair(jwk: PublicJwk, privateKey: CryptoKey | KeyObject): GrantKey {
  const algorithm = algorithmOfJwk(jwk);
  const kid = jwk.kid ?? thumbprintOf(jwk);
  if (!isKid(kid)) throw fail('ERR_KEY_INVALID');
  return Object.freeze({
    kid,
    algorithm,
    privateKey,
    publicJwk: Object.freeze({ ...bare(jwk), kid, alg: algorithm, use: 'sig' as const }),
  });
}
