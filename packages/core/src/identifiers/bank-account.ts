/**
 * Bank accounts and cards. An account is only digits of a plausible length: banks' account numbers share no check digit.
 * A card number (ISO/IEC 7812-1: issuer prefix, Luhn digit) is one that can be recognised in the wild.
 * @module
 */
import { Sensitive } from '../sensitive.js';
import { plainDigits } from './digits.js';

/** An account or card number: 8 to 32 digits, nothing else. */
export type BankAccount = string & { readonly '~numbra': 'BankAccount' };

const SHORTEST_ACCOUNT = 8;
const LONGEST_ACCOUNT = 32;
const SHORTEST_CARD = 13;
const LONGEST_CARD = 19;

/**
 * Parses an account or card number. Spaces and hyphens between digits are dropped, full-width digits folded.
 *
 * @returns the digits, or `undefined` when there are fewer than 8, more than 32, or anything else among them
 */
export function parseBankAccount(text: string): Sensitive<BankAccount> | undefined {
  const digits = plainDigits(text.trim());
  if (digits === undefined || digits.length < SHORTEST_ACCOUNT || digits.length > LONGEST_ACCOUNT) return undefined;
  return new Sensitive(digits as BankAccount);
}

/**
 * Whether digits are a bank card's: 13 to 19 of them, a known issuer prefix, the Luhn digit right.
 *
 * @param digits - `0-9` only
 */
export function isBankCard(digits: string): boolean {
  return digits.length >= SHORTEST_CARD && digits.length <= LONGEST_CARD && isCardPrefix(digits) && passesLuhn(digits);
}

/**
 * Whether digits begin as the cards of a network do that people in China carry: UnionPay (62, 81, and 9558 of before it), Visa,
 * Mastercard, American Express, JCB, Diners, Discover. Thirteen digits only of Visa and UnionPay: article codes have thirteen too.
 */
export function isCardPrefix(digits: string): boolean {
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  if (two === 62) return true;
  switch (digits.length) {
    case 13:
      return digits[0] === '4';
    case 14:
      return two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059);
    case 15:
      return two === 34 || two === 37;
    default:
      return (
        digits[0] === '4' ||
        (two >= 51 && two <= 55) ||
        (four >= 2221 && four <= 2720) ||
        (four >= 3528 && four <= 3589) ||
        two === 60 ||
        two === 64 ||
        two === 65 ||
        two === 81 ||
        four === 9558
      );
  }
}

/** The Luhn formula (ISO/IEC 7812-1 Annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits.charCodeAt(i) - 0x30;
    sum += double ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
  }
  return sum % 10 === 0;
}
