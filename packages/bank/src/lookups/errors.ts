/**
 * Errors of look-ups and openings. What the policy refuses is a refusal, a value, and not here.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const lookupErrors = {
  ERR_LOOKUP_REASON: {
    message: 'The reason of a look-up is not a code: lower-case words with hyphens between, 64 characters at most. Nothing was looked up.',
    action: "Give one of the bank's own reasons, such as card-lost. Free text does not go into the ledger.",
    audience: 'bank',
  },
} as const satisfies ErrorTable;
