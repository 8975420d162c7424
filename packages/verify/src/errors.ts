/**
 * Errors of this package: a closed union of codes, one table. What is wrong with a signature, proof or entry comes with the ledger's own codes.
 * A gap, an open use or a missing witness is no error: the report says so.
 * @module
 */

interface ErrorEntry {
  readonly message: string;
  readonly action: string;
  readonly audience: 'bank' | 'vendor' | 'operator';
}

/** Every code that this package throws itself. */
export const errors = {
  ERR_RECEIPT_MALFORMED: {
    message: 'This is not a receipt or proof of a known version, or not exactly as it was issued.',
    action: 'Use the file as it was issued; an editor may have changed its spacing.',
    audience: 'operator',
  },
  ERR_RECEIPT_ORIGIN: {
    message: 'The receipt names another ledger than its checkpoint.',
    action: 'Treat the receipt as worthless and ask the bank for another.',
    audience: 'operator',
  },
  ERR_RECEIPT_SUBJECT: {
    message: 'An entry of the receipt is not about this customer at this use.',
    action: 'Treat the receipt as worthless and ask the bank for another.',
    audience: 'operator',
  },
  ERR_RECEIPT_ROW: {
    message: 'The row is not in the export that the entry records.',
    action: 'Treat the receipt as worthless and ask the bank for another.',
    audience: 'operator',
  },
  ERR_RECEIPT_OPEN: {
    message: 'A use is given as open although no call of this receipt is waiting for its settlement.',
    action: 'Treat the use as missing and ask the bank for its entry.',
    audience: 'operator',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorEntry>>;

export type VerifyErrorCode = keyof typeof errors;

/** Where the trouble lies. Never what the receipt says. */
export interface VerifyErrorWhere {
  /** The use, as the receipt counts. */
  readonly n?: number;
  readonly field?: string;
}

/** Recognises our errors across packages and installed copies. */
const MARK = Symbol.for('@numbra/error');

class VerifyError extends Error {
  readonly code: VerifyErrorCode;
  readonly where: VerifyErrorWhere;
  readonly action: string;

  constructor(code: VerifyErrorCode, where: VerifyErrorWhere) {
    const place = Object.entries(where)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
    super(place === '' ? errors[code].message : `${errors[code].message} [${place}]`);
    this.name = 'NumbraError';
    this.code = code;
    this.where = where;
    this.action = errors[code].action;
  }

  get [MARK](): true {
    return true;
  }
}

/** Makes (and does not throw) the error of a code. */
export const fail = (code: VerifyErrorCode, where: VerifyErrorWhere = {}): Error => new VerifyError(code, where);
