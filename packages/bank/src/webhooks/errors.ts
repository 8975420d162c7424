/**
 * Codes of webhooks.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const webhookErrors = {
  ERR_WEBHOOK_URL: {
    message:
      "The webhook's URL cannot be used: https, or http on loopback for trying out, without user, query or fragment, and nothing in it that reads as a phone, card or ID number.",
    action: 'Ask the vendor for another address.',
    audience: 'operator',
  },
  ERR_WEBHOOK_VENDOR: {
    message: 'There is no such vendor, or it was revoked; nothing was registered.',
    action: 'Add the vendor first, or check its name.',
    audience: 'operator',
  },
  ERR_WEBHOOK_ENDPOINT: {
    message: 'There is no such webhook endpoint.',
    action: 'List the endpoints and name one of them.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;
