/**
 * Numeric dial tokens: 15 digits, for dialers that take nothing else. FF1 (ff1.ts) over the customer's row number in the campaign,
 * between a prefix that no network dials and a Luhn digit. No phone is inside.
 *
 * Far weaker than a dial token: a guess opens with probability rows / 10^11, so that the resolver must count failures. Where a dialer
 * takes text use dial-token.ts.
 * @module
 * @see https://doi.org/10.6028/NIST.SP.800-38G
 */
import { fail } from '../errors.js';
import type { Ff1 } from './ff1.js';
import { isTakenByNetworks } from './numbering.js';
import { type Scope, scopeParts } from './scope.js';

/** A numeric dial token: 15 digits. */
export type NumericToken = string & { readonly '~numbra': 'NumericToken' };

/** A checked format. Only `parseNumericFormat` makes one. */
export interface NumericFormat {
  readonly prefix: string;
  readonly '~numbra': 'NumericFormat';
}

export interface NumericFormatSettings {
  /** 2 to 4 digits. Default 990. */
  readonly prefix?: string;
  /** FF1, which is the default. Here so that a request for another algorithm is answered and not ignored. */
  readonly algorithm?: string;
}

/** A common dialer's phone column and a spreadsheet's number both keep this many digits. */
const TOKEN_DIGITS = 15;
/** Prefix and row: the Luhn digit is over these. */
const BODY_DIGITS = TOKEN_DIGITS - 1;
const DEFAULT_PREFIX = '990';
const PREFIX = /^[1-9][0-9]{1,3}$/;
/** Above, a guess would hit too often. */
export const MOST_NUMERIC_ROWS = 1_000_000;
const NUMERIC_TOKEN = /^[0-9]{15}$/;
const ZERO = 0x30;

/**
 * Checks the settings of a campaign's numeric dial tokens.
 *
 * @throws `ERR_NUMERIC_PREFIX`: not 2 to 4 digits, begins with 0, or a network would take it for a country code or an emergency
 *   number; `ERR_FF3_REFUSED`: FF3 or FF3-1 was asked for; `ERR_NUMERIC_ALGORITHM`: something else that is not FF1
 */
export function parseNumericFormat({ prefix = DEFAULT_PREFIX, algorithm = 'FF1' }: NumericFormatSettings = {}): NumericFormat {
  if (/^ff3(-1)?$/i.test(algorithm)) throw fail('ERR_FF3_REFUSED');
  if (algorithm !== 'FF1') throw fail('ERR_NUMERIC_ALGORITHM');
  if (!PREFIX.test(prefix) || isTakenByNetworks(prefix)) throw fail('ERR_NUMERIC_PREFIX');
  return { prefix, '~numbra': 'NumericFormat' };
}

const DEFAULT_FORMAT = parseNumericFormat();

/**
 * Seals row numbers into numeric dial tokens.
 *
 * @param rows - 1 to 1,000,000, `n` of them: the customers' row numbers in this campaign, as the store keeps them
 * @returns `n` tokens of 15 digits, in the same order
 * @throws `ERR_NUMERIC_ROW` (`where.row` counts from 0): nothing is sealed; `ERR_NUMERIC_KEY_MISSING`, `ERR_CLOSED`
 */
export function sealNumericTokens(scope: Scope, rows: readonly number[], format: NumericFormat = DEFAULT_FORMAT): NumericToken[] {
  const split = splitOf(format);
  const left = new Float64Array(rows.length);
  const right = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (!(Number.isInteger(row) && row >= 1 && row <= MOST_NUMERIC_ROWS)) throw fail('ERR_NUMERIC_ROW', { row: i });
    left[i] = Math.floor(row / split.modulus);
    right[i] = row % split.modulus;
  }
  numericCipher(scope).encryptHalves(left, right, split.digits);
  return spell(left, right, split);
}

/** Seals one row number: `sealNumericTokens` of one. */
export function sealNumericToken(scope: Scope, row: number, format: NumericFormat = DEFAULT_FORMAT): NumericToken {
  return sealNumericTokens(scope, [row], format)[0] as NumericToken;
}

/**
 * Opens numeric dial tokens.
 *
 * @param tokens - any texts; nothing is trimmed or repaired
 * @param rows - how many rows this campaign has
 * @returns as many row numbers, 1 to `rows`, in the same order; `undefined` where a text is not a token of this scope and format, or
 *   names a row that the campaign does not have: one answer. Membership is for the caller to look up.
 * @throws `ERR_NUMERIC_KEY_MISSING`, `ERR_CLOSED`
 */
export function openNumericTokens(
  scope: Scope,
  tokens: readonly string[],
  rows: number,
  format: NumericFormat = DEFAULT_FORMAT,
): (number | undefined)[] {
  const split = splitOf(format);
  const left = new Float64Array(tokens.length);
  const right = new Float64Array(tokens.length);
  const wellFormed = tokens.map((token, i) => {
    if (!NUMERIC_TOKEN.test(token) || !token.startsWith(format.prefix) || luhnDigit(token) !== token.charCodeAt(BODY_DIGITS) - ZERO)
      return false;
    left[i] = Number(token.slice(format.prefix.length, BODY_DIGITS - split.rightDigits));
    right[i] = Number(token.slice(BODY_DIGITS - split.rightDigits, BODY_DIGITS));
    return true;
  });
  // What is malformed is decrypted all the same, as row 0.
  numericCipher(scope).decryptHalves(left, right, split.digits);
  const most = Math.min(rows, MOST_NUMERIC_ROWS);
  return wellFormed.map((mine, i) => {
    const row = (left[i] as number) * split.modulus + (right[i] as number);
    return mine && row >= 1 && row <= most ? row : undefined;
  });
}

/** Opens one numeric dial token: `openNumericTokens` of one. */
export function openNumericToken(scope: Scope, token: string, rows: number, format: NumericFormat = DEFAULT_FORMAT): number | undefined {
  return openNumericTokens(scope, [token], rows, format)[0];
}

/** How a format cuts a row number into FF1's two halves. */
interface Split {
  readonly prefix: string;
  readonly digits: number;
  readonly leftDigits: number;
  readonly rightDigits: number;
  readonly modulus: number;
}

function splitOf({ prefix }: NumericFormat): Split {
  const digits = BODY_DIGITS - prefix.length;
  const leftDigits = Math.floor(digits / 2);
  const rightDigits = digits - leftDigits;
  return { prefix, digits, leftDigits, rightDigits, modulus: 10 ** rightDigits };
}

function numericCipher(scope: Scope): Ff1 {
  const { numeric } = scopeParts(scope);
  if (numeric === undefined) throw fail('ERR_NUMERIC_KEY_MISSING');
  return numeric;
}

/** Prefix, both halves and the Luhn digit as text, the whole batch in one buffer. */
function spell(left: Float64Array, right: Float64Array, split: Split): NumericToken[] {
  const count = left.length;
  const text = Buffer.alloc(TOKEN_DIGITS * count);
  const tokens = new Array<NumericToken>(count);
  const prefix = Array.from(split.prefix, Number);
  for (let i = 0, at = 0; i < count; i++, at += TOKEN_DIGITS) {
    let sum = 0;
    for (let k = 0; k < prefix.length; k++) {
      text[at + k] = ZERO + (prefix[k] as number);
      sum += luhnValue(prefix[k] as number, k);
    }
    sum += putDigits(text, at, prefix.length + split.leftDigits - 1, split.leftDigits, left[i] as number);
    sum += putDigits(text, at, BODY_DIGITS - 1, split.rightDigits, right[i] as number);
    text[at + BODY_DIGITS] = ZERO + ((10 - (sum % 10)) % 10);
  }
  const all = text.toString('latin1');
  for (let i = 0, at = 0; i < count; i++, at += TOKEN_DIGITS) tokens[i] = all.slice(at, at + TOKEN_DIGITS) as NumericToken;
  return tokens;
}

/** Writes a number's digits from position `last` of the token at `at` to the left, and returns their part of the Luhn sum. */
function putDigits(text: Buffer, at: number, last: number, digits: number, value: number): number {
  let rest = value | 0;
  let sum = 0;
  for (let k = 0; k < digits; k++) {
    const quotient = (rest / 10) | 0;
    const digit = rest - 10 * quotient;
    rest = quotient;
    text[at + last - k] = ZERO + digit;
    sum += luhnValue(digit, last - k);
  }
  return sum;
}

/** Luhn (ISO/IEC 7812-1 Annex B): from the right, the digit beside the check digit and every second one after it are doubled. */
function luhnValue(digit: number, position: number): number {
  if ((BODY_DIGITS - position) % 2 === 0) return digit;
  return digit > 4 ? 2 * digit - 9 : 2 * digit;
}

function luhnDigit(token: string): number {
  let sum = 0;
  for (let k = 0; k < BODY_DIGITS; k++) sum += luhnValue(token.charCodeAt(k) - ZERO, k);
  return (10 - (sum % 10)) % 10;
}
