/**
 * Verifies an answer: a JWT in which the bank says yes or no to one question about one reference, for one asker, for a day at most. Signed
 * (ES256, EdDSA), anybody who has the bank's public keys can verify it. As a MAC (HS256) only who shares the key can, and could have made it:
 * shown to others it is worth nothing.
 * @module
 */
import { VendorClientError } from './errors.js';
import type { PublicJwk } from './key.js';

/** The bank's public keys, as its `jwks_uri` gives them. */
export interface BankKeys {
  readonly keys: readonly PublicJwk[];
}

/** A key that the bank shares with this vendor, as the bank's operator told it. */
export interface AnswerKey {
  readonly kid: string;
  /** `nak_…` */
  readonly secret: string;
}

export interface AnswerRequirements {
  readonly issuer: string;
  /** The vendor's own name. */
  readonly asker: string;
  /** One kind of answer never verifies with the other's key. */
  readonly keys: BankKeys | readonly AnswerKey[];
  /** Milliseconds since the epoch; now by default. */
  readonly now?: number;
}

export interface VerifiedAnswer {
  readonly reference: string;
  readonly question: string;
  readonly answer: boolean;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const TYPE = 'numbra-answer+jwt';
const LONGEST = 4_096;
const LONGEST_SECONDS = 86_400;
/** Clocks may differ by this much. */
const SKEW_SECONDS = 60;
const SECRET = /^nak_([A-Za-z0-9_-]{43})$/;
const TOKEN = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/**
 * Verifies an answer.
 *
 * @throws `ERR_CLIENT_SIGNED_ANSWER`: another form, issuer or asker, or none of these keys made it · `ERR_CLIENT_SIGNED_ANSWER_EXPIRED`
 */
export async function verifyAnswer(token: string, { issuer, asker, keys, now = Date.now() }: AnswerRequirements): Promise<VerifiedAnswer> {
  const [, head = '', body = '', signature = ''] = (typeof token === 'string' && token.length <= LONGEST && TOKEN.exec(token)) || [];
  const header = objectIn(head);
  const claims = objectIn(body);
  if (!hasExactly(header, ['alg', 'typ', 'kid']) || header.typ !== TYPE || typeof header.kid !== 'string') throw refused();
  const verifies = Array.isArray(keys) ? verifyMac : verifySignature;
  if (!(await verifies({ alg: header.alg, kid: header.kid }, keys as never, utf8(`${head}.${body}`), bytesOf(signature)))) throw refused();
  if (!hasExactly(claims, ['iss', 'aud', 'sub', 'question', 'answer', 'iat', 'exp'])) throw refused();
  const { iss, aud, sub: reference, question, answer, iat, exp } = claims;
  if (iss !== issuer || aud !== asker || typeof reference !== 'string' || typeof question !== 'string') throw refused();
  if (typeof answer !== 'boolean' || !isInstant(iat) || !isInstant(exp)) throw refused();
  if (exp <= iat || exp - iat > LONGEST_SECONDS || iat > now / 1000 + SKEW_SECONDS) throw refused();
  if (exp * 1000 <= now) throw new VendorClientError('ERR_CLIENT_SIGNED_ANSWER_EXPIRED');
  return { reference, question, answer, issuedAt: iat * 1000, expiresAt: exp * 1000 };
}

/** The `kid` of a token that says it is an answer; not verified. */
export function answerKid(token: string): string | undefined {
  const header = objectIn(token.split('.', 1)[0] ?? '');
  return typeof header?.['kid'] === 'string' ? header['kid'] : undefined;
}

interface Header {
  readonly alg: unknown;
  readonly kid: string;
}

/** The algorithm follows from the key, never from the token alone (RFC 8725 § 3.1). */
async function verifySignature({ alg, kid }: Header, { keys }: BankKeys, input: Bytes, signature: Bytes): Promise<boolean> {
  const key = keys.find((one) => one.kid === kid);
  if (key === undefined || signature.length !== 64) return false;
  const elliptic = key.kty === 'EC' && key.crv === 'P-256' && alg === 'ES256';
  if (!elliptic && !(key.crv === 'Ed25519' && alg === 'EdDSA')) return false;
  const algorithm = elliptic ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } : { name: 'Ed25519' };
  const { kty, crv, x, y } = key;
  try {
    const imported = await crypto.subtle.importKey('jwk', { kty, crv, x, ...(y !== undefined && { y }) }, algorithm, false, ['verify']);
    return await crypto.subtle.verify(algorithm, imported, signature, input);
  } catch {
    return false;
  }
}

async function verifyMac({ alg, kid }: Header, keys: readonly AnswerKey[], input: Bytes, mac: Bytes): Promise<boolean> {
  const [, secret] = SECRET.exec(keys.find((one) => one.kid === kid)?.secret ?? '') ?? [];
  if (secret === undefined || alg !== 'HS256') return false;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytesOf(secret), algorithm, false, ['verify']);
  return crypto.subtle.verify(algorithm, key, mac, input);
}

type Bytes = Uint8Array<ArrayBuffer>;

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** Of text that matched base64url's alphabet. */
function bytesOf(text: string): Bytes {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function objectIn(segment: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(segment)));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function hasExactly<M extends string>(value: Record<string, unknown> | undefined, members: readonly M[]): value is Record<M, unknown> {
  return value !== undefined && Object.keys(value).length === members.length && members.every((member) => Object.hasOwn(value, member));
}

function isInstant(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function refused(): VendorClientError {
  return new VendorClientError('ERR_CLIENT_SIGNED_ANSWER');
}
