/**
 * Dial tokens: AES-256-SIV (RFC 5297) over a phone number and the customer's reference, bound to one scope. Whoever holds one can
 * ask the bank for a call and learns no digit; two customers who share a phone have different tokens.
 *
 * Not for text, extensions or short codes: 7 to 15 digits and nothing else. Customer ids: reference.ts. Files of millions of rows:
 * columns.ts.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc5297
 */
import { fail } from '../errors.js';
import type { Phone } from '../identifiers/phone.js';
import { Sensitive } from '../sensitive.js';
import type { LongLane } from './long-lane.js';
import { type Scope, type ScopeParts, scopeParts } from './scope.js';
import { ShortLane } from './short-lane.js';
import { inChunks, putTokens, putValues, takeTokens } from './texts.js';
import { type DialToken, decodeToken, R5_BYTES, type Reference } from './token-text.js';
import { OUTPUT_BYTES, useWorkspace, type Workspace, wipe } from './workspace.js';

/** What a dial token holds. */
export interface OpenedDialToken {
  readonly phone: Sensitive<Phone>;
  /** First five bytes of the SIV of the customer's reference in this campaign. Not unique: look-ups compare the whole token's hash too. */
  readonly r5: Uint8Array;
}

/**
 * Seals phone numbers into dial tokens.
 *
 * @param phones - parsed E.164 numbers, `n` of them
 * @param references - the customers' references in this scope, same length and order as `phones`
 * @returns `n` tokens of 52 characters, `nd1_` prefix included, in the same order
 * @throws `ERR_LENGTH_MISMATCH`, `ERR_PHONE_INVALID`, `ERR_REFERENCE_FOREIGN` (`where.row` counts from 0): nothing is sealed; `ERR_CLOSED`
 * @see https://www.rfc-editor.org/rfc/rfc5297#section-2.6
 */
export function sealDialTokens(scope: Scope, phones: readonly Sensitive<Phone>[], references: readonly Reference[]): DialToken[] {
  if (phones.length !== references.length) throw fail('ERR_LENGTH_MISMATCH');
  const parts = scopeParts(scope);
  return inChunks(phones, (chunk, first) => {
    const ofChunk = chunk === phones ? references : references.slice(first, first + chunk.length);
    return sealChunk(parts, chunk, ofChunk, first);
  });
}

/** Seals one phone number: `sealDialTokens` of one. */
export function sealDialToken(scope: Scope, phone: Sensitive<Phone>, reference: Reference): DialToken {
  return sealDialTokens(scope, [phone], [reference])[0] as DialToken;
}

/**
 * Opens dial tokens.
 *
 * @param tokens - any texts; nothing is trimmed or repaired
 * @returns as many results in the same order; `undefined` where a text is not a dial token of this scope: malformed, changed, forged
 *   and foreign are one answer
 * @throws `ERR_CLOSED`
 * @see https://www.rfc-editor.org/rfc/rfc5297#section-2.7
 */
export function openDialTokens(scope: Scope, tokens: readonly string[]): (OpenedDialToken | undefined)[] {
  const lane = scopeParts(scope).dialTokens;
  return inChunks(tokens, (chunk) => openChunk(lane, chunk));
}

/** Opens one dial token: `openDialTokens` of one. */
export function openDialToken(scope: Scope, token: string): OpenedDialToken | undefined {
  return openDialTokens(scope, [token])[0];
}

function sealChunk(
  { references: referenceLane, dialTokens: lane }: ScopeParts,
  phones: readonly Sensitive<Phone>[],
  references: readonly Reference[],
  first: number,
): DialToken[] {
  const work = useWorkspace();
  const count = phones.length;
  try {
    const foreign = putReferences(work, referenceLane, references);
    if (foreign >= 0) throw fail('ERR_REFERENCE_FOREIGN', { row: first + foreign });
    const digits = new Array<string>(count);
    for (let i = 0; i < count; i++) digits[i] = (phones[i] as Sensitive<Phone>).use(itself);
    const wrong = putValues(work, digits) ? work.phones.pack(lane.mask, count) : digits.findIndex(isNoPhone);
    if (wrong >= 0) throw fail('ERR_PHONE_INVALID', { row: first + wrong });
    lane.seal(work, count);
    // A cast: what the lane of dial tokens seals is a dial token.
    return takeTokens(work, count) as DialToken[];
  } finally {
    wipe(work, count);
  }
}

function openChunk(lane: ShortLane, tokens: readonly string[]): (OpenedDialToken | undefined)[] {
  const work = useWorkspace();
  const count = tokens.length;
  try {
    putTokens(work, tokens);
    lane.open(work, count);
    work.phones.unpack(lane.mask, count);
    const text = work.output.toString('latin1', 0, OUTPUT_BYTES * count);
    const opened = new Array<OpenedDialToken | undefined>(count);
    for (let i = 0; i < count; i++) {
      const end = work.ends[i] as number;
      opened[i] =
        end === 0
          ? undefined
          : { phone: new Sensitive(text.slice(work.starts[i], end) as Phone), r5: lane.getPlaintext(work, i).slice(-R5_BYTES) };
    }
    return opened;
  } finally {
    wipe(work, count);
  }
}

/** Puts what packing needs of the references into the frames. Returns the first that is not one of this scope, or −1. */
function putReferences(work: Workspace, lane: ShortLane | LongLane, references: readonly Reference[]): number {
  if (lane instanceof ShortLane) {
    putTokens(work, references);
    return lane.firstForeign(work, references.length);
  }
  return references.findIndex((text, row) => {
    const decoded = decodeToken(text);
    if (decoded?.kind !== 'reference' || !lane.hasTag(decoded.bytes)) return true;
    work.frames.putR5(row, decoded.bytes);
    return false;
  });
}

const itself = (digits: Phone): string => digits;
const isNoPhone = (digits: string): boolean => !/^[1-9][0-9]{6,14}$/.test(digits);
