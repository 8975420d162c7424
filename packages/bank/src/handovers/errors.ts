/**
 * Codes of handovers and their recipients.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const handoverErrors = {
  ERR_MESSAGE_CARRIER_MISSING: {
    message: 'No carrier takes messages to customers here, and this customer must confirm by a code; nothing was started.',
    action: 'Configure the message carrier of this process: numbra serve --message-carrier URL.',
    audience: 'operator',
    status: 503,
  },
  ERR_RECIPIENT_ADDRESS: {
    message: "The recipient's address cannot be used: https, or http on loopback for trying out, without user, query or fragment.",
    action: 'Ask the recipient for another address.',
    audience: 'operator',
  },
  ERR_RECIPIENT_NAME: {
    message: "The recipient's name or title is not well formed; nothing was registered.",
    action: 'Take the name that stands in the policy: 1 to 64 of A-Z a-z 0-9 . _ -. A title has 1 to 64 characters of one line.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;
