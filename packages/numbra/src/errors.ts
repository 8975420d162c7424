/**
 * Errors of the command line, and the exit status of every error.
 * @module
 */
import { type ErrorTable, errorFactory } from '@numbra/core';

export const errors = {
  ERR_HOME_MISSING: {
    message: 'There is no bank in this folder.',
    action: 'Run `numbra init` first, or name the folder with --home.',
    audience: 'operator',
  },
  ERR_HOME_EXISTS: {
    message: 'There is already a bank in this folder; nothing was changed.',
    action: 'Choose another folder with --home.',
    audience: 'operator',
  },
  ERR_HOME_UNFINISHED: {
    message: 'A bank was begun in this folder and never finished; it holds nothing yet.',
    action: 'Run `numbra init` again: it begins afresh.',
    audience: 'operator',
  },
  ERR_HOME_DAMAGED: {
    message: 'The settings of this bank, numbra.json, cannot be read.',
    action: 'Restore numbra.json from your backup.',
    audience: 'operator',
  },
  ERR_PASSPHRASE_MISSING: {
    message: 'The keyring needs its passphrase, and there is no terminal to ask at.',
    action: 'Name a file with --passphrase-file, or set NUMBRA_PASSPHRASE_FILE.',
    audience: 'operator',
  },
  ERR_FILE_UNREADABLE: {
    message: 'A file named on the command line cannot be read.',
    action: 'Check the path and its permissions.',
    audience: 'operator',
  },
  ERR_FILE_EXISTS: {
    message: 'A file that would be written is there already; it was left alone.',
    action: 'Name another file, or move the one that is there.',
    audience: 'operator',
  },
  ERR_FILE_UNWRITABLE: {
    message: 'A file named on the command line cannot be written.',
    action: 'Check that its folder exists and that you may write there.',
    audience: 'operator',
  },
  ERR_DATABASE_URL_MISSING: {
    message: 'This bank lies in a PostgreSQL server, and its address is not set.',
    action: 'Set NUMBRA_DATABASE_URL.',
    audience: 'operator',
  },
  ERR_NOT_CONFIRMED: {
    message: 'The act was not confirmed; nothing was changed.',
    action: 'Type the name that is asked for, or give --yes.',
    audience: 'operator',
  },
  ERR_ARGUMENT: {
    message: 'An argument is not of the form the command takes.',
    action: 'See the examples under --help.',
    audience: 'operator',
  },
  ERR_UNEXPECTED: {
    message: 'Something unexpected happened.',
    action: 'Run again with NUMBRA_DEBUG=1 to see where, and report it.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;

export type CommandErrorCode = keyof typeof errors;

export const fail = errorFactory(errors);
