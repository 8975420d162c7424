/**
 * base64url in its one spelling: no padding, no other alphabet, no stray bits in the last character (RFC 7515 § 2,
 * RFC 4648 § 3.5). Decoders accept several spellings of the same bytes; a "seen before?" keyed by text would miss them.
 * @module
 */

/** @returns the bytes, or `undefined` when the text is not the one spelling of them */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

export function encodeBase64url(bytes: Uint8Array | string): string {
  return Buffer.from(bytes as Uint8Array).toString('base64url');
}
