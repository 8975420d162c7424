/**
 * Token Status Lists (draft-ietf-oauth-status-list-20): one bit or more for each grant, compressed and signed, so that a
 * verifier without a line to the bank learns what was revoked. A grant says where it stands: `status.status_list.{idx, uri}`.
 * A grant's own end goes first: an expired grant is expired, whatever its bit says.
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-status-list/
 * @module
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { fail } from './errors.js';
import { isInstant, isUrl } from './grant/grant.js';
import { type GrantKey, signCompact } from './keys/grant-key.js';
import type { KeySource } from './keys/key-set.js';
import { decodeBase64url, encodeBase64url } from './strict/base64url.js';
import { hasMembers, isJsonObject, type JsonObject } from './strict/json.js';
import { readSignedObject } from './strict/signed-object.js';

export type StatusBits = 1 | 2 | 4 | 8;

/** Registered statuses. */
export const tokenStatus = { valid: 0, invalid: 1, suspended: 2 } as const;

/** Statuses packed from the lowest bit of the first byte on. */
export interface StatusList {
  readonly bits: StatusBits;
  readonly bytes: Uint8Array;
}

/** The list as JSON: `lst` is base64url of the zlib stream. */
export interface EncodedStatusList {
  readonly bits: StatusBits;
  readonly lst: string;
}

/** A 1-bit list of 33 million grants. A small text can decompress into very much more; it is cut off here. */
const MAX_LIST_BYTES = 4 << 20;
const MAX_TOKEN_LENGTH = 8 << 20;
const MEDIA_SUBTYPE = 'statuslist+jwt';

/** A list in which all are valid. @param size - number of statuses, rounded up to whole bytes */
export function createStatusList(bits: StatusBits, size: number): StatusList {
  return { bits, bytes: new Uint8Array(Math.ceil((size * bits) / 8)) };
}

/** Sets one status in place. @throws `ERR_STATUS_LIST_INDEX`: outside of the list, or more than `bits` hold */
export function setStatus(list: StatusList, index: number, status: number): void {
  if (!isIndex(list, index) || !Number.isInteger(status) || status < 0 || status >= 1 << list.bits) throw fail('ERR_STATUS_LIST_INDEX');
  const { byte, shift, mask } = place(list, index);
  list.bytes[byte] = ((list.bytes[byte] as number) & ~(mask << shift)) | (status << shift);
}

/** @returns the status, or `undefined` when the list does not reach so far: nothing is known then, and the grant must be refused */
export function statusAt(list: StatusList, index: number): number | undefined {
  if (!isIndex(list, index)) return undefined;
  const { byte, shift, mask } = place(list, index);
  return ((list.bytes[byte] as number) >> shift) & mask;
}

export function encodeStatusList({ bits, bytes }: StatusList): EncodedStatusList {
  return { bits, lst: encodeBase64url(deflateSync(bytes, { level: 9 })) };
}

/** @throws `ERR_STATUS_LIST_INVALID`: another shape, not zlib, or over 4 MiB when decompressed */
export function decodeStatusList(value: unknown): StatusList {
  if (!isJsonObject(value) || !hasMembers(value, ['bits', 'lst'], ['aggregation_uri'])) throw fail('ERR_STATUS_LIST_INVALID');
  const { bits, lst } = value;
  const compressed = typeof lst === 'string' ? decodeBase64url(lst) : undefined;
  if (!isBits(bits) || !compressed) throw fail('ERR_STATUS_LIST_INVALID');
  try {
    return { bits, bytes: new Uint8Array(inflateSync(compressed, { maxOutputLength: MAX_LIST_BYTES })) };
  } catch {
    throw fail('ERR_STATUS_LIST_INVALID');
  }
}

export interface StatusListTerms {
  /** Where the list is served; grants name it. */
  readonly uri: string;
  readonly list: StatusList;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Until it expires. */
  readonly lifeSeconds: number;
  /** How long a verifier may keep it before asking again. */
  readonly ttlSeconds: number;
}

/** Signs a list. @returns a status list token, to be served as `application/statuslist+jwt` */
export async function signStatusList({ uri, list, now, lifeSeconds, ttlSeconds }: StatusListTerms, key: GrantKey): Promise<string> {
  const iat = Math.floor(now / 1000);
  const claims = { sub: uri, iat, exp: iat + lifeSeconds, ttl: ttlSeconds, status_list: encodeStatusList(list) };
  return signCompact({ typ: MEDIA_SUBTYPE, kid: key.kid }, claims, key);
}

export interface StatusListRequirements {
  /** As the grant names it. */
  readonly uri: string;
  readonly keys: KeySource;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface VerifiedStatusList {
  readonly list: StatusList;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Ask again after this; milliseconds since the epoch. */
  readonly freshUntil: number;
}

/** Verifies a status list token. @throws `ERR_STATUS_LIST_INVALID` · `ERR_STATUS_LIST_EXPIRED` */
export async function verifyStatusList(token: string, { uri, keys, now }: StatusListRequirements): Promise<VerifiedStatusList> {
  const claims = await readSignedObject(token, { typ: MEDIA_SUBTYPE, keys, maxLength: MAX_TOKEN_LENGTH });
  if (typeof claims === 'string' || claims.sub !== uri || !isUrl(uri)) throw fail('ERR_STATUS_LIST_INVALID');
  const { issuedAt, expiresAt, ttl } = readTimes(claims);
  if (expiresAt <= now) throw fail('ERR_STATUS_LIST_EXPIRED');
  return { list: decodeStatusList(claims.status_list), issuedAt, freshUntil: Math.min(expiresAt, issuedAt + ttl * 1000) };
}

function readTimes(claims: JsonObject): { issuedAt: number; expiresAt: number; ttl: number } {
  const { iat, exp, ttl } = claims;
  const complete = hasMembers(claims, ['sub', 'iat', 'exp', 'ttl', 'status_list']);
  if (!complete || !isInstant(iat) || !isInstant(exp) || typeof ttl !== 'number' || !(ttl > 0)) throw fail('ERR_STATUS_LIST_INVALID');
  return { issuedAt: iat * 1000, expiresAt: exp * 1000, ttl };
}

function isBits(value: unknown): value is StatusBits {
  return value === 1 || value === 2 || value === 4 || value === 8;
}

function isIndex({ bits, bytes }: StatusList, index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < (bytes.length * 8) / bits;
}

function place({ bits }: StatusList, index: number): { byte: number; shift: number; mask: number } {
  const bit = index * bits;
  return { byte: Math.floor(bit / 8), shift: bit % 8, mask: (1 << bits) - 1 };
}
