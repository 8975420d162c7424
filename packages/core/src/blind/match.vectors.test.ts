/** One whole run, byte for byte, as clients in other languages can check it. */
import { describe, expect, it } from 'vitest';
import type { Name } from '../identifiers/name.js';
import type { Phone } from '../identifiers/phone.js';
import { Sensitive } from '../sensitive.js';
import { RANDOM_BYTES } from './group.js';
import { loadGroup } from './groups.js';
import { matchPhones } from './match.js';
import { createHolder } from './match-holder.js';
import { createLearner } from './match-learner.js';
import { writeCount } from './match-messages.js';
import vector from './vectors/match.json' with { type: 'json' };

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (of: Uint8Array): string => Buffer.from(of).toString('hex');
const phones = (digits: readonly string[]) => matchPhones(digits.map((each) => new Sensitive(each as Phone)));

/** The bytes that are drawn for a scalar: itself, big-endian. */
const drawn = (scalar: string): Uint8Array => {
  const wide = new Uint8Array(RANDOM_BYTES);
  wide.set(bytes(scalar).reverse(), RANDOM_BYTES - 32);
  return wide;
};
const inTurn = (draws: readonly Uint8Array[]) => {
  let next = 0;
  return () => draws[next++] as Uint8Array;
};
/** Draws that leave each element where it is. */
const inOrder = (count: number): Uint8Array[] => Array.from({ length: count - 1 }, (_, i) => writeCount(count - 1 - i));

describe('the vector of blind matching', () => {
  it.each(['libsodium', 'noble'] as const)('is what both sides send, by %s', async (backend) => {
    const group = await loadGroup('ristretto255-SHA512', { backend });
    const terms = { purpose: vector.purpose as Name, campaign: vector.campaign as Name };
    const random = inTurn([bytes(vector.run), ...vector.blinds.map(drawn)]);
    const learner = createLearner(group, phones(vector.asked), { ...terms, random });
    const holding = inTurn([...inOrder(vector.listed.length), drawn(vector.secretKey), drawn(vector.proofNonce)]);
    const holder = createHolder(group, phones(vector.listed), { ...terms, random: holding });
    const messages: string[] = [];
    let step = await learner.start();
    while (step.next === 'send') {
      const answer = await holder.answer(step.message);
      messages.push(hex(step.message), hex(answer));
      step = await learner.receive(answer);
    }
    expect(messages).toEqual(vector.messages);
    expect(step.matches).toEqual(vector.matches);
  });
});
