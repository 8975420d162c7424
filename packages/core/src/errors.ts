/**
 * Errors: a closed union of codes, one table. The code is the contract; class identity is promised nowhere.
 * Refusals that a bank or vendor must expect are values, not errors.
 * @module
 */

/** One code: what is wrong and what to do, for the person who must act. */
export interface ErrorEntry {
  readonly message: string;
  readonly action: string;
  /** Who sees it. */
  readonly audience: 'bank' | 'vendor' | 'operator';
  /** The HTTP status, where HTTP shows it. */
  readonly status?: number;
}

export type ErrorTable = Readonly<Record<`ERR_${string}`, ErrorEntry>>;

/** Where bad input stands. Never what it says. */
export interface ErrorWhere {
  readonly file?: string;
  readonly line?: number;
  readonly row?: number;
  readonly column?: string;
  readonly field?: string;
}

/** Recognises our errors across installed copies. */
const MARK = Symbol.for('@numbra/error');

/** An error with a code of a closed union. Its message never contains an input value. */
export class NumbraError<C extends string = string> extends Error {
  readonly code: C;
  readonly where: ErrorWhere;
  readonly action: string;
  readonly status: number | undefined;

  constructor(code: C, entry: ErrorEntry, where: ErrorWhere = {}, options: { readonly cause?: unknown; readonly detail?: string } = {}) {
    super(render(entry.message, where, options.detail), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NumbraError';
    this.code = code;
    this.where = where;
    this.action = entry.action;
    this.status = entry.status;
  }

  get [MARK](): true {
    return true;
  }
}

export function isNumbraError(error: unknown): error is NumbraError {
  return typeof error === 'object' && error !== null && MARK in error;
}

/**
 * Makes the constructor of one package's errors from its table.
 *
 * @param table - every code of the package
 * @returns a function that makes (and does not throw) the error of a code; `detail` is a fixed sentence of ours, never input
 */
export function errorFactory<T extends ErrorTable>(table: T) {
  return <C extends keyof T & string>(
    code: C,
    where: ErrorWhere = {},
    options: { readonly cause?: unknown; readonly detail?: string } = {},
  ): NumbraError<C> => new NumbraError(code, table[code] as ErrorEntry, where, options);
}

function render(message: string, where: ErrorWhere, detail: string | undefined): string {
  const place = Object.entries(where)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return [message, detail && ` (${detail})`, place && ` [${place}]`].filter(Boolean).join('');
}

/** Every code that this package throws. */
export const errors = {
  ERR_NAME_INVALID: {
    message: 'A bank, vendor, purpose or campaign name is not well formed: 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit.',
    action: 'Correct the name.',
    audience: 'bank',
  },
  ERR_KEY_LENGTH: {
    message: 'A key does not have the length its use requires.',
    action: 'Pass the key as derived; keys are never cut or padded.',
    audience: 'bank',
  },
  ERR_LENGTH_MISMATCH: {
    message: 'Two lists that belong together differ in length; nothing was sealed.',
    action: 'Pass one value for each row, in the same order.',
    audience: 'bank',
  },
  ERR_CLOSED: {
    message: 'The keys of this object were wiped when it was closed.',
    action: 'Open a new one.',
    audience: 'bank',
  },
  ERR_BAND_INVALID: {
    message: 'A band cannot be named: the edges must be finite and rise, labels be one more than edges, the value be a finite number.',
    action: 'Correct the bands of the policy, or the row whose value is not a number.',
    audience: 'bank',
  },
} as const satisfies ErrorTable;

export type CoreErrorCode = keyof typeof errors;

export const fail = errorFactory(errors);
