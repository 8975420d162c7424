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
import type { Values } from './workspace.js';

/** Ids that fit a short reference as text. */
const MOST_ID_BYTES = 12;
const ID_WORDS = MOST_ID_BYTES / 4;
const WORDS = 4;
const VALUE_BYTES = 24;
/** The top bit of every byte of a word. */
const HIGH = 0x80808080 | 0;

/** For an id of each length: which bits of its three words are its own, */
const OWN = new Int32Array((MOST_ID_BYTES + 1) * ID_WORDS);
/** what stands in for the others while characters are looked at, */
const STAND_IN = new Int32Array((MOST_ID_BYTES + 1) * ID_WORDS);
/** and the plaintext around it: kind and end. */
const AROUND = new Int32Array((MOST_ID_BYTES + 1) * WORDS);
for (let length = 0; length <= MOST_ID_BYTES; length++) {
  const own = new Uint8Array(MOST_ID_BYTES).fill(0xff, 0, length);
  const around = new Uint8Array(4 * WORDS);
  around[0] = KIND.id;
  around[1 + length] = ID_END;
  OWN.set(littleEndianWords(own), ID_WORDS * length);
  STAND_IN.set(littleEndianWords(own.map((byte) => ~byte & 0x30)), ID_WORDS * length);
  AROUND.set(littleEndianWords(around), WORDS * length);
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
export function createIdPacker({ input, offsets, output, starts, ends }: Values, mac: Int32Array, verdicts: Int32Array): IdPacker {
  const source = new DataView(input.buffer);
  const target = new DataView(output.buffer);

  function packDigits(mask: Mask, row: number, end: number, count: number): number {
    const own = 6 * count;
    const d0 = (source.getInt32(end - 24, true) ^ ZEROS) & (OWN_DIGITS[own] as number);
    const d1 = (source.getInt32(end - 20, true) ^ ZEROS) & (OWN_DIGITS[own + 1] as number);
    const d2 = (source.getInt32(end - 16, true) ^ ZEROS) & (OWN_DIGITS[own + 2] as number);
    const d3 = (source.getInt32(end - 12, true) ^ ZEROS) & (OWN_DIGITS[own + 3] as number);
    const d4 = (source.getInt32(end - 8, true) ^ ZEROS) & (OWN_DIGITS[own + 4] as number);
    const d5 = (source.getInt32(end - 4, true) ^ ZEROS) & (OWN_DIGITS[own + 5] as number);
    const packed0 = pairs(d0) | (pairs(d1) << 16);
    const packed1 = pairs(d2) | (pairs(d3) << 16);
    const packed2 = pairs(d4) | (pairs(d5) << 16);
    const w = WORDS * row;
    mac[w] = (KIND.digits | (count << 8) | (packed0 << 16)) ^ (mask[0] as number);
    mac[w + 1] = ((packed0 >>> 16) | (packed1 << 16)) ^ (mask[1] as number);
    mac[w + 2] = ((packed1 >>> 16) | (packed2 << 16)) ^ (mask[2] as number);
    mac[w + 3] = (packed2 >>> 16) ^ (mask[3] as number);
    return notDigits(d0) | notDigits(d1) | notDigits(d2) | notDigits(d3) | notDigits(d4) | notDigits(d5);
  }

  return {
    pack(mask, count, slow, allSlow) {
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
      for (let i = 0, w = 0; i < count; i++, w += WORDS) {
        const from = offsets[i] as number;
        const length = (offsets[i + 1] as number) - from;
        if (allSlow || length > MOST_ID_BYTES) {
          const packed = !allSlow && length <= PACKED_DIGITS.most && packDigits(mask, i, from + length, length) === 0;
          if (!packed) slow(i);
          continue;
        }
        // Ids of a bank are mostly of one length.
        if (length !== known) {
          known = length;
          own0 = OWN[ID_WORDS * length] as number;
          own1 = OWN[ID_WORDS * length + 1] as number;
          own2 = OWN[ID_WORDS * length + 2] as number;
          other0 = STAND_IN[ID_WORDS * length] as number;
          other1 = STAND_IN[ID_WORDS * length + 1] as number;
          other2 = STAND_IN[ID_WORDS * length + 2] as number;
          around0 = (AROUND[WORDS * length] as number) ^ (mask[0] as number);
          around1 = (AROUND[WORDS * length + 1] as number) ^ (mask[1] as number);
          around2 = (AROUND[WORDS * length + 2] as number) ^ (mask[2] as number);
          around3 = (AROUND[WORDS * length + 3] as number) ^ (mask[3] as number);
        }
        const word0 = source.getInt32(from, true) & own0;
        const word1 = source.getInt32(from + 4, true) & own1;
        const word2 = source.getInt32(from + 8, true) & own2;
        if (length === 0 || ((unusual(word0 | other0) | unusual(word1 | other1) | unusual(word2 | other2)) & HIGH) !== 0) {
          slow(i);
          continue;
        }
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
      for (let i = 0, w = 0, at = 0; i < count; i++, w += WORDS, at += VALUE_BYTES) {
        ends[i] = 0;
        if (verdicts[i] !== 0) continue;
        const word0 = (mac[w] as number) ^ mask0;
        const word1 = (mac[w + 1] as number) ^ mask1;
        const word2 = (mac[w + 2] as number) ^ mask2;
        // The padding bit of S2V is in the mask, so that only the two bytes of plaintext are left.
        const word3 = (mac[w + 3] as number) ^ mask3;
        // The last byte that is not zero ends the id.
        let top = word3;
        let before = 12;
        if (top === 0) {
          top = word2;
          before = 8;
          if (top === 0) {
            top = word1 === 0 ? word0 : word1;
            before = word1 === 0 ? 0 : 4;
          }
        }
        const place = 3 - (Math.clz32(top) >>> 3);
        const length = before + place - 1;
        const own = ID_WORDS * length;
        const id0 = (word0 >>> 8) | (word1 << 24);
        const id1 = (word1 >>> 8) | (word2 << 24);
        const id2 = (word2 >>> 8) | (word3 << 24);
        const wrong =
          length < 1 ||
          top >>> (8 * place) !== ID_END ||
          (word0 & 0xff) !== KIND.id ||
          ((unusual((id0 & (OWN[own] as number)) | (STAND_IN[own] as number)) |
            unusual((id1 & (OWN[own + 1] as number)) | (STAND_IN[own + 1] as number)) |
            unusual((id2 & (OWN[own + 2] as number)) | (STAND_IN[own + 2] as number))) &
            HIGH) !==
            0;
        if (wrong) {
          slow(i);
          continue;
        }
        target.setInt32(at, id0, true);
        target.setInt32(at + 4, id1, true);
        target.setInt32(at + 8, id2, true);
        starts[i] = at;
        ends[i] = at + length;
      }
    },
  };
}

/** Has a top bit set when a byte of a word is outside `!` to `~`. Each sum carries only out of a byte that already says yes. */
function unusual(word: number): number {
  return word | (word - 0x21212121) | (word + 0x01010101);
}
