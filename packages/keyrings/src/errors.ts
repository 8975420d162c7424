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
    message: 'The keyring was changed by another process since it was opened; it was left as it is.',
    action: 'Close this keyring and open it again; let one process change it.',
    audience: 'operator',
  },
  ERR_KEYRING_ABSENT: {
    message: 'The token holds no keyring of this name.',
    action: 'Correct the name or the token. A lost keyring cannot be made again: restore the token from its own backup.',
    audience: 'operator',
  },
  ERR_KEYRING_KEY_GONE: {
    message: 'A key that this keyring needs is gone from the token or the key service: destroyed, or never restored.',
    action: 'Restore the token or the key service from its own backup. Without the key nothing of this bank opens.',
    audience: 'operator',
  },
  ERR_KEYRING_KEY_STAYS: {
    message: 'Keys of references and dial tokens never leave this token: they are worked with inside it.',
    action: 'Use `openScope`, which asks for ciphers in place of keys, or create the keyring in the mode `wrap`.',
    audience: 'bank',
  },
  ERR_KEYRING_NAME_INVALID: {
    message: 'The name of a keyring is not well formed: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit.',
    action: 'Choose another name.',
    audience: 'operator',
  },
  ERR_KEYRING_NO_PKCS11JS: {
    message: 'The package pkcs11js is not installed, or it was not compiled on this machine.',
    action: 'Install it beside @numbra/keyrings, where a C++ compiler is. With pnpm, allow its build script.',
    audience: 'operator',
  },
  ERR_KEYRING_MODULE_UNREADABLE: {
    message: 'The PKCS#11 module cannot be loaded: the file is absent, or it is no such module for this machine, or it does not start.',
    action: "Correct the path of the token's library, and check the module's own settings (for SoftHSM: SOFTHSM2_CONF).",
    audience: 'operator',
  },
  ERR_KEYRING_TOKEN_ABSENT: {
    message: 'No token with this label is present.',
    action: 'Plug it in or correct the label; `pkcs11-tool --list-token-slots` shows what the module sees.',
    audience: 'operator',
  },
  ERR_KEYRING_TOKEN_AMBIGUOUS: {
    message: 'More than one token bears this label.',
    action: 'Give each token a label of its own.',
    audience: 'operator',
  },
  ERR_KEYRING_WRONG_PIN: {
    message: 'The PIN is not the one of this token. It was tried once.',
    action: 'Check the PIN before trying again: a token locks itself after a few wrong ones.',
    audience: 'operator',
  },
  ERR_KEYRING_PIN_AT_RISK: {
    message: 'The token allows one last try of its PIN. It was not used.',
    action: "Log in once with the token's own tool and the right PIN, then try again.",
    audience: 'operator',
  },
  ERR_KEYRING_PIN_LOCKED: {
    message: 'The token has locked its PIN.',
    action: "Unlock it with the token's own tool and the security officer's PIN.",
    audience: 'operator',
  },
  ERR_KEYRING_TOKEN_LOST: {
    message: 'The token was removed, restarted, or has ended the session.',
    action: 'Bring it back, close this keyring and open it again.',
    audience: 'operator',
  },
  ERR_KEYRING_TOKEN_UNSUITABLE: {
    message: 'The token cannot do, or does not permit, what this keyring asks of it.',
    action: 'For the mode `inside`, create the keyring in the mode `wrap` instead; the guide lists what each mode asks of a token.',
    audience: 'operator',
  },
  ERR_KEYRING_TOKEN_FAILED: {
    message: 'The token reported a failure.',
    action: "Look at the cause, which names the token's own code, and at the token's log.",
    audience: 'operator',
  },
  ERR_KEYRING_KMS_ADDRESS: {
    message: 'The address of the key service is not an https URL. Plain http is for this machine itself only.',
    action: 'Correct the address.',
    audience: 'operator',
  },
  ERR_KEYRING_KMS_UNAVAILABLE: {
    message: 'The key service does not answer: it cannot be reached, is sealed or overloaded, or took too long.',
    action: 'Bring it back, then try again. Nothing was changed that trying again does not finish.',
    audience: 'operator',
  },
  ERR_KEYRING_KMS_REFUSED: {
    message: 'The key service refused: its token is wrong or expired, or its policy does not allow this.',
    action: "Renew the token, or widen the policy to the paths in the guide's list.",
    audience: 'operator',
  },
  ERR_KEYRING_KMS_KEY_MISSING: {
    message: 'The key service holds no key of this name, or no key engine is mounted at this path.',
    action: 'Correct the mount. A deleted key cannot be made again.',
    audience: 'operator',
  },
  ERR_KEYRING_KMS_ANSWER: {
    message: 'The key service gave an answer that is none: malformed, too long, or a redirect, which is never followed.',
    action: 'Check that the address is that of the key service itself, not of a proxy in front of it.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;

export type KeyringsErrorCode = keyof typeof errors;

export const fail = errorFactory(errors);
