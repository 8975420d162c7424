/**
 * Codes of calls that are bad input or a broken world. What a vendor must expect is a refusal, a value: see `CallAnswer`.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const callErrors = {
  ERR_CALL_AGENT: {
    message:
      "The agent's pseudonym is not acceptable: 1 to 64 of A-Z a-z 0-9 . _ -, not a number, and the one that the grant names if it names one.",
    action: 'Send the pseudonym of the grant, or none, or another pseudonym.',
    audience: 'vendor',
    status: 400,
  },
  ERR_CALL_KEY: {
    message: 'The idempotency key is missing or longer than 255 characters.',
    action: 'Send one key for each call you mean to make, and the same one when you repeat the request.',
    audience: 'vendor',
    status: 400,
  },
  ERR_CARRIER_MISSING: {
    message: 'This bank was opened without a carrier, so nothing can be dialled.',
    action: 'Open the bank with a carrier.',
    audience: 'bank',
    status: 503,
  },
  ERR_CARRIER_UNAVAILABLE: {
    message: 'The carrier has not answered lately, so no call is ordered; nothing was authorized or kept.',
    action: 'Send the same request again later. The operator looks at the carrier.',
    audience: 'vendor',
    status: 503,
  },
  ERR_CARRIER_NAME: {
    message: "The carrier's name is not well formed: 1 to 64 of A-Z a-z 0-9 . _ -, and not a number.",
    action: "Correct the carrier's name.",
    audience: 'bank',
  },
  ERR_CALLS_CLOSED: {
    message: 'Calls are being closed; no new ones are taken.',
    action: 'Send the request to another gateway, or again after the restart.',
    audience: 'vendor',
    status: 503,
  },
  ERR_CALL_ID: {
    message: 'This is not the id of a call.',
    action: 'Pass the call_id of the answer, a lower-case UUID.',
    audience: 'bank',
    status: 400,
  },
} as const satisfies ErrorTable;
