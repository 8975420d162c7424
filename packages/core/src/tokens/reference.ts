/**
 * References: AES-256-SIV (RFC 5297) over the bank's own customer id, bound to one scope. Deterministic inside a campaign, so that
 * an export can be repeated; two references of one customer in two campaigns have nothing in common.
 *
 * A reference is a pseudonym, not anonymity: the bank can open it. Files of millions of rows: columns.ts.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc5297
 */
import { fail } from '../errors.js';
import type { CustomerId } from '../identifiers/customer-id.js';
import type { LongLane } from './long-lane.js';
import { parseReferencePlaintext, referencePlaintext } from './plaintext.js';
import { type Scope, scopeParts } from './scope.js';
import { ShortLane } from './short-lane.js';
import { inChunks, putTokens, putValues, takeTokens } from './texts.js';
import { decodeToken, encodeToken, type Reference, SHORT_PLAINTEXT_BYTES } from './token-text.js';
import { OUTPUT_BYTES, useWorkspace, wipe } from './workspace.js';

/**
 * Seals customer ids into references.
 *
 * @param ids - parsed customer ids, `n` of them
 * @returns `n` references in the same order: 52 characters each, prefix included, or 72, 92 … when the bank's reference length is 29, 44 …
 * @throws `ERR_CUSTOMER_ID_TOO_LONG`, `ERR_CUSTOMER_ID_INVALID` (`where.row` counts from 0): nothing is sealed; `ERR_CLOSED`
 * @see https://www.rfc-editor.org/rfc/rfc5297#section-2.6
 */
export function sealReferences(scope: Scope, ids: readonly CustomerId[]): Reference[] {
  const lane = scopeParts(scope).references;
  return lane instanceof ShortLane ? inChunks(ids, (chunk, first) => sealShort(lane, chunk, first)) : sealLong(lane, ids);
}

/** Seals one customer id: `sealReferences` of one. */
export function sealReference(scope: Scope, id: CustomerId): Reference {
  return sealReferences(scope, [id])[0] as Reference;
}

/**
 * Opens references.
 *
 * @param references - any texts; nothing is trimmed or repaired
 * @returns as many customer ids in the same order; `undefined` where a text is not a reference of this scope: malformed, changed,
 *   forged and foreign are one answer
 * @throws `ERR_CLOSED`
 * @see https://www.rfc-editor.org/rfc/rfc5297#section-2.7
 */
export function openReferences(scope: Scope, references: readonly string[]): (CustomerId | undefined)[] {
  const lane = scopeParts(scope).references;
  return lane instanceof ShortLane ? inChunks(references, (chunk) => openShort(lane, chunk)) : openLong(lane, references);
}

/** Opens one reference: `openReferences` of one. */
export function openReference(scope: Scope, reference: string): CustomerId | undefined {
  return openReferences(scope, [reference])[0];
}

/**
 * The plaintext of one id, or what is wrong with it.
 *
 * @param row - counts from 0, for the error
 * @throws `ERR_CUSTOMER_ID_TOO_LONG`, `ERR_CUSTOMER_ID_INVALID`
 */
export function plaintextOfRow(id: CustomerId, length: number, row: number): Uint8Array {
  const plaintext = referencePlaintext(id, length);
  if (plaintext === 'long') throw fail('ERR_CUSTOMER_ID_TOO_LONG', { row });
  if (plaintext === 'invalid') throw fail('ERR_CUSTOMER_ID_INVALID', { row });
  return plaintext;
}

function sealShort(lane: ShortLane, ids: readonly CustomerId[], first: number): Reference[] {
  const work = useWorkspace();
  try {
    const plain = putValues(work, ids);
    const slow = (row: number): void => {
      lane.putPlaintext(work, row, plaintextOfRow(ids[row] as CustomerId, SHORT_PLAINTEXT_BYTES, first + row));
    };
    work.ids.pack(lane.mask, ids.length, slow, !plain);
    lane.seal(work, ids.length);
    // A cast: what the lane of references seals is a reference.
    return takeTokens(work, ids.length) as Reference[];
  } finally {
    wipe(work, ids.length);
  }
}

function openShort(lane: ShortLane, references: readonly string[]): (CustomerId | undefined)[] {
  const work = useWorkspace();
  const count = references.length;
  try {
    putTokens(work, references);
    lane.open(work, count);
    const others = new Map<number, CustomerId | undefined>();
    work.ids.unpack(lane.mask, count, (row) => {
      others.set(row, parseReferencePlaintext(lane.getPlaintext(work, row)));
    });
    const text = work.output.toString('latin1', 0, OUTPUT_BYTES * count);
    const ids = new Array<CustomerId | undefined>(count);
    for (let i = 0; i < count; i++) {
      const end = work.ends[i] as number;
      ids[i] = end === 0 ? others.get(i) : (text.slice(work.starts[i], end) as CustomerId);
    }
    return ids;
  } finally {
    wipe(work, count);
  }
}

function sealLong(lane: LongLane, ids: readonly CustomerId[]): Reference[] {
  const plaintexts = ids.map((id, row) => plaintextOfRow(id, lane.plaintextBytes, row));
  return lane.seal(plaintexts).map((token) => encodeToken('reference', token) as Reference);
}

function openLong(lane: LongLane, references: readonly string[]): (CustomerId | undefined)[] {
  const tokens = references.map((text) => {
    const decoded = decodeToken(text);
    return decoded?.kind === 'reference' ? decoded.bytes : undefined;
  });
  return lane.open(tokens).map((plaintext) => plaintext && parseReferencePlaintext(plaintext));
}
