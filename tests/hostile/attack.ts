/**
 * An attack and what became of it.
 * @module
 */
import { type Answer, MARK, type World } from './world.js';

export interface Attack {
  readonly family: string;
  readonly run: (world: World) => Promise<Outcome>;
}

/** `refused`, or what is wrong with the answer. */
export type Outcome = {
  readonly verdict: 'refused' | 'accepted' | 'crashed' | 'leaked' | 'distinguished';
  readonly answers: readonly Answer[];
};

/** Answers that say nothing, where an endpoint must answer 200. */
export const ANSWERS = { inactive: '{"active":false}', empty: '' } as const;

/** Nothing of what was sent, nothing of the bank's: marks, tokens of every kind, phones. */
const SECRET = new RegExp(`${MARK}|eyJ|n[dr]1_|1380013\\d{4}`);

/** Judges one answer. @param neutral - the body of a 200 that gives nothing */
export function refusedWith(answer: Answer, neutral?: string): Outcome {
  const { status, headers, body } = answer;
  const { 'dpop-nonce': _random, 'x-request-id': _id, date: _date, ...told } = headers;
  if (status >= 500 || status === 0) return { verdict: 'crashed', answers: [answer] };
  if (SECRET.test(`${JSON.stringify(told)}${body}`)) return { verdict: 'leaked', answers: [answer] };
  const refused = status >= 400 || (status === 200 && neutral !== undefined && body === neutral);
  return { verdict: refused ? 'refused' : 'accepted', answers: [answer] };
}

/** Judges two answers of which the first is about what does not exist, the second about what is somebody else's. */
export function alike(unknown: Answer, notYours: Answer, neutral?: string): Outcome {
  for (const answer of [unknown, notYours]) {
    const { verdict } = refusedWith(answer, neutral);
    if (verdict !== 'refused') return { verdict, answers: [answer] };
  }
  return { verdict: comparable(unknown) === comparable(notYours) ? 'refused' : 'distinguished', answers: [unknown, notYours] };
}

/** Whether a log says what it must not. */
export const leaks = (text: string): boolean => SECRET.test(text);

function comparable({ status, headers, body }: Answer): string {
  // What differs between any two answers: time, ids, the nonce of the minute, requests left, and how the connection is kept.
  const { date: _d, 'x-request-id': _x, 'dpop-nonce': _n, ratelimit: _r, connection: _c, 'keep-alive': _k, ...rest } = headers;
  return JSON.stringify({ status, headers: Object.entries(rest).sort(), body });
}
