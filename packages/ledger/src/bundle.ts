/**
 * Entry bundles: up to 256 entries in a row. Kept as text, one entry a line (canonical JSON has no raw newline);
 * served as C2SP tlog-tiles says, each entry after its length in 16 bits.
 * @see https://c2sp.org/tlog-tiles
 * @module
 */
import { concat, textOf, utf8 } from './bytes.js';
import { fail } from './errors.js';

/** One bundle: entries 256 n to 256 n + 255, fewer in the last. */
export interface Bundle {
  readonly n: number;
  /** Text: a line an entry, no newline at the end. Bytes: the served form. */
  readonly data: string | Uint8Array;
}

/** Longest entry: its length is 16 bits. */
export const MAX_ENTRY_BYTES = 65_535;

const NEWLINE = 0x0a;

/**
 * The served form of a bundle kept as text.
 *
 * @throws `ERR_BUNDLE_MALFORMED`: an empty line, or an entry over 65,535 bytes
 */
export function bundleBytes(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of text === '' ? [] : text.split('\n')) {
    const bytes = utf8(entry);
    if (bytes.length === 0 || bytes.length > MAX_ENTRY_BYTES) throw fail('ERR_BUNDLE_MALFORMED');
    parts.push(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
  }
  return concat(...parts);
}

/**
 * The entries of a bundle in either form.
 *
 * @throws `ERR_BUNDLE_MALFORMED`: cut in the middle of an entry, or not UTF-8
 */
export function bundleEntries(data: string | Uint8Array): string[] {
  if (typeof data === 'string') return data === '' ? [] : data.split('\n');
  const entries: string[] = [];
  eachEntry(data, (bytes, start, end) => {
    const entry = textOf(bytes.subarray(start, end));
    if (entry === undefined) throw fail('ERR_BUNDLE_MALFORMED');
    entries.push(entry);
  });
  return entries;
}

/** Called with the bytes, and an entry's first byte and the byte after its last. The byte before the entry belongs to the separator. */
type Visit = (bytes: Uint8Array, start: number, end: number) => void;

let scratch = new Uint8Array(256 * 1024);
const encoder = new TextEncoder();

/**
 * Visits every entry where it lies. The byte before each entry is a separator, which the visitor may overwrite while it is called:
 * set to 0x00 it makes the leaf's hash input without a copy.
 */
export function eachEntry(data: string | Uint8Array, visit: Visit): void {
  if (typeof data === 'string') {
    if (data === '') return;
    if (scratch.length < data.length * 3 + 2) scratch = new Uint8Array(data.length * 3 + 2);
    const end = 1 + encoder.encodeInto(data, scratch.subarray(1)).written;
    scratch[end] = NEWLINE;
    // Searching the string is eight times as fast as searching the bytes; in ASCII, which our entries are, both have the same positions.
    const ascii = end - 1 === data.length;
    for (let start = 1; start <= end; ) {
      const found = ascii ? data.indexOf('\n', start - 1) + 1 : scratch.indexOf(NEWLINE, start);
      const next = found === 0 ? end : found;
      visit(scratch, start, next);
      start = next + 1;
    }
    return;
  }
  for (let at = 0; at < data.length; ) {
    const start = at + 2;
    const end = start + ((data[at]! << 8) | (data[at + 1] ?? 0));
    if (end > data.length || end === start) throw fail('ERR_BUNDLE_MALFORMED');
    visit(data, start, end);
    at = end;
  }
}
