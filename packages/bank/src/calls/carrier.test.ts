import { parsePhone } from '@numbra/core';
import { describe, expect, it } from 'vitest';
import { type Carrier, type CarrierAnswer, causeCode, placeOnce } from './carrier.js';

const order = { callId: '00000000-0000-7000-8000-000000000000', number: parsePhone('+8613800138000')! };
const carrier = (place: Carrier['place']): Carrier => ({ name: 'test', place, find: async () => 'unknown' });

describe('placeOnce', () => {
  it('gives the carrier’s answer', async () => {
    expect(
      await placeOnce(
        carrier(async () => ({ outcome: 'placed' })),
        order,
      ),
    ).toEqual({ outcome: 'placed' });
    expect(
      await placeOnce(
        carrier(async () => ({ outcome: 'not-placed', cause: 'no-trunk' })),
        order,
      ),
    ).toEqual({
      outcome: 'not-placed',
      cause: 'no-trunk',
    });
  });

  it('takes a throw, at once or later, as unknown', async () => {
    const throws = () => {
      throw new Error('8613800138000');
    };
    expect(await placeOnce(carrier(throws), order)).toEqual({ outcome: 'unknown' });
    expect(
      await placeOnce(
        carrier(async () => throws()),
        order,
      ),
    ).toEqual({ outcome: 'unknown' });
  });

  it('takes an answer that is none of the two as unknown', async () => {
    for (const answer of [undefined, null, {}, { outcome: 'perhaps' }, 'placed']) {
      expect(
        await placeOnce(
          carrier(async () => answer as CarrierAnswer),
          order,
        ),
      ).toEqual({ outcome: 'unknown' });
    }
  });

  it('waits its time, then says unknown and aborts; a later answer or error is nobody’s', async () => {
    let signal: AbortSignal | undefined;
    const slow = carrier((given) => {
      signal = given.signal;
      return new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 40));
    });
    expect(await placeOnce(slow, order, 10)).toEqual({ outcome: 'unknown' });
    expect(signal?.aborted).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('does not abort a call that was answered', async () => {
    let signal: AbortSignal | undefined;
    await placeOnce(
      carrier(async (given) => {
        signal = given.signal;
        return { outcome: 'placed' };
      }),
      order,
      10,
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(signal?.aborted).toBe(false);
  });
});

describe('causeCode', () => {
  it('keeps a code and nothing that could hold a number', () => {
    for (const cause of ['no-trunk', 'sip-486', 'rejected']) expect(causeCode(cause)).toBe(cause);
    for (const cause of ['8613800138000', 'to-13800138000', 'No trunk', '', '-', 'a--b', 'x'.repeat(65), undefined, 7]) {
      expect(causeCode(cause)).toBe('not-placed');
    }
  });
});
