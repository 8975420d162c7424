/**
 * Array literals for set-based statements: `unnest($1::text::bigint[])`. Built by hand because the drivers' own serialisers
 * escape slowly (bytea) or differ, and because one text parameter is parsed the same way by both.
 *
 * @module
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

/** Numbers, bigints, booleans, uuids: values whose text needs no quotes. `null` becomes NULL. */
export function plainArray(values: readonly (number | bigint | boolean | string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : value)).join(',')}}`;
}

/** Byte strings for a `bytea[]`, in hex form. `null` becomes NULL. */
export function bytesArray(values: readonly (Uint8Array | null)[]): string {
  let text = '';
  // Inside quotes the backslash is doubled: "\\x00ff".
  for (const value of values) text += value === null ? ',NULL' : `,"\\\\x${hex(value)}"`;
  return `{${text.slice(1)}}`;
}

const NEEDS_ESCAPE = /["\\]/g;

/** Any text for a `text[]`: each value quoted. `null` becomes NULL. */
export function textArray(values: readonly (string | null)[]): string {
  let text = '';
  for (const value of values) {
    text += value === null ? ',NULL' : `,"${NEEDS_ESCAPE.test(value) ? value.replace(NEEDS_ESCAPE, '\\$&') : value}"`;
    NEEDS_ESCAPE.lastIndex = 0;
  }
  return `{${text.slice(1)}}`;
}
