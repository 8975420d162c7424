/**
 * Answers: a yes or no about one customer, signed by the bank for one asker. It says who asked (`aud`), about whom (`sub`, a reference,
 * which means something in one campaign only), which question of the policy, and the answer; nothing else.
 *
 * ```
 * { iss, aud, sub: "nr1_…", question: "balance-50k", answer: true, iat, exp }       exp − iat ≤ 24 h       typ: numbra-answer+jwt
 * ```
 *
 * Two forms. Signed with the bank's grant key (ES256, EdDSA), anybody can verify it, so it can also be shown to others. As a MAC (HS256) under
 * a key that bank and asker share, only the asker can verify it, and could have made it as well: to a third party it is worth nothing.
 * @module
 */
import { CompactSign, compactVerify } from 'jose';
import { fail } from './errors.js';
import { isName } from './grant/campaign.js';
import { isInstant, isUrl } from './grant/grant.js';
import { type GrantKey, signCompact } from './keys/grant-key.js';
import type { KeySource } from './keys/key-set.js';
import { readSegment } from './strict/compact-jws.js';
import { hasMembers, type JsonObject } from './strict/json.js';
import { readSignedObject } from './strict/signed-object.js';

/** An answer holds for a day at most. */
export const ANSWER_SECONDS = 86_400;

/** @see https://www.rfc-editor.org/rfc/rfc7518#section-3.2: a key at least as long as the hash */
export const ANSWER_KEY_BYTES = 32;

const TYPE = 'numbra-answer+jwt';
const MAX_LENGTH = 4_096;
const REFERENCE = /^nr1_[A-Za-z0-9_-]{48,1024}$/;

/** A key that the bank shares with one asker. */
export interface AnswerKey {
  readonly kid: string;
  /** {@link ANSWER_KEY_BYTES} bytes. */
  readonly secret: Uint8Array;
}

export interface AnswerTerms {
  readonly issuer: string;
  /** The vendor's name. */
  readonly asker: string;
  readonly reference: string;
  /** As the policy names it. */
  readonly question: string;
  readonly answer: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** {@link ANSWER_SECONDS} at most and by default. */
  readonly ttlSeconds?: number;
}

/**
 * Signs an answer, or makes its MAC when `key` is a shared one.
 *
 * @throws `ERR_ANSWER_TERMS` with the field that is wrong; nothing was signed
 */
export async function signAnswer(terms: AnswerTerms, key: GrantKey | AnswerKey): Promise<string> {
  const { issuer, asker, reference, question, answer, now, ttlSeconds = ANSWER_SECONDS } = terms;
  const refuse = (field: string) => fail('ERR_ANSWER_TERMS', { field });
  if (!isUrl(issuer)) throw refuse('issuer');
  if (!isName(asker)) throw refuse('asker');
  if (!REFERENCE.test(reference)) throw refuse('reference');
  if (!isName(question)) throw refuse('question');
  if (typeof answer !== 'boolean') throw refuse('answer');
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > ANSWER_SECONDS) throw refuse('ttlSeconds');
  const iat = Math.floor(now / 1000);
  if (!isInstant(iat)) throw refuse('now');
  const claims = { iss: issuer, aud: asker, sub: reference, question, answer, iat, exp: iat + ttlSeconds };
  if ('privateKey' in key) return signCompact({ typ: TYPE, kid: key.kid }, claims, key);
  if (key.secret.length !== ANSWER_KEY_BYTES) throw refuse('key');
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: key.kid })
    .sign(key.secret);
}

export interface AnswerRequirements {
  readonly issuer: string;
  readonly asker: string;
  /** The bank's public keys, for a signed answer; or the shared one, for a MAC. One never verifies with the other. */
  readonly keys: KeySource | AnswerKey;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface VerifiedAnswer {
  readonly reference: string;
  readonly question: string;
  readonly answer: boolean;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Clocks may differ by this much. */
const SKEW_MS = 60_000;

/**
 * Verifies an answer.
 *
 * @throws `ERR_ANSWER_INVALID`: another form, issuer or asker, or no such key made it · `ERR_ANSWER_EXPIRED`
 */
export async function verifyAnswer(token: string, { issuer, asker, keys, now }: AnswerRequirements): Promise<VerifiedAnswer> {
  const claims = isShared(keys) ? await readMac(token, keys) : await readSignedObject(token, { typ: TYPE, keys, maxLength: MAX_LENGTH });
  if (typeof claims === 'string' || claims === undefined) throw fail('ERR_ANSWER_INVALID');
  const { iss, aud, sub: reference, question, answer, iat, exp } = claims;
  if (!hasMembers(claims, ['iss', 'aud', 'sub', 'question', 'answer', 'iat', 'exp']) || iss !== issuer || aud !== asker)
    throw fail('ERR_ANSWER_INVALID');
  if (typeof reference !== 'string' || !REFERENCE.test(reference) || !isName(question) || typeof answer !== 'boolean')
    throw fail('ERR_ANSWER_INVALID');
  if (!isInstant(iat) || !isInstant(exp) || exp <= iat || exp - iat > ANSWER_SECONDS || iat * 1000 > now + SKEW_MS)
    throw fail('ERR_ANSWER_INVALID');
  if (exp * 1000 <= now) throw fail('ERR_ANSWER_EXPIRED');
  return { reference, question, answer, issuedAt: iat * 1000, expiresAt: exp * 1000 };
}

const isShared = (keys: KeySource | AnswerKey): keys is AnswerKey => 'secret' in keys;

/** 32 bytes in base64url, after two segments in the same alphabet: splitCompact knows signatures of 64 bytes only. */
const MAC_TOKEN = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]{43}$/;

async function readMac(token: string, { kid, secret }: AnswerKey): Promise<JsonObject | undefined> {
  const [, head = '', payload = ''] = (typeof token === 'string' && token.length <= MAX_LENGTH && MAC_TOKEN.exec(token)) || [];
  const header = readSegment(head);
  if (!header || !hasMembers(header, ['alg', 'typ', 'kid'])) return undefined;
  if (header.alg !== 'HS256' || header.typ !== TYPE || header.kid !== kid) return undefined;
  const verified = await compactVerify(token, secret, { algorithms: ['HS256'] }).catch(() => undefined);
  return verified && readSegment(payload);
}
