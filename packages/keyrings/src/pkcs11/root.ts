/**
 * The root key of a keyring in a token, in its two forms, and what is derived from it: the bytes are the same.
 *
 * Inside a token there is seldom HKDF, but HMAC's inner hash over a key can be had (`C_DigestKey`): HKDF-Extract (RFC 5869 §2.2) is
 * HMAC(salt, root) = H(salt ⊕ opad ‖ H(salt ⊕ ipad ‖ root)), and the salt, a campaign's secret, is known out here. So the root stays in the
 * token. What comes out for a moment is one campaign's pseudorandom key and the key expanded from it: the host hands that back in
 * as a session key and wipes its own copy.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
import { createHash, createHmac } from 'node:crypto';
import {
  type BankKeyName,
  type BlockCipher,
  errors as coreErrors,
  deriveBankKey,
  deriveScopeKey,
  errorFactory,
  type ScopeIdentity,
  type ScopeUse,
  type SivCiphers,
  scopeContext,
} from '@numbra/core';
import { fail } from '../errors.js';
import { CKM_AES_ECB, CKM_SHA256, type Handle } from './cryptoki.js';
import { asking } from './faults.js';
import type { TokenSession } from './module.js';
import { destroy, makeSessionKey } from './objects.js';

/** What a keyring asks of its root. The caller wipes the keys. */
export interface RootKey {
  scopeKey(use: ScopeUse, identity: ScopeIdentity, campaignSecret: Uint8Array): Uint8Array;
  scopeCiphers?(use: 'ref' | 'dial', identity: ScopeIdentity, campaignSecret: Uint8Array): SivCiphers;
  bankKey(name: BankKeyName): Uint8Array;
  close(): void;
}

const KEY_BYTES = 32;
const HASH_BYTES = 32;
/** SHA-256's block: HMAC (RFC 2104) pads its key to it. */
const HASH_BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** What one call to the token encrypts. Larger calls are no faster, and some modules take no more. */
const LARGEST_CALL_BYTES = 1 << 20;
/** Has the length of a root and is none: core then says how long a key is, and refuses names and secrets that are malformed. */
const NO_ROOT = new Uint8Array(KEY_BYTES);

const closed = () => errorFactory(coreErrors)('ERR_CLOSED');

/** Mode wrap. @param root - 32 bytes; wiped on close */
export function rootInMemory(root: Uint8Array): RootKey {
  return {
    scopeKey: (use, identity, campaignSecret) => deriveScopeKey(root, campaignSecret, use, identity),
    bankKey: (name) => deriveBankKey(root, name),
    close: () => root.fill(0),
  };
}

/** Mode inside. */
export function rootInToken(token: TokenSession, root: Handle): RootKey {
  const derive = (salt: Uint8Array, info: Uint8Array, length: number): Uint8Array => {
    const pseudorandom = extract(token, root, salt);
    try {
      return expand(pseudorandom, info, length);
    } finally {
      pseudorandom.fill(0);
    }
  };
  const scopeKey = (use: ScopeUse, identity: ScopeIdentity, campaignSecret: Uint8Array): Uint8Array => {
    const { length } = deriveScopeKey(NO_ROOT, campaignSecret, use, identity);
    return derive(campaignSecret, scopeContext(use, identity), length);
  };
  return {
    scopeKey(use, identity, campaignSecret) {
      if (use === 'ref' || use === 'dial') throw fail('ERR_KEYRING_KEY_STAYS');
      return scopeKey(use, identity, campaignSecret);
    },
    scopeCiphers(use, identity, campaignSecret) {
      const key = scopeKey(use, identity, campaignSecret);
      try {
        const mac = tokenCipher(token, key.subarray(0, KEY_BYTES));
        try {
          return { mac, ctr: tokenCipher(token, key.subarray(KEY_BYTES)) };
        } catch (error) {
          mac.close();
          throw error;
        }
      } finally {
        key.fill(0);
      }
    },
    bankKey: (name) => derive(new Uint8Array(0), Buffer.from(`numbra/v1/bank/${name}`), deriveBankKey(NO_ROOT, name).length),
    close() {},
  };
}

/** AES-256 with a session key of the token: one `C_Encrypt` a pass. */
function tokenCipher(token: TokenSession, key: Uint8Array): BlockCipher {
  const { cryptoki, session } = token;
  const handle = makeSessionKey(token, key);
  let isClosed = false;
  return {
    encrypt(input, output) {
      if (isClosed || token.isClosed()) throw closed();
      asking(() => {
        for (let at = 0; at < input.length; at += LARGEST_CALL_BYTES) {
          const part = asBuffer(input.subarray(at, at + LARGEST_CALL_BYTES));
          cryptoki.C_EncryptInit(session, { mechanism: CKM_AES_ECB }, handle);
          const written = cryptoki.C_Encrypt(session, part, asBuffer(output.subarray(at, at + part.length)));
          // Fewer bytes than asked for would leave plaintexts of zeros behind them.
          if (written.length !== part.length) throw fail('ERR_KEYRING_TOKEN_FAILED');
        }
      });
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      // The end of the session has destroyed it already.
      if (!token.isClosed()) destroy(token, handle);
    },
  };
}

/** §2.2, the root being a key that only the token can digest. */
function extract({ cryptoki, session }: TokenSession, root: Handle, salt: Uint8Array): Uint8Array {
  const inner = padded(salt, INNER_PAD);
  const outer = padded(salt, OUTER_PAD);
  try {
    const digest = asking(() => {
      cryptoki.C_DigestInit(session, { mechanism: CKM_SHA256 });
      cryptoki.C_DigestUpdate(session, inner);
      cryptoki.C_DigestKey(session, root);
      return cryptoki.C_DigestFinal(session, Buffer.alloc(HASH_BYTES));
    });
    const pseudorandom = createHash('sha256').update(outer).update(digest).digest();
    digest.fill(0);
    return pseudorandom;
  } finally {
    inner.fill(0);
    outer.fill(0);
  }
}

/** §2.3 */
function expand(pseudorandom: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let block = Buffer.alloc(0);
  for (let at = 0, count = 1; at < length; at += HASH_BYTES, count++) {
    const next = createHmac('sha256', pseudorandom).update(block).update(info).update(Uint8Array.of(count)).digest();
    block.fill(0);
    block = next;
    output.set(block.subarray(0, length - at), at);
  }
  block.fill(0);
  return output;
}

function padded(salt: Uint8Array, pad: number): Buffer {
  const block = Buffer.alloc(HASH_BLOCK_BYTES, pad);
  salt.forEach((byte, i) => {
    block[i] = byte ^ pad;
  });
  return block;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
