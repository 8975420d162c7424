/**
 * Blind matching: which elements two lists have in common, told to one side only. The side that learns never holds the key; the side
 * that holds the key never learns. So neither can try all numbers: a holder who saw the other's outputs would, in core-hours; and a learner
 * gets no more outputs than it committed to before it saw anything.
 *
 *     learner                                          holder
 *     blinds its list, commits to it: commit →         draws a key for this run: ← key
 *     its blinded elements: elements … →               looks whether they are the ones committed to: ← received …
 *     list … →                                         F(key, x, info) of its own list, 16 bytes each, in random order: ← tags …
 *     evaluate … →                                     with one proof a batch (POPRF, RFC 9497): ← evaluated …
 *     verifies, compares, keeps the matches            wipes the key
 *
 * Each sees how long the other's list is. That a list is honest, neither can prove: the holder may put in numbers that it does not have,
 * and the learner may ask for what it does not have; limits and the count of runs hold that off, and are the caller's.
 *
 * `learner` asks, `holder` answers; whoever carries the messages needs no more than bytes in and bytes out.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { fail } from '../errors.js';
import type { Name } from '../identifiers/name.js';
import type { Phone } from '../identifiers/phone.js';
import { Sensitive } from '../sensitive.js';
import { matchInfo } from './info.js';
import { TAG_BYTES } from './match-messages.js';

/** What both sides must agree on, and what else one side chooses. */
export interface MatchTerms {
  readonly purpose: Name;
  readonly campaign: Name;
  /** Elements that the learner may ask for, on either side. A million by default. */
  readonly mostAsked?: number;
  /** Elements of the holder's list, on either side. A million by default. */
  readonly mostListed?: number;
  /** Source of keys, blinds, the run's name and the order of tags. Default node:crypto. */
  readonly random?: (bytes: number) => Uint8Array;
}

/** What is matched: the elements of one list, in clear. */
export type MatchItems = Sensitive<readonly Uint8Array[]>;

/** Carries a message to the holder and brings its answer back. */
export type MatchExchange = (message: Uint8Array) => Promise<Uint8Array>;

/** Far above every use known; what one side keeps of the other's stays under 32 MB. */
const MOST = 1_000_000;

export const mostAsked = (terms: MatchTerms): number => terms.mostAsked ?? MOST;
export const mostListed = (terms: MatchTerms): number => terms.mostListed ?? MOST;
export const randomOf = (terms: MatchTerms): ((bytes: number) => Uint8Array) => terms.random ?? randomBytes;

/** @throws `ERR_MATCH_LIMIT` */
export function checkSize(count: number, most: number): void {
  if (count < 1 || count > most) throw fail('ERR_MATCH_LIMIT');
}

/**
 * Phones as both sides match them: E.164 digits, ASCII, no plus sign. In one wrapper: blinding, the comparison and the holder's tags are the
 * only places that open it.
 */
export function matchPhones(phones: readonly Sensitive<Phone>[]): MatchItems {
  const utf8 = new TextEncoder();
  return new Sensitive(phones.map((phone) => phone.use((digits) => utf8.encode(digits))));
}

/** What outputs of a run are bound to. */
export function infoOf({ purpose, campaign }: MatchTerms, run: Uint8Array): Uint8Array {
  return matchInfo({ purpose, campaign }, Buffer.from(run).toString('base64url'));
}

/** An output, cut to what is sent: 128 bits, so that no two of any lists meet by chance. */
export function tagOf(output: Uint8Array): Uint8Array {
  return output.subarray(0, TAG_BYTES);
}

export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** The root of RFC 6962 § 2.1 over a list that is not empty. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves.map((leaf) => sha256(Uint8Array.of(0), leaf));
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Uint8Array, level[i + 1]];
      // An odd one goes up as it is: the split at the largest power of two comes to the same.
      next.push(right === undefined ? left : sha256(Uint8Array.of(1), left, right));
    }
    level = next;
  }
  return level[0] as Uint8Array;
}

/** Lets others of this process have their turn between two batches. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
