/**
 * Errors: a closed union of codes, one table. The code is the contract; class identity is promised nowhere.
 * What a policy refuses is a value, not an error: see decide/codes.ts.
 * @module
 */

export interface ErrorEntry {
  readonly message: string;
  readonly action: string;
  readonly audience: 'bank' | 'vendor' | 'operator';
  readonly status?: number;
}

/** Where bad input stands. Never what it says. Lines and columns count from 1. */
export interface PolicyErrorWhere {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The member, as a path of names that are safe to print. */
  readonly path?: string;
}

/** Recognises our errors across installed copies and packages. */
const MARK = Symbol.for('@numbra/error');

/** Every code that this package throws. */
export const errors = {
  ERR_POLICY_SYNTAX: {
    message: 'The file is not well-formed YAML.',
    action: 'Correct the place named; an editor with YAML support shows it.',
    audience: 'bank',
  },
  ERR_POLICY_SCHEMA: {
    message: 'A member of the policy is unknown, missing or of the wrong kind.',
    action: 'Correct the member named; `@numbra/policy/schema.json` completes it in an editor.',
    audience: 'bank',
  },
  ERR_POLICY_UNKNOWN_NAME: {
    message: 'The policy uses a name that it does not define.',
    action: 'Define the field, band, question or calendar, or correct the spelling.',
    audience: 'bank',
  },
  ERR_POLICY_CLASS: {
    message: 'A field of class C3 would leave the bank; C3 never leaves.',
    action: 'Take the field out of the release.',
    audience: 'bank',
  },
  ERR_POLICY_WIDER: {
    message: 'A purpose or recipient would be allowed more than the purpose above it.',
    action: 'Narrow it, or widen the purpose above.',
    audience: 'bank',
  },
  ERR_POLICY_CONSENT: {
    message: 'The legal basis or the consent key is missing or does not fit the purpose.',
    action: 'Name a legal basis; with consent, name the purpose itself or one above it as the key.',
    audience: 'bank',
  },
  ERR_POLICY_WINDOW: {
    message: 'A window, date or time zone cannot be used.',
    action: 'Use an IANA time zone, real dates, and hours that differ.',
    audience: 'bank',
  },
  ERR_POLICY_VALUE: {
    message: 'Values of the policy do not fit each other.',
    action: 'Correct the member named.',
    audience: 'bank',
  },
  ERR_POLICY_TWICE: {
    message: 'Two of the composed files state the same thing.',
    action: 'State it in one of them.',
    audience: 'bank',
  },
  ERR_POLICY_CASES: {
    message: 'The file of cases cannot be used.',
    action: 'Correct the place named.',
    audience: 'bank',
  },
  ERR_AUTHZEN_MALFORMED: {
    message: 'The message is not an AuthZEN 1.0 evaluation.',
    action: 'Send subject, action and resource as the specification asks.',
    audience: 'bank',
    status: 400,
  },
  ERR_MEASURE_INPUT: {
    message: 'A list cannot be measured as given.',
    action: 'Pass rows with as many bands as the list names, and bounds that make sense.',
    audience: 'bank',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorEntry>>;

export type PolicyErrorCode = keyof typeof errors;

/** An error with a code of the closed union. Its message never contains an input value. */
export class PolicyError extends Error {
  readonly code: PolicyErrorCode;
  readonly where: PolicyErrorWhere;
  readonly action: string;
  readonly status: number | undefined;

  constructor(code: PolicyErrorCode, where: PolicyErrorWhere = {}, detail?: string) {
    super(render(errors[code].message, where, detail));
    this.name = 'NumbraError';
    this.code = code;
    this.where = where;
    const entry: ErrorEntry = errors[code];
    this.action = entry.action;
    this.status = entry.status;
  }

  get [MARK](): true {
    return true;
  }
}

function render(message: string, where: PolicyErrorWhere, detail: string | undefined): string {
  const { file, line, column, path } = where;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return [place && `${place}: `, message, detail && ` ${detail}`, path && ` [${path}]`].filter(Boolean).join('');
}
