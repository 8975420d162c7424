/**
 * What the program itself answers, as problem details (RFC 9457) like the bank's. Every code begins with `desk-`, so that a
 * desk's software can tell who refused: a problem without `desk-` is the bank's, unchanged.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 * @module
 */

interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Seconds after which asking again may help. */
  readonly retryAfter?: number;
}

export const problems = {
  // Who asks
  'desk-browser-refused': {
    status: 403,
    title: 'Not for browsers',
    detail: 'The request comes from a web page, or names another host than this machine. Software on this machine asks without Origin.',
  },
  'desk-secret-wrong': {
    status: 401,
    title: 'Secret missing or wrong',
    detail: 'Send Authorization: Bearer and the content of the secret file that numbra-vendor init made.',
  },
  // What is asked
  'desk-path-unknown': {
    status: 404,
    title: 'Not passed on',
    detail: "The program passes on the resolver's paths for vendors, and nothing else.",
  },
  'desk-method-unknown': { status: 405, title: 'Method not passed on', detail: 'This path takes another method.' },
  'desk-campaign-missing': {
    status: 400,
    title: 'Campaign missing',
    detail: 'Name the campaign in the header Numbra-Campaign, or start the program with --campaign.',
  },
  'desk-agent-malformed': {
    status: 400,
    title: 'Agent malformed',
    detail: "Numbra-Agent is your pseudonym for the person: once, 1 to 64 of A-Z a-z 0-9 . _ -, and nobody's name or number.",
  },
  'desk-idempotency-key-missing': {
    status: 400,
    title: 'Idempotency-Key missing',
    detail: 'Send one Idempotency-Key for each write, 1 to 255 visible ASCII characters, and keep it: repeating with it is safe.',
  },
  'desk-media-type': { status: 415, title: 'Unsupported media type', detail: 'The body must be application/json, without content coding.' },
  'desk-too-large': { status: 413, title: 'Request too large', detail: 'The body is larger than the resolver takes at this path.' },
  'desk-malformed': {
    status: 400,
    title: 'Malformed request',
    detail: 'The request is not well-formed HTTP, or has a header twice that may stand once.',
  },
  'desk-manifest': {
    status: 400,
    title: 'Not the manifest',
    detail: 'The body must be the manifest of this export and campaign, byte for byte as the bank delivered it.',
  },
  // The bank
  'desk-grant-refused': {
    status: 403,
    title: 'Grant refused',
    detail: 'The bank gives no grant: this client has no such campaign, or its id or key is not registered. Nothing was ordered.',
  },
  'desk-bank-unavailable': {
    status: 503,
    title: 'Bank unavailable',
    detail: 'The bank gives no grant at the moment. Nothing was ordered. Repeat later with the same Idempotency-Key.',
    retryAfter: 5,
  },
  'desk-answer-lost': {
    status: 504,
    title: 'Answer lost',
    detail:
      'The bank did not answer in time, so what was asked may have been done. Repeat with the same Idempotency-Key: it is done once at most.',
    retryAfter: 5,
  },
  'desk-bank-unsuitable': {
    status: 502,
    title: 'Bank not understood',
    detail: "The bank's metadata or answer is not what this version understands. Compare --issuer with what the bank told you.",
  },
  // The program
  'desk-stopping': {
    status: 503,
    title: 'Stopping',
    detail: 'The program is stopping. Repeat with the same Idempotency-Key.',
    retryAfter: 2,
  },
  'desk-key-failed': {
    status: 503,
    title: 'Key failed',
    detail: 'The key could not sign; the log says why. Nothing was ordered.',
    retryAfter: 5,
  },
  'desk-internal': {
    status: 500,
    title: 'Internal error',
    detail: 'The program failed; the log says where. Repeat with the same Idempotency-Key.',
  },
} as const satisfies Readonly<Record<`desk-${string}`, ProblemEntry>>;

export type ProblemCode = keyof typeof problems;

/** A whole answer. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Ends a request with a problem. */
export class DeskProblem extends Error {
  readonly problem: ProblemCode;

  constructor(problem: ProblemCode, cause?: unknown) {
    super(problem, { cause });
    this.name = 'DeskProblem';
    this.problem = problem;
  }
}

export function problemAnswer(code: ProblemCode): ProblemAnswer {
  const { status, title, detail, retryAfter }: ProblemEntry = problems[code];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
    body: JSON.stringify({ type: `https://numbra.dev/problems/${code}`, title, status, detail }),
  };
}
