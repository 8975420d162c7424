import { describe, expect, it } from 'vitest';
import { poisson, seeded } from '../../../../tests/support/seeded.js';
import { countTail, logGamma, shareTail } from './statistics.js';

function binomial(random: () => number, n: number, p: number): number {
  let k = 0;
  for (let i = 0; i < n; i++) if (random() < p) k++;
  return k;
}

describe('log gamma', () => {
  it('is that of factorials and of one half', () => {
    let factorial = 1;
    for (let n = 1; n < 20; n++) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 10);
      factorial *= n;
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
    expect(logGamma(0.1)).toBeCloseTo(2.252712651734206, 10);
  });
});

describe('the tail of a count', () => {
  it('falls as the count rises, from 1', () => {
    const history = { days: 20, sum: 400 };
    const tails = [0, 5, 20, 30, 40, 60, 200].map((count) => countTail(count, history));
    expect(tails[0]).toBe(1);
    for (let i = 1; i < tails.length; i++) expect(tails[i]).toBeLessThanOrEqual(tails[i - 1] as number);
    expect(tails[2]).toBeGreaterThan(0.4);
    expect(tails.at(-1)).toBeLessThan(1e-60);
  });

  it('is a probability: the terms of the distribution sum to 1', () => {
    const history = { days: 3, sum: 7 };
    const differences = Array.from({ length: 200 }, (_, k) => countTail(k, history) - countTail(k + 1, history));
    expect(differences.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
  });

  it('says nothing without earlier days, and little after one', () => {
    expect(countTail(1_000, { days: 0, sum: 0 })).toBe(1);
    expect(countTail(30, { days: 1, sum: 20 })).toBeGreaterThan(0.05);
  });

  it.each([0.5, 4, 20, 60])('alarms falsely in at most one day in a thousand at α = 0.001, at a rate of %d a day', (rate) => {
    const random = seeded(7);
    const days = 20_000;
    let alarms = 0;
    for (let day = 0; day < days; day++) {
      const sum = Array.from({ length: 28 }, () => poisson(random, rate)).reduce((a, b) => a + b);
      if (countTail(poisson(random, rate), { days: 28, sum }) <= 0.001) alarms++;
    }
    // 20 are expected at most; the generator is seeded, so this is one number and no chance.
    expect(alarms).toBeLessThanOrEqual(24);
  });

  it('sees three times the usual rate on nine days of ten', () => {
    const random = seeded(11);
    let seen = 0;
    for (let day = 0; day < 1_000; day++) {
      const sum = Array.from({ length: 28 }, () => poisson(random, 20)).reduce((a, b) => a + b);
      if (countTail(poisson(random, 60), { days: 28, sum }) <= 1e-4) seen++;
    }
    expect(seen).toBeGreaterThan(900);
  });
});

describe('the tail of a share', () => {
  it('is a probability', () => {
    const before = { part: 3, whole: 90 };
    const differences = Array.from({ length: 41 }, (_, k) => shareTail(k, 40, before) - (k === 40 ? 0 : shareTail(k + 1, 40, before)));
    expect(differences.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
  });

  it('says nothing when nothing came before, or when there is no part', () => {
    expect(shareTail(5, 5, { part: 0, whole: 0 })).toBe(1);
    expect(shareTail(0, 50, { part: 1, whole: 100 })).toBe(1);
  });

  it.each([0.01, 0.1, 0.5])('alarms falsely in at most one day in a thousand at α = 0.001, at a share of %d', (p) => {
    const random = seeded(13);
    const days = 5_000;
    let alarms = 0;
    for (let day = 0; day < days; day++) {
      const part = binomial(random, 28 * 20, p);
      if (shareTail(binomial(random, 20, p), 20, { part, whole: 28 * 20 }) <= 0.001) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(9);
  });

  it('sees a share of 30 % where 2 % is usual', () => {
    expect(shareTail(12, 40, { part: 11, whole: 560 })).toBeLessThan(1e-6);
  });
});
