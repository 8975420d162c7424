/**
 * Decimal digits four at a time: as text, a byte each, in a little-endian word (the first digit is the lowest byte), and packed, two
 * a byte.
 *
 * An inner part of pack-ids.ts and pack-phones.ts.
 * @module
 */

/** Four characters `0`. */
export const ZEROS = 0x30303030;
/** The longest number that is packed. */
const MOST_DIGITS = 24;
const WORDS = MOST_DIGITS / 4;
/** Added to a byte: carries into its upper half when it is above 9. */
const ABOVE_NINE = 0x06060606;
const UPPER_HALVES = 0xf0f0f0f0 | 0;

/** For a number of each count of digits, right-aligned in 24 bytes: which bits of its six words are its own. */
export const OWN_DIGITS = new Int32Array((MOST_DIGITS + 1) * WORDS);
for (let count = 0; count <= MOST_DIGITS; count++) {
  OWN_DIGITS.set(littleEndianWords(new Uint8Array(MOST_DIGITS).fill(0xff, MOST_DIGITS - count)), WORDS * count);
}

/** Four digits, a byte each, as two bytes of two. */
export function pairs(digits: number): number {
  const joined = ((digits << 4) | (digits >>> 8)) & 0x00ff00ff;
  return (joined | (joined >>> 8)) & 0xffff;
}

/** The lower two bytes of a word, two digits each, as four, a byte each. */
export function apart(packed: number): number {
  const spread = (packed & 0xff) | ((packed & 0xff00) << 8);
  return ((spread >>> 4) & 0x000f000f) | ((spread & 0x000f000f) << 8);
}

/** Not 0 when a byte of a word is above 9. */
export function notDigits(digits: number): number {
  return (digits | (digits + ABOVE_NINE)) & UPPER_HALVES;
}

/** Bytes as words, whichever way this machine keeps them. */
export function littleEndianWords(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: bytes.length / 4 }, (_, k) => view.getInt32(4 * k, true));
}
