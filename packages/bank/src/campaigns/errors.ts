/**
 * Errors of vendors, campaigns and exports.
 * @module
 */
import type { ErrorTable } from '@numbra/core';

export const campaignErrors = {
  ERR_VENDOR_NAME: {
    message:
      'The name of a vendor is not well formed, or reads as a number: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit.',
    action: 'Choose another name; it is part of every key of its campaigns.',
    audience: 'bank',
  },
  ERR_VENDOR_EXISTS: {
    message: 'There is a vendor of this name already; nothing was changed.',
    action: 'Choose another name.',
    audience: 'bank',
  },
  ERR_VENDOR_UNKNOWN: {
    message: 'There is no such vendor, or it was removed.',
    action: 'Add the vendor first.',
    audience: 'bank',
  },
  ERR_CAMPAIGN_NAME: {
    message:
      'The name of a campaign is not well formed, or reads as a number: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit.',
    action: "Choose another name, and say nothing of the selection's criterion in it.",
    audience: 'bank',
  },
  ERR_CAMPAIGN_EXISTS: {
    message: 'There is a campaign of this name already; nothing was changed.',
    action: 'Choose another name: keys belong to one campaign for ever.',
    audience: 'bank',
  },
  ERR_CAMPAIGN_UNKNOWN: {
    message: 'There is no such campaign.',
    action: 'Create it first, or check the name.',
    audience: 'bank',
  },
  ERR_CAMPAIGN_TERMS: {
    message: 'A term of the campaign is not allowed by the policy in force; nothing was created.',
    action: 'Narrow the term that is named, or adopt another policy.',
    audience: 'bank',
  },
  ERR_CAMPAIGN_SELECTION: {
    message: 'The selection is not of the form { where, customers, limit }.',
    action: 'Correct the member that is named.',
    audience: 'bank',
  },
  ERR_EXPORT_UNKNOWN: {
    message: 'There is no such export, or it was never made.',
    action: 'Take the id from the export itself or from the ledger.',
    audience: 'bank',
  },
  ERR_EXPORT_CUSTOMER_GONE: {
    message: 'A customer of the list was erased while it was being exported; the export was abandoned.',
    action: 'Export again.',
    audience: 'bank',
  },
  ERR_EXPORT_RAW_VALUE: {
    message: 'The egress guard found a raw identifier in the finished list; nothing was written.',
    action: 'This is a defect, or a band label that holds one: look at the kinds and the row that are named.',
    audience: 'bank',
  },
  ERR_EXPORT_FILE_NAME: {
    message: 'The name of the file reads as a phone, card or ID number, or as one of a listed customer; nothing was written.',
    action: 'Choose another name: a vendor sees it.',
    audience: 'bank',
  },
  ERR_EXPORT_CHANGED: {
    message: 'The campaign was closed, shredded or rotated while its list was being exported; the export was abandoned.',
    action: 'Look at the campaign, and export again if it is open.',
    audience: 'bank',
  },
  ERR_CAMPAIGN_NOT_OPEN: {
    message: 'The campaign is closed or shredded; nothing was changed.',
    action: 'A campaign that ended stays so: create another one.',
    audience: 'bank',
  },
  ERR_CAMPAIGN_CHANGED: {
    message: 'The campaign was closed, shredded or rotated by somebody else meanwhile; nothing was changed.',
    action: 'Look at the campaign, and ask again if you still want it.',
    audience: 'bank',
  },
  ERR_CAMPAIGN_SHREDDED: {
    message: 'The campaign was shredded already.',
    action: 'Nothing is left to shred.',
    audience: 'bank',
  },
  ERR_ROTATE_NO_LIST: {
    message: 'Nothing of this campaign was exported yet, so there is no list to replace; nothing was changed.',
    action: 'Export it first.',
    audience: 'bank',
  },
  ERR_ROTATE_TWO_LISTS: {
    message: 'Two lists of this campaign are valid already; nothing was changed.',
    action: 'Withdraw the older one first.',
    audience: 'bank',
  },
  ERR_WITHDRAW_ONE_LIST: {
    message: 'No older list of this campaign is valid; nothing was changed.',
    action: 'Rotate first: the older list can be withdrawn then. To end the campaign, close or shred it.',
    audience: 'bank',
  },
  ERR_SHRED_UNREADABLE: {
    message: "The keyring does not open every campaign's secret, and what it cannot open it could not keep; nothing was shredded.",
    action: 'Check that database and keyring belong together and are both of today.',
    audience: 'operator',
  },
  ERR_SHRED_OVERTAKEN: {
    message: 'Another process replaced the shred key meanwhile; nothing was shredded.',
    action: 'Ask again.',
    audience: 'operator',
  },
  ERR_BANK_KEYRING_OUTDATED: {
    message: 'This process holds the keyring as it was before a shred; nothing was changed.',
    action: 'Restart it with the keyring of today; replace escrow copies of the keyring after every shred.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;
