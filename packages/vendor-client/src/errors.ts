/**
 * Every code that this package throws. The code is the contract; recognise our errors by `isNumbraError`, not by class.
 * A refused call is no error: it is an answer, `{ outcome: 'refused', code }`.
 * @module
 */

/** One code: what is wrong, and what to do. */
interface ErrorEntry {
  readonly message: string;
  readonly action: string;
  readonly audience: 'vendor';
}

export const errors = {
  ERR_CLIENT_OPTION: {
    message: 'An option or argument is not acceptable; nothing was sent.',
    action: 'Correct the named field.',
    audience: 'vendor',
  },
  ERR_CLIENT_KEY: {
    message: 'The key is not a P-256 or Ed25519 private key that this client can use.',
    action: 'Pass a private JWK, a CryptoKey pair, or { algorithm, publicJwk, sign }.',
    audience: 'vendor',
  },
  ERR_CLIENT_METADATA: {
    message: "The bank's metadata is missing, unreadable, or names another issuer.",
    action: 'Compare `issuer` with what the bank told you, character by character.',
    audience: 'vendor',
  },
  ERR_CLIENT_GRANT_REFUSED: {
    message: 'The bank refused a grant.',
    action: 'Look at `problem`: invalid_client means key or client id, invalid_authorization_details means the campaign.',
    audience: 'vendor',
  },
  ERR_CLIENT_NETWORK: {
    message: 'The bank could not be reached, or did not answer in time. Whether a call was placed is not known.',
    action: 'Repeat with the same idempotency key: it places one call at most.',
    audience: 'vendor',
  },
  ERR_CLIENT_UNAVAILABLE: {
    message: 'The bank cannot serve this at the moment.',
    action: 'Repeat later with the same idempotency key.',
    audience: 'vendor',
  },
  ERR_CLIENT_IN_PROGRESS: {
    message: 'An earlier request with this idempotency key is not finished.',
    action: 'Repeat with the same key after some seconds; do not make a new one.',
    audience: 'vendor',
  },
  ERR_CLIENT_IDEMPOTENCY_KEY_REUSED: {
    message: 'This idempotency key was used for another request before.',
    action: 'Use one key for one call: a new one for each new call.',
    audience: 'vendor',
  },
  ERR_CLIENT_NOT_FOUND: {
    message: 'There is no such call of this client.',
    action: 'Use a call id that the bank gave to this client.',
    audience: 'vendor',
  },
  ERR_CLIENT_REQUEST: {
    message: 'The bank did not accept the request.',
    action: 'Look at `status` and `problem`.',
    audience: 'vendor',
  },
  ERR_CLIENT_WEBHOOK: {
    message: 'The message was not signed by the bank over these bytes, or it is too old; nothing of it was used.',
    action: 'Answer 400. Verify the bytes as they came, and compare secret and clock.',
    audience: 'vendor',
  },
  ERR_CLIENT_ANSWER: {
    message: 'The answer is not one that this version understands.',
    action: 'Compare the versions of client and bank; repeat with the same idempotency key.',
    audience: 'vendor',
  },
  ERR_CLIENT_SIGNED_ANSWER: {
    message: 'The signed answer is not of this bank for this asker about this question, or no key that it could be of was given.',
    action: 'Ask the bank the question; do not act on this answer. For an answer as a MAC, give the key that the bank told you.',
    audience: 'vendor',
  },
  ERR_CLIENT_SIGNED_ANSWER_EXPIRED: {
    message: 'The signed answer has expired; it held for a day.',
    action: 'Ask the bank again.',
    audience: 'vendor',
  },
  ERR_CLIENT_MATCH_LIMIT: {
    message: 'A list for matching is empty, or longer than this side allows; nothing of it was used.',
    action: 'Match fewer phones, or agree with the bank on a larger limit.',
    audience: 'vendor',
  },
  ERR_CLIENT_MATCH_MESSAGE: {
    message:
      'A message of a matching is not well formed, came out of order, or holds what was not committed to; the run is over and its secrets are wiped.',
    action: 'Compare the versions of both sides, and begin a new run.',
    audience: 'vendor',
  },
  ERR_CLIENT_MATCH_PROOF: {
    message: "The bank's proof does not hold: it did not evaluate under the key that it named. Nothing was learned.",
    action: 'Begin a new run; if it repeats, tell the bank.',
    audience: 'vendor',
  },
  ERR_CLIENT_MATCH_TERMS: {
    message: 'The bank matches for another purpose or campaign, or another run; nothing was evaluated.',
    action: 'Agree on purpose and campaign, letter by letter.',
    audience: 'vendor',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorEntry>>;

export type VendorErrorCode = keyof typeof errors;

/** What is known about the answer that made the error. */
export interface ErrorFacts {
  /** The option or argument. */
  readonly field?: string;
  /** The HTTP status. */
  readonly status?: number;
  /** The bank's word for it: a problem's type without its address, or an OAuth error. */
  readonly problem?: string;
  /** The bank's id of the request, to quote when asking. */
  readonly requestId?: string;
}

/** An error with a code of {@link VendorErrorCode}. Its message never contains a token, a key or another input value. */
export class VendorClientError extends Error {
  readonly code: VendorErrorCode;
  readonly action: string;
  readonly where: { readonly field?: string };
  readonly status: number | undefined;
  readonly problem: string | undefined;
  readonly requestId: string | undefined;

  constructor(code: VendorErrorCode, facts: ErrorFacts = {}, cause?: unknown) {
    const { field, status, problem, requestId } = facts;
    const place = Object.entries({ field, status, problem }).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
    super(errors[code].message + (place.length > 0 ? ` [${place.join(', ')}]` : ''), cause === undefined ? undefined : { cause });
    this.name = 'NumbraError';
    this.code = code;
    this.action = errors[code].action;
    this.where = field === undefined ? {} : { field };
    this.status = status;
    this.problem = problem;
    this.requestId = requestId;
  }

  get [Symbol.for('@numbra/error')](): true {
    return true;
  }
}

export function isNumbraError(error: unknown): error is VendorClientError {
  return typeof error === 'object' && error !== null && Symbol.for('@numbra/error') in error;
}
