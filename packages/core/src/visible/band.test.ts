import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandOf } from './band.js';

describe('bandOf', () => {
  it('gives the lower edge to the band above it', () => {
    expect([-5, 0, 9_999.99, 10_000, 49_999, 50_000].map((value) => bandOf(value, [0, 10_000, 50_000]))).toEqual([
      '<0',
      '0-10000',
      '0-10000',
      '10000-50000',
      '10000-50000',
      '>=50000',
    ]);
  });

  it('uses the labels of the policy', () => {
    expect([5, 50].map((value) => bandOf(value, [10], ['low', 'high']))).toEqual(['low', 'high']);
  });

  it('never lets a greater value fall into a lower band', () => {
    const edges = [-100, 0, 7, 1_000];
    const labels = ['a', 'b', 'c', 'd', 'e'];
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ noNaN: true, noDefaultInfinity: true }), (x, y) => {
        const [low, high] = x < y ? [x, y] : [y, x];
        expect(bandOf(low, edges, labels) <= bandOf(high, edges, labels)).toBe(true);
      }),
    );
  });

  it('refuses edges that do not rise, labels that do not fit, and what is no number', async () => {
    for (const call of [
      () => bandOf(1, []),
      () => bandOf(1, [2, 2]),
      () => bandOf(1, [3, 2]),
      () => bandOf(1, [Number.NaN]),
      () => bandOf(1, [2], ['one']),
      () => bandOf(Number.NaN, [2]),
    ]) {
      await expect(call).toFailWith('ERR_BAND_INVALID');
    }
  });
});
