/**
 * Errors of blind matching, apart from those of the protocol itself (@numbra/core/blind).
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const matchingErrors = {
  ERR_MATCHING_TERMS: {
    message: 'A purpose, campaign or person for a matching is not well formed; nothing was matched.',
    action: 'Correct the field that is named.',
    audience: 'bank',
  },
  ERR_MATCHING_TOO_SOON: {
    message: 'This vendor learned from a matching for this campaign less than 30 days ago; it was told nothing.',
    action: 'Wait until the 30 days are over. The approval was not used up.',
    audience: 'bank',
    status: 403,
  },
} as const satisfies ErrorTable;
