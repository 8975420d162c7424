/**
 * What can be wrong with grants and vendors in the store.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const grantErrors = {
  ERR_GRANT_KEY_BUSY: {
    message: 'Another process is putting a new signing key in place; this one did nothing.',
    action: 'Wait a moment, look at the key set, and rotate again if it is still needed.',
    audience: 'operator',
  },
  ERR_VENDOR_PROOF: {
    message:
      'A vendor proves itself by a key set, or by the https address of one, or by a client certificate: what was given is none of these, or both of the first two.',
    action:
      'Correct the named field: an address is spelt as URL parsers give it back; a certificate has one or two SHA-256, or one DNS name.',
    audience: 'bank',
  },
} as const satisfies ErrorTable;
