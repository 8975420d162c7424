/**
 * Compact JWS (RFC 7515 § 7.1) in its one spelling, verified with ES256 (RFC 7518 § 3.4) or Ed25519 (RFC 8037, RFC 9864).
 * Stricter than a general library: three non-empty canonical segments, a bounded length, a 64-byte signature, and an
 * algorithm that the key decides. Not for JWE, the JSON serialization, detached content (see detached.ts) or other algorithms.
 * @module
 */
import { type KeyObject, verify } from 'node:crypto';
import type { GrantAlgorithm } from '../keys/jwk.js';
import { decodeBase64url } from './base64url.js';
import { type JsonObject, readJsonObject } from './json.js';
import { isLowS } from './low-s.js';

/** Both algorithms: r ‖ s of 32 bytes each, or Ed25519's R ‖ S. */
export const SIGNATURE_BYTES = 64;
/** 64 bytes in base64url. */
const SIGNATURE_LENGTH = 86;

/** The three segments as sent, checked for number, emptiness and length only. */
export interface CompactSegments {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** `header.payload`, what is signed. */
  readonly signingInput: string;
}

/** @returns the segments, or `undefined` when the text is not three non-empty segments of at most `maxLength` characters in all */
export function splitCompact(token: string, maxLength: number): CompactSegments | undefined {
  if (typeof token !== 'string' || token.length > maxLength) return undefined;
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 1 || second <= first + 1 || token.length - second - 1 !== SIGNATURE_LENGTH) return undefined;
  const signature = token.slice(second + 1);
  return { header: token.slice(0, first), payload: token.slice(first + 1, second), signature, signingInput: token.slice(0, second) };
}

/** @returns the object that a segment holds, or `undefined` */
export function readSegment(segment: string): JsonObject | undefined {
  const bytes = decodeBase64url(segment);
  return bytes && readJsonObject(bytes);
}

/**
 * Whether `key` made the signature over the signing input. The signature is a canonical segment of exactly 64 bytes, or it is wrong.
 * Verified in the thread pool: the event loop, which a server has one of, goes on meanwhile.
 */
export async function verifiesCompact(
  algorithm: GrantAlgorithm,
  key: KeyObject,
  signingInput: string,
  signature: string,
): Promise<boolean> {
  const bytes = decodeBase64url(signature);
  if (!bytes || bytes.length !== SIGNATURE_BYTES) return false;
  return verifies(algorithm, key, Buffer.from(signingInput, 'latin1'), bytes);
}

/** Whether the signature is the one of two that the bank gives out (see low-s.ts). */
export function isBankSpelling(algorithm: GrantAlgorithm, signature: string): boolean {
  return algorithm !== 'ES256' || isLowS(Buffer.from(signature, 'base64url'));
}

function verifies(algorithm: GrantAlgorithm, key: KeyObject, input: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const [digest, options] = algorithm === 'ES256' ? (['sha256', { key, dsaEncoding: 'ieee-p1363' }] as const) : ([null, { key }] as const);
  return new Promise((resolve, reject) => {
    verify(digest, input, options, signature, (error, valid) => (error ? reject(error) : resolve(valid)));
  });
}

/** The algorithms as headers spell them; `Ed25519` is RFC 9864's name for what RFC 8037 calls `EdDSA` with that curve. */
export function algorithmOf(alg: unknown): GrantAlgorithm | undefined {
  if (alg === 'ES256') return 'ES256';
  return alg === 'EdDSA' || alg === 'Ed25519' ? 'EdDSA' : undefined;
}
