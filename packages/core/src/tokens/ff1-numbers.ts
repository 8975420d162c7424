/**
 * FF1's ten rounds over a batch of numerals whose halves are exact as JavaScript numbers: up to 11 digits each. One AES pass a round.
 *
 * An inner part of ff1.ts, which says what FF1 is for.
 * @module
 */
import { BLOCK_BYTES } from './block-cipher.js';
import type { Ff1Round } from './ff1-round.js';

/** Halves of 11 digits: 10^11 · 2^16 is still exact. */
export const MOST_NUMBER_DIGITS = 22;
const TWO_32 = 2 ** 32;
const TWO_16 = 2 ** 16;
/** Up to this modulus, modulus · 2^32 is exact, and the output is taken 32 bits at a time. */
const MOST_FOR_32_BITS = 10 ** 6;

/** What one round needs, over the whole batch. */
interface Pass {
  readonly input: DataView;
  readonly inputBytes: Uint8Array;
  readonly output: DataView;
  readonly outputBytes: Uint8Array;
}

/** Encrypts `n` numerals in place: halves of `round.leftDigits` and `round.rightDigits` digits. */
export function encryptNumbers(round: Ff1Round, left: Float64Array, right: Float64Array): void {
  const pass = createPass(round, left.length);
  for (let i = 0; i < round.rounds; i++) runRound(round, pass, i, left, right, 1);
  wipe(pass);
}

/** Decrypts `n` numerals in place. */
export function decryptNumbers(round: Ff1Round, left: Float64Array, right: Float64Array): void {
  const pass = createPass(round, left.length);
  for (let i = round.rounds - 1; i >= 0; i--) runRound(round, pass, i, left, right, -1);
  wipe(pass);
}

function createPass(round: Ff1Round, count: number): Pass {
  const inputBytes = new Uint8Array(BLOCK_BYTES * count);
  for (let at = 0; at < inputBytes.length; at += BLOCK_BYTES) inputBytes.set(round.block, at);
  const outputBytes = new Uint8Array(inputBytes.length);
  return { inputBytes, input: new DataView(inputBytes.buffer), outputBytes, output: new DataView(outputBytes.buffer) };
}

function runRound(round: Ff1Round, pass: Pass, i: number, left: Float64Array, right: Float64Array, sign: 1 | -1): void {
  // Even rounds change the left half by the right one, odd rounds the right by the left: the standard's swap without swapping.
  const even = i % 2 === 0;
  fillBlocks(round, pass.input, i, even ? right : left);
  round.cipher.encrypt(pass.inputBytes, pass.outputBytes);
  const half = even ? left : right;
  const modulus = 10 ** (even ? round.leftDigits : round.rightDigits);
  if (modulus <= MOST_FOR_32_BITS) addWide(pass.output, half, modulus, sign);
  else addNarrow(pass.output, half, modulus, sign, round.outputBytes);
}

/** Round number and half into the last block of Q (step 6.i), which holds the chain before it already. */
function fillBlocks(round: Ff1Round, input: DataView, i: number, half: Float64Array): void {
  const fixed = new DataView(round.block.buffer, round.block.byteOffset);
  const roundAt = BLOCK_BYTES - 1 - round.halfBytes;
  // Round number and the part of a half above 32 bits lie in bytes 8 to 15, as two words.
  const [fixedHigh, fixedLow] = [fixed.getUint32(8), fixed.getUint32(12)];
  const roundHigh = roundAt < 12 ? i << (8 * (11 - roundAt)) : 0;
  const roundLow = roundAt < 12 ? 0 : i << (8 * (15 - roundAt));
  const [wordHigh, wordLow] = [fixedHigh ^ roundHigh, fixedLow ^ roundLow];
  for (let k = 0, at = 8; k < half.length; k++, at += BLOCK_BYTES) {
    const value = half[k] as number;
    const high = Math.floor(value / TWO_32);
    input.setInt32(at, wordHigh ^ high);
    input.setInt32(at + 4, wordLow ^ (value - high * TWO_32));
  }
}

/** `half ± y` modulo up to 10^6, where y is 8 bytes. */
function addWide(output: DataView, half: Float64Array, modulus: number, sign: 1 | -1): void {
  const inverse = 1 / modulus;
  for (let k = 0, at = 0; k < half.length; k++, at += BLOCK_BYTES) {
    let y = output.getUint32(at);
    y -= Math.floor(y * inverse) * modulus;
    y = y * TWO_32 + output.getUint32(at + 4);
    y -= Math.floor(y * inverse) * modulus;
    half[k] = reduce((half[k] as number) + sign * y, modulus);
  }
}

/** The same modulo up to 10^11, where y is 8 or 12 bytes. */
function addNarrow(output: DataView, half: Float64Array, modulus: number, sign: 1 | -1, bytes: number): void {
  const inverse = 1 / modulus;
  for (let k = 0, at = 0; k < half.length; k++, at += BLOCK_BYTES) {
    let y = 0;
    for (let b = 0; b < bytes; b += 2) {
      y = y * TWO_16 + output.getUint16(at + b);
      y -= Math.floor(y * inverse) * modulus;
    }
    half[k] = reduce((half[k] as number) + sign * y, modulus);
  }
}

/** A quotient by multiplication may be one off either way, so that a remainder lies between −modulus and 2 · modulus. */
function reduce(value: number, modulus: number): number {
  let reduced = value;
  if (reduced < 0) reduced += modulus;
  if (reduced < 0) reduced += modulus;
  if (reduced >= modulus) reduced -= modulus;
  if (reduced >= modulus) reduced -= modulus;
  return reduced;
}

function wipe(pass: Pass): void {
  pass.inputBytes.fill(0);
  pass.outputBytes.fill(0);
}
