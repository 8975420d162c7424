/**
 * @numbra/verify: checks receipts and proofs offline, in Node or a browser, with no word from the bank but its published key.
 * @module
 */

// Receipts: what was done with one customer's data

export { type ReceiptReport, type VerifiedUse, verifyReceipt } from './receipt.js';
export {
  type EntryProof,
  formatReceipt,
  type OpenUse,
  parseEntryProof,
  parseReceipt,
  type Receipt,
  type ReceiptRow,
  type ReceiptUse,
} from './receipt-file.js';
export { type Language, type StatementCode, signatureLine, statements } from './statements.js';

// Single proofs: an entry is in the ledger, the ledger only grew

export { type Growth, type Signers, type VerifiedEntry, verifyEntryProof, verifyGrowth } from './proof.js';
export type { Trust } from './trust.js';

// A witness's judgement

export {
  type AddCheckpoint,
  formatAddCheckpoint,
  judgeCheckpoint,
  parseAddCheckpoint,
  type WitnessRefusalCode,
  type WitnessVerdict,
  witnessRefusals,
} from './witness.js';

// Errors: the codes are the contract

export { errors, type VerifyErrorCode, type VerifyErrorWhere } from './errors.js';
