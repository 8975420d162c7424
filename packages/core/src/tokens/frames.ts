/**
 * Frames: short tokens as they lie side by side in memory, `prefix ‖ tag ‖ SIV ‖ ciphertext`, 39 bytes each. The three bytes that a
 * prefix decodes to stand in front, and 39 is a multiple of 3: base64url of a thousand frames is a thousand tokens, in one call.
 *
 * Frames begin anywhere in a word, so they are read and written through a DataView. The loops are closures, made once, over arrays
 * that never change: the engine then leaves out what it would otherwise check at every access, and is more than twice as fast.
 * @module
 */
import { BLOCK_BYTES } from './block-cipher.js';
import { PREFIX_BYTES, R5_BYTES, SHORT_TOKEN_BYTES, SIV_BYTES, TAG_BYTES } from './token-text.js';

export const FRAME_BYTES = PREFIX_BYTES + SHORT_TOKEN_BYTES;
/** Where a frame's SIV and ciphertext begin. */
const SIV_AT = PREFIX_BYTES + TAG_BYTES;
const CIPHERTEXT_AT = SIV_AT + SIV_BYTES;
/** Of the last word a plaintext has two bytes; in the other two lies S2V's padding bit. */
const LAST_WORD = 0xffff;
const WORDS = BLOCK_BYTES / 4;
/** RFC 5297 §2.5 clears the top bits of bytes 8 and 12: of the lowest bytes of the third and fourth word. */
const COUNTER_MASK = 0xffffff7f | 0;

/** Not Latin-1. */
const WIDE = /[^\x00-\xff]/;

/** Prefix and tag, 9 bytes, as two words and a byte. */
export function headerOf(prefixAndTag: Uint8Array): Int32Array {
  const header = new DataView(Uint8Array.from(prefixAndTag).buffer);
  return Int32Array.of(header.getInt32(0, true), header.getInt32(4, true), header.getUint8(8));
}

/** What `mac` has beside a plaintext, in words: everything that S2V adds to it. */
export type Mask = Int32Array;

/** The frames of one workspace. `count` frames are always the first ones. */
export interface Frames {
  /** Writes prefixes, tags and the SIVs in `counter`, and makes counter blocks of those. */
  writeHeads(header: Int32Array, count: number): void;
  /** Writes ciphertexts: `mac` xor `mask` xor `stream`. */
  writeCiphertexts(mask: Mask, count: number): void;
  /** Reads SIVs into `counter` as counter blocks. */
  readCounters(count: number): void;
  /** Reads ciphertexts into `mac`, xor `stream` and `mask`. */
  readCiphertexts(mask: Mask, count: number): void;
  /** Verdicts: 0 where the header is `header` and the SIV equals `stream`. */
  judge(header: Int32Array, count: number): void;
  /** The first frame that has another header, or −1. It says nothing about the rest of a token. */
  firstForeign(header: Int32Array, count: number): number;
  /** The first four bytes of a frame's SIV as a word, and the fifth. */
  r5Word(row: number): number;
  r5Byte(row: number): number;
  /** Puts the first bytes of a SIV where `r5Word` looks. `token`: a token's bytes, without prefix. */
  putR5(row: number, token: Uint8Array): void;
  /** Frames as tokens, one after another in one text. */
  text(count: number): string;
  /** Reads frames from such a text. False when it is not exactly what its bytes encode to, 52 characters of base64url a token. */
  parse(text: string): boolean;
  /** Writes tokens of 36 bytes as frames, beginning with token `first`. */
  writeRaw(prefix: Uint8Array, tokens: Uint8Array, first: number, count: number): void;
  /** Reads frames into tokens of 36 bytes, beginning with token `first`. */
  readRaw(tokens: Uint8Array, first: number, count: number): void;
}

/**
 * Makes the frames that go with a workspace's blocks.
 *
 * @param most - how many frames there are room for
 * @param verdicts - one word a frame; the others are four words a frame
 */
export function createFrames(most: number, mac: Int32Array, counter: Int32Array, stream: Int32Array, verdicts: Int32Array): Frames {
  const bytes = Buffer.from(new ArrayBuffer(FRAME_BYTES * most));
  const view = new DataView(bytes.buffer);
  // Constants of this function, not of the module: a bundler makes variables of those, and they are loaded again at every use.
  const frame = FRAME_BYTES;
  const sivAt = SIV_AT;
  const ciphertextAt = CIPHERTEXT_AT;
  const words = WORDS;
  const counterMask = COUNTER_MASK;
  const lastWord = LAST_WORD;
  /** The header that so many frames have already: batch after batch of one scope it need not be written again. */
  let headed: Int32Array | undefined;
  let headedCount = 0;
  return {
    writeHeads(header, count) {
      if (header !== headed || count > headedCount) {
        const head0 = header[0] as number;
        const head1 = header[1] as number;
        const head2 = header[2] as number;
        for (let i = 0, at = 0; i < count; i++, at += frame) {
          view.setInt32(at, head0, true);
          view.setInt32(at + 4, head1, true);
          view.setUint8(at + 8, head2);
        }
        headed = header;
        headedCount = count;
      }
      for (let i = 0, w = 0, at = sivAt; i < count; i++, w += words, at += frame) {
        const siv2 = counter[w + 2] as number;
        const siv3 = counter[w + 3] as number;
        view.setInt32(at, counter[w] as number, true);
        view.setInt32(at + 4, counter[w + 1] as number, true);
        view.setInt32(at + 8, siv2, true);
        view.setInt32(at + 12, siv3, true);
        counter[w + 2] = siv2 & counterMask;
        counter[w + 3] = siv3 & counterMask;
      }
    },

    writeCiphertexts(mask, count) {
      const mask0 = mask[0] as number;
      const mask1 = mask[1] as number;
      const mask2 = mask[2] as number;
      const mask3 = mask[3] as number;
      for (let i = 0, w = 0, at = ciphertextAt; i < count; i++, w += words, at += frame) {
        view.setInt32(at, (mac[w] as number) ^ mask0 ^ (stream[w] as number), true);
        view.setInt32(at + 4, (mac[w + 1] as number) ^ mask1 ^ (stream[w + 1] as number), true);
        view.setInt32(at + 8, (mac[w + 2] as number) ^ mask2 ^ (stream[w + 2] as number), true);
        view.setInt16(at + 12, (mac[w + 3] as number) ^ mask3 ^ (stream[w + 3] as number), true);
      }
    },

    readCounters(count) {
      for (let i = 0, w = 0, at = sivAt; i < count; i++, w += words, at += frame) {
        counter[w] = view.getInt32(at, true);
        counter[w + 1] = view.getInt32(at + 4, true);
        counter[w + 2] = view.getInt32(at + 8, true) & counterMask;
        counter[w + 3] = view.getInt32(at + 12, true) & counterMask;
      }
    },

    readCiphertexts(mask, count) {
      const mask0 = mask[0] as number;
      const mask1 = mask[1] as number;
      const mask2 = mask[2] as number;
      const mask3 = mask[3] as number;
      for (let i = 0, w = 0, at = ciphertextAt; i < count; i++, w += words, at += frame) {
        mac[w] = view.getInt32(at, true) ^ (stream[w] as number) ^ mask0;
        mac[w + 1] = view.getInt32(at + 4, true) ^ (stream[w + 1] as number) ^ mask1;
        mac[w + 2] = view.getInt32(at + 8, true) ^ (stream[w + 2] as number) ^ mask2;
        mac[w + 3] = ((view.getInt16(at + 12, true) ^ (stream[w + 3] as number)) & lastWord) ^ mask3;
      }
    },

    judge(header, count) {
      const head0 = header[0] as number;
      const head1 = header[1] as number;
      const head2 = header[2] as number;
      for (let i = 0, w = 0, at = 0; i < count; i++, w += words, at += frame) {
        // Every word is looked at, whatever the ones before it said: the time does not tell where a forgery goes wrong.
        verdicts[i] =
          (view.getInt32(at, true) ^ head0) |
          (view.getInt32(at + 4, true) ^ head1) |
          (view.getUint8(at + 8) ^ head2) |
          (view.getInt32(at + sivAt, true) ^ (stream[w] as number)) |
          (view.getInt32(at + sivAt + 4, true) ^ (stream[w + 1] as number)) |
          (view.getInt32(at + sivAt + 8, true) ^ (stream[w + 2] as number)) |
          (view.getInt32(at + sivAt + 12, true) ^ (stream[w + 3] as number));
      }
    },

    firstForeign(header, count) {
      for (let i = 0, at = 0; i < count; i++, at += frame) {
        const difference =
          (view.getInt32(at, true) ^ (header[0] as number)) |
          (view.getInt32(at + 4, true) ^ (header[1] as number)) |
          (view.getUint8(at + 8) ^ (header[2] as number));
        if (difference !== 0) return i;
      }
      return -1;
    },

    r5Word: (row) => view.getInt32(frame * row + sivAt, true),
    r5Byte: (row) => view.getUint8(frame * row + sivAt + 4),

    putR5(row, token) {
      for (let k = 0; k < R5_BYTES; k++) bytes[frame * row + sivAt + k] = token[TAG_BYTES + k] as number;
    },

    text: (count) => bytes.toString('base64url', 0, FRAME_BYTES * count),

    parse(text) {
      headed = undefined;
      // Node's decoder skips what it does not know, which shows in the length, and also reads the plain alphabet and, of wide
      // characters, the low byte. Encoding again and comparing says the same in five times as long (a test tries every character).
      if (text.includes('+') || text.includes('/') || WIDE.test(text)) return false;
      return bytes.write(text, 0, 'base64url') * 4 === text.length * 3;
    },

    writeRaw(prefix, tokens, first, count) {
      headed = undefined;
      const from = new DataView(tokens.buffer, tokens.byteOffset + SHORT_TOKEN_BYTES * first, SHORT_TOKEN_BYTES * count);
      for (let i = 0, at = 0, source = 0; i < count; i++, at += frame) {
        for (let k = 0; k < PREFIX_BYTES; k++) bytes[at + k] = prefix[k] as number;
        for (let k = PREFIX_BYTES; k < FRAME_BYTES; k += 4, source += 4) view.setInt32(at + k, from.getInt32(source, true), true);
      }
    },

    readRaw(tokens, first, count) {
      const to = new DataView(tokens.buffer, tokens.byteOffset + SHORT_TOKEN_BYTES * first, SHORT_TOKEN_BYTES * count);
      for (let i = 0, at = PREFIX_BYTES, target = 0; i < count; i++, at += frame) {
        for (let k = 0; k < SHORT_TOKEN_BYTES; k += 4, target += 4) to.setInt32(target, view.getInt32(at + k, true), true);
      }
    },
  };
}
