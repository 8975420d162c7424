/**
 * What lies between a caller's columns and the workspace: values into `input`, tokens into and out of `frames`, opened values out
 * of `output`, a chunk at a time.
 *
 * An inner part of columns.ts.
 * @module
 */
import { fail } from '../errors.js';
import type { Column } from './column.js';
import { putTokenText } from './texts.js';
import { encodeToken, prefixBytes, SHORT_TOKEN_CHARACTERS, SIV_BYTES, TAG_BYTES, type TokenKind, tokenCharacters } from './token-text.js';
import { SLACK } from './values.js';
import type { Workspace } from './workspace.js';

/** `ascii`: tokens as they are written, 52 characters each. `raw`: their bytes without the prefix, 36 each. */
export type TokenForm = 'ascii' | 'raw';

/** Bytes of one token of a column, for plaintexts of this many bytes. */
export function tokenWidth(plaintextBytes: number, form: TokenForm): number {
  return form === 'ascii' ? tokenCharacters(plaintextBytes) : TAG_BYTES + SIV_BYTES + plaintextBytes;
}

/** How many tokens of this width a column holds. Throws `ERR_COLUMN_MALFORMED` when they do not fill it. */
export function tokensOf(column: Uint8Array, width: number): number {
  if (column.length % width !== 0) throw fail('ERR_COLUMN_MALFORMED');
  return column.length / width;
}

/** The array that tokens are written to: the caller's, which must fit exactly, or a new one. */
export function columnFor(count: number, width: number, into: Uint8Array | undefined): Uint8Array {
  if (into !== undefined && into.length !== count * width) throw fail('ERR_COLUMN_MALFORMED');
  return into ?? new Uint8Array(count * width);
}

/** Puts values `first` to `first + count` into `work.input`. False when they do not fit: one at least is longer than any that does. */
export function putValueColumn(work: Workspace, { data, offsets }: Column, first: number, count: number): boolean {
  const from = offsets[first] as number;
  const to = offsets[first + count] as number;
  if (to - from > work.input.length - 2 * SLACK) return false;
  work.input.set(data.subarray(from, to), SLACK);
  work.used = SLACK + to - from;
  work.offsets.set(offsets.subarray(first, first + count + 1));
  return true;
}

/**
 * Takes opened values out of `work.output`.
 *
 * @param opened - gets 1 or 0 for each row
 * @param others - the rows that were not unpacked into `work.output`
 */
export function takeValueColumn(work: Workspace, opened: Uint8Array, others?: ReadonlyMap<number, Uint8Array>): Column {
  const { output, starts, ends } = work;
  const count = opened.length;
  const offsets = new Uint32Array(count + 1);
  for (let i = 0, at = 0; i < count; i++) {
    const end = ends[i] as number;
    const length = end === 0 ? (others?.get(i)?.length ?? 0) : end - (starts[i] as number);
    opened[i] = length === 0 ? 0 : 1;
    at += length;
    offsets[i + 1] = at;
  }
  const data = new Uint8Array(offsets[count] as number);
  for (let i = 0, at = 0; i < count; i++) {
    const other = ends[i] === 0 ? others?.get(i) : undefined;
    if (other !== undefined) data.set(other, at);
    for (let k = starts[i] as number, end = ends[i] as number; other === undefined && k < end; k++) data[at++] = output[k] as number;
    at = offsets[i + 1] as number;
  }
  return { data, offsets };
}

/** Puts tokens `first` to `first + count` of a column into frames. What is not spelled as a token becomes one of no kind. */
export function putTokenColumn(work: Workspace, kind: TokenKind, column: Uint8Array, form: TokenForm, first: number, count: number): void {
  if (form === 'ascii') {
    putTokenText(work, bufferOf(column).toString('latin1', SHORT_TOKEN_CHARACTERS * first, SHORT_TOKEN_CHARACTERS * (first + count)));
    return;
  }
  work.frames.writeRaw(prefixBytes(kind), column, first, count);
}

/** Writes the first `count` frames into a column, from token `first` on. */
export function takeTokenColumn(work: Workspace, column: Uint8Array, form: TokenForm, first: number, count: number): void {
  if (form === 'ascii') {
    bufferOf(column).write(work.frames.text(count), SHORT_TOKEN_CHARACTERS * first, 'latin1');
    return;
  }
  work.frames.readRaw(column, first, count);
}

/** One token of a column of long references, as text. */
export function longTokenText(column: Uint8Array, row: number, width: number, form: TokenForm): string {
  const token = bufferOf(column).subarray(width * row, width * (row + 1));
  return form === 'ascii' ? token.toString('latin1') : encodeToken('reference', token);
}

/** Writes one long reference, given as bytes without prefix. */
export function writeLongToken(column: Uint8Array, row: number, token: Uint8Array, form: TokenForm): void {
  if (form === 'raw') column.set(token, token.length * row);
  else bufferOf(column).write(encodeToken('reference', token), tokenCharacters(token.length - TAG_BYTES - SIV_BYTES) * row, 'latin1');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
