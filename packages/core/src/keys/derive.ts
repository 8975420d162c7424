/**
 * Key derivation: every key of a bank comes from its root by HKDF-SHA-256 (RFC 5869). What a key is for, and for whom, is part of
 * the derivation, so that a token of one purpose cannot be opened under another: there is no key that would open both.
 *
 * Not for passwords: a passphrase goes through a slow function first (the keyrings package).
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
import { hkdfSync } from 'node:crypto';
import { fail } from '../errors.js';
import { type Name, parseName } from '../identifiers/name.js';

/** Whose keys these are: one bank, vendor, purpose and campaign. The unit that owns keys. */
export interface ScopeIdentity {
  readonly bank: Name;
  readonly vendor: Name;
  readonly purpose: Name;
  readonly campaign: Name;
}

/** What a scope key is for: references, dial tokens, numeric dial tokens. */
export type ScopeUse = 'ref' | 'dial' | 'numeric';

/** What a bank key is for: the store's cells, customer keys, equality search, decoys, the egress guard. */
export type BankKeyName = 'store' | 'subject' | 'index' | 'decoys' | 'guard';

/** Bytes of a root key, a shred key and a campaign secret. */
export const SECRET_BYTES = 32;

const SEPARATOR = 0x1f;
/** AES-SIV takes two AES-256 keys (RFC 5297 §2.2); FF1 takes one. */
const SCOPE_KEY_BYTES = { ref: 64, dial: 64, numeric: 32 } as const satisfies Record<ScopeUse, number>;
const BANK_KEY_BYTES = { store: 64, subject: 64, index: 32, decoys: 32, guard: 32 } as const satisfies Record<BankKeyName, number>;

const utf8 = new TextEncoder();

/**
 * The context of one use of a scope: `"numbra/v1" ␟ use ␟ bank ␟ vendor ␟ purpose ␟ campaign` with U+001F between. It is HKDF's
 * `info` and the associated data of every token. No name can hold the separator, so that two scopes never share a context.
 *
 * @throws `ERR_NAME_INVALID`: a name is not well formed
 */
export function scopeContext(use: ScopeUse, identity: ScopeIdentity): Uint8Array {
  const names = [identity.bank, identity.vendor, identity.purpose, identity.campaign];
  // Types vanish at run time; a name from JSON that was never parsed would break the injectivity that everything rests on.
  if (!names.every((name) => parseName(name) === name)) throw fail('ERR_NAME_INVALID');
  return utf8.encode(['numbra/v1', use, ...names].join(String.fromCharCode(SEPARATOR)));
}

/**
 * Derives one key of a scope.
 *
 * @param root - the bank's root key, 32 bytes
 * @param campaignSecret - this campaign's secret, 32 bytes; once it is gone, so are all keys of the scope
 * @returns 64 bytes for `ref` and `dial`, 32 for `numeric`; the caller wipes them
 * @throws `ERR_KEY_LENGTH`, `ERR_NAME_INVALID`
 */
export function deriveScopeKey(root: Uint8Array, campaignSecret: Uint8Array, use: ScopeUse, identity: ScopeIdentity): Uint8Array {
  if (root.length !== SECRET_BYTES || campaignSecret.length !== SECRET_BYTES) throw fail('ERR_KEY_LENGTH');
  return hkdf(root, campaignSecret, scopeContext(use, identity), SCOPE_KEY_BYTES[use]);
}

/**
 * Derives one key of the bank itself, the same for all campaigns.
 *
 * @param root - the bank's root key, 32 bytes
 * @returns 64 bytes for `store` and `subject`, 32 for `index`, `decoys` and `guard`; the caller wipes them
 * @throws `ERR_KEY_LENGTH`
 */
export function deriveBankKey(root: Uint8Array, name: BankKeyName): Uint8Array {
  if (root.length !== SECRET_BYTES) throw fail('ERR_KEY_LENGTH');
  return hkdf(root, new Uint8Array(0), utf8.encode(`numbra/v1/bank/${name}`), BANK_KEY_BYTES[name]);
}

function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ikm, salt, info, length));
}
