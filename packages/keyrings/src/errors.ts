/**
 * The codes of every keyring. Each leaves the keyring as it was.
 * @module
 */
import { type ErrorTable, errorFactory } from '@numbra/core';

/** Every code that this package throws; a keyring in use also throws the `ERR_KEYRING_…` and `ERR_CLOSED` of @numbra/core. */
export const errors = {
  ERR_KEYRING_MISSING: {
    message: 'There is no keyring file here.',
    action: 'Correct the path, or run `numbra init` for a new bank. A lost keyring cannot be made again: use the escrow copy.',
    audience: 'operator',
  },
  ERR_KEYRING_EXISTS: {
    message: 'A keyring file is here already and was left as it is.',
    action: 'Use it, or choose another path. Without it nothing that it sealed can be opened.',
    audience: 'operator',
  },
  ERR_KEYRING_UNREADABLE: {
    message: 'The keyring file cannot be read: it is a folder, or its permissions or the disk prevent it.',
    action: 'Check the path, the permissions (owner only, 0600) and the disk.',
    audience: 'operator',
  },
  ERR_KEYRING_UNWRITABLE: {
    message: 'The keyring file cannot be written.',
    action: 'Check that the folder exists, its permissions and the free space, then try again.',
    audience: 'operator',
  },
  ERR_KEYRING_DAMAGED: {
    message: 'The keyring file is damaged: its content is not what was written.',
    action: 'Restore the escrow copy of the keyring.',
    audience: 'operator',
  },
  ERR_KEYRING_VERSION: {
    message: 'The keyring file was written by a newer version.',
    action: 'Install the version that wrote it.',
    audience: 'operator',
  },
  ERR_KEYRING_TOO_COSTLY: {
    message: 'The keyring file asks for more memory or time than a keyring may.',
    action: 'Do not use this file: no version of ours wrote it.',
    audience: 'operator',
  },
  ERR_KEYRING_WRONG_PASSPHRASE: {
    message: 'The passphrase is not the one that this keyring was sealed with.',
    action: 'Try again with the right passphrase.',
    audience: 'operator',
  },
  ERR_KEYRING_SHORT_PASSPHRASE: {
    message: 'The passphrase is shorter than 8 characters.',
    action: 'Choose a longer one: several words are better than one word with signs in it.',
    audience: 'operator',
  },
  ERR_KEYRING_CHANGED: {
    message: 'The keyring file was changed by another process since it was opened; it was left as it is.',
    action: 'Close this keyring and open it again; let one process change it.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;

export type KeyringsErrorCode = keyof typeof errors;

export const fail = errorFactory(errors);
