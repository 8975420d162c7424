/**
 * Customer ids into the words of reference plaintexts and back, four bytes at a time. Ids of 1 to 12 plain ASCII characters and of 13
 * to 24 digits are packed here; every other row goes through plaintext.ts, which says the same more slowly.
 *
 * A word is read wherever a value happens to begin; what lies before or after the value is masked away. The loops are closures for
 * the reason that frames.ts gives.
 * @module
 */
import { littleEndianWords, notDigits, OWN_DIGITS, pairs, ZEROS } from './digit-words.js';
import type { Mask } from './frames.js';
import { ID_END, KIND, PACKED_DIGITS } from './plaintext.js';
import { SHORT_PLAINTEXT_BYTES } from './token-text.js';
import { SLACK, type Values } from './values.js';

/** Ids that fit a short reference as text. */
const MOST_ID_BYTES = 12;

/** What the loops know of an id's length, in words. */
interface Length {
  /** Which bits of the id's three words are its own, */
  readonly own: Int32Array;
  /** which bits of the plaintext's four words lie around the id, */
  readonly outer: Int32Array;
  /** and what they are: kind, end, zeros. */
  readonly around: Int32Array;
}

const LENGTHS: readonly Length[] = Array.from({ length: MOST_ID_BYTES + 1 }, (_, length) => lengthWords(length));
/** An id of no bytes is none: no plaintext is laid out like this. */
const NO_LENGTH: Length = { ...lengthWords(0), outer: new Int32Array(4), around: Int32Array.of(-1, 0, 0, 0) };

function lengthWords(length: number): Length {
  const own = new Uint8Array(MOST_ID_BYTES).fill(0xff, 0, length);
  const around = new Uint8Array(SHORT_PLAINTEXT_BYTES + 2);
  around[0] = KIND.id;
  around[1 + length] = ID_END;
  return {
    own: littleEndianWords(own),
    outer: littleEndianWords(around.map((_, i) => (i >= 1 && i <= length ? 0 : 0xff))),
    around: littleEndianWords(around),
  };
}

export interface IdPacker {
  /**
   * Packs the first `count` values into `mac`, xor `mask`.
   *
   * @param slow - packs a row that is not the common case, or throws
   * @param allSlow - what lies in `input` are not the ids themselves
   */
  pack(mask: Mask, count: number, slow: (row: number) => void, allSlow: boolean): void;
  /**
   * Unpacks opened plaintexts (`mac` xor `mask`, where `verdicts` is 0) into `output`, `starts` and `ends`.
   *
   * @param slow - unpacks a row that is not the common case; its end is 0
   */
  unpack(mask: Mask, count: number, slow: (row: number) => void): void;
}

/** Makes the packer that goes with a workspace. `mac` holds four words a row, `verdicts` one. */
export function createIdPacker(values: Values, mac: Int32Array, verdicts: Int32Array): IdPacker {
  const { offsets, starts, ends } = values;
  const source = new DataView(values.input.buffer);
  const target = new DataView(values.output.buffer);
  const ownDigits = OWN_DIGITS;
  const zeros = ZEROS;
  /** The top bit of every byte of a word. */
  const high = 0x80808080 | 0;
  /**
   * The top bit of a byte is set when the byte is outside `!` to `~`. A sum carries only out of a byte that already says so, and only into
   * later ones, so that what comes after a value changes nothing in it.
   */
  const unusual = (word: number): number => word | (word - 0x21212121) | (word + 0x01010101);

  function packDigits(mask: Mask, row: number, end: number, count: number): number {
    const own = 6 * count;
    const d0 = (source.getInt32(end - 24, true) ^ zeros) & (ownDigits[own] as number);
    const d1 = (source.getInt32(end - 20, true) ^ zeros) & (ownDigits[own + 1] as number);
    const d2 = (source.getInt32(end - 16, true) ^ zeros) & (ownDigits[own + 2] as number);
    const d3 = (source.getInt32(end - 12, true) ^ zeros) & (ownDigits[own + 3] as number);
    const d4 = (source.getInt32(end - 8, true) ^ zeros) & (ownDigits[own + 4] as number);
    const d5 = (source.getInt32(end - 4, true) ^ zeros) & (ownDigits[own + 5] as number);
    const packed0 = pairs(d0) | (pairs(d1) << 16);
    const packed1 = pairs(d2) | (pairs(d3) << 16);
    const packed2 = pairs(d4) | (pairs(d5) << 16);
    const w = 4 * row;
    mac[w] = (KIND.digits | (count << 8) | (packed0 << 16)) ^ (mask[0] as number);
    mac[w + 1] = ((packed0 >>> 16) | (packed1 << 16)) ^ (mask[1] as number);
    mac[w + 2] = ((packed1 >>> 16) | (packed2 << 16)) ^ (mask[2] as number);
    mac[w + 3] = (packed2 >>> 16) ^ (mask[3] as number);
    return notDigits(d0) | notDigits(d1) | notDigits(d2) | notDigits(d3) | notDigits(d4) | notDigits(d5);
  }

  return {
    pack(mask, count, slow, allSlow) {
      const shift = SLACK - (offsets[0] as number);
      let known = -1;
      let own0 = 0;
      let own1 = 0;
      let own2 = 0;
      let around0 = 0;
      let around1 = 0;
      let around2 = 0;
      let around3 = 0;
      for (let i = 0, w = 0; i < count; i++, w += 4) {
        const from = (offsets[i] as number) + shift;
        const length = (offsets[i + 1] as number) + shift - from;
        // Ids of a bank are mostly of one length: what depends on it alone is kept.
        if (length !== known) {
          if (allSlow || length === 0 || length > MOST_ID_BYTES) {
            const packed = !allSlow && length !== 0 && length <= PACKED_DIGITS.most && packDigits(mask, i, from + length, length) === 0;
            if (!packed) slow(i);
            continue;
          }
          known = length;
          const { own, around } = LENGTHS[length] as Length;
          own0 = own[0] as number;
          own1 = own[1] as number;
          own2 = own[2] as number;
          around0 = (around[0] as number) ^ (mask[0] as number);
          around1 = (around[1] as number) ^ (mask[1] as number);
          around2 = (around[2] as number) ^ (mask[2] as number);
          around3 = (around[3] as number) ^ (mask[3] as number);
        }
        const read0 = source.getInt32(from, true);
        const read1 = source.getInt32(from + 4, true);
        const read2 = source.getInt32(from + 8, true);
        if ((((unusual(read0) & own0) | (unusual(read1) & own1) | (unusual(read2) & own2)) & high) !== 0) {
          slow(i);
          continue;
        }
        const word0 = read0 & own0;
        const word1 = read1 & own1;
        const word2 = read2 & own2;
        mac[w] = (word0 << 8) ^ around0;
        mac[w + 1] = ((word0 >>> 24) | (word1 << 8)) ^ around1;
        mac[w + 2] = ((word1 >>> 24) | (word2 << 8)) ^ around2;
        mac[w + 3] = (word2 >>> 24) ^ around3;
      }
    },

    unpack(mask, count, slow) {
      const mask0 = mask[0] as number;
      const mask1 = mask[1] as number;
      const mask2 = mask[2] as number;
      const mask3 = mask[3] as number;
      let known = 0;
      let own0 = 0;
      let own1 = 0;
      let own2 = 0;
      let outer0 = 0;
      let outer1 = 0;
      let outer2 = 0;
      let outer3 = 0;
      // Unlike any plaintext, so that the first row says what the length is.
      let around0 = -1;
      let around1 = 0;
      let around2 = 0;
      let around3 = 0;
      for (let i = 0, w = 0, at = 0; i < count; i++, w += 4, at += 16) {
        ends[i] = 0;
        if (verdicts[i] !== 0) continue;
        const word0 = (mac[w] as number) ^ mask0;
        const word1 = (mac[w + 1] as number) ^ mask1;
        const word2 = (mac[w + 2] as number) ^ mask2;
        // The padding bit of S2V is in the mask, so that only two bytes of plaintext are left.
        const word3 = (mac[w + 3] as number) ^ mask3;
        let differs =
          ((word0 & outer0) ^ around0) | ((word1 & outer1) ^ around1) | ((word2 & outer2) ^ around2) | ((word3 & outer3) ^ around3);
        if (differs !== 0) {
          known = lengthOf(word0, word1, word2, word3);
          const { own, outer, around } = known < 1 ? NO_LENGTH : (LENGTHS[known] ?? NO_LENGTH);
          own0 = own[0] as number;
          own1 = own[1] as number;
          own2 = own[2] as number;
          outer0 = outer[0] as number;
          outer1 = outer[1] as number;
          outer2 = outer[2] as number;
          outer3 = outer[3] as number;
          around0 = around[0] as number;
          around1 = around[1] as number;
          around2 = around[2] as number;
          around3 = around[3] as number;
          differs =
            ((word0 & outer0) ^ around0) | ((word1 & outer1) ^ around1) | ((word2 & outer2) ^ around2) | ((word3 & outer3) ^ around3);
        }
        const id0 = (word0 >>> 8) | (word1 << 24);
        const id1 = (word1 >>> 8) | (word2 << 24);
        const id2 = (word2 >>> 8) | (word3 << 24);
        const wrong = (unusual(id0) & own0) | (unusual(id1) & own1) | (unusual(id2) & own2);
        if (differs !== 0 || (wrong & high) !== 0) {
          slow(i);
          continue;
        }
        target.setInt32(at, id0, true);
        target.setInt32(at + 4, id1, true);
        target.setInt32(at + 8, id2, true);
        starts[i] = at;
        ends[i] = at + known;
      }
    },
  };
}

/** The length of the id if these words are laid out as an id's: by where the last byte is that is not zero. Any number if they are not. */
function lengthOf(word0: number, word1: number, word2: number, word3: number): number {
  const top = word3 !== 0 ? word3 : word2 !== 0 ? word2 : word1 !== 0 ? word1 : word0;
  const before = word3 !== 0 ? 12 : word2 !== 0 ? 8 : word1 !== 0 ? 4 : 0;
  return before + 2 - (Math.clz32(top) >>> 3);
}
