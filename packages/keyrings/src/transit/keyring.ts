/**
 * A keyring behind a key management service. The root and each shred key lie in a small file, encrypted by a key of the service that
 * encrypts nothing else. A shred ends with that key's deletion: every older copy of the file then holds a shred key that nobody opens.
 *
 * The service is asked when the keyring opens and when something is shredded; in between the keys are in memory, and an outage of the
 * service stops nothing. Where keys may not be in a process's memory, take a PKCS#11 token in the mode `inside`.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  errors as coreErrors,
  createMemoryKeyring,
  errorFactory,
  isNumbraError,
  type Keyring,
  type KeyringSecrets,
  parseName,
} from '@numbra/core';
import { type Disk, readDurable, realDisk, writeDurable } from '../durable-file.js';
import { fail } from '../errors.js';
import { reloadable } from '../reloadable.js';
import type { KeyManagementService } from './kms.js';
import {
  formatKmsFile,
  type KmsFile,
  parseKmsFile,
  prefixOf,
  rootKeyName,
  type SealedKey,
  shredKeyName,
  shredNumberOf,
} from './kms-file.js';

export interface KmsKeyringOptions {
  /** Source of keys and of names in the service. Default node:crypto. */
  readonly random?: (bytes: number) => Uint8Array;
  /** The file system; a test's own. */
  readonly disk?: Disk;
}

export interface KmsKeyringCreateOptions extends KmsKeyringOptions {
  /** What the names of its keys in the service begin with, such as the bank's name. Default `numbra`. */
  readonly name?: string;
  /** Keys of a ceremony or an escrow, in place of new ones: the root and one or two shred keys. Copied; the caller wipes its own. */
  readonly secrets?: KeyringSecrets;
}

const SECRET_BYTES = 32;
const DRAW_BYTES = 8;
const coreFail = errorFactory(coreErrors);

/**
 * Makes a new keyring: its keys in the service, then the file, of mode 0600. Durable when it resolves.
 *
 * @throws `ERR_KEYRING_EXISTS`: the file stays as it is · `ERR_KEYRING_NAME_INVALID` · `ERR_KEY_LENGTH` · `ERR_KEYRING_KMS_…` · `ERR_KEYRING_UNWRITABLE`
 */
export async function createKmsKeyring(path: string, kms: KeyManagementService, options: KmsKeyringCreateOptions = {}): Promise<Keyring> {
  const { random = randomBytes, disk = realDisk, name = 'numbra' } = options;
  if (parseName(name) === undefined) throw fail('ERR_KEYRING_NAME_INVALID');
  const secrets = copyOf(options.secrets ?? { root: random(SECRET_BYTES), shredKeys: [random(SECRET_BYTES)] });
  const prefix = `${name.replaceAll('.', '_')}-${Buffer.from(random(DRAW_BYTES)).toString('hex')}`;
  const made: string[] = [];
  const seal = async (key: string, secret: Uint8Array): Promise<SealedKey> => {
    made.push(key);
    return sealKey(kms, key, secret);
  };
  try {
    // Checks the lengths, before anything is asked of the service.
    createMemoryKeyring(secrets.root, secrets.shredKeys).close();
    if (await exists(disk, path)) throw fail('ERR_KEYRING_EXISTS', { file: path });
    const root = await seal(rootKeyName(prefix), secrets.root);
    const shredKeys: SealedKey[] = [];
    for (const [i, key] of secrets.shredKeys.entries()) shredKeys.push(await seal(shredKeyName(prefix, i + 1), key));
    const file: KmsFile = { kind: kms.kind, root, shredKeys };
    await writeDurable(disk, path, formatKmsFile(file), 'refused');
    return keyringOf(path, kms, file, secrets, random, disk);
  } catch (error) {
    // What cannot be deleted now encrypts nothing: its ciphertext was never kept.
    if (!(await mentions(disk, path, prefix))) for (const key of made) await kms.deleteKey(key).catch(() => {});
    throw error;
  } finally {
    wipe(secrets);
  }
}

/**
 * Opens a keyring. Changes nothing, in the file or in the service.
 *
 * @throws `ERR_KEYRING_MISSING` · `ERR_KEYRING_UNREADABLE` · `ERR_KEYRING_DAMAGED` · `ERR_KEYRING_VERSION` · `ERR_KEYRING_KEY_GONE` · `ERR_KEYRING_KMS_…`
 */
export async function openKmsKeyring(path: string, kms: KeyManagementService, options: KmsKeyringOptions = {}): Promise<Keyring> {
  const open = (): Promise<Keyring> => openOnce(path, kms, options);
  return reloadable(await open(), open);
}

async function openOnce(path: string, kms: KeyManagementService, options: KmsKeyringOptions): Promise<Keyring> {
  const { random = randomBytes, disk = realDisk } = options;
  const file = parseKmsFile(await readDurable(disk, path), path);
  const opened: Uint8Array[] = [];
  const open = async (sealed: SealedKey): Promise<Uint8Array> => {
    const key = await kms.decrypt(sealed.key, sealed.ciphertext);
    opened.push(key);
    if (key.length !== SECRET_BYTES) throw fail('ERR_KEYRING_DAMAGED', { file: path });
    return key;
  };
  try {
    const root = await open(file.root).catch(goneOr);
    const shredKeys: Uint8Array[] = [];
    for (const [i, sealed] of file.shredKeys.entries()) {
      const isNewest = i === file.shredKeys.length - 1;
      // A drop that was interrupted after the deletion: the older key opens nothing any more, and dropping again finishes it.
      shredKeys.push(await open(sealed).catch((error) => (isMissing(error) && !isNewest ? random(SECRET_BYTES) : goneOr(error))));
    }
    return keyringOf(path, kms, file, { root, shredKeys }, random, disk);
  } finally {
    for (const key of opened) key.fill(0);
  }
}

/** A memory keyring that asks the service and writes the file before a change of shred keys takes effect. */
function keyringOf(
  path: string,
  kms: KeyManagementService,
  file: KmsFile,
  secrets: KeyringSecrets,
  random: (bytes: number) => Uint8Array,
  disk: Disk,
): Keyring {
  let current = file;
  let lastSeen = digestOf(formatKmsFile(file));
  let closed = false;
  const persist = async (changed: KeyringSecrets): Promise<void> => {
    if (digestOf(await readDurable(disk, path)) !== lastSeen) throw fail('ERR_KEYRING_CHANGED', { file: path });
    const shredKeys = await (changed.shredKeys.length > current.shredKeys.length ? added(changed.shredKeys) : dropped());
    if (closed) throw coreFail('ERR_CLOSED');
    const next: KmsFile = { ...current, shredKeys };
    try {
      await writeDurable(disk, path, formatKmsFile(next), 'replaced');
    } catch (error) {
      // The rename may have come before the failure: what lies there now is ours either way.
      lastSeen = await readDurable(disk, path).then(digestOf, () => lastSeen);
      throw error;
    }
    current = next;
    lastSeen = digestOf(formatKmsFile(next));
  };
  const added = async (keys: readonly Uint8Array[]): Promise<SealedKey[]> => {
    const newest = current.shredKeys.at(-1) as SealedKey;
    const name = shredKeyName(prefixOf(current), shredNumberOf(newest) + 1);
    return [...current.shredKeys, await sealKey(kms, name, keys.at(-1) as Uint8Array)];
  };
  /** The deletion comes first: a file that no longer names a key would leave it undeleted for ever if the process died here. */
  const dropped = async (): Promise<SealedKey[]> => {
    for (const { key } of current.shredKeys.slice(0, -1)) await kms.deleteKey(key);
    return current.shredKeys.slice(-1);
  };
  const inner = createMemoryKeyring(secrets.root, secrets.shredKeys, { kind: kms.kind, persist, random });
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
    },
  };
}

async function sealKey(kms: KeyManagementService, key: string, secret: Uint8Array): Promise<SealedKey> {
  await kms.createKey(key);
  return { key, ciphertext: await kms.encrypt(key, secret) };
}

async function exists(disk: Disk, path: string): Promise<boolean> {
  return readDurable(disk, path).then(
    () => true,
    (error: unknown) => !(isNumbraError(error) && error.code === 'ERR_KEYRING_MISSING'),
  );
}

/** Whether the file that lies there is the one that was being made: its keys must stay then. */
async function mentions(disk: Disk, path: string, prefix: string): Promise<boolean> {
  return readDurable(disk, path).then(
    (bytes) => Buffer.from(bytes).includes(prefix),
    (error: unknown) => !(isNumbraError(error) && error.code === 'ERR_KEYRING_MISSING'),
  );
}

function isMissing(error: unknown): boolean {
  return isNumbraError(error) && error.code === 'ERR_KEYRING_KMS_KEY_MISSING';
}

function goneOr(error: unknown): never {
  throw isMissing(error) ? fail('ERR_KEYRING_KEY_GONE', {}, { cause: error }) : error;
}

function copyOf({ root, shredKeys }: KeyringSecrets): KeyringSecrets {
  return { root: Uint8Array.from(root), shredKeys: shredKeys.map((key) => Uint8Array.from(key)) };
}

function wipe({ root, shredKeys }: KeyringSecrets): void {
  for (const key of [root, ...shredKeys]) key.fill(0);
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
