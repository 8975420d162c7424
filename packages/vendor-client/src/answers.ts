/**
 * Judges the bank's answers: pure functions of status, headers and body. What to send is decided elsewhere.
 * @module
 */
import { VendorClientError, type VendorErrorCode } from './errors.js';

/** Why a call was refused: the vendor's own limits, the token, its own cap, or the customer. Nothing more is told. */
export type RefusalCode =
  | 'outside-window'
  | 'campaign-closed'
  | 'budget-used'
  | 'agent-limit'
  | 'concurrency-limit'
  | 'probing-limit'
  | 'token-invalid'
  | 'customer-cap'
  | 'customer-unavailable';

/** Those that are the vendor's own limits: every act meets them. */
export type OwnLimit = Exclude<RefusalCode, 'token-invalid' | 'customer-cap' | 'customer-unavailable'>;

/** A refusal is an answer: nothing was done. */
export interface Refusal<C extends string> {
  readonly outcome: 'refused';
  readonly code: C;
  readonly status: 403 | 429;
  /** Only where waiting helps. */
  readonly retryAfterSeconds?: number;
  readonly requestId?: string;
}

/** A call that the bank ordered (or could not, or does not know), or its refusal. */
export type CallResult =
  | {
      /** `unknown`: the order's fate is not known yet; the bank never dials it again by itself. Ask later with `calls.get`. */
      readonly outcome: 'placed' | 'failed' | 'unknown';
      readonly callId: string;
      /** As on the list: nine `*`, then the digits shown. */
      readonly maskedPhone: string;
      readonly requestId?: string;
    }
  | Refusal<RefusalCode>;

/** A call as the bank shows it to the vendor. */
export interface CallStatus {
  readonly callId: string;
  readonly maskedPhone: string;
  readonly state: string;
}

export interface Grant {
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** An HTTP answer, read completely. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
}

/** What follows from an answer. */
export type Verdict<T> =
  | { readonly next: 'done'; readonly value: T }
  /** Repeat at once, with a proof that holds the nonce just received. */
  | { readonly next: 'nonce' }
  /** Repeat at once with a new grant. */
  | { readonly next: 'grant'; readonly error: VendorClientError }
  /** Repeat the same request later. */
  | { readonly next: 'wait'; readonly seconds: number | undefined; readonly error: VendorClientError }
  | { readonly next: 'fail'; readonly error: VendorClientError };

export const OWN_LIMITS = [
  'outside-window',
  'campaign-closed',
  'budget-used',
  'agent-limit',
  'concurrency-limit',
  'probing-limit',
] as const satisfies OwnLimit[];
const REFUSALS = [...OWN_LIMITS, 'token-invalid', 'customer-cap', 'customer-unavailable'] as const satisfies RefusalCode[];

/** The answer to `POST /v1/calls`. */
export function judgePlace(answer: Answer): Verdict<CallResult> {
  if (answer.status === 201) {
    const { call_id: callId, masked_phone: maskedPhone, state } = json(answer) ?? {};
    if (isText(callId) && isText(maskedPhone) && (state === 'placed' || state === 'failed' || state === 'unknown'))
      return { next: 'done', value: { outcome: state, callId, maskedPhone, ...requestOf(answer) } };
    return failed('ERR_CLIENT_ANSWER', answer);
  }
  return judgeRefusal(answer, REFUSALS);
}

/** Takes one of these codes for an answer; anything else is judged as everywhere. */
export function judgeRefusal<C extends string>(answer: Answer, codes: readonly C[]): Verdict<Refusal<C>> {
  const { status } = answer;
  const code = codes.find((one) => one === problemOf(json(answer)));
  if ((status !== 403 && status !== 429) || code === undefined) return judgeRest(answer);
  const seconds = retryAfter(answer);
  const refusal = { outcome: 'refused', code, status, ...(seconds !== undefined && { retryAfterSeconds: seconds }) } as const;
  return { next: 'done', value: { ...refusal, ...requestOf(answer) } };
}

export function requestOf({ headers }: Pick<Answer, 'headers'>): { readonly requestId?: string } {
  const requestId = headers.get('x-request-id');
  return requestId === null ? {} : { requestId };
}

/** The answer to `GET /v1/calls/{id}`. */
export function judgeGet(answer: Answer): Verdict<CallStatus> {
  if (answer.status !== 200) return judgeRest(answer);
  const { call_id: callId, masked_phone: maskedPhone, state } = json(answer) ?? {};
  if (isText(callId) && isText(maskedPhone) && isText(state)) return { next: 'done', value: { callId, maskedPhone, state } };
  return failed('ERR_CLIENT_ANSWER', answer);
}

/** The answer of the token endpoint (RFC 6749 § 5, RFC 9449 § 5 and § 8). */
export function judgeToken(answer: Answer, now: number): Verdict<Grant> {
  const { access_token: accessToken, token_type: type, expires_in: seconds, error } = json(answer) ?? {};
  if (answer.status === 200) {
    const bound = typeof type === 'string' && type.toLowerCase() === 'dpop';
    if (isText(accessToken) && bound && typeof seconds === 'number' && seconds > 0)
      return { next: 'done', value: { accessToken, expiresAt: now + seconds * 1000 } };
    return failed('ERR_CLIENT_ANSWER', answer);
  }
  if (error === 'use_dpop_nonce' && answer.headers.get('dpop-nonce') !== null) return { next: 'nonce' };
  return waiting(answer) ?? failed(answer.status >= 400 ? 'ERR_CLIENT_GRANT_REFUSED' : 'ERR_CLIENT_ANSWER', answer);
}

/** What a resource's answers have in common. */
export function judgeRest<T>(answer: Answer): Verdict<T> {
  const later = waiting(answer);
  if (later) return later;
  switch (answer.status) {
    case 401: {
      const challenge = answer.headers.get('www-authenticate') ?? '';
      if (challenge.includes('"use_dpop_nonce"') && answer.headers.get('dpop-nonce') !== null) return { next: 'nonce' };
      return { next: 'grant', error: errorOf('ERR_CLIENT_GRANT_REFUSED', answer) };
    }
    case 404:
      return failed('ERR_CLIENT_NOT_FOUND', answer);
    case 409:
      return { next: 'wait', seconds: retryAfter(answer), error: errorOf('ERR_CLIENT_IN_PROGRESS', answer) };
    case 422:
      return failed('ERR_CLIENT_IDEMPOTENCY_KEY_REUSED', answer);
    default:
      if (answer.status >= 500) return failed('ERR_CLIENT_UNAVAILABLE', answer);
      return failed(answer.status >= 400 ? 'ERR_CLIENT_REQUEST' : 'ERR_CLIENT_ANSWER', answer);
  }
}

/** Nothing was done, and trying again may help. */
function waiting(answer: Answer): Verdict<never> | undefined {
  if (![429, 502, 503, 504].includes(answer.status)) return undefined;
  return { next: 'wait', seconds: retryAfter(answer), error: errorOf('ERR_CLIENT_UNAVAILABLE', answer) };
}

export function failed(code: VendorErrorCode, answer: Answer): Verdict<never> {
  return { next: 'fail', error: errorOf(code, answer) };
}

function errorOf(code: VendorErrorCode, answer: Answer): VendorClientError {
  const problem = problemOf(json(answer));
  const requestId = answer.headers.get('x-request-id');
  return new VendorClientError(code, {
    status: answer.status,
    ...(problem !== undefined && { problem }),
    ...(requestId !== null && { requestId }),
  });
}

/** The last part of a problem's type (RFC 9457), or an OAuth error; only what looks like a code of either. */
export function problemOf(body: Record<string, unknown> | undefined): string | undefined {
  const name = typeof body?.type === 'string' ? body.type.slice(body.type.lastIndexOf('/') + 1) : body?.error;
  return typeof name === 'string' && /^[a-z][a-z0-9_-]{0,63}$/.test(name) ? name : undefined;
}

/** Seconds; a date (RFC 9110 § 10.2.3) is measured from the answer's own Date, so no clock is needed. */
export function retryAfter({ headers }: Pick<Answer, 'headers'>): number | undefined {
  const value = headers.get('retry-after') ?? '';
  if (/^[0-9]{1,6}$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(headers.get('date') ?? '')) / 1000;
  return seconds >= 0 ? seconds : undefined;
}

export function json({ body }: Answer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}
