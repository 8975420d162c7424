/**
 * Errors of decoys.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const decoyErrors = {
  ERR_DECOY_CUSTOMER: {
    message: 'A customer cannot be a decoy: unknown, erased, or without a phone that can be dialled. None was marked.',
    action: "Import the bank's own lines as customers first, each with a phone that rings at the bank.",
    audience: 'bank',
  },
  ERR_DECOY_SHARED_PHONE: {
    message: 'The phone of a decoy is also the phone of another customer: a sighting would prove nothing. None was marked.',
    action: "Take a line of the bank's own that belongs to nobody else.",
    audience: 'bank',
  },
  ERR_DECOY_INCIDENT: {
    message: 'A leak needs a name: 1 to 64 lower-case letters, digits, dots, underscores or hyphens, the first a letter or a digit.',
    action: 'Give each leak a name of its own, and never judge two as one.',
    audience: 'bank',
  },
} as const satisfies ErrorTable;
