/**
 * Bytes and their spellings: UTF-8, hex, base64, base64url. One spelling each: what decodes here encodes back to the same text.
 * Pure JavaScript, because this package runs in a browser too.
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** The text of UTF-8 bytes, or `undefined` when they are not valid UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Equality of public values: hashes and roots are no secrets, so time may depend on them. Whole tiles are compared word by word. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let i = 0;
  if (a.length >= 64 && a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0) {
    const words = a.length >> 2;
    const left = new Uint32Array(a.buffer, a.byteOffset, words);
    const right = new Uint32Array(b.buffer, b.byteOffset, words);
    for (; i < words; i++) if (left[i] !== right[i]) return false;
    i *= 4;
  }
  for (; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Value of a hex digit by its character code; lower case only, because that is what hash functions print. */
export const HEX_VALUE = new Uint8Array(256);
for (let digit = 0; digit < 16; digit++) HEX_VALUE[digit.toString(16).charCodeAt(0)] = digit;

/**
 * Writes the bytes of a lower-case hex text into a buffer. No check: for what a hash function printed.
 *
 * @param length - bytes to write; the text has twice as many characters
 */
export function writeHex(hex: string, into: Uint8Array, at: number, length: number): void {
  for (let i = 0, c = 0; i < length; i++, c += 2) {
    into[at + i] = (HEX_VALUE[hex.charCodeAt(c)]! << 4) | HEX_VALUE[hex.charCodeAt(c + 1)]!;
  }
}

interface Alphabet {
  readonly characters: string;
  /** All pairs, by 12 bits: half as many joins. */
  readonly pairs: readonly string[];
}

const alphabetOf = (characters: string): Alphabet => ({
  characters,
  pairs: Array.from({ length: 4096 }, (_, bits) => characters.charAt(bits >> 6) + characters.charAt(bits & 63)),
});

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const STANDARD = alphabetOf(`${LETTERS_AND_DIGITS}+/`);
const URL_SAFE = alphabetOf(`${LETTERS_AND_DIGITS}-_`);

function encode(bytes: Uint8Array, { characters, pairs }: Alphabet, padded: boolean): string {
  let text = '';
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const block = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    text += pairs[block >> 12]! + pairs[block & 4095]!;
  }
  const rest = bytes.length - i;
  if (rest === 0) return text;
  const block = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8);
  text += pairs[block >> 12]! + (rest === 2 ? characters.charAt((block >> 6) & 63) : '');
  return padded ? text + '='.repeat(3 - rest) : text;
}

function decode(text: string, alphabet: Alphabet, padded: boolean): Uint8Array | undefined {
  const body = padded ? text.replace(/={1,2}$/, '') : text;
  const bytes = new Uint8Array(Math.floor((body.length * 6) / 8));
  let block = 0;
  let bits = 0;
  let at = 0;
  for (const character of body) {
    const value = alphabet.characters.indexOf(character);
    if (value < 0) return undefined;
    block = ((block << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = block >> bits;
    }
  }
  // Encoding back refuses wrong padding, wrong length and stray bits in the last character at once.
  return encode(bytes, alphabet, padded) === text ? bytes : undefined;
}

/** RFC 4648 § 4, with padding. */
export const base64Of = (bytes: Uint8Array): string => encode(bytes, STANDARD, true);
/** Bytes of the one base64 spelling, or `undefined`. */
export const parseBase64 = (text: string): Uint8Array | undefined => decode(text, STANDARD, true);
/** RFC 4648 § 5, without padding. */
export const base64urlOf = (bytes: Uint8Array): string => encode(bytes, URL_SAFE, false);
/** Bytes of the one base64url spelling, or `undefined`. */
export const parseBase64url = (text: string): Uint8Array | undefined => decode(text, URL_SAFE, false);
