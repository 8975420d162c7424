/**
 * JWTs that the bank signs: header exactly `{ alg, typ, kid }`, ECDSA's smaller s, a JSON object inside. What the claims must
 * say is the caller's to check, as is which error a failure has.
 * @module
 */
import { isKid } from '../keys/jwk.js';
import { findKey, type KeySource } from '../keys/key-set.js';
import { algorithmOf, isBankSpelling, readSegment, splitCompact, verifiesCompact } from './compact-jws.js';
import { hasMembers, type JsonObject } from './json.js';

export interface SignedObjectOptions {
  /** Exactly this. */
  readonly typ: string;
  readonly keys: KeySource;
  /** In characters; a longer text is not looked at. */
  readonly maxLength: number;
}

/** @returns the claims of a JWT that a key of `keys` signed, or what is wrong with it */
export async function readSignedObject(
  token: string,
  { typ, keys, maxLength }: SignedObjectOptions,
): Promise<JsonObject | 'malformed' | 'unsigned'> {
  const segments = splitCompact(token, maxLength);
  const header = segments && readSegment(segments.header);
  const algorithm = header && algorithmOf(header.alg);
  // RFC 9864's name is for others: the bank writes RFC 8037's, and one token has one text.
  if (!segments || !header || !algorithm || header.alg === 'Ed25519') return 'malformed';
  if (!hasMembers(header, ['alg', 'typ', 'kid']) || header.typ !== typ || !isKid(header.kid)) return 'malformed';
  const claims = readSegment(segments.payload);
  if (!claims || !isBankSpelling(algorithm, segments.signature)) return 'malformed';
  const found = await findKey(keys, header.kid, algorithm);
  const signed = found && (await verifiesCompact(algorithm, found.key, segments.signingInput, segments.signature));
  return signed ? claims : 'unsigned';
}
