/**
 * Errors of evidence.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const evidenceErrors = {
  ERR_RECEIPT_ERASED: {
    message:
      "This customer's key was erased, and with it everything that linked ledger entries to the customer; there is no receipt any more.",
    action: 'Give the customer the receipt before erasing.',
    audience: 'bank',
  },
  ERR_RESTORE_NONE: {
    message: 'This database is no restored older copy: its ledger continues the last checkpoint.',
    action: 'There is nothing to accept.',
    audience: 'operator',
  },
  ERR_RESTORE_ENTRIES: {
    message: 'The entries given are not the missing ones: they do not lead from this copy to the last signed checkpoint.',
    action: 'Give every entry from the size of the copy to that of the checkpoint, in order, one a line; or none.',
    audience: 'operator',
  },
  ERR_BACKUP_DAMAGED: {
    message: 'The backup is cut, edited, or no backup of this product; nothing was changed.',
    action: 'Take another copy of the file, or an earlier backup.',
    audience: 'operator',
  },
  ERR_BACKUP_RELEASE: {
    message: 'The backup was written under another schema than that of this release; nothing was changed.',
    action: 'Load it by the release that wrote it, into an empty store, and update then.',
    audience: 'operator',
  },
  ERR_REPORT_PERIOD: {
    message: 'The period of a report begins before it ends.',
    action: 'Give two times, the earlier one first.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;
