import { setTimeout as sleep } from 'node:timers/promises';
import type { Carrier, CarrierAnswer, CarrierOrder } from '@numbra/bank';
import { type Phone, Sensitive } from '@numbra/core';
import { describe, expect, it } from 'vitest';
import { withBreaker } from './breaker.js';

const PAUSE_MS = 40;

function carrierThat(answers: () => Promise<CarrierAnswer>) {
  let asked = 0;
  const inner: Carrier = {
    name: 'test',
    place: () => {
      asked++;
      return answers();
    },
    find: async () => 'unknown',
  };
  const carrier = withBreaker(inner, { failures: 2, pauseMs: PAUSE_MS });
  return { carrier, asked: () => asked };
}

const order = (signal: AbortSignal = new AbortController().signal): CarrierOrder => ({
  callId: 'call',
  number: new Sensitive('8613800138000' as Phone),
  signal,
});

describe('the breaker', () => {
  it('opens after failures in a row, lets one order try after the pause, and closes when that one is placed', async () => {
    let broken = true;
    const { carrier, asked } = carrierThat(async () => {
      if (broken) throw new Error('broken');
      return { outcome: 'placed' };
    });
    expect(carrier.isAvailable?.()).toBe(true);
    for (let i = 0; i < 2; i++) await expect(carrier.place(order())).rejects.toThrow('order failed');
    expect(carrier.isAvailable?.()).toBe(false);
    // Authorized just before it opened: certainly not placed, and the carrier was not asked.
    expect(await carrier.place(order())).toEqual({ outcome: 'not-placed', cause: 'carrier-unavailable' });
    expect(asked()).toBe(2);
    broken = false;
    await sleep(2 * PAUSE_MS);
    expect(carrier.isAvailable?.()).toBe(true);
    expect(await carrier.place(order())).toEqual({ outcome: 'placed' });
    expect(carrier.isAvailable?.()).toBe(true);
  });

  it('takes a rejected order for an answer, and one that did not reach the carrier for a failure', async () => {
    let cause = 'rejected';
    const { carrier } = carrierThat(async () => ({ outcome: 'not-placed', cause }));
    for (let i = 0; i < 5; i++) expect(await carrier.place(order())).toEqual({ outcome: 'not-placed', cause: 'rejected' });
    expect(carrier.isAvailable?.()).toBe(true);
    cause = 'not-connected';
    for (let i = 0; i < 2; i++) expect(await carrier.place(order())).toEqual({ outcome: 'not-placed', cause: 'not-connected' });
    expect(carrier.isAvailable?.()).toBe(false);
  });

  it('counts an order that nobody waits for any more as a failure, and never gives one then', async () => {
    const { carrier, asked } = carrierThat(() => new Promise(() => {}));
    for (let i = 0; i < 2; i++) {
      const abort = new AbortController();
      const placing = carrier.place(order(abort.signal));
      abort.abort();
      await expect(placing).rejects.toThrow('order failed');
    }
    expect(carrier.isAvailable?.()).toBe(false);
    const before = asked();
    await sleep(2 * PAUSE_MS);
    expect(await carrier.place(order(AbortSignal.abort()))).toEqual({ outcome: 'not-placed', cause: 'carrier-unavailable' });
    expect(asked()).toBe(before);
  });

  it('leaves hanging up out where the carrier cannot', () => {
    const { carrier } = carrierThat(async () => ({ outcome: 'placed' }));
    expect(carrier.hangUp).toBeUndefined();
  });
});
