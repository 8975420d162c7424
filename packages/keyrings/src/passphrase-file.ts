/**
 * A keyring in one file, sealed by a passphrase (scrypt, AES-256-GCM), readable by its owner only.
 * A shred rewrites it durably; whatever step is interrupted, the file opens as it was before or as it is after.
 *
 * For one machine whose operator types or mounts the passphrase. Where keys may not be in a process's memory, take a PKCS#11 token or a KMS.
 * Keep it out of the database's backups, and keep at most one escrow copy: who has both can open what was shredded.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { errors as coreErrors, createMemoryKeyring, errorFactory, type Keyring, type KeyringSecrets, type Sensitive } from '@numbra/core';
import { type Disk, readDurable, realDisk, writeDurable } from './durable-file.js';
import { errors, fail, type KeyringsErrorCode } from './errors.js';
import { reloadable } from './reloadable.js';
import { type FileKey, newFileKey, openSecrets, reopenSecrets, type ScryptCost, sealSecrets, wipeFileKey } from './sealed-secrets.js';

export type { ScryptCost } from './sealed-secrets.js';
export { errors, type KeyringsErrorCode };

const SECRET_BYTES = 32;

export interface PassphraseFileOptions {
  /** Source of keys, salts and nonces. Default node:crypto. */
  readonly random?: (bytes: number) => Uint8Array;
  /** What a guess costs: N = 2^17, r = 8, p = 1 by default (128 MB, under half a second). Only for a new file. */
  readonly cost?: ScryptCost;
  /** The file system; a test's own. */
  readonly disk?: Disk;
}

/**
 * Makes a new keyring, root and shred key drawn at random, in a new file of mode 0600. Durable when it resolves.
 *
 * @param passphrase - at least 8 characters; compared in Unicode NFC
 * @throws `ERR_KEYRING_EXISTS`: the file stays as it is · `ERR_KEYRING_SHORT_PASSPHRASE` · `ERR_KEYRING_UNWRITABLE`
 */
export async function createPassphraseFile(
  path: string,
  passphrase: Sensitive<string>,
  options: PassphraseFileOptions = {},
): Promise<Keyring> {
  const { random = randomBytes, disk = realDisk } = options;
  const fileKey = await newFileKey(passphrase, random, options.cost);
  const secrets = { root: Uint8Array.from(random(SECRET_BYTES)), shredKeys: [Uint8Array.from(random(SECRET_BYTES))] };
  try {
    const bytes = sealSecrets(secrets, fileKey, random);
    await writeDurable(disk, path, bytes, 'refused');
    return keyringOf(path, secrets, fileKey, bytes, random, disk);
  } catch (error) {
    wipeFileKey(fileKey);
    throw error;
  } finally {
    wipeSecrets(secrets);
  }
}

/**
 * Opens a keyring. Reads the file once and changes nothing.
 *
 * @throws `ERR_KEYRING_MISSING` · `ERR_KEYRING_UNREADABLE` · `ERR_KEYRING_DAMAGED` · `ERR_KEYRING_VERSION` · `ERR_KEYRING_TOO_COSTLY` · `ERR_KEYRING_WRONG_PASSPHRASE`
 */
export async function openPassphraseFile(
  path: string,
  passphrase: Sensitive<string>,
  options: PassphraseFileOptions = {},
): Promise<Keyring> {
  const { random = randomBytes, disk = realDisk } = options;
  const bytes = await readDurable(disk, path);
  const { secrets, fileKey } = await openSecrets(bytes, passphrase, path);
  try {
    return keyringOf(path, secrets, fileKey, bytes, random, disk);
  } finally {
    wipeSecrets(secrets);
  }
}

/**
 * Seals the keyring under another passphrase. Durable when it resolves; keyrings that are open elsewhere cannot shred until opened again.
 *
 * @throws as `openPassphraseFile` for the old one, as `createPassphraseFile` for the new one; the file stays as it is
 */
export async function changePassphrase(
  path: string,
  passphrase: Sensitive<string>,
  newPassphrase: Sensitive<string>,
  options: PassphraseFileOptions = {},
): Promise<void> {
  const { random = randomBytes, disk = realDisk } = options;
  const { secrets, fileKey } = await openSecrets(await readDurable(disk, path), passphrase, path);
  wipeFileKey(fileKey);
  try {
    const newKey = await newFileKey(newPassphrase, random, options.cost);
    try {
      await writeDurable(disk, path, sealSecrets(secrets, newKey, random), 'replaced');
    } finally {
      wipeFileKey(newKey);
    }
  } finally {
    wipeSecrets(secrets);
  }
}

/** A keyring over the file as it lies there, and as another process may leave it. */
function keyringOf(
  path: string,
  secrets: KeyringSecrets,
  fileKey: FileKey,
  bytes: Uint8Array,
  random: (bytes: number) => Uint8Array,
  disk: Disk,
): Keyring {
  return reloadable(keyringOver(path, secrets, fileKey, bytes, random, disk), async () => {
    const found = await readDurable(disk, path);
    // The keyring that is replaced wipes its own key of the file.
    const ownKey = copyFileKey(fileKey);
    const changed = reopenSecrets(found, ownKey, path);
    try {
      return keyringOver(path, changed, ownKey, found, random, disk);
    } finally {
      wipeSecrets(changed);
    }
  });
}

/** A memory keyring that writes the file before a change of shred keys takes effect, and wipes the file's key with its own. */
function keyringOver(
  path: string,
  secrets: KeyringSecrets,
  fileKey: FileKey,
  bytes: Uint8Array,
  random: (bytes: number) => Uint8Array,
  disk: Disk,
): Keyring {
  let lastSeen = digestOf(bytes);
  let closed = false;
  const persist = async (changed: KeyringSecrets): Promise<void> => {
    const isUnchanged = digestOf(await readDurable(disk, path)) === lastSeen;
    // Closed while reading: every key is zero by now and must not be written.
    if (closed) throw errorFactory(coreErrors)('ERR_CLOSED');
    if (!isUnchanged) throw fail('ERR_KEYRING_CHANGED', { file: path });
    const next = sealSecrets(changed, fileKey, random);
    try {
      await writeDurable(disk, path, next, 'replaced');
      lastSeen = digestOf(next);
    } catch (error) {
      // The rename may have come before the failure: what lies there now is ours either way.
      lastSeen = await readDurable(disk, path).then(digestOf, () => lastSeen);
      throw error;
    }
  };
  const inner = createMemoryKeyring(secrets.root, secrets.shredKeys, { kind: 'passphrase-file', persist, random });
  return {
    kind: inner.kind,
    get shredKeys() {
      return inner.shredKeys;
    },
    scopeKey: (use, identity, campaignSecret) => inner.scopeKey(use, identity, campaignSecret),
    bankKey: (name) => inner.bankKey(name),
    wrapSecret: (secret) => inner.wrapSecret(secret),
    unwrapSecret: (wrapped) => inner.unwrapSecret(wrapped),
    addShredKey: () => inner.addShredKey(),
    dropOldShredKeys: () => inner.dropOldShredKeys(),
    close() {
      closed = true;
      inner.close();
      wipeFileKey(fileKey);
    },
  };
}

function copyFileKey({ cost, salt, key, check }: FileKey): FileKey {
  return { cost, salt, key: Uint8Array.from(key), check: Uint8Array.from(check) };
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function wipeSecrets(secrets: KeyringSecrets): void {
  secrets.root.fill(0);
  for (const key of secrets.shredKeys) key.fill(0);
}
