/**
 * A keyring in a PKCS#11 token (an HSM, a smart card, SoftHSM). Shred keys are born in the token and never leave it; a shred ends with
 * `C_DestroyObject`, so that no copy of any file brings a shredded campaign back. The root is in one of two modes:
 *
 * - `wrap`: the root lies wrapped beside the key that wraps it, and is in this process's memory while the keyring is open. Asks a token for
 *   AES key generation and AES-ECB, which all have, and works as fast as a file.
 * - `inside`: the root is born in the token and stays. Keys of references and dial tokens are session keys of the token, and batches are
 *   encrypted there, one `C_Encrypt` a pass. Asks also for SHA-256 with `C_DigestKey` and for session keys given by value. Keys of the bank and of
 *   numeric dial tokens come out, as they do in every keyring.
 *
 * Every step is one object of the token, made or destroyed as a whole: whichever is the last before a power cut, the keyring opens with
 * the shred keys of before or of after. What the token's own backup restores is out of reach: destroy or replace it after a shred.
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  errors as coreErrors,
  errorFactory,
  type Keyring,
  type KeyringSecrets,
  parseName,
  type ScopeIdentity,
  type ScopeUse,
  type Sensitive,
} from '@numbra/core';
import { fail } from '../errors.js';
import { CKM_AES_ECB, type Handle } from './cryptoki.js';
import { asking, faultOf } from './faults.js';
import { type BlockFunction, SECRET_BYTES, unwrapKey, wrapKey } from './key-wrap.js';
import { type LoadedModule, loadModule, openSession, type TokenSession } from './module.js';
import * as objects from './objects.js';
import { type RootKey, rootInMemory, rootInToken } from './root.js';

/** Which keyring in which token. */
export interface Pkcs11Location {
  /** Path of the token's shared library, such as /usr/lib/softhsm/libsofthsm2.so. */
  readonly library: string;
  /** The token's label. */
  readonly token: string;
  /** The keyring's own name in the token, such as the bank's: 1 to 64 of A-Z a-z 0-9 . _ - */
  readonly name: string;
}

export interface Pkcs11Options {
  /** Source of roots (mode `wrap`) and of the names of objects. Default node:crypto. The token draws every other key itself. */
  readonly random?: (bytes: number) => Uint8Array;
  /** Loads a module; a test's own. */
  readonly load?: (library: string) => Promise<LoadedModule>;
}

export interface Pkcs11CreateOptions extends Pkcs11Options {
  readonly mode: objects.Pkcs11Mode;
  /** Keys of a ceremony or an escrow, in place of new ones: the root and one or two shred keys. Copied; the caller wipes its own. */
  readonly secrets?: KeyringSecrets;
}

const DRAW_BYTES = 8;
const MAX_SHRED_KEYS = 2;
const coreFail = errorFactory(coreErrors);

/**
 * Makes a new keyring in a token. It is there, whole, when this resolves; a creation that fails or is killed leaves nothing that
 * opens, and disturbs no keyring that is there.
 *
 * @param pin - the token user's; tried once
 * @throws `ERR_KEYRING_EXISTS` · `ERR_KEYRING_NAME_INVALID` · `ERR_KEYRING_NO_PKCS11JS` · `ERR_KEYRING_MODULE_UNREADABLE` · `ERR_KEYRING_TOKEN_…` · `ERR_KEYRING_WRONG_PIN` · `ERR_KEYRING_PIN_…`
 */
export async function createPkcs11Keyring(
  location: Pkcs11Location,
  pin: Sensitive<string>,
  options: Pkcs11CreateOptions,
): Promise<Keyring> {
  const { random = randomBytes } = options;
  checkSecrets(options.secrets);
  return withToken(location, pin, options, (token, release) => {
    if (objects.findManifests(token, location.name).length > 0) throw fail('ERR_KEYRING_EXISTS');
    const draw = Buffer.from(random(DRAW_BYTES)).toString('hex');
    const made: Handle[] = [];
    const keep = (handle: Handle): Handle => {
      made.push(handle);
      return handle;
    };
    const secrets = options.secrets;
    const root = options.mode === 'wrap' ? Uint8Array.from(secrets?.root ?? random(SECRET_BYTES)) : undefined;
    try {
      (secrets?.shredKeys ?? [undefined]).forEach((value, i) => {
        keep(objects.makeAesKey(token, objects.shredLabel(location.name, draw), i + 1, value));
      });
      const rootLabel = objects.rootLabel(location.name, draw);
      if (root) {
        const wrapping = keep(objects.makeAesKey(token, rootLabel, 0));
        keep(
          objects.writeManifest(token, location.name, { mode: 'wrap', draw, wrappedRoot: wrapKey(encryptsWith(token, wrapping), root) }),
        );
      } else {
        const inside = keep(objects.makeRoot(token, rootLabel, secrets?.root));
        // A token that cannot work with the root must say so now, not when the bank opens.
        rootInToken(token, inside).bankKey('store').fill(0);
        keep(objects.writeManifest(token, location.name, { mode: 'inside', draw }));
      }
      // Two at once: the one that finds another beside its own steps back.
      if (objects.findManifests(token, location.name).length > 1) throw fail('ERR_KEYRING_EXISTS');
      return openIn(token, location.name, release);
    } catch (error) {
      for (const handle of made.reverse()) discard(token, handle);
      throw error;
    } finally {
      root?.fill(0);
    }
  });
}

/**
 * Opens a keyring in a token. Changes nothing.
 *
 * @param pin - the token user's; tried once, and not at all where it would be the last try before the token locks itself
 * @throws `ERR_KEYRING_ABSENT` · `ERR_KEYRING_DAMAGED` · `ERR_KEYRING_VERSION` · `ERR_KEYRING_KEY_GONE` · `ERR_KEYRING_NO_PKCS11JS` · `ERR_KEYRING_MODULE_UNREADABLE` · `ERR_KEYRING_TOKEN_…` · `ERR_KEYRING_WRONG_PIN` · `ERR_KEYRING_PIN_…`
 */
export function openPkcs11Keyring(location: Pkcs11Location, pin: Sensitive<string>, options: Pkcs11Options = {}): Promise<Keyring> {
  return withToken(location, pin, options, (token, release) => openIn(token, location.name, release));
}

/** Runs `work` in a session; what was opened is closed again when it fails. */
async function withToken(
  location: Pkcs11Location,
  pin: Sensitive<string>,
  { load = loadModule }: Pkcs11Options,
  work: (token: TokenSession, release: () => void) => Keyring,
): Promise<Keyring> {
  if (parseName(location.name) === undefined) throw fail('ERR_KEYRING_NAME_INVALID');
  const module = await load(location.library);
  let token: TokenSession | undefined;
  try {
    token = openSession(module.cryptoki, location.library, location.token, pin);
    return work(token, () => module.release());
  } catch (error) {
    token?.close();
    module.release();
    throw faultOf(error);
  }
}

function openIn(token: TokenSession, name: string, release: () => void): Keyring {
  const { draw, wrappedRoot } = objects.readManifest(token, name);
  const handle = objects.findKey(token, objects.rootLabel(name, draw));
  const root = wrappedRoot === undefined ? rootInToken(token, handle) : rootInMemory(openRoot(token, handle, wrappedRoot));
  try {
    return new Pkcs11Keyring(token, root, objects.shredLabel(name, draw), release);
  } catch (error) {
    root.close();
    throw error;
  }
}

function openRoot(token: TokenSession, wrapping: Handle, wrappedRoot: Uint8Array): Uint8Array {
  const root = unwrapKey(decryptsWith(token, wrapping), wrappedRoot);
  if (root === undefined) throw fail('ERR_KEYRING_DAMAGED');
  return root;
}

class Pkcs11Keyring implements Keyring {
  readonly kind = 'pkcs11';
  readonly scopeCiphers?: NonNullable<Keyring['scopeCiphers']>;
  readonly #token: TokenSession;
  readonly #root: RootKey;
  readonly #label: string;
  readonly #release: () => void;
  #shredKeys: readonly objects.ShredKey[];

  constructor(token: TokenSession, root: RootKey, label: string, release: () => void) {
    this.#token = token;
    this.#root = root;
    this.#label = label;
    this.#release = release;
    this.#shredKeys = objects.findShredKeys(token, label);
    if (this.#shredKeys.length === 0) throw fail('ERR_KEYRING_KEY_GONE');
    if (this.#shredKeys.length > MAX_SHRED_KEYS) throw fail('ERR_KEYRING_DAMAGED');
    const ciphers = root.scopeCiphers;
    // Only where keys stay inside is there something to offer in place of a key.
    if (ciphers === undefined) return;
    this.scopeCiphers = async (use, identity, campaignSecret) => {
      this.#mustBeOpen();
      return ciphers(use, identity, campaignSecret);
    };
  }

  get shredKeys(): number {
    return this.#shredKeys.length;
  }

  async scopeKey(use: ScopeUse, identity: ScopeIdentity, campaignSecret: Uint8Array): Promise<Uint8Array> {
    this.#mustBeOpen();
    return this.#root.scopeKey(use, identity, campaignSecret);
  }

  async bankKey(name: Parameters<Keyring['bankKey']>[0]): Promise<Uint8Array> {
    this.#mustBeOpen();
    return this.#root.bankKey(name);
  }

  async wrapSecret(secret: Uint8Array): Promise<Uint8Array> {
    this.#mustBeOpen();
    if (secret.length !== SECRET_BYTES) throw coreFail('ERR_KEY_LENGTH');
    return wrapKey(encryptsWith(this.#token, this.#newest().handle), secret);
  }

  async unwrapSecret(wrapped: Uint8Array): Promise<Uint8Array> {
    this.#mustBeOpen();
    for (const { handle } of [...this.#shredKeys].reverse()) {
      const secret = unwrapKey(decryptsWith(this.#token, handle), wrapped);
      if (secret !== undefined) return secret;
    }
    throw coreFail('ERR_KEYRING_SECRET_UNREADABLE');
  }

  async addShredKey(): Promise<void> {
    this.#mustBeCurrent();
    if (this.#shredKeys.length >= MAX_SHRED_KEYS) throw coreFail('ERR_KEYRING_SHRED_UNFINISHED');
    this.#change(() => objects.makeAesKey(this.#token, this.#label, this.#newest().number + 1));
  }

  async dropOldShredKeys(): Promise<void> {
    this.#mustBeCurrent();
    this.#change(() => {
      for (const { handle } of this.#shredKeys.slice(0, -1)) objects.destroy(this.#token, handle);
    });
    // A token that says it has destroyed a key and has not would make the shred a lie.
    if (this.#shredKeys.length !== 1) throw fail('ERR_KEYRING_TOKEN_FAILED');
  }

  /** What lies in the token now. */
  async reload(): Promise<void> {
    this.#mustBeOpen();
    this.#change(() => {});
    if (this.#shredKeys.length === 0) throw fail('ERR_KEYRING_KEY_GONE');
  }

  close(): void {
    if (this.#token.isClosed()) return;
    this.#root.close();
    this.#token.close();
    this.#release();
  }

  #mustBeOpen(): void {
    if (this.#token.isClosed()) throw coreFail('ERR_CLOSED');
  }

  /** What lies in the token afterwards is what counts, whether or not the change says that it failed. */
  #change(work: () => unknown): void {
    try {
      work();
    } finally {
      this.#shredKeys = objects.findShredKeys(this.#token, this.#label);
    }
  }

  #mustBeCurrent(): void {
    this.#mustBeOpen();
    const numbers = (keys: readonly objects.ShredKey[]) => keys.map(({ number }) => number).join();
    if (numbers(objects.findShredKeys(this.#token, this.#label)) !== numbers(this.#shredKeys)) throw fail('ERR_KEYRING_CHANGED');
  }

  #newest(): objects.ShredKey {
    return this.#shredKeys[this.#shredKeys.length - 1] as objects.ShredKey;
  }
}

function encryptsWith({ cryptoki, session }: TokenSession, key: Handle): BlockFunction {
  return (block) =>
    asking(() => {
      cryptoki.C_EncryptInit(session, { mechanism: CKM_AES_ECB }, key);
      return whole(cryptoki.C_Encrypt(session, block, Buffer.alloc(block.length)), block);
    });
}

function decryptsWith({ cryptoki, session }: TokenSession, key: Handle): BlockFunction {
  return (block) =>
    asking(() => {
      cryptoki.C_DecryptInit(session, { mechanism: CKM_AES_ECB }, key);
      return whole(cryptoki.C_Decrypt(session, block, Buffer.alloc(block.length)), block);
    });
}

function whole(answer: Buffer, block: Buffer): Buffer {
  if (answer.length !== block.length) throw fail('ERR_KEYRING_TOKEN_FAILED');
  return answer;
}

function checkSecrets(secrets: KeyringSecrets | undefined): void {
  if (secrets === undefined) return;
  const count = secrets.shredKeys.length;
  if (count < 1 || count > MAX_SHRED_KEYS) throw coreFail('ERR_KEY_LENGTH', { field: 'shredKeys' });
  if ([secrets.root, ...secrets.shredKeys].some((key) => key.length !== SECRET_BYTES)) throw coreFail('ERR_KEY_LENGTH');
}

/** Cleans up after a creation that failed. What cannot be destroyed is never used either. */
function discard(token: TokenSession, handle: Handle): void {
  try {
    objects.destroy(token, handle);
  } catch {
    // The failure that led here is the one to report.
  }
}
