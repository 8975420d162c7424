/**
 * Errors of evidence.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const evidenceErrors = {
  ERR_RECEIPT_ERASED: {
    message:
      "This customer's key was erased, and with it everything that linked ledger entries to the customer; there is no receipt any more.",
    action: 'Give the customer the receipt before erasing.',
    audience: 'bank',
  },
} as const satisfies ErrorTable;
