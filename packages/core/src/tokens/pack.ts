/**
 * Packing: values into plaintext words and back, four bytes at a time. Only the common cases (ids of plain ASCII, digits) are taken
 * here; every other row goes through plaintext.ts, which says the same more slowly.
 *
 * A word is read little-endian wherever a value happens to begin: what lies before or after the value is masked away.
 * @module
 */

import { ID_END, KIND, PACKED_DIGITS, PHONE_DIGITS } from './plaintext.js';
import type { ShortLane } from './short-lane.js';
import { VALUE_BYTES, WORDS, type Workspace } from './workspace.js';

/** Ids that fit a short reference as text. */
const MOST_ID_BYTES = 12;

/** The top bit of every byte of a word. */
const HIGH = 0x80808080 | 0;
const ZEROS = 0x30303030;
/** Added to a byte of 0x30 xor a character: carries into the upper half unless it was a digit. */
const ABOVE_NINE = 0x06060606;
const UPPER_HALVES = 0xf0f0f0f0 | 0;

/** For an id of each length: which bytes of its three words are its own, */
const OWN = new Int32Array((MOST_ID_BYTES + 1) * 3);
/** what stands in for the others while characters are looked at, */
const STAND_IN = new Int32Array((MOST_ID_BYTES + 1) * 3);
/** and the plaintext around it: kind and end. */
const AROUND = new Int32Array((MOST_ID_BYTES + 1) * WORDS);
for (let length = 0; length <= MOST_ID_BYTES; length++) {
  const own = new Uint8Array(12).fill(0xff, 0, length);
  const around = new Uint8Array(16);
  around[0] = KIND.id;
  around[1 + length] = ID_END;
  OWN.set(littleEndianWords(own), 3 * length);
  STAND_IN.set(littleEndianWords(own.map((byte) => ~byte & 0x30)), 3 * length);
  AROUND.set(littleEndianWords(around), WORDS * length);
}

/** For a number of each count of digits, right-aligned in 24: which bytes of its six words are its own. */
const OWN_DIGITS = new Int32Array((PACKED_DIGITS.nibbles + 1) * 6);
for (let count = 0; count <= PACKED_DIGITS.nibbles; count++) {
  OWN_DIGITS.set(littleEndianWords(new Uint8Array(24).fill(0xff, 24 - count)), 6 * count);
}

/**
 * Packs customer ids (`work.input`, `work.offsets`) into `work.mac`.
 *
 * @param slow - packs a row that is not the common case, or throws
 * @param allSlow - the bytes of `work.input` are not the ids themselves
 */
export function packIds(lane: ShortLane, work: Workspace, count: number, slow: (row: number) => void, allSlow = false): void {
  const { inputView: input, offsets } = work;
  const words = work.mac.words;
  const mask0 = lane.mask[0] as number;
  const mask1 = lane.mask[1] as number;
  const mask2 = lane.mask[2] as number;
  const mask3 = lane.mask[3] as number;
  let known = -1;
  let own0 = 0;
  let own1 = 0;
  let own2 = 0;
  let other0 = 0;
  let other1 = 0;
  let other2 = 0;
  let around0 = 0;
  let around1 = 0;
  let around2 = 0;
  let around3 = 0;
  for (let i = 0, w = 0, from = offsets[0] as number; i < count; i++, w += WORDS) {
    const to = offsets[i + 1] as number;
    const length = to - from;
    const start = from;
    from = to;
    if (length !== known && length <= MOST_ID_BYTES) {
      known = length;
      own0 = OWN[3 * length] as number;
      own1 = OWN[3 * length + 1] as number;
      own2 = OWN[3 * length + 2] as number;
      other0 = STAND_IN[3 * length] as number;
      other1 = STAND_IN[3 * length + 1] as number;
      other2 = STAND_IN[3 * length + 2] as number;
      around0 = (AROUND[WORDS * length] as number) ^ mask0;
      around1 = (AROUND[WORDS * length + 1] as number) ^ mask1;
      around2 = (AROUND[WORDS * length + 2] as number) ^ mask2;
      around3 = (AROUND[WORDS * length + 3] as number) ^ mask3;
    }
    if (length > MOST_ID_BYTES) {
      if (allSlow || length > PACKED_DIGITS.most || packDigits(lane, work, i, to, length) !== 0) slow(i);
      continue;
    }
    const word0 = input.getInt32(start, true) & own0;
    const word1 = input.getInt32(start + 4, true) & own1;
    const word2 = input.getInt32(start + 8, true) & own2;
    if (length === 0 || allSlow || unusual(word0 | other0) || unusual(word1 | other1) || unusual(word2 | other2)) {
      slow(i);
      continue;
    }
    words[w] = (word0 << 8) ^ around0;
    words[w + 1] = ((word0 >>> 24) | (word1 << 8)) ^ around1;
    words[w + 2] = ((word1 >>> 24) | (word2 << 8)) ^ around2;
    words[w + 3] = (word2 >>> 24) ^ around3;
  }
}

/** Whether a byte of a word is outside `!` to `~`. Each sum carries only out of a byte that already says yes. */
function unusual(word: number): boolean {
  return ((word | (word - 0x21212121) | (word + 0x01010101)) & HIGH) !== 0;
}

function packDigits(lane: ShortLane, work: Workspace, row: number, end: number, count: number): number {
  const { inputView: input } = work;
  const words = work.mac.words;
  const own = 6 * count;
  const d0 = (input.getInt32(end - 24, true) ^ ZEROS) & (OWN_DIGITS[own] as number);
  const d1 = (input.getInt32(end - 20, true) ^ ZEROS) & (OWN_DIGITS[own + 1] as number);
  const d2 = (input.getInt32(end - 16, true) ^ ZEROS) & (OWN_DIGITS[own + 2] as number);
  const d3 = (input.getInt32(end - 12, true) ^ ZEROS) & (OWN_DIGITS[own + 3] as number);
  const d4 = (input.getInt32(end - 8, true) ^ ZEROS) & (OWN_DIGITS[own + 4] as number);
  const d5 = (input.getInt32(end - 4, true) ^ ZEROS) & (OWN_DIGITS[own + 5] as number);
  const packed0 = pairs(d0) | (pairs(d1) << 16);
  const packed1 = pairs(d2) | (pairs(d3) << 16);
  const packed2 = pairs(d4) | (pairs(d5) << 16);
  const w = WORDS * row;
  words[w] = (KIND.digits | (count << 8) | (packed0 << 16)) ^ (lane.mask[0] as number);
  words[w + 1] = ((packed0 >>> 16) | (packed1 << 16)) ^ (lane.mask[1] as number);
  words[w + 2] = ((packed1 >>> 16) | (packed2 << 16)) ^ (lane.mask[2] as number);
  words[w + 3] = (packed2 >>> 16) ^ (lane.mask[3] as number);
  return notDigits(d0) | notDigits(d1) | notDigits(d2) | notDigits(d3) | notDigits(d4) | notDigits(d5);
}

/**
 * Packs phones (`work.input`, `work.offsets`) and the r5 of their references (frames) into `work.mac`.
 *
 * @returns the first row whose phone is not 7 to 15 digits beginning with 1 to 9, or −1
 */
export function packPhones(lane: ShortLane, work: Workspace, count: number): number {
  const { inputView: input, offsets, frames } = work;
  const words = work.mac.words;
  const mask0 = lane.mask[0] as number;
  const mask1 = lane.mask[1] as number;
  const mask2 = lane.mask[2] as number;
  const mask3 = lane.mask[3] as number;
  for (let i = 0, w = 0; i < count; i++, w += WORDS) {
    const end = offsets[i + 1] as number;
    const length = end - (offsets[i] as number);
    if (length < PHONE_DIGITS.least || length > PHONE_DIGITS.most) return i;
    const own = 6 * length + 2;
    const d0 = (input.getInt32(end - 16, true) ^ ZEROS) & (OWN_DIGITS[own] as number);
    const d1 = (input.getInt32(end - 12, true) ^ ZEROS) & (OWN_DIGITS[own + 1] as number);
    const d2 = (input.getInt32(end - 8, true) ^ ZEROS) & (OWN_DIGITS[own + 2] as number);
    const d3 = (input.getInt32(end - 4, true) ^ ZEROS) & (OWN_DIGITS[own + 3] as number);
    const first = input.getUint8(end - length);
    if ((notDigits(d0) | notDigits(d1) | notDigits(d2) | notDigits(d3)) !== 0 || first === 0x30) return i;
    const packed0 = pairs(d0) | (pairs(d1) << 16);
    const packed1 = pairs(d2) | (pairs(d3) << 16);
    const r5 = frames.r5Word(i);
    words[w] = (KIND.phone | (packed0 << 8)) ^ mask0;
    words[w + 1] = ((packed0 >>> 24) | (packed1 << 8)) ^ mask1;
    words[w + 2] = ((packed1 >>> 24) | (r5 << 8)) ^ mask2;
    words[w + 3] = ((r5 >>> 24) | (frames.r5Byte(i) << 8)) ^ mask3;
  }
  return -1;
}

/** Four digits, a byte each, as two bytes of two. */
function pairs(digits: number): number {
  const joined = ((digits << 4) | (digits >>> 8)) & 0x00ff00ff;
  return (joined | (joined >>> 8)) & 0xffff;
}

function notDigits(digits: number): number {
  return (digits | (digits + ABOVE_NINE)) & UPPER_HALVES;
}

/**
 * Unpacks opened references into `work.output`, `work.starts` and `work.ends`.
 *
 * @param slow - unpacks a row that is not the common case
 */
export function unpackIds(lane: ShortLane, work: Workspace, count: number, slow: (row: number) => void): void {
  const { outputView: output, verdicts, starts, ends } = work;
  const words = work.mac.words;
  const mask0 = lane.mask[0] as number;
  const mask1 = lane.mask[1] as number;
  const mask2 = lane.mask[2] as number;
  const mask3 = lane.mask[3] as number;
  for (let i = 0, w = 0, at = 0; i < count; i++, w += WORDS, at += VALUE_BYTES) {
    ends[i] = 0;
    if (verdicts[i] !== 0) continue;
    const word0 = (words[w] as number) ^ mask0;
    const word1 = (words[w + 1] as number) ^ mask1;
    const word2 = (words[w + 2] as number) ^ mask2;
    const word3 = ((words[w + 3] as number) ^ mask3) & 0xffff;
    // The last byte that is not zero ends the id.
    const top = word3 !== 0 ? word3 : word2 !== 0 ? word2 : word1 !== 0 ? word1 : word0;
    const before = word3 !== 0 ? 12 : word2 !== 0 ? 8 : word1 !== 0 ? 4 : 0;
    const length = before + 2 - (Math.clz32(top) >>> 3);
    const id0 = (word0 >>> 8) | (word1 << 24);
    const id1 = (word1 >>> 8) | (word2 << 24);
    const id2 = (word2 >>> 8) | (word3 << 24);
    const last = 3 * length;
    if (
      (word0 & 0xff) !== KIND.id ||
      length < 1 ||
      top >>> (24 - (Math.clz32(top) & 0x18)) !== ID_END ||
      unusual((id0 & (OWN[last] as number)) | (STAND_IN[last] as number)) ||
      unusual((id1 & (OWN[last + 1] as number)) | (STAND_IN[last + 1] as number)) ||
      unusual((id2 & (OWN[last + 2] as number)) | (STAND_IN[last + 2] as number))
    ) {
      slow(i);
      continue;
    }
    output.setInt32(at, id0, true);
    output.setInt32(at + 4, id1, true);
    output.setInt32(at + 8, id2, true);
    starts[i] = at;
    ends[i] = at + length;
  }
}

/** Unpacks opened dial tokens into `work.output`, `work.starts` and `work.ends`. A row that holds no phone gets an end of 0. */
export function unpackPhones(lane: ShortLane, work: Workspace, count: number): void {
  const { outputView: output, verdicts, starts, ends } = work;
  const words = work.mac.words;
  const mask0 = lane.mask[0] as number;
  const mask1 = lane.mask[1] as number;
  const mask2 = lane.mask[2] as number;
  for (let i = 0, w = 0, at = 0; i < count; i++, w += WORDS, at += VALUE_BYTES) {
    ends[i] = 0;
    if (verdicts[i] !== 0) continue;
    const word0 = (words[w] as number) ^ mask0;
    const word1 = (words[w + 1] as number) ^ mask1;
    const word2 = (words[w + 2] as number) ^ mask2;
    const packed0 = (word0 >>> 8) | (word1 << 24);
    const packed1 = (word1 >>> 8) | (word2 << 24);
    const d0 = apart(packed0);
    const d1 = apart(packed0 >>> 16);
    const d2 = apart(packed1);
    const d3 = apart(packed1 >>> 16);
    const zeros = leadingZeroDigits(d0, d1, d2, d3);
    const length = PHONE_DIGITS.nibbles - zeros;
    const wrong = ((word0 & 0xff) ^ KIND.phone) | notDigits(d0) | notDigits(d1) | notDigits(d2) | notDigits(d3);
    if (wrong !== 0 || length < PHONE_DIGITS.least || length > PHONE_DIGITS.most) continue;
    output.setInt32(at, d0 | ZEROS, true);
    output.setInt32(at + 4, d1 | ZEROS, true);
    output.setInt32(at + 8, d2 | ZEROS, true);
    output.setInt32(at + 12, d3 | ZEROS, true);
    starts[i] = at + zeros;
    ends[i] = at + PHONE_DIGITS.nibbles;
  }
}

/** The lower two bytes of a word, two digits each, as four, a byte each. */
function apart(packed: number): number {
  const spread = (packed & 0xff) | ((packed & 0xff00) << 8);
  return ((spread >>> 4) & 0x000f000f) | ((spread & 0x000f000f) << 8);
}

function leadingZeroDigits(d0: number, d1: number, d2: number, d3: number): number {
  const word = d0 !== 0 ? d0 : d1 !== 0 ? d1 : d2 !== 0 ? d2 : d3;
  const before = d0 !== 0 ? 0 : d1 !== 0 ? 4 : d2 !== 0 ? 8 : 12;
  // The first digit is the lowest byte: its place is that of the lowest bit that is set.
  return word === 0 ? PHONE_DIGITS.nibbles : before + ((31 - Math.clz32(word & -word)) >>> 3);
}

function littleEndianWords(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: bytes.length / 4 }, (_, k) => view.getInt32(4 * k, true));
}
