/**
 * A call request, made ready for a batch: ids and digests computed and the token opened, all without the database.
 * What is wrong with a token is a fact for the decision, not an answer here: every refusal takes the same way.
 * @module
 */
import { hash } from 'node:crypto';
import { decodeToken, openDialToken, openReference, type Phone, type Reference, r5Of, type Scope, type Sensitive } from '@numbra/core';
import type { Grant } from '@numbra/grants';
import { fitsEntry } from '@numbra/ledger';
import type { TokenFact } from '@numbra/policy';
import type { CampaignKeys } from '../campaigns/scopes.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { digestId } from './ids.js';

export interface CallRequest {
  readonly grant: Grant;
  readonly dialToken: string;
  /** The list's reference of the same row; compared with the token when given. */
  readonly reference?: string;
  /** The vendor's pseudonym of the person who calls. With an agent grant: the grant's, or absent. */
  readonly agent?: string;
  /** One for each call the vendor means to make; repeats get the first answer for 7 days. */
  readonly idempotencyKey: string;
  /** What every answer and log line of this request carries. */
  readonly requestId: string;
}

/** The part of a token's fact that can be told without the store. */
export type TokenOpening =
  | {
      readonly outcome: 'opened';
      readonly phone: Sensitive<Phone>;
      /** 5 bytes as a number. */
      readonly r5: bigint;
      /** SHA-256 of the token's text, hex. */
      readonly dialHash: string;
      /** HMAC of the phone under bank key `index`, hex. */
      readonly phoneIndex: string;
      /** A reference was given, and it is not this customer's. */
      readonly mismatch: boolean;
    }
  | Extract<TokenFact, { outcome: 'refused' }>;

export interface AskedCall {
  readonly grant: Grant;
  readonly requestId: string;
  /** Idempotency row: client and key. */
  readonly key: string;
  /** What was asked under it. */
  readonly digest: string;
  readonly campaign: { readonly number: number; readonly id: string; readonly purpose: string };
  readonly agent: { readonly id: string; readonly pseudonym: string } | undefined;
  readonly token: TokenOpening;
  /** An external decision point did not allow it. */
  readonly denied?: boolean;
}

const LONGEST_KEY = 255;

/**
 * Makes a request ready.
 *
 * @returns `undefined` when the grant's campaign does not exist: then the grant is of another bank or another time
 * @throws `ERR_CALL_AGENT`, `ERR_CALL_KEY`
 */
export async function prepareCall(context: BankContext, request: CallRequest): Promise<AskedCall | undefined> {
  const { grant, dialToken, reference, idempotencyKey } = request;
  if (idempotencyKey === '' || idempotencyKey.length > LONGEST_KEY) throw fail('ERR_CALL_KEY');
  const pseudonym = agentOf(grant, request.agent);
  const keys = await context.scopes.of(grant.campaign.campaign);
  if (keys === undefined) return undefined;
  const decoded = decodeToken(dialToken);
  return {
    grant,
    requestId: request.requestId,
    key: digestId('idempotency', grant.clientId, idempotencyKey),
    // Decoded bytes, so that nothing rests on how a token is spelt; a text that is no token stands for itself.
    digest: digestId(
      decoded === undefined ? 'text' : 'token',
      decoded === undefined ? dialToken : Buffer.from(decoded.bytes).toString('base64url'),
      reference === undefined ? 'none' : `reference:${reference}`,
      pseudonym === undefined ? 'none' : `agent:${pseudonym}`,
    ),
    campaign: { number: keys.number, id: keys.id, purpose: keys.purpose },
    agent: pseudonym === undefined ? undefined : { id: digestId('agent', grant.clientId, pseudonym), pseudonym },
    // No await between here and the last use of the scope: it may be closed by another request.
    token: openToken(context, keys, dialToken, reference),
  };
}

function agentOf(grant: Grant, asserted: string | undefined): string | undefined {
  if (grant.actor !== undefined && asserted !== undefined && asserted !== grant.actor) throw fail('ERR_CALL_AGENT', { field: 'agent' });
  const pseudonym = grant.actor ?? asserted;
  if (pseudonym !== undefined && !fitsEntry(pseudonym)) throw fail('ERR_CALL_AGENT', { field: 'agent' });
  return pseudonym;
}

function openToken(context: BankContext, keys: CampaignKeys, text: string, reference: string | undefined): TokenOpening {
  const decoded = decodeToken(text);
  if (decoded?.kind !== 'dial-token') return { outcome: 'refused', code: 'token-malformed' };
  // The tag says which of the grant's own campaign's lists it may be of, and nothing else: one key is tried, whatever it says.
  const own = keys.generations.find(({ scope }) => Buffer.compare(scope.tag, decoded.tag) === 0)?.scope;
  const scope = own ?? keys.generations[0]?.scope;
  const opened = scope && openDialToken(scope, text);
  if (scope === undefined || opened === undefined)
    return { outcome: 'refused', code: own === undefined ? 'token-foreign' : 'token-forged' };
  return {
    outcome: 'opened',
    phone: opened.phone,
    r5: bigEndian(opened.r5),
    dialHash: hash('sha256', text, 'hex'),
    phoneIndex: Buffer.from(context.keys.phoneIndex(opened.phone)).toString('hex'),
    mismatch: reference !== undefined && !isReferenceOf(scope, reference, opened.r5),
  };
}

function isReferenceOf(scope: Scope, reference: string, r5: Uint8Array): boolean {
  if (openReference(scope, reference) === undefined) return false;
  // It opened, so it is a reference.
  return Buffer.compare(r5Of(reference as Reference), r5) === 0;
}

function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}
