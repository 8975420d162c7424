/**
 * The vendor's key: signs client assertions (RFC 7523) and DPoP proofs (RFC 9449). A private JWK, a WebCrypto key, or
 * anything that can sign (a PKCS#11 token, a key service): then the private key never enters this process.
 * @module
 */
import { VendorClientError } from './errors.js';

/** P-256 or Ed25519; `x` and `y` are base64url. */
export interface PublicJwk {
  readonly kty: 'EC' | 'OKP';
  readonly crv: 'P-256' | 'Ed25519';
  readonly x: string;
  readonly y?: string;
  readonly kid?: string;
}

export interface PrivateJwk extends PublicJwk {
  readonly d: string;
}

/** A JWK as a file or a library gives it; whether it is a {@link PrivateJwk} shows when it is read. */
interface AnyJwk {
  readonly kty?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly d?: string;
  readonly kid?: string;
}

/** Signs elsewhere. */
export interface Signer {
  readonly algorithm: 'ES256' | 'EdDSA';
  readonly publicJwk: PublicJwk;
  /** @returns 64 bytes: for ES256 r ‖ s (IEEE P1363, not DER), for EdDSA the Ed25519 signature */
  sign(input: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

/** A CryptoKey alone must be extractable, because the public half is needed too; a pair need not. */
export type VendorKey = AnyJwk | CryptoKey | CryptoKeyPair | Signer;

type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
interface CryptoKeyPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/** A new key: the private half to keep, the public half to register with the bank. */
export interface GeneratedKey {
  /** As secret as a password: keep it in a file that only the client's user can read, or in a key store. */
  readonly privateJwk: PrivateJwk & { readonly kid: string };
  /** What the bank gets. */
  readonly jwks: { readonly keys: readonly [PublicJwk & { readonly kid: string; readonly alg: 'ES256'; readonly use: 'sig' }] };
}

/** Makes a P-256 key pair; its `kid` is its thumbprint (RFC 7638). */
export async function generateVendorKey(): Promise<GeneratedKey> {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { x = '', y = '', d = '' } = await crypto.subtle.exportKey('jwk', privateKey);
  const kid = await digest(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }));
  const key = { kty: 'EC', crv: 'P-256', x, y, kid } as const;
  return { privateJwk: { ...key, d }, jwks: { keys: [{ ...key, alg: 'ES256', use: 'sig' }] } };
}

/** @throws `ERR_CLIENT_KEY` */
export async function readKey(key: VendorKey): Promise<Signer> {
  try {
    if ('sign' in key) return { algorithm: key.algorithm, publicJwk: key.publicJwk, sign: (input) => key.sign(input) };
    if ('privateKey' in key) return signerOf(key.privateKey, await exportJwk(key.publicKey));
    if ('usages' in key) return signerOf(key as CryptoKey, await exportJwk(key as CryptoKey));
    const jwk = key as PrivateJwk; // the import refuses what is not one
    return signerOf(await importPrivate(jwk), jwk);
  } catch (cause) {
    if (cause instanceof VendorClientError) throw cause;
    throw new VendorClientError('ERR_CLIENT_KEY');
  }
}

/**
 * Signs a JWT.
 *
 * @returns a compact JWS
 */
export async function signJwt(signer: Signer, header: object, claims: object): Promise<string> {
  const input = `${encode(JSON.stringify({ alg: signer.algorithm, ...header }))}.${encode(JSON.stringify(claims))}`;
  return `${input}.${base64url(await signer.sign(utf8(input)))}`;
}

/**
 * Signs a manifest, or the statement that lists were deleted: a detached JWS (RFC 7515 Appendix F), `header..signature`.
 *
 * @param payload - the text whose bytes are signed
 */
export async function signDetached(
  signer: Signer,
  payload: string,
  use: 'countersignature' | 'deletion' = 'countersignature',
): Promise<string> {
  const header = encode(JSON.stringify({ alg: signer.algorithm, typ: `numbra-${use}+jws`, kid: signer.publicJwk.kid }));
  return `${header}..${base64url(await signer.sign(utf8(`${header}.${encode(payload)}`)))}`;
}

/** The public key alone, as a proof carries it. */
export function bareJwk({ kty, crv, x, y }: PublicJwk): object {
  return y === undefined ? { kty, crv, x } : { kty, crv, x, y };
}

/** base64url SHA-256, for a proof's `ath`. */
export async function digest(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))));
}

/** 128 random bits, 22 characters. */
export function freshId(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(16)));
}

function signerOf(key: CryptoKey, jwk: PublicJwk): Signer {
  const elliptic = key.algorithm.name === 'ECDSA' && jwk.crv === 'P-256';
  if (key.type !== 'private' || !(elliptic || key.algorithm.name === 'Ed25519')) throw new VendorClientError('ERR_CLIENT_KEY');
  const parameters = elliptic ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' };
  return {
    algorithm: elliptic ? 'ES256' : 'EdDSA',
    publicJwk: publicHalf(jwk),
    sign: async (input) => new Uint8Array(await crypto.subtle.sign(parameters, key, input as Uint8Array<ArrayBuffer>)),
  };
}

async function importPrivate(jwk: PrivateJwk): Promise<CryptoKey> {
  const { kty, crv, x, y, d } = jwk;
  const algorithm = crv === 'P-256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
  return crypto.subtle.importKey('jwk', { kty, crv, x, d, ...(y !== undefined && { y }) }, algorithm, false, ['sign']);
}

async function exportJwk(key: CryptoKey): Promise<PublicJwk> {
  return (await crypto.subtle.exportKey('jwk', key)) as PublicJwk;
}

/** Without `d`, which a private JWK and an exported private key hold. */
function publicHalf(jwk: PublicJwk): PublicJwk {
  return { ...(bareJwk(jwk) as PublicJwk), ...(jwk.kid !== undefined && { kid: jwk.kid }) };
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function encode(text: string): string {
  return base64url(utf8(text));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
