/**
 * "Seen before?" is one atomic insert of this key, by the caller, after every other check. It is made of decoded values:
 * four other spellings of one valid token pass common libraries, and a store keyed by text would let each through once.
 * @module
 */
import { hash } from 'node:crypto';

export const REPLAY_KEY_BYTES = 16;

/**
 * The key under which one use of an assertion or a proof is recorded.
 *
 * @param issuerOrThumbprint - who made it: an assertion's issuer, a proof's key thumbprint
 * @param jti - its decoded id
 * @returns 16 bytes of SHA-256 over both, of which neither can be shifted into the other
 */
export function replayKey(issuerOrThumbprint: string, jti: string): Uint8Array {
  return new Uint8Array(hash('sha256', `${issuerOrThumbprint.length}:${issuerOrThumbprint}${jti}`, 'buffer').subarray(0, REPLAY_KEY_BYTES));
}

/** An id that is used once: 1 to 128 printable ASCII characters. */
export function isJti(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value);
}
