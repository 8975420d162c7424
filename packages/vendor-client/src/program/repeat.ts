/**
 * What follows from an answer of the resolver: pass it on, or send the request again. Only what may be repeated comes here: a
 * read, or a write with its Idempotency-Key. A refusal is an answer and is never asked again.
 * @module
 */
import { problemOf, retryAfter } from '../answers.js';

/** An answer as far as it has been read. */
export interface Judged {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Of a problem; empty for an answer that streams. */
  readonly body: string;
}

export type Next =
  | { readonly next: 'pass' }
  /** At once, with a proof that holds the nonce just received. */
  | { readonly next: 'nonce' }
  /** At once, with a new grant and a new proof. */
  | { readonly next: 'grant' }
  /** Later: nothing was done, or it is under way. */
  | { readonly next: 'wait'; readonly seconds?: number };

/** The only 409 and 429 that mean "later": of other problems the resolver keeps the answer, and would repeat it. */
const LATER: readonly (string | undefined)[] = ['idempotency-key-in-use', 'request-rate'];
const GATEWAY_IN_TROUBLE = [502, 503, 504];

export function judge(answer: Judged): Next {
  const { status, headers } = answer;
  if (status === 401) {
    const challenge = headers.get('www-authenticate') ?? '';
    return { next: challenge.includes('"use_dpop_nonce"') && headers.get('dpop-nonce') !== null ? 'nonce' : 'grant' };
  }
  const later = GATEWAY_IN_TROUBLE.includes(status) || ((status === 409 || status === 429) && LATER.includes(codeOf(answer.body)));
  if (!later) return { next: 'pass' };
  const seconds = retryAfter(answer);
  return { next: 'wait', ...(seconds !== undefined && { seconds }) };
}

function codeOf(body: string): string | undefined {
  try {
    return problemOf(JSON.parse(body) as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
