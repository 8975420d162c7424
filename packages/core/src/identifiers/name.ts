/**
 * Names of banks, vendors, purposes and campaigns. They enter the keys themselves, so each has exactly one spelling:
 * plain ASCII, no separator byte, short enough that four of them fit one HKDF `info`.
 *
 * Not for customers: their ids may be any text, see customer-id.ts.
 * @module
 */

/** A bank's, vendor's, purpose's or campaign's name. */
export type Name = string & { readonly '~numbra': 'Name' };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Parses a name. Nothing is trimmed or folded: `Vendor-A` and `vendor-a` are two names.
 *
 * @param text - 1 to 64 of `A-Z a-z 0-9 . _ -`, beginning with a letter or digit
 * @returns the name, or `undefined` when the text is not one
 */
export function parseName(text: string): Name | undefined {
  return NAME.test(text) ? (text as Name) : undefined;
}
