/**
 * One round of FF1: its pseudorandom function, CBC-MAC over `P ‖ Q`. All of it that does not change from numeral to numeral (P, and
 * of Q the tweak and its padding) is encrypted once; what is left is one block for numerals of up to 72 digits.
 *
 * An inner part of ff1.ts.
 * @module
 */
import { BLOCK_BYTES, type BlockCipher } from './block-cipher.js';
import { xorInto } from './cmac.js';

const ROUNDS = 10;
const RADIX = 10;

export interface Ff1Round {
  readonly rounds: number;
  readonly leftDigits: number;
  readonly rightDigits: number;
  /** b: bytes that a half takes in Q. */
  readonly halfBytes: number;
  /** d: bytes of pseudorandom output that a half is changed by. */
  readonly outputBytes: number;
  /** The last block of Q, without round number and half, already xored with the chain before it. Only if they lie in one block. */
  readonly block: Uint8Array;
  readonly cipher: BlockCipher;
  /**
   * S of round `i` for a batch.
   *
   * @param halves - the half that goes into Q, `n` numbers
   * @returns `n` times `outputBytes`
   */
  pseudorandom(i: number, halves: readonly bigint[]): Buffer;
}

/** What all numerals of one length under one tweak share (SP 800-38G §5.1, FF1.Encrypt, steps 1 to 5). */
export function createRound(cipher: BlockCipher, tweak: Uint8Array, digits: number): Ff1Round {
  const leftDigits = Math.floor(digits / 2);
  const rightDigits = digits - leftDigits;
  const halfBytes = Math.ceil(bitsOf(10n ** BigInt(rightDigits) - 1n) / 8);
  const outputBytes = 4 * Math.ceil(halfBytes / 4) + 4;

  const p = new Uint8Array(BLOCK_BYTES);
  p.set([1, 2, 1, 0, 0, RADIX, ROUNDS, leftDigits % 256]);
  new DataView(p.buffer).setUint32(8, digits);
  new DataView(p.buffer).setUint32(12, tweak.length);

  const padding = modulo(-tweak.length - halfBytes - 1, BLOCK_BYTES);
  const q = new Uint8Array(tweak.length + padding + 1 + halfBytes);
  q.set(tweak);
  const roundAt = q.length - halfBytes - 1;
  // Blocks of Q before the one with the round number never change.
  const fixed = BLOCK_BYTES * Math.floor(roundAt / BLOCK_BYTES);
  const chain = new Uint8Array(BLOCK_BYTES);
  cipher.encrypt(p, chain);
  for (let at = 0; at < fixed; at += BLOCK_BYTES) {
    const input = q.slice(at, at + BLOCK_BYTES);
    xorInto(input, 0, chain);
    cipher.encrypt(input, chain);
  }
  const rest = q.slice(fixed);
  xorInto(rest, 0, chain);
  const at = roundAt - fixed;
  return {
    rounds: ROUNDS,
    leftDigits,
    rightDigits,
    halfBytes,
    outputBytes,
    block: rest.subarray(0, BLOCK_BYTES),
    cipher,
    pseudorandom: (i, halves) => expand(cipher, chainBlocks(cipher, rest, at, i, halves), outputBytes),
  };
}

/** R: CBC-MAC from the block with the round number on, block by block over the whole batch. */
function chainBlocks(cipher: BlockCipher, rest: Uint8Array, roundAt: number, i: number, halves: readonly bigint[]): Buffer {
  const messages = halves.map((half) => {
    const message = Uint8Array.from(rest);
    message[roundAt] = (message[roundAt] as number) ^ i;
    const bytes = Buffer.from(half.toString(16).padStart(2 * (rest.length - roundAt - 1), '0'), 'hex');
    for (let k = 0; k < bytes.length; k++) message[roundAt + 1 + k] = (message[roundAt + 1 + k] as number) ^ (bytes[k] as number);
    return message;
  });
  const input = new Uint8Array(BLOCK_BYTES * halves.length);
  const state = Buffer.alloc(input.length);
  for (let at = 0; at < rest.length; at += BLOCK_BYTES) {
    messages.forEach((message, k) => {
      input.set(message.subarray(at, at + BLOCK_BYTES), BLOCK_BYTES * k);
    });
    for (let k = 0; k < input.length; k++) input[k] = (input[k] as number) ^ (state[k] as number);
    cipher.encrypt(input, state);
  }
  return state;
}

/** S (step 6.iii): R, then the encryptions of R xor 1, R xor 2 … as far as they are needed. */
function expand(cipher: BlockCipher, r: Buffer, outputBytes: number): Buffer {
  const count = r.length / BLOCK_BYTES;
  const s = Buffer.alloc(outputBytes * count);
  let block: Uint8Array = r;
  for (let at = 0, j = 0; at < outputBytes; at += BLOCK_BYTES, j++) {
    if (j > 0) {
      const input = Uint8Array.from(r);
      for (let k = 0; k < count; k++) {
        const last = new DataView(input.buffer, BLOCK_BYTES * k + 12, 4);
        last.setUint32(0, last.getUint32(0) ^ j);
      }
      block = new Uint8Array(input.length);
      cipher.encrypt(input, block);
    }
    const take = Math.min(BLOCK_BYTES, outputBytes - at);
    for (let k = 0; k < count; k++) s.set(block.subarray(BLOCK_BYTES * k, BLOCK_BYTES * k + take), outputBytes * k + at);
  }
  return s;
}

const bitsOf = (value: bigint): number => value.toString(2).length;
const modulo = (value: number, by: number): number => ((value % by) + by) % by;
