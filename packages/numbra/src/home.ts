/**
 * A bank's home: the folder where the command line keeps one bank.
 *
 *     numbra.json     settings; written first as "initialising", last as "ready"
 *     keyring.json    the root and shred keys, sealed by a passphrase or a key service; never in the database's backup set
 *                     (absent when they lie in a PKCS#11 token)
 *     checkpoint      the last signed checkpoint, which a restored database is held against
 *     db/             the embedded store (absent when the bank lies in a PostgreSQL server)
 *     policy.yaml     the policy as last adopted from here
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BackupReport, type Bank, createBank, type Database, openBank, openPGlite, openPostgres, readBackup } from '@numbra/bank';
import type { Keyring, Sensitive } from '@numbra/core';
import { fail } from './errors.js';
import {
  createKeyring,
  DEFAULT_KEYRING,
  type KeyringChoice,
  type KeyringSettings,
  openKeyring,
  parseKeyringSettings,
  settingsOf,
} from './keyring.js';

export interface HomeSettings {
  readonly numbra: 1;
  readonly state: 'initialising' | 'ready';
  readonly bank: string;
  readonly store: 'pglite' | 'postgres';
  readonly keyring: KeyringSettings;
  readonly issuer: string;
  readonly host: string;
  readonly port: number;
}

/** Where things lie in a home. */
export interface HomePaths {
  readonly folder: string;
  readonly settings: string;
  readonly keyring: string;
  readonly checkpoint: string;
  readonly store: string;
  readonly policy: string;
  /** The local socket of a running gateway. */
  readonly socket: string;
}

/** A socket's path must fit into 107 bytes; a deep home gets one in the temporary folder instead. */
const LONGEST_SOCKET_PATH = 100;

export function homePaths(folder: string): HomePaths {
  const at = resolve(folder);
  const inside = join(at, 'run', 'admin.sock');
  const digest = createHash('sha256').update(at).digest('hex').slice(0, 16);
  return {
    folder: at,
    settings: join(at, 'numbra.json'),
    keyring: join(at, 'keyring.json'),
    checkpoint: join(at, 'checkpoint'),
    store: join(at, 'db'),
    policy: join(at, 'policy.yaml'),
    socket: Buffer.byteLength(inside) <= LONGEST_SOCKET_PATH ? inside : join(tmpdir(), `numbra-${digest}`, 'admin.sock'),
  };
}

/**
 * @throws `ERR_HOME_MISSING`, `ERR_HOME_UNFINISHED`, `ERR_HOME_DAMAGED`
 */
export async function readSettings(paths: HomePaths): Promise<HomeSettings> {
  const settings = await peekSettings(paths);
  if (!settings) throw fail('ERR_HOME_MISSING');
  if (settings.state !== 'ready') throw fail('ERR_HOME_UNFINISHED');
  return settings;
}

async function peekSettings(paths: HomePaths): Promise<HomeSettings | undefined> {
  let text: string;
  try {
    text = await readFile(paths.settings, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fail('ERR_HOME_DAMAGED', {}, { cause: error });
  }
  try {
    const value = JSON.parse(text) as Partial<HomeSettings>;
    const keyring = parseKeyringSettings(value.keyring);
    const isStore = value.store === 'pglite' || value.store === 'postgres';
    if (value.numbra === 1 && typeof value.bank === 'string' && isStore && keyring) return { ...(value as HomeSettings), keyring };
  } catch {
    // falls through to the one error
  }
  throw fail('ERR_HOME_DAMAGED');
}

export interface CreateHomeOptions {
  readonly bank: string;
  /** What unlocks the keyring: a passphrase, a token's PIN, a key service's token. */
  readonly passphrase: Sensitive<string>;
  /** A file sealed by the passphrase when absent. */
  readonly keyring?: KeyringChoice;
  /** The policy's YAML; also written to policy.yaml when no such file lies there. */
  readonly policy: string;
  /** Address of a PostgreSQL server; the embedded store when absent. */
  readonly databaseUrl?: string;
  readonly issuer?: string;
  readonly host?: string;
  readonly port?: number;
  /** Bytes of the bank's longest customer id; fixes the length of every reference for ever. 12 when absent. */
  readonly longestId?: number;
}

const DEFAULT_PORT = 8787;

/** A bank that was opened from its home: bank, store and keyring, closed together. */
export interface OpenHome {
  readonly bank: Bank;
  readonly settings: HomeSettings;
  close(): Promise<void>;
}

/**
 * Creates a bank in a folder and opens it. A creation that was killed half-way holds nothing yet and is begun afresh.
 *
 * @throws `ERR_HOME_EXISTS`: a finished bank lies there; nothing is changed
 */
export async function createHome(folder: string, options: CreateHomeOptions): Promise<OpenHome> {
  const paths = homePaths(folder);
  const before = await peekSettings(paths);
  if (before?.state === 'ready') throw fail('ERR_HOME_EXISTS');
  await mkdir(paths.folder, { recursive: true });
  const keyringSettings = settingsOf(options.keyring ?? DEFAULT_KEYRING, options.bank, before?.keyring);
  if (before) {
    // Nothing was ever sealed under this keyring: the bank that would use it was not finished. What lies in a service is taken up again.
    const isTakenUp = keyringSettings.kind !== 'passphrase-file' && keyringSettings === before.keyring;
    if (!isTakenUp) await rm(paths.keyring, { force: true });
    await rm(paths.store, { recursive: true, force: true });
    await rm(paths.checkpoint, { force: true });
  }
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? DEFAULT_PORT;
  const settings: HomeSettings = {
    numbra: 1,
    state: 'ready',
    bank: options.bank,
    store: options.databaseUrl === undefined ? 'pglite' : 'postgres',
    keyring: keyringSettings,
    issuer: options.issuer ?? `http://${host}:${port}`,
    host,
    port,
  };
  await writeSettings(paths, { ...settings, state: 'initialising' });
  const keyring = await createKeyring(paths.keyring, keyringSettings, options.passphrase);
  return opened(paths, settings, keyring, options.databaseUrl, async (database) => {
    const bank = await createBank({
      database,
      keyring,
      name: options.bank,
      policy: options.policy,
      checkpointFile: paths.checkpoint,
      ...(options.longestId === undefined ? {} : { longestId: options.longestId }),
    });
    await bank.ledger.sequence(); // the first checkpoint, beside the keyring from the start
    await writeFile(paths.policy, options.policy, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error; // the operator's own file stays as it is
    });
    await writeSettings(paths, settings);
    return bank;
  });
}

/**
 * Opens the bank that lies in a folder.
 *
 * @param passphrase - what unlocks its keyring
 * @throws `ERR_HOME_MISSING`, `ERR_KEYRING_WRONG_PASSPHRASE`, `ERR_STORE_IN_USE` and the other codes of keyring and store
 */
export async function openHome(folder: string, passphrase: Sensitive<string>, databaseUrl?: string): Promise<OpenHome> {
  const paths = homePaths(folder);
  const settings = await readSettings(paths);
  const keyring = await openKeyring(paths.keyring, settings.keyring, passphrase);
  return opened(paths, settings, keyring, databaseUrl, (database) => openBank({ database, keyring, checkpointFile: paths.checkpoint }));
}

/**
 * Fills the empty store of a home from a backup. Keyring and checkpoint stay as they lie there.
 *
 * @throws `ERR_BANK_EXISTS`: the store holds a bank; nothing was changed · `ERR_BACKUP_DAMAGED`, `ERR_BACKUP_RELEASE`
 */
export async function loadBackup(folder: string, file: string, databaseUrl?: string): Promise<BackupReport> {
  const paths = homePaths(folder);
  const store = await openStore(paths, await readSettings(paths), databaseUrl);
  try {
    return await readBackup(store, file);
  } finally {
    await store.close();
  }
}

/** Opens the store and then the bank; whatever was opened is closed again when a later step fails. */
async function opened(
  paths: HomePaths,
  settings: HomeSettings,
  keyring: Keyring,
  databaseUrl: string | undefined,
  open: (database: Database) => Promise<Bank>,
): Promise<OpenHome> {
  let database: Database | undefined;
  try {
    const store = await openStore(paths, settings, databaseUrl);
    database = store;
    const bank = await open(store);
    return {
      bank,
      settings,
      async close() {
        await bank.close();
        await store.close();
        keyring.close();
      },
    };
  } catch (error) {
    await database?.close();
    keyring.close();
    throw error;
  }
}

async function openStore(paths: HomePaths, settings: HomeSettings, databaseUrl: string | undefined): Promise<Database> {
  if (settings.store === 'pglite') return openPGlite(paths.store);
  if (databaseUrl === undefined) throw fail('ERR_DATABASE_URL_MISSING');
  return openPostgres(databaseUrl);
}

/** Complete or not at all: written beside, fsynced, renamed. */
async function writeSettings(paths: HomePaths, settings: HomeSettings): Promise<void> {
  const part = `${paths.settings}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(settings, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, paths.settings);
}
