/**
 * Short lane: AES-256-SIV (RFC 5297) for plaintexts of 14 bytes under one context. S2V is then one AES block and CTR is one AES
 * block, so that a batch of n tokens is two passes of the cipher over n blocks, with 32-bit words in between.
 *
 * Not for other lengths: long-lane.ts takes those. What this gives equals what aes-siv.ts gives (property test).
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc5297#section-2.4
 */
import { AesSiv } from './aes-siv.js';
import { type BlockCipher, createSivCiphers, type SivCiphers } from './block-cipher.js';
import { headerOf } from './frames.js';
import { prefixBytes, SHORT_PLAINTEXT_BYTES, type TokenKind } from './token-text.js';
import { type Blocks, firstBlocks, LITTLE_ENDIAN, WORDS, type Workspace } from './workspace.js';

/** S2V pads 14 bytes with one bit: in the third byte of the fourth word. */
const PADDING = 0x80 << 16;

export interface LaneSettings {
  /** 64 bytes, or ciphers that work with a key that lies elsewhere. */
  readonly key: Uint8Array | SivCiphers;
  /** Associated data: the scope's context. */
  readonly context: Uint8Array;
  readonly tag: Uint8Array;
}

export class ShortLane {
  readonly plaintextBytes = SHORT_PLAINTEXT_BYTES;
  /** Everything that S2V adds to a plaintext of 14 bytes: dbl(D), the padding bit, CMAC's mask of a full block. Four words. */
  readonly mask: Int32Array;
  readonly #header: Int32Array;
  readonly #ciphers: SivCiphers;

  constructor(kind: TokenKind, { key, context, tag }: LaneSettings) {
    this.#ciphers = key instanceof Uint8Array ? createSivCiphers(key) : key;
    const mask = new DataView(new AesSiv(this.#ciphers).shortMask(context).buffer);
    this.mask = Int32Array.from({ length: WORDS }, (_, k) => mask.getInt32(4 * k, true) ^ (k === WORDS - 1 ? PADDING : 0));
    this.#header = headerOf(Uint8Array.of(...prefixBytes(kind), ...tag));
  }

  /**
   * Seals `count` plaintexts into frames.
   *
   * @param work - `mac` holds each plaintext as four little-endian words xor `mask`
   */
  seal(work: Workspace, count: number): void {
    encrypt(this.#ciphers.mac, work.mac, work.counter, count);
    work.frames.writeHeads(this.#header, count);
    encrypt(this.#ciphers.ctr, work.counter, work.stream, count);
    work.frames.writeCiphertexts(this.mask, count);
  }

  /**
   * Opens `count` frames.
   *
   * @param work - `verdicts` gets 0 where prefix, tag and SIV are right; `mac` each plaintext xor `mask`, which means something only there
   */
  open(work: Workspace, count: number): void {
    work.frames.readCounters(count);
    encrypt(this.#ciphers.ctr, work.counter, work.stream, count);
    work.frames.readCiphertexts(this.mask, count);
    encrypt(this.#ciphers.mac, work.mac, work.stream, count);
    work.frames.judge(this.#header, count);
  }

  /** The first of `count` frames that has another prefix or tag than this lane's, or −1. It says nothing about the rest of a token. */
  firstForeign(work: Workspace, count: number): number {
    return work.frames.firstForeign(this.#header, count);
  }

  /** Puts a plaintext of 14 bytes into `work.mac`: for the rows that no packer of words takes. */
  putPlaintext(work: Workspace, row: number, plaintext: Uint8Array): void {
    const padded = new DataView(new ArrayBuffer(4 * WORDS));
    new Uint8Array(padded.buffer).set(plaintext);
    for (let k = 0; k < WORDS; k++) work.mac.words[WORDS * row + k] = padded.getInt32(4 * k, true) ^ (this.mask[k] as number);
  }

  /** The plaintext of an opened row, 14 bytes. */
  getPlaintext(work: Workspace, row: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(4 * WORDS));
    for (let k = 0; k < WORDS; k++) view.setInt32(4 * k, (work.mac.words[WORDS * row + k] as number) ^ (this.mask[k] as number), true);
    return new Uint8Array(view.buffer, 0, SHORT_PLAINTEXT_BYTES);
  }

  /** Wipes the keys. */
  close(): void {
    this.#ciphers.mac.close();
    this.#ciphers.ctr.close();
  }
}

function encrypt(cipher: BlockCipher, input: Blocks, output: Blocks, count: number): void {
  const bytes = firstBlocks(input, count);
  if (LITTLE_ENDIAN) {
    cipher.encrypt(bytes, firstBlocks(output, count));
    return;
  }
  // Elsewhere (s390x) a word lies in memory the other way round than in a token.
  input.bytes.swap32();
  cipher.encrypt(bytes, firstBlocks(output, count));
  input.bytes.swap32();
  output.bytes.swap32();
}
