/**
 * What is sealed inside a token, byte by byte: the constants of both layouts, and references' plaintexts one at a time. pack.ts makes
 * the same from whole batches in 32-bit words, for ids of plain ASCII and for phones; a property test holds the two equal.
 * @module
 */
import { type CustomerId, parseCustomerId } from '../identifiers/customer-id.js';
import { SHORT_PLAINTEXT_BYTES } from './token-text.js';

/** First byte of a plaintext: what the rest is. */
export const KIND = { id: 0x01, phone: 0x02, digits: 0x03 } as const;
/** Ends an id; only zeros follow. */
export const ID_END = 0x80;
/** E.164: 7 to 15 digits. One nibble more than the longest is always zero. */
export const PHONE_DIGITS = { least: 7, most: 15, nibbles: 16 } as const;
/** An id of this many digits has no room as text in a short reference and is packed, two digits a byte. */
export const PACKED_DIGITS = { least: 13, most: 24, nibbles: 24 } as const;

const DIGITS = /^[0-9]+$/;
const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The plaintext of a reference.
 *
 * @param length - the bank's reference length: 14, 29, 44 …
 * @returns `length` bytes, or why the id has none: `long` for the reference length, or not as `parseCustomerId` gives it
 */
export function referencePlaintext(id: CustomerId, length: number): Uint8Array | 'long' | 'invalid' {
  if (parseCustomerId(id) !== id) return 'invalid';
  const plaintext = new Uint8Array(length);
  if (length === SHORT_PLAINTEXT_BYTES && id.length >= PACKED_DIGITS.least && id.length <= PACKED_DIGITS.most && DIGITS.test(id)) {
    plaintext[0] = KIND.digits;
    plaintext[1] = id.length;
    plaintext.set(packDigits(id, PACKED_DIGITS.nibbles), 2);
    return plaintext;
  }
  const bytes = utf8.encode(id);
  if (bytes.length > length - 2) return 'long';
  plaintext[0] = KIND.id;
  plaintext.set(bytes, 1);
  plaintext[1 + bytes.length] = ID_END;
  return plaintext;
}

/** The customer id in a reference's plaintext, or `undefined` when these bytes are not the plaintext of any id. */
export function parseReferencePlaintext(plaintext: Uint8Array): CustomerId | undefined {
  const text = plaintext[0] === KIND.digits ? digitsText(plaintext) : plaintext[0] === KIND.id ? idText(plaintext) : undefined;
  const id = text === undefined ? undefined : parseCustomerId(text);
  if (id === undefined || id !== text) return undefined;
  // An id has one plaintext: what would be sealed today must be what was opened.
  const again = referencePlaintext(id, plaintext.length);
  return typeof again !== 'string' && Buffer.compare(again, plaintext) === 0 ? id : undefined;
}

function idText(plaintext: Uint8Array): string | undefined {
  const end = plaintext.findLastIndex((byte) => byte !== 0);
  if (end < 2 || plaintext[end] !== ID_END) return undefined;
  try {
    return strictUtf8.decode(plaintext.subarray(1, end));
  } catch {
    return undefined;
  }
}

function digitsText(plaintext: Uint8Array): string | undefined {
  const count = plaintext[1] as number;
  return plaintext.length === SHORT_PLAINTEXT_BYTES ? unpackDigits(plaintext.subarray(2))?.slice(-count) : undefined;
}

/** Right-aligned, zero nibbles on the left, most significant digit first. */
function packDigits(digits: string, nibbles: number): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.padStart(nibbles, '0'), 'hex'));
}

function unpackDigits(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('hex');
  return DIGITS.test(text) ? text : undefined;
}
