/**
 * Detached signatures (RFC 7515 Appendix F): the bank's over an export's manifest, the vendor's countersignature, a signed answer.
 * The payload travels as its own file; the signature is `header..signature` over its bytes as they are, in base64url as
 * usual: `b64: false` (RFC 7797) is refused. `typ` says what was signed, so that no signature passes for another's purpose.
 * @module
 */
import { fail } from './errors.js';
import { type GrantKey, signCompact } from './keys/grant-key.js';
import { type GrantAlgorithm, isKid } from './keys/jwk.js';
import { findKey, type KeySource } from './keys/key-set.js';
import { encodeBase64url } from './strict/base64url.js';
import { algorithmOf, readSegment, splitCompact, verifiesCompact } from './strict/compact-jws.js';
import { hasMembers } from './strict/json.js';

/** What a detached signature is for; its `typ` is `numbra-<use>+jws`. */
export const detachedUses = ['manifest', 'countersignature', 'answer', 'handover', 'deletion'] as const;
export type DetachedUse = (typeof detachedUses)[number];

/** Who signed. */
export interface VerifiedDetached {
  readonly kid: string;
  readonly algorithm: GrantAlgorithm;
}

/** Header and signature alone. */
const MAX_DETACHED_LENGTH = 512;
/** Stands in for the payload while the shape is checked; never part of what is verified. */
const PLACEHOLDER = 'AA';

/** @returns the signature, `header..signature` */
export async function signDetached(payload: Uint8Array, key: GrantKey, use: DetachedUse = 'manifest'): Promise<string> {
  const [header, , signature] = (await signCompact({ typ: typeOf(use), kid: key.kid }, payload, key)).split('.');
  return `${header}..${signature}`;
}

/**
 * Verifies a detached signature.
 *
 * @param payload - the bytes as delivered
 * @returns the key that made it
 * @throws `ERR_DETACHED_MALFORMED`: another spelling, use or header · `ERR_DETACHED_SIGNATURE`: other bytes, or no key of `keys`
 */
export async function verifyDetached(
  signature: string,
  payload: Uint8Array,
  keys: KeySource,
  use: DetachedUse = 'manifest',
): Promise<VerifiedDetached> {
  const parts = typeof signature === 'string' && signature.length <= MAX_DETACHED_LENGTH ? signature.split('.') : [];
  const segments =
    parts.length === 3 && parts[1] === '' ? splitCompact(`${parts[0]}.${PLACEHOLDER}.${parts[2]}`, MAX_DETACHED_LENGTH + 2) : undefined;
  const header = segments && readSegment(segments.header);
  const algorithm = header && algorithmOf(header.alg);
  if (!segments || !header || !algorithm) throw fail('ERR_DETACHED_MALFORMED');
  if (!hasMembers(header, ['alg', 'typ', 'kid']) || header.typ !== typeOf(use) || !isKid(header.kid)) throw fail('ERR_DETACHED_MALFORMED');
  const found = await findKey(keys, header.kid, algorithm);
  const signingInput = `${segments.header}.${encodeBase64url(payload)}`;
  if (!found || !(await verifiesCompact(algorithm, found.key, signingInput, segments.signature))) throw fail('ERR_DETACHED_SIGNATURE');
  return { kid: found.kid, algorithm };
}

function typeOf(use: DetachedUse): string {
  return `numbra-${use}+jws`;
}
