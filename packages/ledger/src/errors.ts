/**
 * Errors of this package: a closed union of codes, one table. The code is the contract.
 * This package imports nothing of ours, so it carries its own small error class; `Symbol.for('@numbra/error')` makes it recognisable.
 * @module
 */

interface ErrorEntry {
  readonly message: string;
  readonly action: string;
  readonly audience: 'bank' | 'vendor' | 'operator';
}

/** Where the trouble lies. Never what the input says. */
export interface LedgerErrorWhere {
  /** Position in the ledger, counted from 0. */
  readonly entry?: number;
  /** A second position, where two are involved. */
  readonly other?: number;
  /** Last position of a stretch that begins at `entry`. */
  readonly through?: number;
  readonly field?: string;
  readonly type?: string;
  /** A tile by its path, such as `tile/0/007`. */
  readonly tile?: string;
  readonly bundle?: number;
  /** Tree sizes. */
  readonly size?: number;
  readonly expectedSize?: number;
  readonly line?: number;
  readonly n?: number;
}

/** Every code that this package throws. */
export const errors = {
  ERR_LEDGER_ARGUMENT: {
    message: 'An argument is outside its range or has the wrong length.',
    action: 'Correct the call; positions count from 0 and lie below the tree size.',
    audience: 'bank',
  },
  ERR_PROOF_INCLUSION: {
    message: 'The inclusion proof does not lead from this entry to this root.',
    action: 'Treat the entry as not recorded; ask for a fresh proof against the checkpoint at hand.',
    audience: 'operator',
  },
  ERR_PROOF_CONSISTENCY: {
    message: 'The consistency proof does not lead from the older root to the newer one.',
    action: 'Keep both checkpoints: together they show that history was changed.',
    audience: 'operator',
  },
  ERR_TILE_MISSING: {
    message: 'A tile that this proof needs is not there, or is shorter than the tree size says.',
    action: 'Restore the tiles, or build them again from the entries.',
    audience: 'operator',
  },
  ERR_TILE_DIFFERS: {
    message: 'A tile does not hash to what its parent, or the signed root, says.',
    action: 'Do not use proofs from these tiles; verify the whole ledger to see what differs.',
    audience: 'operator',
  },
  ERR_NOTE_MALFORMED: {
    message: 'This is not a signed note.',
    action: 'Pass the note exactly as it was published, its last newline included.',
    audience: 'operator',
  },
  ERR_NOTE_UNSIGNED: {
    message: 'The note carries no signature of a key that is trusted here.',
    action: 'Check which key is configured; ignore the text of the note.',
    audience: 'operator',
  },
  ERR_NOTE_SIGNATURE: {
    message: 'A signature that claims a trusted key is not valid.',
    action: 'Ignore the note: it was changed, or signed by somebody else.',
    audience: 'operator',
  },
  ERR_NOTE_KEY: {
    message: 'This is not a key string of a signed note.',
    action: 'Pass NAME+ID+KEY as it was published.',
    audience: 'operator',
  },
  ERR_CHECKPOINT_MALFORMED: {
    message: 'The text is not a checkpoint: origin, tree size and root hash, a line each.',
    action: 'Pass the checkpoint exactly as it was published.',
    audience: 'operator',
  },
  ERR_JSON_NOT_CANONICAL: {
    message: 'The value has no canonical JSON, or the text is not in canonical form (RFC 8785).',
    action: 'Pass plain objects, arrays, finite numbers and well-formed strings.',
    audience: 'bank',
  },
  ERR_ENTRY_TYPE: {
    message: 'This type of entry, or its version, is not in the closed list.',
    action: 'Use a listed type, or a newer version of this package.',
    audience: 'bank',
  },
  ERR_ENTRY_FIELD: {
    message: 'A field of the entry is missing, unknown or not well formed; an entry holds ids of acts, never a raw identifier.',
    action: 'Correct the field.',
    audience: 'bank',
  },
  ERR_ENTRY_NOT_CANONICAL: {
    message: 'The entry is not in the one form in which it may be recorded.',
    action: 'Treat it as edited.',
    audience: 'operator',
  },
  ERR_BUNDLE_MALFORMED: {
    message: 'An entry bundle is damaged, or holds more than 256 entries.',
    action: 'Restore it from a copy; verify the whole ledger afterwards.',
    audience: 'operator',
  },
  ERR_LEDGER_CUT: {
    message: 'Entries at the end are gone: the ledger is shorter than a signed checkpoint says.',
    action: 'This copy is older than the checkpoint, or was cut. Find the missing entries before anything is dialled or exported.',
    audience: 'operator',
  },
  ERR_LEDGER_GAP: {
    message: 'Entries in the middle are gone.',
    action: 'Restore them from a copy; the tiles show their hashes.',
    audience: 'operator',
  },
  ERR_LEDGER_EDITED: {
    message: 'An entry is not the one that was signed.',
    action: 'Compare it with a copy; the checkpoint proves that the signed one was another.',
    audience: 'operator',
  },
  ERR_LEDGER_SWAPPED: {
    message: 'Two entries changed places.',
    action: 'Compare both with a copy.',
    audience: 'operator',
  },
  ERR_LEDGER_DOUBLED: {
    message: 'An entry stands where another was signed, as a copy of an entry that is also elsewhere.',
    action: 'Compare with a copy; the doubled entry counts once.',
    audience: 'operator',
  },
  ERR_LEDGER_INSERTED: {
    message: 'An entry stands between two signed ones that was never signed there.',
    action: 'Compare with a copy; the inserted entry proves nothing.',
    audience: 'operator',
  },
  ERR_LEDGER_REWRITTEN: {
    message: 'A stretch of entries was changed together with its tile; the signed root says otherwise.',
    action: 'Restore entries and tiles of this stretch from a copy.',
    audience: 'operator',
  },
  ERR_LEDGER_FORKED: {
    message: 'The ledger is whole in itself but is not the one that was signed: history forked.',
    action: 'Keep this copy and the checkpoint: together they are the evidence. Ask whoever signed.',
    audience: 'operator',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorEntry>>;

export type LedgerErrorCode = keyof typeof errors;

/** Recognises our errors across packages and installed copies. */
const MARK = Symbol.for('@numbra/error');

/** An error with a code of this package's union. Its message never contains an input value. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  readonly where: LedgerErrorWhere;
  readonly action: string;

  constructor(code: LedgerErrorCode, where: LedgerErrorWhere, detail: string | undefined) {
    const place = Object.entries(where)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
    super([errors[code].message, detail && ` (${detail})`, place && ` [${place}]`].filter(Boolean).join(''));
    this.name = 'NumbraError';
    this.code = code;
    this.where = where;
    this.action = errors[code].action;
  }

  get [MARK](): true {
    return true;
  }
}

/** Makes (and does not throw) the error of a code; `detail` is a fixed sentence of ours, never input. */
export const fail = (code: LedgerErrorCode, where: LedgerErrorWhere = {}, detail?: string): LedgerError =>
  new LedgerError(code, where, detail);
