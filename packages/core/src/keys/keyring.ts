/**
 * Keyring: what holds a bank's root key and shred keys. Every keyring (a file, a PKCS#11 token, a KMS) does what this interface
 * says; `createMemoryKeyring` is the part they share once their secrets are in memory. It opens no file and writes none.
 *
 * Not for production by itself: a memory keyring without `persist` forgets its new shred key when the process ends.
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fail } from '../errors.js';
import type { SivCiphers } from '../tokens/block-cipher.js';
import { type BankKeyName, deriveBankKey, deriveScopeKey, type ScopeIdentity, type ScopeUse, SECRET_BYTES } from './derive.js';

/** AES Key Wrap (RFC 3394) of 32 bytes: eight more. */
export const WRAPPED_SECRET_BYTES = SECRET_BYTES + 8;
/** RFC 3394 §2.2.3.1: the initial value that unwrapping checks. */
const WRAP_IV = Buffer.alloc(8, 0xa6);
/** A shred takes the keyring from one shred key to two and back to one. */
const MAX_SHRED_KEYS = 2;

/** Holds the root and the shred keys and hands out only what is derived from them. */
export interface Keyring {
  /** Where the secrets lie, for people: `memory`, `passphrase-file`, `pkcs11` … */
  readonly kind: string;
  /** How many shred keys there are: one, or two while a shred is under way. */
  readonly shredKeys: number;
  /** A key of one scope; the caller wipes it. Rejects with `ERR_KEY_LENGTH`, `ERR_NAME_INVALID`, `ERR_CLOSED`. */
  scopeKey(use: ScopeUse, identity: ScopeIdentity, campaignSecret: Uint8Array): Promise<Uint8Array>;
  /** For a keyring whose scope keys never leave it: the ciphers that work with them, in place of `scopeKey('ref' | 'dial')`. */
  scopeCiphers?(use: 'ref' | 'dial', identity: ScopeIdentity, campaignSecret: Uint8Array): Promise<SivCiphers>;
  /** A key of the bank; the caller wipes it. Rejects with `ERR_CLOSED`. */
  bankKey(name: BankKeyName): Promise<Uint8Array>;
  /** Wraps a campaign secret (32 bytes) under the newest shred key: 40 bytes for the store. */
  wrapSecret(secret: Uint8Array): Promise<Uint8Array>;
  /** Unwraps a campaign secret under any shred key there is. Rejects with `ERR_KEYRING_SECRET_UNREADABLE`: shredded, or not ours. */
  unwrapSecret(wrapped: Uint8Array): Promise<Uint8Array>;
  /**
   * First keyring step of a shred: a second, new shred key, durable when it resolves. Rejects with `ERR_KEYRING_SHRED_UNFINISHED`
   * when there are two already: wrap every surviving secret again and drop the old key first. (Going on with the newer of the two
   * would leave older copies of the store readable: they may hold the shredded secret wrapped under it.)
   */
  addShredKey(): Promise<void>;
  /** Last keyring step of a shred: only the newest shred key stays, durable when it resolves. Nothing happens when there is one. */
  dropOldShredKeys(): Promise<void>;
  /**
   * Reads again what another process may have changed: after its shred this one's shred key opens nothing any more. Where secrets lie in
   * this process alone there is nothing to read. Rejects as opening does; nothing has changed then.
   */
  reload?(): Promise<void>;
  /** Wipes every key. All later calls reject with `ERR_CLOSED`. */
  close(): void;
}

/** What a keyring must keep; newest shred key last. */
export interface KeyringSecrets {
  readonly root: Uint8Array;
  readonly shredKeys: readonly Uint8Array[];
}

export interface MemoryKeyringOptions {
  /** What `kind` says. Default `memory`. */
  readonly kind?: string;
  /** Writes the secrets where they last, before a change of shred keys takes effect. When it rejects, nothing has changed. */
  readonly persist?: (secrets: KeyringSecrets) => Promise<void>;
  /** Source of new shred keys. Default node:crypto. */
  readonly random?: (bytes: number) => Uint8Array;
}

/**
 * A keyring over secrets that are in memory.
 *
 * @param root - 32 bytes; copied, so that the caller can wipe its own
 * @param shredKeys - one or two keys of 32 bytes, newest last; copied
 * @throws `ERR_KEY_LENGTH`: a key is not 32 bytes, or there are not one or two shred keys
 */
export function createMemoryKeyring(root: Uint8Array, shredKeys: readonly Uint8Array[], options: MemoryKeyringOptions = {}): Keyring {
  if ([root, ...shredKeys].some((key) => key.length !== SECRET_BYTES)) throw fail('ERR_KEY_LENGTH');
  if (shredKeys.length < 1 || shredKeys.length > MAX_SHRED_KEYS) throw fail('ERR_KEY_LENGTH', { field: 'shredKeys' });
  return new MemoryKeyring(root, shredKeys, options);
}

class MemoryKeyring implements Keyring {
  readonly kind: string;
  readonly #persist: (secrets: KeyringSecrets) => Promise<void>;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #root: Uint8Array;
  #shredKeys: readonly Uint8Array[];
  #closed = false;
  /** Changes run one after another: two shreds at once must not both see one key. */
  #lastChange: Promise<void> = Promise.resolve();

  constructor(root: Uint8Array, shredKeys: readonly Uint8Array[], options: MemoryKeyringOptions) {
    this.kind = options.kind ?? 'memory';
    this.#persist = options.persist ?? (async () => {});
    this.#random = options.random ?? randomBytes;
    this.#root = Uint8Array.from(root);
    this.#shredKeys = shredKeys.map((key) => Uint8Array.from(key));
  }

  get shredKeys(): number {
    return this.#shredKeys.length;
  }

  async scopeKey(use: ScopeUse, identity: ScopeIdentity, campaignSecret: Uint8Array): Promise<Uint8Array> {
    this.#mustBeOpen();
    return deriveScopeKey(this.#root, campaignSecret, use, identity);
  }

  async bankKey(name: BankKeyName): Promise<Uint8Array> {
    this.#mustBeOpen();
    return deriveBankKey(this.#root, name);
  }

  async wrapSecret(secret: Uint8Array): Promise<Uint8Array> {
    this.#mustBeOpen();
    if (secret.length !== SECRET_BYTES) throw fail('ERR_KEY_LENGTH');
    const cipher = createCipheriv('id-aes256-wrap', this.#newestShredKey(), WRAP_IV);
    return Uint8Array.from(Buffer.concat([cipher.update(secret), cipher.final()]));
  }

  async unwrapSecret(wrapped: Uint8Array): Promise<Uint8Array> {
    this.#mustBeOpen();
    for (const key of [...this.#shredKeys].reverse()) {
      const secret = unwrap(key, wrapped);
      if (secret !== undefined) return secret;
    }
    throw fail('ERR_KEYRING_SECRET_UNREADABLE');
  }

  addShredKey(): Promise<void> {
    return this.#change(async () => {
      if (this.#shredKeys.length >= MAX_SHRED_KEYS) throw fail('ERR_KEYRING_SHRED_UNFINISHED');
      return [...this.#shredKeys, Uint8Array.from(this.#random(SECRET_BYTES))];
    });
  }

  dropOldShredKeys(): Promise<void> {
    return this.#change(async () => [this.#newestShredKey()]);
  }

  close(): void {
    this.#closed = true;
    this.#root.fill(0);
    for (const key of this.#shredKeys) key.fill(0);
  }

  #change(next: () => Promise<readonly Uint8Array[]>): Promise<void> {
    const change = this.#lastChange.then(async () => {
      this.#mustBeOpen();
      const before = this.#shredKeys;
      const after = await next();
      if (after.length === before.length) return;
      await this.#persist({ root: this.#root, shredKeys: after });
      for (const key of before) if (!after.includes(key)) key.fill(0);
      this.#shredKeys = after;
      // Closed while the change was being written: the new key must not outlive the others.
      if (this.#closed) this.close();
    });
    this.#lastChange = change.catch(() => {});
    return change;
  }

  #newestShredKey(): Uint8Array {
    return this.#shredKeys[this.#shredKeys.length - 1] as Uint8Array;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw fail('ERR_CLOSED');
  }
}

function unwrap(key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  if (wrapped.length !== WRAPPED_SECRET_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('id-aes256-wrap', key, WRAP_IV);
    return Uint8Array.from(Buffer.concat([decipher.update(wrapped), decipher.final()]));
  } catch {
    // OpenSSL says only that the check value differs: not wrapped under this key.
    return undefined;
  }
}
