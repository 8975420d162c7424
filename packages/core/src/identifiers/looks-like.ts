/**
 * What a value reads as, when it should be none of these: used by import on the id column. An id that is a phone or an
 * ID number would put the raw identifier into every reference.
 *
 * Judges one cell strictly. Among many honest ids of 16 digits one in ten has a right Luhn digit, so an importer decides by the share of rows.
 * @module
 */
import { isBankCard } from './bank-account.js';
import { plainDigits } from './digits.js';
import { parsePhone } from './phone.js';
import { isOldResidentId, isResidentId } from './resident-id.js';

/** The kinds that an id column is searched for. */
export type RawIdentifierKind = 'phone' | 'bank-card' | 'resident-id';

/** Written as a phone: a bare mainland mobile, or a number that says its country or its trunk zero. Other bare digits may be an id. */
const SAYS_IT_IS_A_PHONE = /^(?:1[3-9][0-9]{9}|(?:\+|00)[1-9].*|86-?1[3-9][0-9]{9}|0[1-9].*|\(0.*)$/s;

/**
 * Says whether a whole value reads as a phone, a bank card or a resident ID number.
 *
 * @returns the kind, or `undefined` when it reads as none of them
 */
export function looksLikeRawIdentifier(text: string): RawIdentifierKind | undefined {
  const trimmed = text.trim().normalize('NFKC');
  const digits = plainDigits(trimmed, 'with-last-x');
  if (digits !== undefined && (isResidentId(digits) || isOldResidentId(digits))) return 'resident-id';
  const asDialled = digits ?? trimmed;
  if (SAYS_IT_IS_A_PHONE.test(asDialled) && parsePhone(asDialled) !== undefined) return 'phone';
  return digits !== undefined && isBankCard(digits) ? 'bank-card' : undefined;
}
