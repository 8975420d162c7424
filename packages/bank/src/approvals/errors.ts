/**
 * Errors of acts that take two people.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const approvalErrors = {
  ERR_APPROVAL_REQUEST: {
    message: 'The request for approval is not well formed; nothing was recorded.',
    action: 'Correct the member that is named.',
    audience: 'bank',
  },
  ERR_APPROVAL_PERSON: {
    message: 'The id of a person is not well formed, or reads as a number: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit.',
    action: "Give the person's pseudonymous staff id.",
    audience: 'bank',
  },
  ERR_APPROVAL_UNKNOWN: {
    message: 'There is no such request for approval.',
    action: 'Check the id, or ask for approval again.',
    audience: 'bank',
  },
  ERR_APPROVAL_OWN: {
    message: 'Nobody approves of what they asked for themselves; nothing was recorded.',
    action: 'Two other people must approve.',
    audience: 'bank',
  },
  ERR_APPROVAL_REPEATED: {
    message: 'This person has approved of the request already; nothing was recorded.',
    action: 'Another person must approve.',
    audience: 'bank',
  },
  ERR_APPROVAL_OVER: {
    message: 'The request for approval has expired or was used; nothing was recorded.',
    action: 'Ask for approval again.',
    audience: 'bank',
  },
  ERR_APPROVAL_MISSING: {
    message: 'This act needs the approval of two people, neither of whom asked for it, and there is no unused one; nothing was done.',
    action: 'Ask for approval of exactly this act, let two others approve, and act before the request expires.',
    audience: 'bank',
    status: 403,
  },
} as const satisfies ErrorTable;
