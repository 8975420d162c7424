/**
 * Errors of the key service's border.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const keyServiceErrors = {
  ERR_KEY_WITHHELD: {
    message: 'This process is not given the key that this takes; nothing was done.',
    action: 'Run the command where the keyring is: on the machine and as the user of `numbra keys serve`.',
    audience: 'operator',
    status: 503,
  },
  ERR_KEY_NOT_HANDED_OUT: {
    message: 'The keyring keeps scope keys to itself, so that no key service can hand them to a gateway.',
    action: 'Run the gateway with the keyring in its own process.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;
