/**
 * Phones into the words of dial token plaintexts and back: kind, sixteen nibbles of E.164, the first five bytes of the SIV of the
 * customer's reference. The loops are closures for the reason that frames.ts gives.
 * @module
 */
import { apart, notDigits, OWN_DIGITS, pairs, ZEROS } from './digit-words.js';
import type { Frames, Mask } from './frames.js';
import { KIND, PHONE_DIGITS } from './plaintext.js';
import { SLACK, type Values } from './values.js';

const ZERO = 0x30;

export interface PhonePacker {
  /**
   * Packs the first `count` values, and the r5 of the references in the frames, into `mac`, xor `mask`.
   *
   * @returns the first row whose value is not 7 to 15 digits beginning with 1 to 9, or −1
   */
  pack(mask: Mask, count: number): number;
  /**
   * Unpacks opened plaintexts (`mac` xor `mask`, where `verdicts` is 0) into `output`, `starts` and `ends`. A row that holds no phone
   * gets an end of 0.
   */
  unpack(mask: Mask, count: number): void;
}

/** Makes the packer that goes with a workspace. `mac` holds four words a row, `verdicts` one. */
export function createPhonePacker(values: Values, frames: Frames, mac: Int32Array, verdicts: Int32Array): PhonePacker {
  const { offsets, starts, ends } = values;
  const source = new DataView(values.input.buffer);
  const target = new DataView(values.output.buffer);
  const ownDigits = OWN_DIGITS;
  const zeros = ZEROS;
  return {
    pack(mask, count) {
      const shift = SLACK - (offsets[0] as number);
      const mask0 = mask[0] as number;
      const mask1 = mask[1] as number;
      const mask2 = mask[2] as number;
      const mask3 = mask[3] as number;
      for (let i = 0, w = 0; i < count; i++, w += 4) {
        const end = (offsets[i + 1] as number) + shift;
        const length = end - shift - (offsets[i] as number);
        if (length < PHONE_DIGITS.least || length > PHONE_DIGITS.most) return i;
        // The last four of the six words that a number of 24 digits would have.
        const own = 6 * length + 2;
        const d0 = (source.getInt32(end - 16, true) ^ zeros) & (ownDigits[own] as number);
        const d1 = (source.getInt32(end - 12, true) ^ zeros) & (ownDigits[own + 1] as number);
        const d2 = (source.getInt32(end - 8, true) ^ zeros) & (ownDigits[own + 2] as number);
        const d3 = (source.getInt32(end - 4, true) ^ zeros) & (ownDigits[own + 3] as number);
        const wrong = notDigits(d0) | notDigits(d1) | notDigits(d2) | notDigits(d3);
        if (wrong !== 0 || source.getUint8(end - length) === ZERO) return i;
        const packed0 = pairs(d0) | (pairs(d1) << 16);
        const packed1 = pairs(d2) | (pairs(d3) << 16);
        const r5 = frames.r5Word(i);
        mac[w] = (KIND.phone | (packed0 << 8)) ^ mask0;
        mac[w + 1] = ((packed0 >>> 24) | (packed1 << 8)) ^ mask1;
        mac[w + 2] = ((packed1 >>> 24) | (r5 << 8)) ^ mask2;
        mac[w + 3] = ((r5 >>> 24) | (frames.r5Byte(i) << 8)) ^ mask3;
      }
      return -1;
    },

    unpack(mask, count) {
      const mask0 = mask[0] as number;
      const mask1 = mask[1] as number;
      const mask2 = mask[2] as number;
      for (let i = 0, w = 0, at = 0; i < count; i++, w += 4, at += 16) {
        ends[i] = 0;
        if (verdicts[i] !== 0) continue;
        const word0 = (mac[w] as number) ^ mask0;
        const word1 = (mac[w + 1] as number) ^ mask1;
        const word2 = (mac[w + 2] as number) ^ mask2;
        const packed0 = (word0 >>> 8) | (word1 << 24);
        const packed1 = (word1 >>> 8) | (word2 << 24);
        const d0 = apart(packed0);
        const d1 = apart(packed0 >>> 16);
        const d2 = apart(packed1);
        const d3 = apart(packed1 >>> 16);
        const leading = leadingZeros(d0, d1, d2, d3);
        const length = PHONE_DIGITS.nibbles - leading;
        const wrong = ((word0 & 0xff) ^ KIND.phone) | notDigits(d0) | notDigits(d1) | notDigits(d2) | notDigits(d3);
        if (wrong !== 0 || length < PHONE_DIGITS.least || length > PHONE_DIGITS.most) continue;
        target.setInt32(at, d0 | zeros, true);
        target.setInt32(at + 4, d1 | zeros, true);
        target.setInt32(at + 8, d2 | zeros, true);
        target.setInt32(at + 12, d3 | zeros, true);
        starts[i] = at + leading;
        ends[i] = at + PHONE_DIGITS.nibbles;
      }
    },
  };
}

/** How many of sixteen digits are zeros before the first that is not. */
function leadingZeros(d0: number, d1: number, d2: number, d3: number): number {
  const word = d0 !== 0 ? d0 : d1 !== 0 ? d1 : d2 !== 0 ? d2 : d3;
  const before = d0 !== 0 ? 0 : d1 !== 0 ? 4 : d2 !== 0 ? 8 : 12;
  // The first digit is the lowest byte: its place is that of the lowest bit that is set.
  return word === 0 ? PHONE_DIGITS.nibbles : before + ((31 - Math.clz32(word & -word)) >>> 3);
}
