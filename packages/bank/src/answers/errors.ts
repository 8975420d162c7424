/**
 * Codes of answers.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const answerErrors = {
  ERR_ANSWER_RAW_VALUE: {
    message: 'The egress guard found a raw identifier in what was to be answered; nothing was answered or recorded.',
    action: "Look at the question's name and at the customer's data: an identifier must not stand where a name is expected.",
    audience: 'operator',
    status: 503,
  },
  ERR_ANSWER_KEY_MISSING: {
    message: 'The policy asks for answers as MACs, and no key is shared with this vendor, or the newest was ended; nothing was answered.',
    action: 'Make one: numbra answer-key add VENDOR.',
    audience: 'operator',
    status: 503,
  },
  ERR_ANSWER_VENDOR: {
    message: 'There is no such vendor, or it was revoked; no key was made.',
    action: 'Add the vendor first, or check its name.',
    audience: 'operator',
  },
  ERR_ANSWER_KEY_UNKNOWN: {
    message: 'There is no such key for answers; nothing was changed.',
    action: 'See numbra answer-key list VENDOR.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;
