/** The vendor's half of blind matching against itself; against the bank's own code in tests/blind-match.e2e.test.ts. */
import { describe, expect, it } from 'vitest';
import { createMatchHolder } from './holder.js';
import { learnMatches } from './learner.js';
import { LONGEST_MESSAGE } from './messages.js';

const terms = { purpose: 'marketing.insurance', campaign: 'c-1' };
const phones = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => String(8_613_800_000_000 + from + i));
const changed = (message: Uint8Array, at: number): Uint8Array =>
  message.map((byte, i) => (i === (at + message.length) % message.length ? byte ^ 1 : byte));

describe('blind matching', () => {
  it('tells the learner which phones both lists hold, in messages of bounded length', async () => {
    const holder = createMatchHolder({ ...terms, phones: [...phones(20, 60), ...phones(20, 5)] });
    let longest = 0;
    const learned = await learnMatches({
      ...terms,
      phones: phones(0, 30),
      exchange: async (message) => {
        const answer = await holder.answer(message);
        longest = Math.max(longest, message.length, answer.length);
        return answer;
      },
    });
    expect(learned).toMatchObject({ listed: 60, matches: Array.from({ length: 10 }, (_, i) => 20 + i) });
    expect(holder).toMatchObject({ state: 'done', asked: 30, listed: 60 });
    expect(longest).toBeLessThanOrEqual(LONGEST_MESSAGE);
  });

  it('keeps nothing of the memory that a message came in', async () => {
    const holder = createMatchHolder({ ...terms, phones: phones(0, 3) });
    const exchange = async (message: Uint8Array) => {
      const received = Buffer.from(message);
      const answer = Buffer.from(await holder.answer(received));
      received.fill(0xff);
      setTimeout(() => answer.fill(0xff), 0);
      return answer;
    };
    expect((await learnMatches({ ...terms, phones: phones(2, 3), exchange })).matches).toEqual([0]);
  });

  it.each([
    ['a changed element', 2, 30, 'ERR_CLIENT_MATCH_MESSAGE'],
    ['another kind', 3, 0, 'ERR_CLIENT_MATCH_MESSAGE'],
    ['another batch', 3, 21, 'ERR_CLIENT_MATCH_MESSAGE'],
    ['another version', 4, 1, 'ERR_CLIENT_MATCH_MESSAGE'],
    ['another run', 4, 3, 'ERR_CLIENT_MATCH_TERMS'],
  ])('is over for a holder that gets %s', async (_, kind, at, code) => {
    const holder = createMatchHolder({ ...terms, phones: phones(0, 3) });
    const exchange = (message: Uint8Array) => holder.answer(message[0] === kind ? changed(message, at) : message);
    await expect(() => learnMatches({ ...terms, phones: phones(0, 2), exchange })).toFailWith(code);
    expect(holder.state).toBe('over');
    await expect(() => holder.answer(new Uint8Array(22))).toFailWith('ERR_CLIENT_MATCH_MESSAGE');
  });

  it.each([
    ['a changed proof', 20, -1, 'ERR_CLIENT_MATCH_PROOF'],
    ['a changed key', 17, 30, /ERR_CLIENT_MATCH_(?:PROOF|MESSAGE)/],
    ['another step', 19, 0, 'ERR_CLIENT_MATCH_MESSAGE'],
    ['another run', 18, 3, 'ERR_CLIENT_MATCH_TERMS'],
  ])('is over for a learner that gets %s', async (_, kind, at, code) => {
    const holder = createMatchHolder({ ...terms, phones: phones(0, 3) });
    const exchange = async (message: Uint8Array) => {
      const answer = await holder.answer(message);
      return answer[0] === kind ? changed(answer, at) : answer;
    };
    const refused = learnMatches({ ...terms, phones: phones(0, 2), exchange });
    if (typeof code === 'string') await expect(() => refused).toFailWith(code);
    else await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(code) });
  });

  it('refuses other terms, lists that are too long, and phones that are none', async () => {
    const exchangeOf = (options: object) => {
      const holder = createMatchHolder({ ...terms, phones: phones(0, 3), ...options });
      return (message: Uint8Array) => holder.answer(message);
    };
    const learning = { ...terms, phones: phones(0, 2) };
    await expect(() => learnMatches({ ...learning, exchange: exchangeOf({ campaign: 'c-2' }) })).toFailWith('ERR_CLIENT_MATCH_TERMS');
    await expect(() => learnMatches({ ...learning, exchange: exchangeOf({ mostOfOther: 1 }) })).toFailWith('ERR_CLIENT_MATCH_LIMIT');
    await expect(() => learnMatches({ ...learning, mostOfOther: 2, exchange: exchangeOf({}) })).toFailWith('ERR_CLIENT_MATCH_LIMIT');
    await expect(() => createMatchHolder({ ...terms, phones: [] })).toFailWith('ERR_CLIENT_MATCH_LIMIT');
    await expect(() => createMatchHolder({ ...terms, phones: ['+8613800138000'] })).toFailWith('ERR_CLIENT_OPTION');
    await expect(() => createMatchHolder({ ...terms, campaign: 'c\x1f1', phones: phones(0, 1) })).toFailWith('ERR_CLIENT_OPTION');
  });
});
