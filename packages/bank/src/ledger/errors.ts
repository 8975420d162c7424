/**
 * Codes of the stored ledger. What differs inside it is named by `@numbra/ledger` (ERR_LEDGER_EDITED …).
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const ledgerErrors = {
  ERR_LEDGER_OLDER_COPY: {
    message: 'The database was restored from an older copy: the checkpoint beside the keyring is of a longer ledger.',
    action: 'Nothing is dialled or exported from this copy. Bring back the newer database, or accept the restored one (two people).',
    audience: 'operator',
    status: 503,
  },
  ERR_LEDGER_OTHER_COPY: {
    message:
      'The ledger of the database is not the one that was signed: its root at the size of the checkpoint beside the keyring differs.',
    action: 'Keep both: together they are the evidence of a fork. Nothing is dialled or exported from this copy.',
    audience: 'operator',
    status: 503,
  },
  ERR_LEDGER_HEAD: {
    message: "The ledger's head in the database does not fit its entries.",
    action: 'Restore the table ledger_head from a copy; nothing is sequenced until then.',
    audience: 'operator',
    status: 503,
  },
  ERR_LEDGER_UNSIGNED: {
    message: 'No checkpoint was signed yet, so there is nothing to hold the entries against.',
    action: 'Sequence the ledger first: a running gateway does it each second, `ledger.sequence()` at once.',
    audience: 'operator',
  },
  ERR_LEDGER_MOVED: {
    message: 'Another sequencer moved the head first; nothing was written.',
    action: 'Nothing to do: the round is run again from what is stored.',
    audience: 'operator',
    status: 503,
  },
  ERR_LEDGER_NO_ENTRY: {
    message: 'The ledger has no entry at this position yet.',
    action: 'Positions begin with 0 and end before the size of the checkpoint.',
    audience: 'operator',
    status: 404,
  },
  ERR_LEDGER_CHECKPOINT_FILE: {
    message: 'The checkpoint file beside the keyring is damaged, or signed by another ledger.',
    action: 'Put the right file back. If it is lost, remove the damaged one: the next checkpoint makes a new one.',
    audience: 'operator',
    status: 503,
  },
  ERR_LEDGER_CHECKPOINT_FILE_WRITE: {
    message: 'The checkpoint could not be kept beside the keyring, so it was not published.',
    action: 'Check the folder: it must exist, be writable and have room.',
    audience: 'operator',
    status: 503,
  },
  ERR_LEDGER_KEY: {
    message: 'The key that signs checkpoints does not open under this keyring, or is missing.',
    action: 'Open the bank with the keyring that it was created with.',
    audience: 'operator',
  },
  ERR_STORE_NOT_DURABLE: {
    message: 'The PostgreSQL server may forget at a power cut what it has committed.',
    action: 'Set fsync and synchronous_commit to on. Nothing is dialled or exported before.',
    audience: 'operator',
    status: 503,
  },
  ERR_WITNESS_KEY: {
    message: "This is not a witness's key.",
    action: 'Give the string NAME+ID+KEY that the witness published (`numbra witness init` prints it).',
    audience: 'operator',
  },
  ERR_WITNESS_URL: {
    message: "A witness's address is https, or http on this machine, without user, query or fragment.",
    action: 'Give the address that the witness listens at.',
    audience: 'operator',
  },
  ERR_WITNESS_UNKNOWN: {
    message: 'There is no witness of this name.',
    action: 'See `numbra ledger witness list`.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;
