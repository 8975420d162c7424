/**
 * Checks a customer's receipt, offline: every entry is in the signed ledger, every one is about this customer, and no use is missing up to the last.
 *
 * 1. the checkpoint is signed by a trusted ledger key (and by which trusted witnesses)
 * 2. for each n the subject is computed from the customer key in the receipt
 * 3. the entry leads to the checkpoint's root, and names that subject, or holds it under its own root (exports)
 * @module
 */
import {
  base64urlOf,
  type Entry,
  leafHash,
  openCheckpoint,
  parseBase64url,
  parseEntry,
  rowLeaf,
  type Sha256,
  subjectLeaf,
  subjectsOf,
  verifyInclusion,
} from '@numbra/ledger';
import { fail } from './errors.js';
import { hashesOf, type Signers } from './proof.js';
import { type OpenUse, parseReceipt, type ReceiptRow, type ReceiptUse } from './receipt-file.js';
import type { StatementCode } from './statements.js';
import { checkpointTrust, sha256Of, type Trust } from './trust.js';

/** A use whose entry was verified. */
export interface VerifiedUse {
  readonly n: number;
  /** Position in the ledger. */
  readonly index: number;
  readonly entry: Entry;
  /** What was delivered about this customer in an export, when the receipt shows it. */
  readonly rowText?: string;
}

/** What a receipt proved. */
export interface ReceiptReport extends Signers {
  readonly origin: string;
  /** Entries of the ledger at the receipt's checkpoint. */
  readonly size: number;
  /** Ascending by `n`. */
  readonly uses: readonly VerifiedUse[];
  /** Uses set aside for calls that are not settled yet. */
  readonly open: readonly OpenUse[];
  /** Every n from 1 to the last that the receipt does not show. */
  readonly missing: readonly number[];
  readonly guaranteed: readonly StatementCode[];
  readonly notGuaranteed: readonly StatementCode[];
}

/** A receipt that skips more than this shows nothing; its gaps are not listed one by one. */
const MAX_MISSING = 10_000;

/**
 * Verifies a receipt.
 *
 * @param text - the file, exactly as issued
 * @param trust - the bank's published ledger key, and witnesses' keys
 * @returns what it proved, the gaps, and what it does not prove
 * @throws `ERR_RECEIPT_*`, or the ledger's `ERR_NOTE_*`, `ERR_CHECKPOINT_MALFORMED`, `ERR_PROOF_INCLUSION`, `ERR_ENTRY_*`: then nothing in it counts
 */
export function verifyReceipt(text: string, trust: Trust): ReceiptReport {
  const receipt = parseReceipt(text);
  const { checkpoint, signedBy, cosignatures } = openCheckpoint(receipt.checkpoint, checkpointTrust(trust));
  if (checkpoint.origin !== receipt.origin) throw fail('ERR_RECEIPT_ORIGIN');
  const { size, root } = checkpoint;
  const sha = sha256Of(trust);
  const subjectOf = subjectsOf(sha, receipt.origin);
  const customerKey = parseBase64url(receipt.customerKey)!;

  const uses: VerifiedUse[] = [];
  for (const use of receipt.uses) {
    if ('open' in use) continue;
    const { n, index } = use;
    verifyInclusion(sha, { index, size, root, leaf: leafHash(sha, use.entry), proof: hashesOf(use.proof) });
    const entry = parseEntry(use.entry);
    verifySubject(sha, use, entry, subjectOf(customerKey, n));
    uses.push({ n, index, entry, ...(use.row?.text === undefined ? {} : { rowText: use.row.text }) });
  }
  const open = receipt.uses.filter((use): use is OpenUse => 'open' in use);
  verifyOpen(open, uses);

  const missing = missingOf(receipt.uses.map(({ n }) => n));
  const witnessed = cosignatures.length > 0;
  return {
    origin: receipt.origin,
    size,
    signedBy,
    cosignedBy: cosignatures,
    uses,
    open,
    missing,
    guaranteed: [
      'in-ledger',
      'about-this-customer',
      ...(missing.length === 0 ? (['no-gap'] as const) : []),
      'unchanged',
      ...(witnessed ? (['witnessed'] as const) : []),
    ],
    notGuaranteed: [
      ...(missing.length === 0 ? [] : (['gap'] as const)),
      'end-unknown',
      'enrolled-once',
      'outside-unknown',
      ...(witnessed ? [] : (['no-witness'] as const)),
    ],
  };
}

/** That an entry is about the subject: it names it, lists it, or its root holds the customer's leaf. */
function verifySubject(sha: Sha256, use: ReceiptUse, entry: Entry, subject: Uint8Array): void {
  const { n, row } = use;
  const name = base64urlOf(subject);
  if (entry.type === 'export.made' || entry.type === 'export.abandoned') {
    if (row === undefined) throw fail('ERR_RECEIPT_ROW', { n });
    const leaf = entry.type === 'export.made' ? rowLeaf(sha, subject, rowHash(sha, row, n)) : subjectLeaf(sha, subject);
    if (entry.type === 'export.abandoned' && (row.text !== undefined || row.hash !== undefined)) throw fail('ERR_RECEIPT_ROW', { n });
    try {
      verifyInclusion(sha, { index: row.index, size: entry.rows, leaf, proof: hashesOf(row.proof), root: parseBase64url(entry.root)! });
    } catch {
      throw fail('ERR_RECEIPT_ROW', { n });
    }
    return;
  }
  const named =
    entry.type === 'refusals' ? entry.subjects.includes(name) : 'subject' in entry && entry.subject !== undefined && entry.subject === name;
  if (!named || row !== undefined) throw fail('ERR_RECEIPT_SUBJECT', { n });
}

function rowHash(sha: Sha256, row: ReceiptRow, n: number): Uint8Array {
  if (row.text !== undefined && row.hash === undefined) return sha(new TextEncoder().encode(row.text));
  if (row.hash !== undefined && row.text === undefined) return parseBase64url(row.hash)!;
  throw fail('ERR_RECEIPT_ROW', { n });
}

/** An open use belongs to a call that an earlier use authorized and nothing has settled; each call has one. */
function verifyOpen(open: readonly OpenUse[], uses: readonly VerifiedUse[]): void {
  const waiting = new Map<string, number>();
  for (const { n, entry } of uses) if (entry.type === 'call.authorized') waiting.set(entry.call, n);
  for (const { entry } of uses) if (entry.type === 'call.placed' || entry.type === 'call.failed') waiting.delete(entry.call);
  for (const { n, open: call } of open) {
    const authorized = waiting.get(call);
    if (authorized === undefined || authorized >= n) throw fail('ERR_RECEIPT_OPEN', { n });
    waiting.delete(call);
  }
}

function missingOf(shown: readonly number[]): number[] {
  const missing: number[] = [];
  let next = 1;
  for (const n of shown) {
    for (; next < n && missing.length < MAX_MISSING; next++) missing.push(next);
    next = n + 1;
  }
  return missing;
}
