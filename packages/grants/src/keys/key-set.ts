/**
 * Key sets (RFC 7517 § 5): a JWKS read once, its keys imported once, and looked up by `kid` in a map.
 * Nothing is ever fetched: a token's `jku`, `x5u` or `jwk` header makes it malformed.
 * @module
 */
import { fail } from '../errors.js';
import { hasMembers, isJsonObject } from '../strict/json.js';
import {
  algorithmOfJwk,
  type GrantAlgorithm,
  importPublic,
  type PublicJwk,
  parsePublicJwk,
  publicJwkOf,
  thumbprintOf,
  type VerificationKey,
} from './jwk.js';

/** A JWKS document. */
export interface Jwks {
  readonly keys: readonly PublicJwk[];
}

/** Public keys, imported. */
export interface KeySet {
  readonly keys: readonly VerificationKey[];
  /** The key of this id and algorithm. Without an id: the only key of this algorithm, or none. */
  find(kid: string | undefined, algorithm: GrantAlgorithm): VerificationKey | undefined;
}

/** Who knows the keys: a set, a JWKS document (read once for each object), or a function asked with the header's `kid`. */
export type KeySource =
  | KeySet
  | Jwks
  | ((kid: string | undefined, algorithm: GrantAlgorithm) => VerificationKey | undefined | Promise<VerificationKey | undefined>);

const MAX_KEYS = 32;

/** What to do with keys of other types, for encryption, or with members that we do not know. */
export interface KeySetOptions {
  /** `refuse`, the default, for keys that somebody registers; `skip` for a set that serves others too, as RFC 7517 § 5 advises. */
  readonly others?: 'refuse' | 'skip';
}

/**
 * Reads a JWKS.
 *
 * @param jwks - `{ keys: [...] }`, 1 to 32 public keys; a key without `kid` gets its thumbprint
 * @throws `ERR_KEY_SET_INVALID`: no such object, no key in it, or two keys with one id · `ERR_KEY_INVALID`: one key is not acceptable
 */
export function readKeySet(jwks: unknown, { others = 'refuse' }: KeySetOptions = {}): KeySet {
  if (!isJsonObject(jwks) || !hasMembers(jwks, ['keys']) || !Array.isArray(jwks.keys)) throw fail('ERR_KEY_SET_INVALID');
  const entries = others === 'skip' ? jwks.keys.map(usableOf).filter((entry) => entry !== undefined) : jwks.keys;
  if (entries.length === 0 || jwks.keys.length > MAX_KEYS) throw fail('ERR_KEY_SET_INVALID');
  const byKid = new Map<string, VerificationKey>();
  for (const entry of entries) {
    const key = verificationKey(parsePublicJwk(entry));
    if (byKid.has(key.kid)) throw fail('ERR_KEY_SET_INVALID');
    byKid.set(key.kid, key);
  }
  return keySet(byKid);
}

/** The key without members that we do not know, or nothing when it is none that we use. A private key is never passed over. */
function usableOf(entry: unknown): PublicJwk | undefined {
  if (!isJsonObject(entry)) return undefined;
  if ('d' in entry) throw fail('ERR_KEY_INVALID');
  const { kty, crv, x, y, kid, alg, use, key_ops } = entry;
  const known = { kty, crv, x, y, kid, alg, use, key_ops };
  return publicJwkOf(Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)));
}

/** @throws `ERR_KEY_INVALID` */
export function verificationKey(jwk: PublicJwk): VerificationKey {
  const key = importPublic(jwk);
  if (!key) throw fail('ERR_KEY_INVALID');
  return Object.freeze({ kid: jwk.kid ?? thumbprintOf(jwk), algorithm: algorithmOfJwk(jwk), key, jwk });
}

/** The key of a source, or `undefined`. */
export async function findKey(source: KeySource, kid: string | undefined, algorithm: GrantAlgorithm): Promise<VerificationKey | undefined> {
  const found = typeof source === 'function' ? await source(kid, algorithm) : setOf(source).find(kid, algorithm);
  return found?.algorithm === algorithm ? found : undefined;
}

const read = new WeakMap<object, KeySet>();

function setOf(source: KeySet | Jwks): KeySet {
  if ('find' in source) return source;
  let set = read.get(source);
  if (!set) {
    set = readKeySet(source);
    read.set(source, set);
  }
  return set;
}

function keySet(byKid: ReadonlyMap<string, VerificationKey>): KeySet {
  const keys = Object.freeze([...byKid.values()]);
  return Object.freeze({
    keys,
    find(kid: string | undefined, algorithm: GrantAlgorithm): VerificationKey | undefined {
      if (kid !== undefined) {
        const key = byKid.get(kid);
        return key?.algorithm === algorithm ? key : undefined;
      }
      const candidates = keys.filter((key) => key.algorithm === algorithm);
      return candidates.length === 1 ? candidates[0] : undefined;
    },
  });
}
