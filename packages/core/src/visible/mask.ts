/**
 * Masked phones: what a list and an agent's screen show of a number. Nine stars, then as many last digits as the
 * list's measure allows; the stars never say how long the number is or which country's.
 *
 * Not a protection by itself: how many digits a list may show is measured over its rows (`chooseMaskWidth` of @numbra/policy).
 * @module
 */
import type { Phone } from '../identifiers/phone.js';
import type { Sensitive } from '../sensitive.js';

/** How many last digits are shown. One width a list; above 2 only by a policy that says so. */
export type MaskWidth = 0 | 1 | 2 | 3 | 4;

const STARS = '*********';

/**
 * Masks a phone.
 *
 * @param width - last digits shown
 * @returns nine `*`, then `width` digits: 9 to 13 characters
 */
export function maskPhone(phone: Sensitive<Phone>, width: MaskWidth): string {
  return STARS + lastDigits(phone, width);
}

/** The digits that a mask of this width shows: what two lists can be compared on. */
export function lastDigits(phone: Sensitive<Phone>, width: MaskWidth): string {
  return phone.use((digits) => digits.slice(digits.length - width));
}
