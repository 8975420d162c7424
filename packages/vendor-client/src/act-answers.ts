/**
 * Judges the answers about questions and handovers: pure, as answers.ts.
 * @module
 */
import {
  type Answer,
  failed,
  isText,
  json,
  judgeRefusal,
  judgeRest,
  OWN_LIMITS,
  type OwnLimit,
  type Refusal,
  requestOf,
  type Verdict,
} from './answers.js';
import type { BankKeys } from './verify-answer.js';

/** A yes or no of the bank, or a refusal. */
export type AskResult =
  | {
      readonly outcome: 'answered';
      readonly answer: boolean;
      /** The bank's signature over it: see `verifyAnswer`. */
      readonly token: string;
      /** Milliseconds since the epoch: until then the token holds. */
      readonly expiresAt: number;
      readonly requestId?: string;
    }
  /** `answer-unavailable`: something is wrong with reference, question or customer; it says no more, on purpose. */
  | Refusal<OwnLimit | 'answer-unavailable'>;

/** `confirming`: the customer has a code, or is getting one · `lapsed`: no code will do any more · `confirmed`: on its way to the recipient */
export type HandoverState = 'confirming' | 'lapsed' | 'confirmed' | 'delivered' | 'undelivered';

/** All that a vendor is told of a handover. */
export interface HandoverStatus {
  readonly handoverId: string;
  readonly state: HandoverState;
}

export type BeginResult =
  | ({ readonly outcome: 'begun'; readonly requestId?: string } & HandoverStatus)
  /** `handover-unavailable`: something is wrong with reference, recipient or customer; it says no more, on purpose. */
  | Refusal<OwnLimit | 'handover-unavailable'>;

export type ConfirmResult =
  | ({ readonly outcome: 'confirmed'; readonly requestId?: string } & HandoverStatus)
  /** `code-refused`: wrong, too late, or once too often. */
  | Refusal<OwnLimit | 'code-refused'>;

/** As the bank tells it, not verified yet. */
export type ToldAnswer = { readonly outcome: 'told'; readonly answer: boolean; readonly token: string; readonly requestId?: string };

/** The answer to `POST /v1/answers`. */
export function judgeAsk(answer: Answer): Verdict<ToldAnswer | Refusal<OwnLimit | 'answer-unavailable'>> {
  if (answer.status !== 200) return judgeRefusal(answer, [...OWN_LIMITS, 'answer-unavailable']);
  const { answer: said, token } = json(answer) ?? {};
  if (typeof said !== 'boolean' || !isText(token)) return failed('ERR_CLIENT_ANSWER', answer);
  return { next: 'done', value: { outcome: 'told', answer: said, token, ...requestOf(answer) } };
}

/** The answer to `POST /v1/handovers`. */
export function judgeBegin(answer: Answer): Verdict<BeginResult> {
  if (answer.status !== 201) return judgeRefusal(answer, [...OWN_LIMITS, 'handover-unavailable']);
  return judgeStatus(answer, (status) => ({ outcome: 'begun', ...status, ...requestOf(answer) }));
}

/** The answer to `POST /v1/handovers/{id}/confirmation`. */
export function judgeConfirm(answer: Answer): Verdict<ConfirmResult> {
  if (answer.status !== 200) return judgeRefusal(answer, [...OWN_LIMITS, 'code-refused']);
  return judgeStatus(answer, (status) => ({ outcome: 'confirmed', ...status, ...requestOf(answer) }));
}

/** The answer to `GET /v1/handovers/{id}`. */
export function judgeHandover(answer: Answer): Verdict<HandoverStatus> {
  return answer.status === 200 ? judgeStatus(answer, (status) => status) : judgeRest(answer);
}

const STATES: readonly unknown[] = ['confirming', 'lapsed', 'confirmed', 'delivered', 'undelivered'] satisfies HandoverState[];

function judgeStatus<T>(answer: Answer, tell: (status: HandoverStatus) => T): Verdict<T> {
  const { handover_id: handoverId, state } = json(answer) ?? {};
  if (!isText(handoverId) || !STATES.includes(state)) return failed('ERR_CLIENT_ANSWER', answer);
  return { next: 'done', value: tell({ handoverId, state: state as HandoverState }) };
}

/** The answer of the bank's `jwks_uri`. */
export function judgeKeys(answer: Answer): Verdict<BankKeys> {
  const { keys } = json(answer) ?? {};
  if (answer.status !== 200) return judgeRest(answer);
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== 'object' || key === null)) return failed('ERR_CLIENT_METADATA', answer);
  return { next: 'done', value: { keys } };
}
