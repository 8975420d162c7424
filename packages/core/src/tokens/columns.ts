/**
 * Columns: references and dial tokens for files of millions of rows. Bytes in, tokens of one width out, no string of a value on the
 * way: 52 ASCII characters each (`ascii`), or the 36 bytes behind the prefix (`raw`), for a column of fixed-size binary.
 *
 * The tokens are those of reference.ts and dial-token.ts, byte for byte. For a few hundred values use those.
 * @module
 */
import { fail } from '../errors.js';
import type { CustomerId } from '../identifiers/customer-id.js';
import { Sensitive } from '../sensitive.js';
import { type Column, columnOf, joinColumns, rowsOf } from './column.js';
import {
  columnFor,
  longTokenText,
  putTokenColumn,
  putValueColumn,
  type TokenForm,
  takeTokenColumn,
  takeValueColumn,
  tokensOf,
  tokenWidth,
  writeLongToken,
} from './columns-io.js';
import type { LongLane } from './long-lane.js';
import { PHONE_DIGITS, parseReferencePlaintext } from './plaintext.js';
import { openReferences, plaintextOfRow } from './reference.js';
import { type Scope, scopeParts } from './scope.js';
import { ShortLane } from './short-lane.js';
import { decodeToken, R5_BYTES } from './token-text.js';
import { CHUNK, useWorkspace, VALUE_BYTES, type Workspace, wipe } from './workspace.js';

/** References opened from a column. */
export interface OpenedReferences {
  /** The customer ids; of no bytes where a reference did not open. */
  readonly ids: Column;
  /** 1 where the reference opened, 0 where it is not one of this scope. */
  readonly opened: Uint8Array;
}

/** Dial tokens opened from a column. */
export interface OpenedDialTokens {
  /** E.164 digits; of no bytes where a token did not open. */
  readonly phones: Sensitive<Column>;
  /** 5 bytes a row, of the SIV of the customer's reference; zeros where a token did not open. */
  readonly r5: Uint8Array;
  /** 1 where the token opened, 0 where it is not one of this scope. */
  readonly opened: Uint8Array;
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Seals a column of customer ids into references.
 *
 * @param ids - `n` ids as UTF-8, as `parseCustomerId` gives them
 * @param into - where to write; exactly as long as the result
 * @returns `n` references of 52 (`ascii`) or 36 bytes (`raw`) in the same order; of 72 or 51, 92 or 66 … for longer reference lengths
 * @throws `ERR_CUSTOMER_ID_TOO_LONG`, `ERR_CUSTOMER_ID_INVALID` (`where.row` counts from 0): `into` may be half written;
 *   `ERR_COLUMN_MALFORMED`, `ERR_CLOSED`
 */
export function sealReferenceColumn(scope: Scope, ids: Column, form: TokenForm, into?: Uint8Array): Uint8Array {
  const lane = scopeParts(scope).references;
  const count = rowsOf(ids);
  const column = columnFor(count, tokenWidth(lane.plaintextBytes, form), into);
  if (lane instanceof ShortLane) {
    inChunks(count, (work, first, length) => {
      sealIds(lane, work, ids, first, length);
      takeTokenColumn(work, column, form, first, length);
    });
    return column;
  }
  const plaintexts = Array.from({ length: count }, (_, row) => plaintextOfRow(idAt(ids, row), lane.plaintextBytes, row));
  lane.seal(plaintexts).forEach((token, row) => {
    writeLongToken(column, row, token, form);
  });
  return column;
}

/**
 * Opens a column of references.
 *
 * @param references - `n` references of one width, as `sealReferenceColumn` writes them
 * @throws `ERR_COLUMN_MALFORMED`, `ERR_CLOSED`
 */
export function openReferenceColumn(scope: Scope, references: Uint8Array, form: TokenForm): OpenedReferences {
  const lane = scopeParts(scope).references;
  const width = tokenWidth(lane.plaintextBytes, form);
  const count = tokensOf(references, width);
  const opened = new Uint8Array(count);
  if (lane instanceof ShortLane) {
    const columns: Column[] = [];
    inChunks(count, (work, first, length) => {
      putTokenColumn(work, 'reference', references, form, first, length);
      columns.push(openIds(lane, work, opened.subarray(first, first + length)));
    });
    return { ids: joinColumns(columns), opened };
  }
  const ids = openReferences(
    scope,
    Array.from({ length: count }, (_, row) => longTokenText(references, row, width, form)),
  );
  opened.set(ids.map((id) => (id === undefined ? 0 : 1)));
  return { ids: columnOf(ids.map((id) => utf8.encode(id))), opened };
}

/**
 * Seals a column of phones into dial tokens.
 *
 * @param phones - `n` numbers as E.164 digits
 * @param references - the customers' references in this scope, `n` of them in the same order and `form`
 * @param into - where to write; exactly as long as the result
 * @returns `n` dial tokens of 52 (`ascii`) or 36 bytes (`raw`), in the same order
 * @throws `ERR_PHONE_INVALID`, `ERR_REFERENCE_FOREIGN` (`where.row` counts from 0): `into` may be half written; `ERR_LENGTH_MISMATCH`,
 *   `ERR_COLUMN_MALFORMED`, `ERR_CLOSED`
 */
export function sealDialTokenColumn(
  scope: Scope,
  phones: Sensitive<Column>,
  references: Uint8Array,
  form: TokenForm,
  into?: Uint8Array,
): Uint8Array {
  const { references: referenceLane, dialTokens: lane } = scopeParts(scope);
  const width = tokenWidth(referenceLane.plaintextBytes, form);
  const count = tokensOf(references, width);
  return phones.use((digits) => {
    if (rowsOf(digits) !== count) throw fail('ERR_LENGTH_MISMATCH');
    const column = columnFor(count, tokenWidth(lane.plaintextBytes, form), into);
    inChunks(count, (work, first, length) => {
      const foreign =
        referenceLane instanceof ShortLane
          ? putReferences(work, referenceLane, references, form, first, length)
          : putLongReferences(work, referenceLane, references, form, first, length);
      if (foreign >= 0) throw fail('ERR_REFERENCE_FOREIGN', { row: first + foreign });
      const fits = putValueColumn(work, digits, first, length);
      const wrong = fits ? work.phones.pack(lane.mask, length) : firstLonger(digits, first, PHONE_DIGITS.most) - first;
      if (wrong >= 0) throw fail('ERR_PHONE_INVALID', { row: first + wrong });
      lane.seal(work, length);
      takeTokenColumn(work, column, form, first, length);
    });
    return column;
  });
}

/**
 * Opens a column of dial tokens.
 *
 * @param tokens - `n` dial tokens of 52 (`ascii`) or 36 bytes (`raw`)
 * @throws `ERR_COLUMN_MALFORMED`, `ERR_CLOSED`
 */
export function openDialTokenColumn(scope: Scope, tokens: Uint8Array, form: TokenForm): OpenedDialTokens {
  const lane = scopeParts(scope).dialTokens;
  const count = tokensOf(tokens, tokenWidth(lane.plaintextBytes, form));
  const opened = new Uint8Array(count);
  const r5 = new Uint8Array(R5_BYTES * count);
  const columns: Column[] = [];
  inChunks(count, (work, first, length) => {
    putTokenColumn(work, 'dial-token', tokens, form, first, length);
    lane.open(work, length);
    work.phones.unpack(lane.mask, length);
    const ofChunk = opened.subarray(first, first + length);
    columns.push(takeValueColumn(work, ofChunk));
    for (let i = 0; i < length; i++) {
      if (ofChunk[i] === 1) r5.set(lane.getPlaintext(work, i).subarray(-R5_BYTES), R5_BYTES * (first + i));
    }
  });
  return { phones: new Sensitive(joinColumns(columns)), r5, opened };
}

function sealIds(lane: ShortLane, work: Workspace, ids: Column, first: number, count: number): void {
  if (!putValueColumn(work, ids, first, count)) throw fail('ERR_CUSTOMER_ID_TOO_LONG', { row: firstLonger(ids, first, VALUE_BYTES) });
  const slow = (row: number): void => {
    lane.putPlaintext(work, row, plaintextOfRow(idAt(ids, first + row), lane.plaintextBytes, first + row));
  };
  work.ids.pack(lane.mask, count, slow, false);
  lane.seal(work, count);
}

function openIds(lane: ShortLane, work: Workspace, opened: Uint8Array): Column {
  const others = new Map<number, Uint8Array>();
  lane.open(work, opened.length);
  work.ids.unpack(lane.mask, opened.length, (row) => {
    const id = parseReferencePlaintext(lane.getPlaintext(work, row));
    if (id !== undefined) others.set(row, utf8.encode(id));
  });
  return takeValueColumn(work, opened, others);
}

/** Puts what packing needs of the references into the frames. Returns the first that is not one of this scope, or −1. */
function putReferences(work: Workspace, lane: ShortLane, references: Uint8Array, form: TokenForm, first: number, count: number): number {
  putTokenColumn(work, 'reference', references, form, first, count);
  return lane.firstForeign(work, count);
}

function putLongReferences(work: Workspace, lane: LongLane, references: Uint8Array, form: TokenForm, first: number, count: number): number {
  const width = tokenWidth(lane.plaintextBytes, form);
  for (let i = 0; i < count; i++) {
    const decoded = decodeToken(longTokenText(references, first + i, width, form));
    if (decoded?.kind !== 'reference' || !lane.hasTag(decoded.bytes)) return i;
    work.frames.putR5(i, decoded.bytes);
  }
  return -1;
}

/** One id of a column as text. What is no UTF-8 becomes a text that is no id. */
function idAt({ data, offsets }: Column, row: number): CustomerId {
  try {
    // A cast: whether it is an id is checked where it is packed.
    return strictUtf8.decode(data.subarray(offsets[row], offsets[row + 1])) as CustomerId;
  } catch {
    return '' as CustomerId;
  }
}

function firstLonger({ offsets }: Column, first: number, most: number): number {
  let row = first;
  while ((offsets[row + 1] as number) - (offsets[row] as number) <= most) row++;
  return row;
}

function inChunks(count: number, run: (work: Workspace, first: number, length: number) => void): void {
  const work = useWorkspace();
  for (let first = 0; first < count; first += CHUNK) {
    const length = Math.min(CHUNK, count - first);
    try {
      run(work, first, length);
    } finally {
      wipe(work, length);
    }
  }
}
