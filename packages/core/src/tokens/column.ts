/**
 * Column: values one after another in one array, with the offsets of their ends, as Arrow and Parquet keep them. A file of
 * millions of rows goes through the token engine this way without one string being made.
 * @module
 */
import { fail } from '../errors.js';

/** `n` values: value `i` is `data[offsets[i] .. offsets[i + 1])`. */
export interface Column {
  readonly data: Uint8Array;
  /** `n + 1` offsets that never fall; the last is at most `data.length`. */
  readonly offsets: Uint32Array;
}

/** How many values a column has. Throws `ERR_COLUMN_MALFORMED` when its offsets fall or point outside `data`. */
export function rowsOf({ data, offsets }: Column): number {
  const last = offsets.length - 1;
  if (last < 0 || (offsets[last] as number) > data.length || falls(offsets)) throw fail('ERR_COLUMN_MALFORMED');
  return last;
}

/** Whether an offset is smaller than the one before it. */
function falls(offsets: Uint32Array): boolean {
  // As signed words one subtraction tells, for all columns under 2 GB; larger ones are looked at again.
  const signed = new Int32Array(offsets.buffer, offsets.byteOffset, offsets.length);
  let sign = 0;
  for (let i = 0, previous = 0; i < signed.length; i++) {
    const offset = signed[i] as number;
    sign |= offset | (offset - previous);
    previous = offset;
  }
  return sign < 0 && offsets.some((offset, i) => i > 0 && offset < (offsets[i - 1] as number));
}

/** Puts separate values into one column. */
export function columnOf(values: readonly Uint8Array[]): Column {
  const offsets = new Uint32Array(values.length + 1);
  let length = 0;
  for (let i = 0; i < values.length; i++) {
    length += (values[i] as Uint8Array).length;
    offsets[i + 1] = length;
  }
  const data = new Uint8Array(length);
  for (let i = 0; i < values.length; i++) data.set(values[i] as Uint8Array, offsets[i] as number);
  return { data, offsets };
}

/** One column of several, in their order. */
export function joinColumns(columns: readonly Column[]): Column {
  const data = new Uint8Array(columns.reduce((sum, column) => sum + column.data.length, 0));
  const offsets = new Uint32Array(1 + columns.reduce((sum, column) => sum + column.offsets.length - 1, 0));
  let at = 0;
  let row = 0;
  for (const column of columns) {
    data.set(column.data, at);
    for (let i = 1; i < column.offsets.length; i++) offsets[++row] = at + (column.offsets[i] as number);
    at += column.data.length;
  }
  return { data, offsets };
}
