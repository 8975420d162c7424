/**
 * Text inside text: base64 and base64url at any alignment, hexadecimal, and escapes (`%31`, `\x31`, `&#49;`, `=31`).
 * Whatever decodes to something readable is handed to the caller, who scans it as it scans everything.
 *
 * Not undone: compression, encryption, and codes of one's own. Nobody who wants to hide a number is stopped by a scanner.
 * @module
 */
import type { Work } from './finding.js';

/** A decoded piece, and where in the text it came from. */
export interface Decoded {
  readonly text: string;
  /** Start and end, in the original text, of what made each UTF-16 code unit; one pair for all when `isWhole`. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly isWhole: boolean;
}

/** Seven digits in base64 are ten characters, in hexadecimal fourteen. */
const SHORTEST_BASE64 = 8;
const SHORTEST_HEX = 12;
/** A readable piece is worth scanning when it has so many digits, or so many bytes beyond ASCII, or an at sign. */
const FEWEST_DIGITS = 6;
const FEWEST_WIDE_BYTES = 6;
const SHORTEST_PIECE = 6;

const NOT_BASE64 = 255;
const BASE64 = new Uint8Array(128).fill(NOT_BASE64);
for (const [i, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  BASE64[character.charCodeAt(0)] = i;
BASE64['-'.charCodeAt(0)] = 62;
BASE64['_'.charCodeAt(0)] = 63;

const HEX = new Uint8Array(128).fill(NOT_BASE64);
for (const [i, character] of [...'0123456789abcdef'].entries()) {
  HEX[character.charCodeAt(0)] = i;
  HEX[character.toUpperCase().charCodeAt(0)] = i;
}

/** Finds the readable pieces of a text's base64 and hexadecimal runs. */
export function decodeRuns(text: string, work: Work): Decoded[] {
  const found: Decoded[] = [];
  let start = 0;
  let isHex = true;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0;
    if (code < 128 && BASE64[code] !== NOT_BASE64) {
      if (HEX[code] === NOT_BASE64) isHex = false;
      continue;
    }
    const length = i - start;
    if (length >= SHORTEST_BASE64) {
      for (let offset = 0; offset < 4; offset++) readable(base64Bytes(text, start + offset, i), start, i, found, work);
      if (isHex && length >= SHORTEST_HEX)
        for (let offset = 0; offset < 2; offset++) readable(hexBytes(text, start + offset, i), start, i, found, work);
    }
    start = i + 1;
    isHex = true;
  }
  decodeSpacedHex(text, found, work);
  work.steps += text.length;
  return found;
}

/** Pairs of hexadecimal digits with one separator between them: `31 33 38`, `31:33:38`, `0x31, 0x33`. */
function decodeSpacedHex(text: string, found: Decoded[], work: Work): void {
  let bytes: number[] = [];
  let start = 0;
  let end = 0;
  const flush = (): void => {
    if (bytes.length >= SHORTEST_PIECE) readable(Uint8Array.from(bytes), start, end, found, work);
    bytes = [];
  };
  for (let i = 0; i + 1 < text.length; i++) {
    const high = hexAt(text, i);
    if (high === NOT_BASE64) continue;
    let at = i;
    if (high === 0 && (text.charCodeAt(i + 1) | 0x20) === 0x78) at += 2;
    const isPair =
      hexAt(text, at) !== NOT_BASE64 &&
      hexAt(text, at + 1) !== NOT_BASE64 &&
      !isAlphanumericAt(text, at + 2) &&
      !isAlphanumericAt(text, i - 1);
    if (!isPair) {
      while (isAlphanumericAt(text, i + 1)) i += 1;
      flush();
      continue;
    }
    if (bytes.length > 0 && i - end > 2) flush();
    if (bytes.length === 0) start = i;
    bytes.push(hexAt(text, at) * 16 + hexAt(text, at + 1));
    end = at + 2;
    i = end - 1;
  }
  flush();
  work.steps += text.length;
}

function hexAt(text: string, at: number): number {
  const code = at >= 0 && at < text.length ? text.charCodeAt(at) : 128;
  return code < 128 ? (HEX[code] as number) : NOT_BASE64;
}

function isAlphanumericAt(text: string, at: number): boolean {
  const code = at >= 0 && at < text.length ? text.charCodeAt(at) : 0;
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

/** Decoded bytes of the run at hand; what is kept of them is copied into a string at once. */
const scratch = new Uint8Array(1 << 12);

function base64Bytes(text: string, start: number, end: number): Uint8Array {
  const bytes = scratch;
  let bits = 0;
  let held = 0;
  let count = 0;
  for (let i = start; i < end; i++) {
    held = (held << 6) | (BASE64[text.charCodeAt(i)] as number);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[count++] = held >> bits;
    held &= (1 << bits) - 1;
  }
  return bytes.subarray(0, count);
}

function hexBytes(text: string, start: number, end: number): Uint8Array {
  const count = (end - start) >> 1;
  for (let i = 0; i < count; i++) scratch[i] = hexAt(text, start + 2 * i) * 16 + hexAt(text, start + 2 * i + 1);
  return scratch.subarray(0, count);
}

/** Adds the stretches of bytes that are printable UTF-8 and hold what an identifier is made of. */
function readable(bytes: Uint8Array, start: number, end: number, found: Decoded[], work: Work): void {
  let from = 0;
  let digits = 0;
  let wide = 0;
  let signs = 0;
  for (let i = 0; i <= bytes.length; ) {
    const length = i < bytes.length ? characterLength(bytes, i) : 0;
    if (length > 0) {
      const byte = bytes[i] as number;
      if (byte >= 0x30 && byte <= 0x39) digits += 1;
      else if (length > 1) wide += length;
      else if (byte === 0x40) signs += 1;
      i += length;
      continue;
    }
    if (i - from >= SHORTEST_PIECE && (digits >= FEWEST_DIGITS || wide >= FEWEST_WIDE_BYTES || signs > 0)) {
      found.push({
        text: Buffer.from(bytes.buffer, bytes.byteOffset + from, i - from).toString('utf8'),
        from: Uint32Array.of(start),
        to: Uint32Array.of(end),
        isWhole: true,
      });
    }
    i += 1;
    from = i;
    digits = 0;
    wide = 0;
    signs = 0;
  }
  work.steps += bytes.length;
}

/** Bytes of the printable character at `i`, or 0 when there is none. */
function characterLength(bytes: Uint8Array, i: number): number {
  const byte = bytes[i] as number;
  if (byte < 0x80) return byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d ? (byte === 0x7f ? 0 : 1) : 0;
  const length = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
  if (length === 0 || byte > 0xf4 || i + length > bytes.length) return 0;
  for (let k = 1; k < length; k++) if (((bytes[i + k] as number) & 0xc0) !== 0x80) return 0;
  return length;
}

const ESCAPES = /%[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|&#[0-9]{1,7};|&#x[0-9a-f]{1,6};|=[0-9a-f]{2}/gi;
/** Fewer escapes hide no identifier. */
const FEWEST_ESCAPES = 3;

/**
 * The text with its escapes undone, or `undefined` when it has next to none.
 *
 * Each alternative of the expression begins with a sign of its own and has a fixed or bounded length: nothing to go back over.
 */
export function unescaped(text: string, work: Work): Decoded | undefined {
  work.steps += text.length;
  if (!text.includes('%') && !text.includes('\\') && !text.includes('&#') && !text.includes('=')) return undefined;
  const matches = [...text.matchAll(ESCAPES)];
  if (matches.length < FEWEST_ESCAPES) return undefined;
  const units: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const add = (piece: string, start: number, end: number): void => {
    for (let i = 0; i < piece.length; i++) {
      units.push(piece.charCodeAt(i));
      from.push(start);
      to.push(end);
    }
  };
  let at = 0;
  for (let m = 0; m < matches.length; m++) {
    const { index, 0: escape } = matches[m] as RegExpExecArray;
    for (; at < index; at++) add(text[at] as string, at, at + 1);
    const isByte = escape.startsWith('%') || escape.startsWith('=') || /^\\x/i.test(escape);
    if (!isByte) {
      add(characterOf(escape), index, index + escape.length);
      at = index + escape.length;
      continue;
    }
    // Bytes that follow each other make UTF-8 characters together.
    const bytes = [byteOf(escape)];
    let end = index + escape.length;
    while (
      bytes.length < 4 &&
      (bytes[0] as number) >= 0xc2 &&
      matches[m + 1]?.index === end &&
      (byteOf((matches[m + 1] as RegExpExecArray)[0]) & 0xc0) === 0x80
    ) {
      m += 1;
      bytes.push(byteOf((matches[m] as RegExpExecArray)[0]));
      end += (matches[m] as RegExpExecArray)[0].length;
    }
    add(Buffer.from(bytes).toString('utf8'), index, end);
    at = end;
  }
  for (; at < text.length; at++) add(text[at] as string, at, at + 1);
  work.steps += units.length;
  return { text: textOf(units), from: Uint32Array.from(from), to: Uint32Array.from(to), isWhole: false };
}

function byteOf(escape: string): number {
  return Number.parseInt(escape.slice(-2), 16);
}

function characterOf(escape: string): string {
  const digits = /[0-9a-f]+(?=[;}]?$)/i.exec(escape)?.[0] ?? '';
  const codePoint = Number.parseInt(digits, escape.startsWith('&#') && !/x/i.test(escape) ? 10 : 16);
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : '\ufffd';
}

function textOf(units: readonly number[]): string {
  let text = '';
  for (let i = 0; i < units.length; i += 4096) text += String.fromCharCode(...units.slice(i, i + 4096));
  return text;
}
