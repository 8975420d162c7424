/**
 * Which keyring a bank's home has. What it is and where it lies stands in numbra.json; what unlocks it (a passphrase, a token's PIN, a
 * key service's token) is read as the passphrase is, and is kept nowhere.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { isNumbraError, type Keyring, type Sensitive } from '@numbra/core';
import { fail } from './errors.js';

export type KeyringSettings =
  | { readonly kind: 'passphrase-file' }
  | {
      readonly kind: 'pkcs11';
      /** Path of the token's shared library. */
      readonly library: string;
      /** The token's label. */
      readonly token: string;
      readonly mode: 'wrap' | 'inside';
      /** The keyring's name in the token: drawn once, so that two homes never share one. */
      readonly name: string;
    }
  | {
      readonly kind: 'transit';
      readonly address: string;
      readonly mount: string;
      readonly namespace?: string;
      /** What the names of its keys in the service begin with. */
      readonly name: string;
    };

type WithoutName<S> = S extends unknown ? Omit<S, 'name'> : never;

/** A keyring as an operator asks for it. */
export type KeyringChoice = WithoutName<KeyringSettings>;

export const DEFAULT_KEYRING: KeyringSettings = { kind: 'passphrase-file' };

const NAME_DRAW_BYTES = 6;
/** A name has at most 64 characters, and the draw follows the bank's. */
const LONGEST_BANK_PART = 48;

/**
 * The settings of a new home's keyring.
 *
 * @param before - the settings of a creation that was not finished: the same choice then keeps its name
 */
export function settingsOf(choice: KeyringChoice, bank: string, before: KeyringSettings | undefined): KeyringSettings {
  if (choice.kind === 'passphrase-file') return choice;
  if (before !== undefined && 'name' in before) {
    const { name, ...chosenBefore } = before;
    if (JSON.stringify(chosenBefore) === JSON.stringify(choice)) return before;
  }
  return { ...choice, name: `${bank.slice(0, LONGEST_BANK_PART)}-${randomBytes(NAME_DRAW_BYTES).toString('hex')}` };
}

/** The member `keyring` of numbra.json; homes of before there was a choice have none. `undefined`: it is none of ours. */
export function parseKeyringSettings(value: unknown): KeyringSettings | undefined {
  if (value === undefined) return DEFAULT_KEYRING;
  const { kind, library, token, mode, name, address, mount, namespace } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const areTexts = (...members: unknown[]) => members.every((member) => typeof member === 'string');
  const isKnown =
    kind === 'passphrase-file' ||
    (kind === 'pkcs11' && areTexts(library, token, name) && (mode === 'wrap' || mode === 'inside')) ||
    (kind === 'transit' && areTexts(address, mount, name) && (namespace === undefined || areTexts(namespace)));
  return isKnown ? (value as KeyringSettings) : undefined;
}

/**
 * Opens the keyring of a home.
 *
 * @param file - where a keyring with a file has it
 * @param secret - passphrase, PIN or token
 * @throws the codes of @numbra/keyrings
 */
export async function openKeyring(file: string, settings: KeyringSettings, secret: Sensitive<string>): Promise<Keyring> {
  switch (settings.kind) {
    case 'passphrase-file': {
      const { openPassphraseFile } = await import('@numbra/keyrings/passphrase-file');
      return openPassphraseFile(file, secret);
    }
    case 'pkcs11': {
      const { openPkcs11Keyring } = await import('@numbra/keyrings/pkcs11');
      return openPkcs11Keyring(settings, secret);
    }
    case 'transit': {
      const { createTransit, openKmsKeyring } = await import('@numbra/keyrings/transit');
      return openKmsKeyring(file, createTransit({ ...settings, token: secret }));
    }
    default:
      return settings satisfies never;
  }
}

/**
 * Makes the keyring of a new home. One that an unfinished creation of this home has left in a token or a key service is taken up:
 * nothing was sealed under it, and nobody else knows its name.
 *
 * @throws the codes of @numbra/keyrings
 */
export async function createKeyring(file: string, settings: KeyringSettings, secret: Sensitive<string>): Promise<Keyring> {
  switch (settings.kind) {
    case 'passphrase-file': {
      const { createPassphraseFile } = await import('@numbra/keyrings/passphrase-file');
      return createPassphraseFile(file, secret);
    }
    case 'pkcs11': {
      const { createPkcs11Keyring } = await import('@numbra/keyrings/pkcs11');
      const { mode, ...location } = settings;
      return createPkcs11Keyring(location, secret, { mode }).catch(orTakeUp(file, settings, secret));
    }
    case 'transit': {
      const { createKmsKeyring, createTransit } = await import('@numbra/keyrings/transit');
      const kms = createTransit({ ...settings, token: secret });
      return createKmsKeyring(file, kms, { name: settings.name }).catch(orTakeUp(file, settings, secret));
    }
    default:
      return settings satisfies never;
  }
}

function orTakeUp(file: string, settings: KeyringSettings, secret: Sensitive<string>): (error: unknown) => Promise<Keyring> {
  return (error) => {
    if (isNumbraError(error) && error.code === 'ERR_KEYRING_EXISTS') return openKeyring(file, settings, secret);
    throw error;
  };
}

/** The options of `numbra init` that say which keyring. */
export interface KeyringOptions {
  readonly keyring: string;
  readonly pkcs11Library?: string;
  readonly pkcs11Token?: string;
  readonly pkcs11Mode: string;
  readonly transitAddress?: string;
  readonly transitMount: string;
  readonly transitNamespace?: string;
}

/** @throws `ERR_ARGUMENT`: which option is missing or has no such value */
export function choiceOf(options: KeyringOptions): KeyringChoice {
  switch (options.keyring) {
    case 'passphrase-file':
      return { kind: 'passphrase-file' };
    case 'pkcs11': {
      const mode = options.pkcs11Mode;
      if (mode !== 'wrap' && mode !== 'inside') throw fail('ERR_ARGUMENT', { field: '--pkcs11-mode' });
      const given = required(options.pkcs11Library, '--pkcs11-library');
      // A bare name is looked up by the system's loader, wherever a later command is run from.
      const library = given.includes('/') ? resolve(given) : given;
      return { kind: 'pkcs11', library, token: required(options.pkcs11Token, '--pkcs11-token'), mode };
    }
    case 'transit': {
      const address = required(options.transitAddress, '--transit-address');
      const namespace = options.transitNamespace === undefined ? {} : { namespace: options.transitNamespace };
      return { kind: 'transit', address, mount: options.transitMount, ...namespace };
    }
    default:
      throw fail('ERR_ARGUMENT', { field: '--keyring' });
  }
}

/** What to keep apart from the store, for the person who has just made a bank. */
export function keepApart(file: string, settings: KeyringSettings): string {
  switch (settings.kind) {
    case 'passphrase-file':
      return `Keep ${file} and its passphrase apart from every backup of the store.`;
    case 'pkcs11':
      return `The keys lie in the token ${settings.token} as numbra/${settings.name}: keep its PIN and its own backup apart from every backup of the store.`;
    case 'transit':
      return `Keep ${file} and the token of the key service apart from every backup of the store.`;
    default:
      return settings satisfies never;
  }
}

function required(value: string | undefined, field: string): string {
  if (value === undefined || value === '') throw fail('ERR_ARGUMENT', { field });
  return value;
}
