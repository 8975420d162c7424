/**
 * The receipt file: canonical JSON (RFC 8785), so that no byte of it can change unseen. Written by the bank, checked by `receipt.ts`.
 *
 * ```json
 * { "numbra": "receipt/1", "origin": "bank.example/ledger", "customerKey": "…", "checkpoint": "…a signed note…",
 *   "uses": [ { "n": 1, "index": 5, "entry": "{…}", "proof": ["…"] },
 *             { "n": 2, "index": 9, "entry": "{…}", "proof": ["…"], "row": { "index": 17, "proof": ["…"], "text": "nr1_…,nd1_…,*********34" } },
 *             { "n": 3, "open": "call_…" } ] }
 * ```
 *
 * Hashes and keys are base64url. An export's entry holds no subject, so its use carries the customer's row: its text, or only its SHA-256.
 * @module
 */
import { canonicalJson, parseBase64url, parseCanonicalJson } from '@numbra/ledger';
import { fail } from './errors.js';

/** The customer's row under the root of an export's entry. */
export interface ReceiptRow {
  /** Row number in the file, from 0. */
  readonly index: number;
  readonly proof: readonly string[];
  /** The row as delivered; or `hash`, its SHA-256; or neither, under an abandoned export. */
  readonly text?: string;
  readonly hash?: string;
}

/** One use of the customer's data. */
export interface ReceiptUse {
  /** The customer's uses are counted 1, 2, 3 … */
  readonly n: number;
  /** Position of the entry in the ledger. */
  readonly index: number;
  /** The entry, exactly as recorded. */
  readonly entry: string;
  readonly proof: readonly string[];
  readonly row?: ReceiptRow;
}

/** A use that was set aside for the settlement of a call that is not settled yet. */
export interface OpenUse {
  readonly n: number;
  /** The call, which is authorized by an earlier use. */
  readonly open: string;
}

export interface Receipt {
  readonly numbra: 'receipt/1';
  readonly origin: string;
  readonly customerKey: string;
  /** All proofs lead to this one signed checkpoint. */
  readonly checkpoint: string;
  /** Ascending by `n`. */
  readonly uses: readonly (ReceiptUse | OpenUse)[];
}

/** One entry with its proof, for whoever need not know the customer. */
export interface EntryProof {
  readonly numbra: 'proof/1';
  readonly checkpoint: string;
  readonly index: number;
  readonly entry: string;
  readonly proof: readonly string[];
}

/** The text of a receipt or proof file. */
export const formatReceipt = (receipt: Receipt | EntryProof): string => canonicalJson(receipt);

type Members = Readonly<Record<string, unknown>>;

/** A member's check: whether a value is of its kind. `?` in front: it may be absent. */
type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isHash = (value: unknown): boolean => typeof value === 'string' && parseBase64url(value)?.length === 32;
/** A path in a tree of 2^53 entries has 53 hashes. */
const isProof = (value: unknown): boolean => Array.isArray(value) && value.length <= 64 && value.every(isHash);

const fits = (value: unknown, shape: Shape): value is Members => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const members = value as Members;
  const known = Object.keys(members).every((name) => name in shape || `?${name}` in shape);
  return (
    known &&
    Object.entries(shape).every(([name, is]) =>
      name.startsWith('?') ? members[name.slice(1)] === undefined || is(members[name.slice(1)]) : is(members[name]),
    )
  );
};

const ROW: Shape = { index: isCount, proof: isProof, '?text': isText, '?hash': isHash };
const USE: Shape = { n: isCount, index: isCount, entry: isText, proof: isProof, '?row': (value) => fits(value, ROW) };
const OPEN: Shape = { n: isCount, open: isText };
const RECEIPT: Shape = {
  numbra: (value) => value === 'receipt/1',
  origin: isText,
  customerKey: isHash,
  checkpoint: isText,
  uses: (value) => Array.isArray(value) && value.every((use) => fits(use, USE) || fits(use, OPEN)),
};
const PROOF: Shape = { numbra: (value) => value === 'proof/1', checkpoint: isText, index: isCount, entry: isText, proof: isProof };

function parseFile(text: string, shape: Shape): unknown {
  let value: unknown;
  try {
    value = parseCanonicalJson(text);
  } catch {
    throw fail('ERR_RECEIPT_MALFORMED');
  }
  if (!fits(value, shape)) throw fail('ERR_RECEIPT_MALFORMED');
  return value;
}

/**
 * Reads a receipt file; nothing in it is verified yet.
 *
 * @throws `ERR_RECEIPT_MALFORMED`: not canonical, another version, an unknown member, or uses that do not ascend from 1
 */
export function parseReceipt(text: string): Receipt {
  const receipt = parseFile(text, RECEIPT) as Receipt;
  let last = 0;
  for (const { n } of receipt.uses) {
    if (n <= last) throw fail('ERR_RECEIPT_MALFORMED', { n });
    last = n;
  }
  return receipt;
}

/** Reads a proof file; nothing in it is verified yet. `ERR_RECEIPT_MALFORMED` as for receipts. */
export const parseEntryProof = (text: string): EntryProof => parseFile(text, PROOF) as EntryProof;
