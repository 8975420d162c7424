/**
 * Every code that this package throws. What a bank or vendor must expect is a refusal, a value, and not here.
 * @module
 */
import { type ErrorTable, errorFactory } from '@numbra/core';
import { answerErrors } from './answers/errors.js';
import { approvalErrors } from './approvals/errors.js';
import { callErrors } from './calls/errors.js';
import { campaignErrors } from './campaigns/errors.js';
import { customerErrors } from './customers/errors.js';
import { decoyErrors } from './decoys/errors.js';
import { evidenceErrors } from './evidence/errors.js';
import { grantErrors } from './grants/errors.js';
import { handoverErrors } from './handovers/errors.js';
import { keyServiceErrors } from './key-service/errors.js';
import { ledgerErrors } from './ledger/errors.js';
import { lookupErrors } from './lookups/errors.js';
import { matchingErrors } from './matching/errors.js';
import { webhookErrors } from './webhooks/errors.js';

export const errors = {
  ...ledgerErrors,
  ...answerErrors,
  ...approvalErrors,
  ...callErrors,
  ...campaignErrors,
  ...customerErrors,
  ...decoyErrors,
  ...evidenceErrors,
  ...handoverErrors,
  ...lookupErrors,
  ...matchingErrors,
  ...webhookErrors,
  ...grantErrors,
  ...keyServiceErrors,

  // The bank
  ERR_BANK_NAME: {
    message: "The bank's name is not well formed: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit.",
    action: 'Choose another name; it becomes part of every key and stays for ever.',
    audience: 'bank',
  },
  ERR_BANK_LONGEST_ID: {
    message: 'The longest customer id must be 1 to 252 bytes.',
    action: "Give the number of bytes of the bank's longest customer id.",
    audience: 'bank',
  },
  ERR_BANK_EXISTS: {
    message: 'This database holds a bank already; nothing was changed.',
    action: 'Open it, or choose another database.',
    audience: 'operator',
  },
  ERR_BANK_MISSING: {
    message: 'This database holds no bank.',
    action: 'Create the bank first, or check which database this is.',
    audience: 'operator',
  },
  ERR_BANK_OTHER_KEYRING: {
    message: "This keyring does not open the bank's keys: they were sealed under another one.",
    action: 'Use the keyring that the bank was created with.',
    audience: 'operator',
  },
  ERR_POLICY_OTHER_BANK: {
    message: 'The policy is of another bank; nothing was adopted.',
    action: "Correct the policy's `bank`.",
    audience: 'bank',
  },

  // The store
  ERR_STORE_QUERY: {
    message: 'The database refused a statement.',
    action: 'Nothing of this act was written. Look up the SQLSTATE; if it repeats, report it.',
    audience: 'operator',
    status: 503,
  },
  ERR_STORE_UNREACHABLE: {
    message: 'The database cannot be reached, or it refused the connection.',
    action: 'Check that the server runs, and its address, user, password and database.',
    audience: 'operator',
    status: 503,
  },
  ERR_STORE_IN_USE: {
    message: 'Another process has this store open.',
    action: 'Stop the process with the pid named here, or reach the store through it.',
    audience: 'operator',
  },
  ERR_STORE_DAMAGED: {
    message: 'The store folder does not hold a store that starts: something else lies in it, or its files are damaged.',
    action: 'Check the path. If it is the right one, restore the folder from a backup; nothing in it was changed.',
    audience: 'operator',
  },
  ERR_STORE_MISSING: {
    message: 'There is no store at this path.',
    action: 'Check the path, or create a bank first.',
    audience: 'operator',
  },
  ERR_STORE_MIGRATION: {
    message: 'The schema of the database could not be brought up to date; nothing was changed.',
    action: 'Check that the database user may create tables.',
    audience: 'operator',
  },
  ERR_STORE_NEWER: {
    message: 'The database was brought up to date by a newer release than this one; nothing was changed.',
    action: 'Run that release, or a newer one.',
    audience: 'operator',
  },
  ERR_COMMIT_UNCERTAIN: {
    message: "The database's answer to a commit was lost: the act may or may not be written.",
    action: 'Ask for the act again with the same key; the store decides.',
    audience: 'operator',
    status: 503,
  },
  ERR_COMMIT_REFUSED: {
    message: 'The database rolled an act back instead of committing it; nothing was written.',
    action: 'Run the act again; if it repeats, report it.',
    audience: 'operator',
    status: 503,
  },
  ERR_STORE_CELL: {
    message: 'A sealed cell does not open: it was changed or moved, or sealed under another keyring.',
    action: 'Restore the row from a backup, and find out who writes to the database.',
    audience: 'operator',
  },
  ERR_TRANSACTION_OVER: {
    message: 'A statement came after the end of its transaction.',
    action: 'This is a defect of the caller: await every statement, or start it before the work ends.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;

export type BankErrorCode = keyof typeof errors;

export const fail = errorFactory(errors);
