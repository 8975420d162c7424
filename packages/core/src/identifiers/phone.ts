/**
 * Phone numbers in E.164, parsed once at the border and from then on a `Sensitive<Phone>`.
 * The numbering plans are libphonenumber's, with its full patterns: a number that no plan assigns cannot be dialled.
 *
 * Not for short codes, extensions, hotlines or premium lines: no customer is reached there, and dialling some of them costs the caller.
 * @module
 * @see https://www.itu.int/rec/T-REC-E.164
 */
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { Sensitive } from '../sensitive.js';

/** An E.164 number without `+`: 7 to 15 digits, country code first. */
export type Phone = string & { readonly '~numbra': 'Phone' };

export interface PhoneOptions {
  /** The country of a number that is written without one, ISO 3166-1 alpha-2. `CN` by default. */
  readonly defaultCountry?: CountryCode;
}

const E164 = /^[1-9][0-9]{6,14}$/;
/** Longer than any way of writing 15 digits; keeps the library away from hostile cells. */
const LONGEST_TEXT = 64;

/**
 * Mainland mobiles as most lists write them. The library takes 16 µs a number, this 0.1; it accepts only blocks that
 * the library accepts as a whole (a property test holds the two equal) and leaves everything else to it.
 */
const PLAIN_MAINLAND_MOBILE = /^(?:13[0-9]|14[57]|15[0-35-9]|16[25-7]|17[0-35-8]|18[0-9]|19[0-35-9])[0-9]{8}$/;

/** Lines on which a person answers. */
const PERSONAL = new Set(['MOBILE', 'FIXED_LINE', 'FIXED_LINE_OR_MOBILE', 'VOIP', 'PERSONAL_NUMBER']);

/**
 * Parses a phone number into E.164.
 *
 * @param text - national or international writing: `13800138000`, `+86 138-0013-8000`, `(010) 6234 5678`, full-width digits
 * @returns the digits, or `undefined` when no numbering plan assigns the number to a person's line, or it carries an extension
 */
export function parsePhone(text: string, options: PhoneOptions = {}): Sensitive<Phone> | undefined {
  const country = options.defaultCountry ?? 'CN';
  if (country === 'CN' && PLAIN_MAINLAND_MOBILE.test(text)) return new Sensitive(`86${text}` as Phone);
  if (text.length > LONGEST_TEXT) return undefined;
  return parseByPlan(text, country);
}

/** Whether text is already E.164 without `+`, in form only: for digits that were parsed before and come back from a sealed column. */
export function isPhone(digits: string): digits is Phone {
  return E164.test(digits);
}

/** The library's own answer. Exported to this folder's test, which compares the fast path with it. */
export function parseByPlan(text: string, defaultCountry: CountryCode): Sensitive<Phone> | undefined {
  const parsed = parsePhoneNumberFromString(text, { defaultCountry, extract: false });
  if (parsed === undefined || parsed.ext !== undefined || !parsed.isValid()) return undefined;
  const type = parsed.getType();
  const digits = parsed.number.slice(1);
  return type !== undefined && PERSONAL.has(type) && E164.test(digits) ? new Sensitive(digits as Phone) : undefined;
}
