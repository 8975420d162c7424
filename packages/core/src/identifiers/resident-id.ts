/**
 * Mainland resident identity numbers, GB 11643-1999: six digits of region, eight of birth date, three of sequence, one check
 * character (ISO 7064 MOD 11-2). The fifteen-digit form of before 1999 is recognised, not accepted: it is no longer valid.
 *
 * A region is judged by its province alone: counties come and go, and a list of them refuses valid people.
 * @module
 * @see https://openstd.samr.gov.cn/bzgk/gb/newGbInfo?hcno=080D6FBF2BB468F9007657F26D60013E
 */
import { Sensitive } from '../sensitive.js';
import { plainDigits } from './digits.js';

/** A resident identity number: 17 digits and a check character `0-9` or `X`. */
export type ResidentId = string & { readonly '~numbra': 'ResidentId' };

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';

/** GB/T 2260 provinces; 81 to 83 are the residence permits of people from Hong Kong, Macao and Taiwan. */
const PROVINCES = new Set([
  11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82,
  83,
]);
const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const FIRST_YEAR = 1900;
const LAST_YEAR = 2099;

/**
 * Parses a resident ID number. Spaces and hyphens are dropped, full-width characters folded, a final `x` raised.
 *
 * @returns the 18 characters, or `undefined` when length, province, date or check character are wrong
 */
export function parseResidentId(text: string): Sensitive<ResidentId> | undefined {
  const id = plainDigits(text.trim(), 'with-last-x');
  return id !== undefined && isResidentId(id) ? new Sensitive(id as ResidentId) : undefined;
}

/** Whether 18 characters (`0-9`, and `X` only at the end) are a resident ID number. */
export function isResidentId(id: string): boolean {
  return (
    id.length === 18 &&
    isRegion(id) &&
    isDate(Number(id.slice(6, 10)), Number(id.slice(10, 12)), Number(id.slice(12, 14))) &&
    residentCheckCharacter(id) === id[17]
  );
}

/** Whether 15 digits are a resident ID number of the form before 1999 (birth year of two digits, no check character). */
export function isOldResidentId(digits: string): boolean {
  return (
    digits.length === 15 &&
    isRegion(digits) &&
    isDate(FIRST_YEAR + Number(digits.slice(6, 8)), Number(digits.slice(8, 10)), Number(digits.slice(10, 12)))
  );
}

/**
 * The check character of a resident ID number (ISO 7064 MOD 11-2).
 *
 * @param digits - its first 17 digits; what follows them is not looked at
 */
export function residentCheckCharacter(digits: string): string {
  let sum = 0;
  for (let i = 0; i < WEIGHTS.length; i++) sum += (digits.charCodeAt(i) - 0x30) * (WEIGHTS[i] as number);
  return CHECK_CHARACTERS[sum % 11] as string;
}

/** Whether a number of two digits is a province's, with which a resident ID number begins. */
export function isProvince(code: number): boolean {
  return PROVINCES.has(code);
}

/** A foreigner's permanent residence number begins with 9 and has the province after it. */
function isRegion(id: string): boolean {
  return isProvince(Number(id.slice(0, 2))) || (id[0] === '9' && isProvince(Number(id.slice(1, 3))));
}

function isDate(year: number, month: number, day: number): boolean {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1) return false;
  if (month === 2 && day === 29) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (DAYS_OF_MONTH[month - 1] as number);
}
