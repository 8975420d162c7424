/**
 * The reference in a request, opened with the one scope of the grant: as request.ts of the calls does with dial tokens. What is wrong with
 * it is a fact for the decision, not an answer here.
 * @module
 */
import { hash } from 'node:crypto';
import { decodeToken, openReference, type Reference, r5Of } from '@numbra/core';
import type { TokenFact } from '@numbra/policy';
import type { CampaignKeys } from '../campaigns/scopes.js';

/** What can be told without the store. */
export type ReferenceOpening =
  | {
      readonly outcome: 'opened';
      /** 5 bytes as a number. */
      readonly r5: bigint;
      /** SHA-256 of the reference's text. */
      readonly hash: Uint8Array;
    }
  | Extract<TokenFact, { outcome: 'refused' }>;

/** Opens a reference of one campaign. No `await` before it once the keys are there: a scope may be closed by another request. */
export function openGivenReference(keys: CampaignKeys, text: string): ReferenceOpening {
  const decoded = decodeToken(text);
  if (decoded?.kind !== 'reference') return { outcome: 'refused', code: 'token-malformed' };
  // The tag says which of the grant's own campaign's lists it may be of, and nothing else: one key is tried, whatever it says.
  const own = keys.generations.find(({ scope }) => Buffer.compare(scope.tag, decoded.tag) === 0)?.scope;
  const scope = own ?? keys.generations[0]?.scope;
  if (scope === undefined || openReference(scope, text) === undefined)
    return { outcome: 'refused', code: own === undefined ? 'token-foreign' : 'token-forged' };
  // It opened, so it is a reference.
  const r5 = BigInt(`0x${Buffer.from(r5Of(text as Reference)).toString('hex')}`);
  return { outcome: 'opened', r5, hash: new Uint8Array(hash('sha256', text, 'buffer')) };
}

/** What makes two requests about a reference the same: its decoded bytes, so that nothing rests on how it is spelt. */
export function referenceDigest(text: string): string {
  const decoded = decodeToken(text);
  return decoded === undefined ? `text:${text}` : `token:${Buffer.from(decoded.bytes).toString('base64url')}`;
}
