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
  ERR_DECOY_LINE: {
    message: 'A decoy line is not a whole number counted from 0, or was given twice.',
    action: 'Give each line that was seen once.',
    audience: 'bank',
  },
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
  ERR_CUSTOMER_ID_INVALID: {
    message:
      'A customer id is not as parsing gives it: NFC, no control or invisible characters, no space at either end; nothing was sealed.',
    action: 'Parse ids with parseCustomerId and seal what it returns.',
    audience: 'bank',
  },
  ERR_CUSTOMER_ID_TOO_LONG: {
    message: "A customer id is longer than the bank's reference length leaves room for; nothing was sealed.",
    action: 'Initialise the bank with the next reference length (29, 44 …), or use shorter ids.',
    audience: 'bank',
  },
  ERR_PHONE_INVALID: {
    message: 'A phone is not an E.164 number of 7 to 15 digits without +; nothing was sealed.',
    action: 'Parse phones with parsePhone and seal what it returns.',
    audience: 'bank',
  },
  ERR_REFERENCE_FOREIGN: {
    message: 'A reference is not one of this scope; nothing was sealed.',
    action: "Pass the references that were sealed for these customers in this scope, in the phones' order.",
    audience: 'bank',
  },
  ERR_REFERENCE_LENGTH: {
    message: 'A reference length is none of 14, 29, 44 … 254 bytes.',
    action: "Use 14, or the smallest that leaves room for the bank's longest id: its bytes and two more.",
    audience: 'bank',
  },
  ERR_TAG_LENGTH: {
    message: 'A scope tag is not 6 bytes.',
    action: 'Pass the tag that the store keeps with the campaign.',
    audience: 'bank',
  },
  ERR_COLUMN_MALFORMED: {
    message: "A column's offsets fall or point outside its data, or tokens do not fill their fixed width; nothing was sealed or opened.",
    action: 'Pass n + 1 rising offsets, or n tokens of the stated width.',
    audience: 'bank',
  },
  ERR_TOO_MANY_COMPONENTS: {
    message: 'AES-SIV takes at most 126 components of associated data.',
    action: 'Join components with a separator that none of them contains.',
    audience: 'bank',
  },
  ERR_FF1_DOMAIN: {
    message:
      'FF1 takes decimal numerals of one length, 6 to 4,096 digits: fewer than a million numerals are no protection; nothing was encrypted.',
    action: 'Pad numerals to one length of at least 6 digits.',
    audience: 'bank',
  },
  ERR_FF3_REFUSED: {
    message:
      'FF3 and FF3-1 are refused: attacks recover plaintexts of small domains, and the 2025 draft of NIST SP 800-38G Rev. 1 drops both.',
    action: 'Use FF1.',
    audience: 'bank',
  },
  ERR_NUMERIC_ALGORITHM: {
    message: 'Numeric dial tokens are made with FF1 and nothing else.',
    action: 'Leave the algorithm out, or say FF1.',
    audience: 'bank',
  },
  ERR_NUMERIC_KEY_MISSING: {
    message: 'This scope was opened without a numeric key.',
    action: "Open it with the scope key for 'numeric'.",
    audience: 'bank',
  },
  ERR_NUMERIC_PREFIX: {
    message:
      'The prefix of numeric dial tokens is not 2 to 4 digits beginning with 1 to 9, or a network would take it for a country code or an emergency number.',
    action: 'Use 990, or another prefix that no numbering plan in reach assigns.',
    audience: 'bank',
  },
  ERR_NUMERIC_ROW: {
    message: 'A row number is not a whole number from 1 to 1,000,000; nothing was sealed.',
    action: 'Split the list: campaigns of more than a million rows have no numeric dial tokens.',
    audience: 'bank',
  },
  ERR_KEYRING_SECRET_UNREADABLE: {
    message:
      'A campaign secret cannot be unwrapped with any shred key: its campaign was shredded, or the store and the keyring are not of one bank.',
    action: 'If the campaign was shredded, nothing brings it back. Otherwise bring store and keyring together again.',
    audience: 'operator',
  },
  ERR_KEYRING_SHRED_UNFINISHED: {
    message: 'The keyring still holds two shred keys: an earlier shred was begun and not finished.',
    action: 'Finish it (wrap every surviving secret again, then drop the old shred key), then begin this one.',
    audience: 'operator',
  },
  ERR_BLIND_BACKEND: {
    message: 'libsodium was asked for, and it is not installed or has no such group.',
    action: 'Install libsodium-wrappers-sumo, or leave the backend to be chosen.',
    audience: 'bank',
  },
  ERR_BLIND_BATCH: {
    message: 'A batch of blind tokens is empty or has more than 65,535 elements, or lists that belong together differ in length.',
    action: 'Split the batch, and pass one value for each input, in the same order.',
    audience: 'bank',
  },
  ERR_BLIND_ELEMENT: {
    message: 'An element is not one of the group, is the identity, or is not in its one spelling; nothing was evaluated.',
    action: "Refuse the other side's message: no correct program sends it.",
    audience: 'bank',
  },
  ERR_BLIND_INPUT: {
    message: 'An input or info is longer than 65,535 bytes.',
    action: 'Hash it first.',
    audience: 'bank',
  },
  ERR_BLIND_KEY: {
    message: 'A key is not a scalar or element of this group, or has no inverse for this info.',
    action: 'Generate a new key.',
    audience: 'bank',
  },
  ERR_BLIND_PROOF: {
    message: 'The proof does not hold: the batch was not evaluated under this public key and info, or something was changed on the way.',
    action: 'Use nothing of the answer; ask the other side which key it used.',
    audience: 'bank',
  },
  ERR_MATCH_COMMITMENT: {
    message: 'The elements are not those that the learner committed to; the run is over and its key is wiped.',
    action: 'Ask the other side for a new run.',
    audience: 'bank',
  },
  ERR_MATCH_LIMIT: {
    message: 'A list for matching is empty, or longer than this side allows; nothing of it was used.',
    action: 'Match fewer elements, or agree on a larger limit.',
    audience: 'bank',
  },
  ERR_MATCH_MESSAGE: {
    message: 'A message of a matching is not well formed; the run is over and its secrets are wiped.',
    action: 'Compare the versions of both sides, and begin a new run.',
    audience: 'bank',
  },
  ERR_MATCH_ORDER: {
    message: 'A step of a matching came out of order, twice, or after its end; the run is over and its secrets are wiped.',
    action: 'Begin a new run: none goes on after an interruption.',
    audience: 'bank',
  },
  ERR_MATCH_TERMS: {
    message: 'The other side matches for another purpose or campaign, or another run; nothing was evaluated.',
    action: 'Agree on purpose and campaign, letter by letter.',
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
