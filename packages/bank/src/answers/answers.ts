/**
 * Answers, as the facade offers them.
 * @module
 */
import type { DecisionPoint } from '../calls/decision-point.js';
import { RefusalMeter } from '../calls/refusal-meter.js';
import { Release } from '../calls/release.js';
import type { BankContext } from '../context.js';
import { type AnswerAnswer, type AnswerRequest, ask } from './ask.js';
import { askElsewhere } from './ask-elsewhere.js';
import { type AnswerKeyRecord, addAnswerKey, endAnswerKey, listAnswerKeys, type MadeAnswerKey } from './keys.js';
import type { ActShared } from './record.js';

export interface Answers {
  /**
   * Answers a vendor's question about one customer. See answers/ask.ts.
   *
   * @param decisionPoint - asked before, and can only narrow; without one the policy decides alone
   */
  ask(request: AnswerRequest, decisionPoint?: DecisionPoint): Promise<AnswerAnswer>;
  /** Makes the key that a vendor shares with the bank, for answers as MACs. @throws `ERR_ANSWER_VENDOR` */
  addKey(vendor: string): Promise<MadeAnswerKey>;
  /** A vendor's keys, the newest first, without their secrets. @throws `ERR_VENDOR_UNKNOWN` */
  keys(vendor: string): Promise<AnswerKeyRecord[]>;
  /**
   * Ends a key, on every gateway at once: it makes no more answers. The newest ended, the vendor's questions are answered as where there is
   * no key, until another is made.
   *
   * @param kid - `answerkey_…`
   * @returns whether this changed anything
   * @throws `ERR_ANSWER_KEY_UNKNOWN`
   */
  endKey(kid: string): Promise<boolean>;
  /** Deletes answers that are repeated no longer. Returns how many. */
  tidy(): Promise<number>;
}

export function answersOf(context: BankContext, shared: ActShared): Answers {
  return {
    ask: askWith(context, (request) => ask(shared, request)),
    addKey: (vendor) => addAnswerKey(context, vendor),
    keys: (vendor) => listAnswerKeys(context, vendor),
    endKey: (kid) => endAnswerKey(context, kid),
    async tidy() {
      return (await context.database.query(`DELETE FROM answer WHERE answered_at <= clock_timestamp() - interval '90 days' RETURNING 1`))
        .length;
    },
  };
}

/** `ask` over one that may be another process's. */
export function askWith(context: BankContext, answer: (request: AnswerRequest) => Promise<AnswerAnswer>): Answers['ask'] {
  return async (request, decisionPoint) => answer(await askElsewhere(context, decisionPoint, 'answer', request));
}

/** What answers and handovers share in one process; `stop` ends its timer. */
export function actShared(context: BankContext): ActShared & { stop(): void } {
  const release = new Release({ context, random: context.random });
  return { context, meter: new RefusalMeter(), onHeld: () => release.soon(), stop: () => release.stop() };
}
