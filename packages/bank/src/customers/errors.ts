/**
 * Errors of the customer table: import, consent, do-not-call, vendors aside.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const customerErrors = {
  ERR_CUSTOMER_UNKNOWN: {
    message: 'There is no such customer, or one of several is nobody; nothing was changed.',
    action: "Check the ids: they are the bank's own customer ids as imported.",
    audience: 'bank',
  },
  ERR_CONSENT_KEY: {
    message: 'No purpose of the policy in force asks for this consent.',
    action: "Use one of the policy's consent keys, or adopt a policy that has this one.",
    audience: 'bank',
  },
  ERR_DO_NOT_CALL_PHONE: {
    message: 'A phone of the do-not-call list is no number that any plan assigns; nothing was added.',
    action: 'Correct the row.',
    audience: 'bank',
  },
  ERR_IMPORT_ID: {
    message: 'A customer id is missing, or longer than the bank allows, or holds control characters; nothing was imported.',
    action: 'Correct the row, or create the bank with a larger `longestId`.',
    audience: 'bank',
  },
  ERR_IMPORT_ID_KIND: {
    message: 'This bank gives random ids in place of its own, and the import asks for the other kind; nothing was imported.',
    action: 'Import with the same choice of ids as before.',
    audience: 'bank',
  },
  ERR_IMPORT_RAW_IDS: {
    message: 'The id column reads as phones, bank cards or ID numbers, which would travel in every reference; nothing was imported.',
    action: 'Name another id column, or import with random ids: the bank keeps only a keyed digest of its own id.',
    audience: 'bank',
  },
  ERR_IMPORT_DUPLICATE: {
    message: 'A customer id stands in two rows; nothing was imported.',
    action: 'Keep one row a customer.',
    audience: 'bank',
  },
  ERR_IMPORT_NUMBER: {
    message: 'A cell of a number column is not a plain decimal number; nothing was imported.',
    action: 'Write amounts without separators, or leave the cell empty.',
    audience: 'bank',
  },
  ERR_IMPORT_ATTRIBUTE: {
    message: 'An attribute is neither a finite number nor a short text; nothing was imported.',
    action: 'Correct the cell.',
    audience: 'bank',
  },
  ERR_IMPORT_CONSENT: {
    message: 'A row names a consent that no purpose of the policy asks for; nothing was imported.',
    action: "Use the policy's consent keys, separated by `;`.",
    audience: 'bank',
  },
} as const satisfies ErrorTable;
