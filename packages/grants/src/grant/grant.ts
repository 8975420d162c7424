/**
 * A verified grant as a plain value, and the claims that it is read from (RFC 9068 `at+jwt`, RFC 9449 or RFC 8705
 * binding, RFC 9396 limits). Issuing and verifying share this reading, so nothing is signed that would not verify.
 * @module
 */
import { isJti } from '../replay.js';
import { decodeBase64url } from '../strict/base64url.js';
import { hasMembers, isJsonObject, type Json, type JsonObject } from '../strict/json.js';
import { type GrantedCampaign, isName, readCampaignDetails } from './campaign.js';

/** The longest life of a vendor's grant, and of an agent's. */
export const GRANT_SECONDS = 300;
export const AGENT_GRANT_SECONDS = 120;

/** Which key the holder must prove: one named by a DPoP proof, or a TLS client certificate. */
export type GrantBinding = 'dpop' | 'mtls';

/** Where a grant stands in a Token Status List. */
export interface StatusReference {
  readonly idx: number;
  readonly uri: string;
}

/** What every verified grant says. Times are milliseconds since the epoch. */
export interface GrantFacts {
  readonly issuer: string;
  readonly audience: string;
  /** The vendor. */
  readonly clientId: string;
  /** Equals `clientId`. */
  readonly subject: string;
  readonly jti: string;
  readonly binding: GrantBinding;
  /** `dpop`: the key's RFC 7638 thumbprint; `mtls`: the certificate's SHA-256. Both base64url, 43 characters. */
  readonly thumbprint: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The agent's pseudonym, in an agent grant. */
  readonly actor?: string;
  readonly status?: StatusReference;
}

/** A verified grant for one campaign, deeply frozen. Only `verifyGrant` makes one. */
export interface Grant extends GrantFacts {
  readonly '~numbra': 'Grant';
  readonly campaign: GrantedCampaign;
}

/** Claims that hold for every kind of grant. */
const REQUIRED = ['iss', 'sub', 'client_id', 'aud', 'iat', 'exp', 'jti', 'cnf', 'authorization_details'] as const;
const OPTIONAL = ['act', 'status'] as const;

/** @returns the facts, or the name of the first claim that is wrong */
export function readFacts(claims: JsonObject): GrantFacts | string {
  if (!hasMembers(claims, REQUIRED, OPTIONAL)) return 'claims';
  const { iss, sub, client_id: clientId, aud, iat, exp, jti, cnf, act, status } = claims;
  if (!isUrl(iss)) return 'iss';
  if (!isName(clientId) || sub !== clientId) return 'sub';
  if (!isUrl(aud)) return 'aud';
  if (!isInstant(iat)) return 'iat';
  if (!isInstant(exp) || exp <= iat || exp - iat > (act === undefined ? GRANT_SECONDS : AGENT_GRANT_SECONDS)) return 'exp';
  if (!isJti(jti)) return 'jti';
  const bound = readConfirmation(cnf);
  if (!bound) return 'cnf';
  const actor = act === undefined ? undefined : readActor(act);
  if (act !== undefined && actor === undefined) return 'act';
  const reference = status === undefined ? undefined : readStatus(status);
  if (status !== undefined && reference === undefined) return 'status';
  return {
    issuer: iss,
    audience: aud,
    clientId,
    subject: clientId,
    jti,
    ...bound,
    issuedAt: iat * 1000,
    expiresAt: exp * 1000,
    ...(actor !== undefined && { actor }),
    ...(reference !== undefined && { status: reference }),
  };
}

/** The claims of a grant, without its authorization_details. */
export function factsToClaims(facts: GrantFacts): JsonObject {
  return {
    iss: facts.issuer,
    sub: facts.subject,
    client_id: facts.clientId,
    aud: facts.audience,
    iat: facts.issuedAt / 1000,
    exp: facts.expiresAt / 1000,
    jti: facts.jti,
    cnf: facts.binding === 'dpop' ? { jkt: facts.thumbprint } : { 'x5t#S256': facts.thumbprint },
    ...(facts.actor !== undefined && { act: { sub: facts.actor } }),
    ...(facts.status !== undefined && { status: { status_list: { idx: facts.status.idx, uri: facts.status.uri } } }),
  };
}

/** @returns facts and campaign, or the name of the first claim that is wrong */
export function readGrant(claims: JsonObject): Grant | string {
  const facts = readFacts(claims);
  if (typeof facts === 'string') return facts;
  const campaign = readCampaignDetails(claims.authorization_details);
  if (typeof campaign === 'string') return campaign;
  // The brand exists for the compiler only; this is the one place that makes it.
  return Object.freeze({ ...facts, campaign }) as Grant;
}

/** Seconds since the epoch, whole: years 2001 to 2286. */
export function isInstant(value: Json | undefined): value is number {
  return Number.isInteger(value) && (value as number) >= 1_000_000_000 && (value as number) < 10_000_000_000;
}

/** An https or http URL in the spelling that every URL parser gives back, without credentials, query and fragment. */
export function isUrl(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 512 || !/^https?:\/\/[\x21-\x7e]+$/.test(value) || /[?#@\\]/.test(value)) return false;
  return URL.canParse(value);
}

export function isThumbprint(value: unknown): value is string {
  return typeof value === 'string' && value.length === 43 && decodeBase64url(value)?.length === 32;
}

function readConfirmation(cnf: Json | undefined): { binding: GrantBinding; thumbprint: string } | undefined {
  if (!isJsonObject(cnf)) return undefined;
  if (hasMembers(cnf, ['jkt']) && isThumbprint(cnf.jkt)) return { binding: 'dpop', thumbprint: cnf.jkt };
  const certificate = cnf['x5t#S256'];
  return hasMembers(cnf, ['x5t#S256']) && isThumbprint(certificate) ? { binding: 'mtls', thumbprint: certificate } : undefined;
}

function readActor(act: Json): string | undefined {
  return isJsonObject(act) && hasMembers(act, ['sub']) && isName(act.sub) ? act.sub : undefined;
}

function readStatus(status: Json): StatusReference | undefined {
  if (!isJsonObject(status) || !hasMembers(status, ['status_list'])) return undefined;
  const list = status.status_list;
  if (!isJsonObject(list) || !hasMembers(list, ['idx', 'uri'])) return undefined;
  const { idx, uri } = list;
  return Number.isSafeInteger(idx) && (idx as number) >= 0 && isUrl(uri) ? Object.freeze({ idx: idx as number, uri }) : undefined;
}
