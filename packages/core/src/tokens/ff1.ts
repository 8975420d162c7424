/**
 * FF1 (NIST SP 800-38G §5.1): format-preserving encryption, here of decimal numerals. A numeral becomes another of the same length.
 * A batch goes through the ten rounds together, one pass of AES over all of it a round.
 *
 * It authenticates nothing: any numeral opens to some numeral. Where there is room for 52 characters use a dial token. FF3 and FF3-1
 * are refused: they were broken for small domains, and the 2025 draft of SP 800-38G Rev. 1 drops them.
 * @module
 * @see https://doi.org/10.6028/NIST.SP.800-38G
 */
import { fail } from '../errors.js';
import { type BlockCipher, createAesCipher } from './block-cipher.js';
import { decryptNumbers, encryptNumbers, MOST_NUMBER_DIGITS } from './ff1-numbers.js';
import { createRound, type Ff1Round } from './ff1-round.js';

/** SP 800-38G Rev. 1 asks for at least a million numerals: below, an attacker tries them all. */
const LEAST_DIGITS = 6;
/** Numerals this long are no identifiers any more; the standard would go on to 2^32. */
const MOST_DIGITS = 4096;
const DIGITS = /^[0-9]+$/;
/** Numerals that go through the cipher together. */
const CHUNK = 1024;

export class Ff1 {
  readonly #cipher: BlockCipher;
  readonly #tweak: Uint8Array;
  /** What a length of numerals needs, made once. */
  readonly #rounds = new Map<number, Ff1Round>();

  /**
   * @param key - 32 bytes, or a cipher that works with a key that lies elsewhere
   * @param tweak - public, any length: numerals of another tweak are encrypted as under another key
   * @throws `ERR_KEY_LENGTH`
   */
  constructor(key: Uint8Array | BlockCipher, tweak: Uint8Array) {
    this.#cipher = key instanceof Uint8Array ? createAesCipher(key) : key;
    this.#tweak = Uint8Array.from(tweak);
  }

  /**
   * Encrypts decimal numerals of one length.
   *
   * @param numerals - `n` texts of digits, all as long as the first: 6 to 4,096
   * @returns `n` texts of as many digits, in the same order
   * @throws `ERR_FF1_DOMAIN`: a text is no numeral of that length (`where.row` counts from 0), or there are fewer than 10⁶ of this
   *   length; nothing is encrypted; `ERR_CLOSED`
   */
  encrypt(numerals: readonly string[]): string[] {
    return this.#run(numerals, encryptNumbers, encryptBigInts);
  }

  /** Decrypts: the inverse of `encrypt`, with the same shapes and errors. */
  decrypt(numerals: readonly string[]): string[] {
    return this.#run(numerals, decryptNumbers, decryptBigInts);
  }

  /**
   * Encrypts numerals of 6 to 22 digits that are given as two numbers each, in place.
   *
   * @param left - the first ⌊digits / 2⌋ digits, `n` numbers
   * @param right - the others, `n` numbers
   */
  encryptHalves(left: Float64Array, right: Float64Array, digits: number): void {
    this.#runHalves(left, right, digits, encryptNumbers);
  }

  /** Decrypts: the inverse of `encryptHalves`. */
  decryptHalves(left: Float64Array, right: Float64Array, digits: number): void {
    this.#runHalves(left, right, digits, decryptNumbers);
  }

  /** Wipes the key. */
  close(): void {
    this.#cipher.close();
  }

  #runHalves(left: Float64Array, right: Float64Array, digits: number, rounds: typeof encryptNumbers): void {
    if (digits < LEAST_DIGITS || digits > MOST_NUMBER_DIGITS) throw fail('ERR_FF1_DOMAIN');
    if (left.length !== right.length) throw fail('ERR_LENGTH_MISMATCH');
    const round = this.#round(digits);
    for (let from = 0; from < left.length; from += CHUNK)
      rounds(round, left.subarray(from, from + CHUNK), right.subarray(from, from + CHUNK));
  }

  #run(numerals: readonly string[], numbers: typeof encryptNumbers, bigInts: typeof encryptBigInts): string[] {
    const digits = numerals[0]?.length ?? LEAST_DIGITS;
    if (digits < LEAST_DIGITS || digits > MOST_DIGITS) throw fail('ERR_FF1_DOMAIN');
    numerals.forEach((numeral, row) => {
      if (numeral.length !== digits || !DIGITS.test(numeral)) throw fail('ERR_FF1_DOMAIN', { row });
    });
    const round = this.#round(digits);
    const left = numerals.map((numeral) => numeral.slice(0, round.leftDigits));
    const right = numerals.map((numeral) => numeral.slice(round.leftDigits));
    const join = (a: number | bigint, b: number | bigint): string =>
      String(a).padStart(round.leftDigits, '0') + String(b).padStart(round.rightDigits, '0');
    const results: string[] = [];
    for (let from = 0; from < numerals.length; from += CHUNK) {
      const [l, r] = [left.slice(from, from + CHUNK), right.slice(from, from + CHUNK)];
      if (digits <= MOST_NUMBER_DIGITS) {
        const [a, b] = [Float64Array.from(l, Number), Float64Array.from(r, Number)];
        numbers(round, a, b);
        for (let i = 0; i < a.length; i++) results.push(join(a[i] as number, b[i] as number));
      } else {
        const [a, b] = [l.map(BigInt), r.map(BigInt)];
        bigInts(round, a, b);
        for (let i = 0; i < a.length; i++) results.push(join(a[i] as bigint, b[i] as bigint));
      }
    }
    return results;
  }

  #round(digits: number): Ff1Round {
    let round = this.#rounds.get(digits);
    if (round === undefined) {
      round = createRound(this.#cipher, this.#tweak, digits);
      this.#rounds.set(digits, round);
    }
    return round;
  }
}

/** Ten rounds over numerals whose halves are beyond exact numbers. */
function encryptBigInts(round: Ff1Round, left: bigint[], right: bigint[]): void {
  for (let i = 0; i < round.rounds; i++) bigIntRound(round, i, left, right, 1n);
}

function decryptBigInts(round: Ff1Round, left: bigint[], right: bigint[]): void {
  for (let i = round.rounds - 1; i >= 0; i--) bigIntRound(round, i, left, right, -1n);
}

function bigIntRound(round: Ff1Round, i: number, left: bigint[], right: bigint[], sign: 1n | -1n): void {
  // Even rounds change the left half by the right one, odd rounds the right by the left: the standard's swap without swapping.
  const [from, to] = i % 2 === 0 ? [right, left] : [left, right];
  const modulus = 10n ** BigInt(i % 2 === 0 ? round.leftDigits : round.rightDigits);
  const pseudorandom = round.pseudorandom(i, from);
  for (let k = 0; k < to.length; k++) {
    const y = BigInt(`0x${pseudorandom.toString('hex', k * round.outputBytes, (k + 1) * round.outputBytes)}`);
    const sum = ((to[k] as bigint) + sign * y) % modulus;
    to[k] = sum < 0n ? sum + modulus : sum;
  }
}
