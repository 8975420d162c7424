import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Name } from '../identifiers/name.js';
import type { Phone } from '../identifiers/phone.js';
import { Sensitive } from '../sensitive.js';
import { loadGroup } from './groups.js';
import { type MatchItems, type MatchTerms, matchPhones, merkleRoot } from './match.js';
import { createHolder, type MatchHolder } from './match-holder.js';
import { createLearner, learn, type MatchLearner } from './match-learner.js';
import { LONGEST_MESSAGE } from './match-messages.js';

const terms: MatchTerms = { purpose: 'marketing.insurance' as Name, campaign: 'c-1' as Name };
const phone = (number: number): Sensitive<Phone> => new Sensitive(String(8_613_800_000_000 + number) as Phone);
const phones = (from: number, count: number): MatchItems => matchPhones(Array.from({ length: count }, (_, i) => phone(from + i)));
const group = await loadGroup('ristretto255-SHA512');

/** A run up to a step of the learner, with every message of it. */
async function upTo(kind: number, learner: MatchLearner, holder: MatchHolder): Promise<Uint8Array> {
  let step = await learner.start();
  while (step.next === 'send' && step.message[0] !== kind) step = await learner.receive(await holder.answer(step.message));
  if (step.next === 'done') throw new Error('no such step');
  return step.message;
}
const [COMMIT, ELEMENTS, LIST, EVALUATE] = [1, 2, 3, 4] as const;
const changed = (message: Uint8Array, at: number): Uint8Array =>
  message.map((byte, i) => (i === (at + message.length) % message.length ? byte ^ 1 : byte));

describe('blind matching', () => {
  it('tells the learner which of its elements both lists hold, in batches', async () => {
    const holder = createHolder(group, phones(100, 1_500), terms);
    const learner = createLearner(group, phones(0, 600), terms);
    const messages: Uint8Array[] = [];
    const matches = await learn(learner, async (message) => {
      const answer = await holder.answer(message);
      messages.push(message, answer);
      return answer;
    });
    expect(matches).toEqual(Array.from({ length: 500 }, (_, i) => 100 + i));
    expect(holder).toMatchObject({ state: 'done', asked: 600, listed: 1_500 });
    expect(learner).toMatchObject({ asked: 600, listed: 1_500 });
    expect(Math.max(...messages.map(({ length }) => length))).toBeLessThanOrEqual(LONGEST_MESSAGE);
    // key, 3 batches of elements, 2 of tags, 3 evaluated
    expect(messages).toHaveLength(2 * (1 + 3 + 2 + 3));
  });

  it('finds what a comparison in clear finds, whatever the lists and the library', async () => {
    const lists = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 });
    const noble = await loadGroup('ristretto255-SHA512', { backend: 'noble' });
    await fc.assert(
      fc.asyncProperty(lists, lists, async (ours, theirs) => {
        const items = (numbers: readonly number[]) => matchPhones(numbers.map(phone));
        const holder = createHolder(noble, items([...theirs, ...theirs]), terms);
        const matches = await learn(createLearner(group, items(ours), terms), (message) => holder.answer(message));
        expect(matches).toEqual(ours.flatMap((number, i) => (theirs.includes(number) ? [i] : [])));
        expect(holder.listed).toBe(theirs.length);
      }),
      { numRuns: 8 },
    );
  });

  it('shows the holder nothing that comes twice, and the learner tags in another order and under another key each run', async () => {
    const seen = new Set<string>();
    const orders: string[] = [];
    for (let i = 0; i < 2; i++) {
      const holder = createHolder(group, phones(0, 40), terms);
      await learn(createLearner(group, phones(0, 3), terms), async (message) => {
        const answer = await holder.answer(message);
        if (message[0] === ELEMENTS)
          for (let at = 22; at < message.length; at += 32) seen.add(Buffer.from(message.subarray(at, at + 32)).toString('hex'));
        if (message[0] === LIST) orders.push(Buffer.from(answer.subarray(22)).toString('hex'));
        return answer;
      });
    }
    expect(seen.size).toBe(6);
    expect(orders[0]).not.toBe(orders[1]);
  });

  it('commits by the root of RFC 6962', () => {
    // Its tree of these leaves is well known: certificate transparency's own test data.
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
      Buffer.from(hex, 'hex'),
    );
    const root = (count: number) => Buffer.from(merkleRoot(leaves.slice(0, count))).toString('hex');
    expect(root(1)).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(root(3)).toBe('aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77');
    expect(root(8)).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  });
});

describe('a holder', () => {
  const pair = (options: Partial<MatchTerms> = {}): [MatchLearner, MatchHolder] => [
    createLearner(group, phones(0, 300), terms),
    createHolder(group, phones(0, 20), { ...terms, ...options }),
  ];

  it('refuses elements that were not committed to, before it tells a tag', async () => {
    const [learner, holder] = pair();
    const elements = await upTo(ELEMENTS, learner, holder);
    const received = await holder.answer(changed(elements, 40));
    const last = (await learner.receive(received)) as { message: Uint8Array };
    await expect(() => holder.answer(last.message)).toFailWith('ERR_MATCH_COMMITMENT');
    expect(holder.state).toBe('over');
  });

  it.each([
    ['a list before the elements', ELEMENTS, LIST],
    ['an evaluation before the list', LIST, EVALUATE],
    ['elements again after them', LIST, ELEMENTS],
    ['a second commitment', ELEMENTS, COMMIT],
  ])('refuses %s and is over', async (_, at, kind) => {
    const [learner, holder] = pair();
    const message = await upTo(at, learner, holder);
    await expect(() => holder.answer(message.map((byte, i) => (i === 0 ? kind : byte)))).toFailWith('ERR_MATCH_ORDER');
    expect(holder.state).toBe('over');
    await expect(() => holder.answer(message)).toFailWith('ERR_MATCH_ORDER');
  });

  it('refuses another batch than the next one, and two messages at once', async () => {
    const [learner, holder] = pair();
    const message = await upTo(ELEMENTS, learner, holder);
    await expect(() => holder.answer(changed(message, 21))).toFailWith('ERR_MATCH_ORDER');

    const [second, other] = pair();
    const list = await upTo(LIST, second, other);
    const both = await Promise.allSettled([other.answer(list), other.answer(list)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(other.state).toBe('over');
  });

  it.each([
    ['an unknown kind', (message: Uint8Array) => message.map((byte, i) => (i === 0 ? 99 : byte)), 'ERR_MATCH_MESSAGE'],
    ['another version', (message: Uint8Array) => message.map((byte, i) => (i === 1 ? 2 : byte)), 'ERR_MATCH_MESSAGE'],
    ['a byte more', (message: Uint8Array) => Uint8Array.of(...message, 0), 'ERR_MATCH_MESSAGE'],
    ['a byte less', (message: Uint8Array) => message.subarray(0, -1), 'ERR_MATCH_MESSAGE'],
    ['nothing', () => new Uint8Array(0), 'ERR_MATCH_MESSAGE'],
    ['what is too long for any kind', () => new Uint8Array(LONGEST_MESSAGE + 1).fill(1), 'ERR_MATCH_MESSAGE'],
    ['another run', (message: Uint8Array) => changed(message, 5), 'ERR_MATCH_TERMS'],
  ])('refuses %s and is over', async (_, change, code) => {
    const [learner, holder] = pair();
    const message = await upTo(ELEMENTS, learner, holder);
    await expect(() => holder.answer(change(message))).toFailWith(code);
    expect(holder.state).toBe('over');
  });

  it('refuses other terms and more elements than it allows, before it draws a key', async () => {
    for (const [options, code] of [
      [{ campaign: 'c-2' as Name }, 'ERR_MATCH_TERMS'],
      [{ purpose: 'marketing' as Name }, 'ERR_MATCH_TERMS'],
      [{ mostAsked: 299 }, 'ERR_MATCH_LIMIT'],
    ] as const) {
      const [learner, holder] = pair(options);
      const message = await upTo(COMMIT, learner, holder);
      await expect(() => holder.answer(message)).toFailWith(code);
      expect(holder).toMatchObject({ state: 'over', asked: 0 });
    }
  });

  it('refuses an element that is none', async () => {
    const learner = createLearner(group, phones(0, 1), terms);
    const holder = createHolder(group, phones(0, 2), terms);
    const commit = await upTo(COMMIT, learner, holder);
    const identity = new Uint8Array(32);
    const forged = Uint8Array.from(commit);
    forged.set(merkleRoot([identity]), 22);
    await holder.answer(forged);
    const head = (kind: number) => Uint8Array.of(kind, 1, ...commit.subarray(2, 18), 0, 0, 0, 0);
    await holder.answer(Uint8Array.of(...head(ELEMENTS), ...identity));
    await holder.answer(head(LIST));
    await expect(() => holder.answer(head(EVALUATE))).toFailWith('ERR_BLIND_ELEMENT');
    expect(holder.state).toBe('over');
  });

  it('has a list, and not more than the terms allow', async () => {
    await expect(() => createHolder(group, matchPhones([]), terms)).toFailWith('ERR_MATCH_LIMIT');
    await expect(() => createHolder(group, phones(0, 3), { ...terms, mostListed: 2 })).toFailWith('ERR_MATCH_LIMIT');
  });
});

describe('a learner', () => {
  it('refuses an answer whose proof does not hold, and learns nothing', async () => {
    const learner = createLearner(group, phones(0, 3), terms);
    const holder = createHolder(group, phones(0, 20), terms);
    const evaluated = await holder.answer(await upTo(EVALUATE, learner, holder));
    await expect(() => learner.receive(changed(evaluated, -1))).toFailWith('ERR_BLIND_PROOF');
    await expect(() => learner.receive(evaluated)).toFailWith('ERR_MATCH_ORDER');
  });

  it('refuses answers of another step, batch, run or length', async () => {
    for (const [change, code] of [
      [(answer: Uint8Array) => changed(answer, 0), 'ERR_MATCH_ORDER'],
      [(answer: Uint8Array) => changed(answer, 21), 'ERR_MATCH_ORDER'],
      [(answer: Uint8Array) => changed(answer, 3), 'ERR_MATCH_TERMS'],
      [(answer: Uint8Array) => Uint8Array.of(...answer, 0), 'ERR_MATCH_MESSAGE'],
    ] as const) {
      const learner = createLearner(group, phones(0, 3), terms);
      const holder = createHolder(group, phones(0, 20), terms);
      const tags = await holder.answer(await upTo(LIST, learner, holder));
      await expect(() => learner.receive(change(tags))).toFailWith(code);
    }
  });

  it('refuses a list that is longer than the terms allow, and starts once', async () => {
    const learner = createLearner(group, phones(0, 3), { ...terms, mostListed: 10 });
    const holder = createHolder(group, phones(0, 11), terms);
    const key = await holder.answer(await upTo(COMMIT, learner, holder));
    await expect(() => learner.receive(key)).toFailWith('ERR_MATCH_LIMIT');
    await expect(() => learner.start()).toFailWith('ERR_MATCH_ORDER');
  });

  it('has a list, and not more than the terms allow', async () => {
    await expect(() => createLearner(group, matchPhones([]), terms)).toFailWith('ERR_MATCH_LIMIT');
    await expect(() => createLearner(group, phones(0, 3), { ...terms, mostAsked: 2 })).toFailWith('ERR_MATCH_LIMIT');
  });

  it('takes phones as E.164 digits, and shows them to nobody who prints them', () => {
    const items = phones(0, 1);
    expect(items.use(([first]) => Buffer.from(first as Uint8Array).toString())).toBe('8613800000000');
    expect(JSON.stringify(items)).toBe('"[redacted]"');
  });
});
