/**
 * The bank's own customer ids. They are sealed into references, so one customer must have one spelling:
 * Unicode NFC, no control or invisible characters, no space at either end.
 *
 * An id that is itself a phone, card or ID number must not be used at all: see looks-like.ts.
 * @module
 */

/** A bank's own id of a customer, NFC. */
export type CustomerId = string & { readonly '~numbra': 'CustomerId' };

export interface CustomerIdOptions {
  /** The longest id, in bytes of UTF-8. What a bank's reference length leaves room for: 12 by its default of 14, then 27, 42 … */
  readonly maxBytes?: number;
}

/** Beyond this, an id is a mistake (a whole row read as one cell), whatever the reference length. */
const LONGEST_BYTES = 252;

/** Controls, invisible format characters, lone surrogates, line and paragraph separators: two ids that look the same must be the same. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const SPACE_AT_AN_END = /^\s|\s$/u;
/** The common case, where NFC changes nothing and a character is a byte. */
const PLAIN = /^[!-~]+$/;

const utf8 = new TextEncoder();

/**
 * Parses a customer id and brings it into NFC.
 *
 * @param text - 1 to `maxBytes` bytes of UTF-8 after NFC
 * @returns the id, or `undefined` when it is empty, too long, or holds a character that cannot be seen
 */
export function parseCustomerId(text: string, options: CustomerIdOptions = {}): CustomerId | undefined {
  const maxBytes = Math.min(options.maxBytes ?? LONGEST_BYTES, LONGEST_BYTES);
  if (PLAIN.test(text)) return text.length <= maxBytes ? (text as CustomerId) : undefined;
  if (text.length > LONGEST_BYTES || UNSEEN.test(text) || SPACE_AT_AN_END.test(text)) return undefined;
  const id = text.normalize('NFC');
  const bytes = utf8.encode(id).length;
  return bytes >= 1 && bytes <= maxBytes ? (id as CustomerId) : undefined;
}
