/**
 * Judges the answers about calls that were placed, lists and manifests: pure, as answers.ts.
 * @module
 */
import { type Answer, type CallResult, failed, isText, json, judgePlace, judgeRest, problemOf, type Verdict } from './answers.js';

/** The end of a call. */
export interface CallEvent {
  readonly callId: string;
  readonly state: 'answered' | 'busy' | 'not-reached' | 'ended';
  /** ISO 8601, UTC, to the minute. */
  readonly at: string;
  /** To ten seconds. */
  readonly talkSeconds?: number;
}

/** `unknown`: the carrier gave no answer; the call may go on. */
export type HangUp = 'done' | 'not-under-way' | 'unknown';

/** What came of a call, as the vendor says. */
export type Outcome =
  | 'interested'
  | 'agreed'
  | 'call-back'
  | 'not-interested'
  | 'not-reached'
  | 'wrong-person'
  | 'opted-out'
  | 'complaint'
  | 'other';

/** One order of a batch: as if it had been sent alone; `not-done`: send it again under its key. */
export type BatchResult = CallResult | { readonly outcome: 'not-done'; readonly status: number; readonly problem?: string };

export interface ListPage {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Where the next page begins. */
  readonly next?: number;
}

/** The answer to `GET /v1/calls/{id}/events`, read to its end. */
export function judgeEvents(answer: Answer): Verdict<CallEvent> {
  if (answer.status !== 200) return judgeRest(answer);
  const data = /^data: (.*)$/m.exec(answer.body)?.[1];
  const { call_id: callId, state, at, talk_seconds: talkSeconds } = json({ ...answer, body: data ?? '' }) ?? {};
  if (isText(callId) && isText(at) && (state === 'answered' || state === 'busy' || state === 'not-reached' || state === 'ended'))
    return { next: 'done', value: { callId, state, at, ...(typeof talkSeconds === 'number' && { talkSeconds }) } };
  // The stream ended with the grant, and the call goes on.
  return data === undefined ? { next: 'wait', seconds: 0, error: broken(answer) } : failed('ERR_CLIENT_ANSWER', answer);
}

/** The answer to `DELETE /v1/calls/{id}`. */
export function judgeHangUp(answer: Answer): Verdict<HangUp> {
  const { hang_up: told } = json(answer) ?? {};
  if (answer.status !== 200) return judgeRest(answer);
  return told === 'done' || told === 'not-under-way' || told === 'unknown'
    ? { next: 'done', value: told }
    : failed('ERR_CLIENT_ANSWER', answer);
}

/** The answer to `POST /v1/calls/{id}/outcome` and to a countersignature: that it was taken. */
export function judgeTaken(answer: Answer): Verdict<void> {
  return answer.status === 200 ? { next: 'done', value: undefined } : judgeWrite(answer);
}

/** The answer to `POST /v1/calls:batch`. */
export function judgeBatch(answer: Answer): Verdict<BatchResult[]> {
  if (answer.status !== 200) return judgeRest(answer);
  const { answers } = json(answer) ?? {};
  if (!Array.isArray(answers)) return failed('ERR_CLIENT_ANSWER', answer);
  return { next: 'done', value: answers.map((one: Record<string, unknown>) => resultOf(one, answer)) };
}

function resultOf({ status, call, problem }: Record<string, unknown>, whole: Answer): BatchResult {
  const alone: Answer = { status: Number(status), headers: whole.headers, body: JSON.stringify(call ?? problem) };
  const verdict = judgePlace(alone);
  if (verdict.next === 'done') return verdict.value;
  const code = problemOf(json(alone));
  return { outcome: 'not-done', status: alone.status, ...(code !== undefined && { problem: code }) };
}

/** The answer to `GET /v1/campaigns/{id}/list`. */
export function judgeList(answer: Answer): Verdict<ListPage> {
  if (answer.status !== 200) return judgeRest(answer);
  const { columns, rows, next } = json(answer) ?? {};
  if (Array.isArray(columns) && Array.isArray(rows))
    return { next: 'done', value: { columns, rows, ...(typeof next === 'number' && { next }) } };
  return failed('ERR_CLIENT_ANSWER', answer);
}

/** 422 has more causes than a key used twice. */
function judgeWrite<T>(answer: Answer): Verdict<T> {
  const reused = problemOf(json(answer)) === 'idempotency-key-reused';
  return answer.status === 422 && !reused ? failed('ERR_CLIENT_REQUEST', answer) : judgeRest(answer);
}

function broken(answer: Answer) {
  const verdict = failed('ERR_CLIENT_UNAVAILABLE', answer);
  return (verdict as Extract<typeof verdict, { next: 'fail' }>).error;
}
