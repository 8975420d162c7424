import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { criterionCertainty, deltaPresence } from './delta-presence.js';
import { type Draw, keyedOrder } from './keyed-order.js';
import { drawDays } from './pacing.js';
import { drawPadding, mostPadded, paddingRows } from './padding.js';
import { countClasses } from './visible.js';

const draw = (context = 'c-1', key = new Uint8Array(32).fill(7)): Draw => ({
  key,
  context,
  hmac: (secret, message) => createHmac('sha256', secret).update(message).digest(),
});
const references = (count: number) => Array.from({ length: count }, (_, index) => `nr1_${index}`);

describe('a keyed order', () => {
  it('is a permutation, the same each time, and another one for another key, use or context', () => {
    const items = references(200);
    const order = keyedOrder(items, 'pacing', draw());
    expect([...order].sort((a, b) => a - b)).toEqual(items.map((_, index) => index));
    expect(keyedOrder(items, 'pacing', draw())).toEqual(order);
    for (const other of [
      keyedOrder(items, 'padding', draw()),
      keyedOrder(items, 'pacing', draw('c-2')),
      keyedOrder(items, 'pacing', draw('c-1', new Uint8Array(32))),
    ])
      expect(other).not.toEqual(order);
  });

  it('does not follow the order in which items come', () => {
    const items = references(200);
    const ranked = (list: readonly string[]) => keyedOrder(list, 'pacing', draw()).map((position) => list[position]);
    expect(ranked([...items].reverse())).toEqual(ranked(items));
  });
});

describe('daily batches', () => {
  it('cover every row, and differ in size by one at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 30 }), (rows, days) => {
        const drawn = drawDays(references(rows), days, draw());
        expect(drawn).toHaveLength(rows);
        const sizes = Array.from({ length: days }, (_, day) => drawn.filter((own) => own === day).length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(rows);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('carry no trace of where a row stood', () => {
    // Mean day of the first half against the second; under chance the difference is within 4 standard errors.
    const drawn = drawDays(references(20_000), 10, draw());
    const mean = (from: number, to: number) => drawn.slice(from, to).reduce((sum, day) => sum + day, 0) / (to - from);
    expect(Math.abs(mean(0, 10_000) - mean(10_000, 20_000))).toBeLessThan(4 * Math.sqrt((2 * 8.25) / 10_000));
  });

  it('are refused over no days', async () => {
    for (const days of [0, -1, 1.5, Number.NaN]) await expect(() => drawDays(['a'], days, draw())).toFailWith('ERR_MEASURE_INPUT');
  });
});

describe('padding', () => {
  it('is the fewest rows that make up the share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 95 }), (rows, percent) => {
        const share = percent / 100;
        const added = paddingRows(rows, share);
        if (rows === 0) return;
        expect(added / (rows + added)).toBeGreaterThanOrEqual(share);
        if (added > 0) expect((added - 1) / (rows + added - 1)).toBeLessThan(share);
        expect(criterionCertainty(rows + added, added)).toBeLessThanOrEqual(1 - share + 1e-12);
      }),
    );
    expect([paddingRows(95, 0.05), paddingRows(100, 0), paddingRows(0, 0.5)]).toEqual([5, 0, 0]);
  });

  it('hides as many rows as there are others for, and one more would be too many', async () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 95 }), (outside, percent) => {
        const most = mostPadded(outside, percent / 100);
        expect(paddingRows(most, percent / 100)).toBeLessThanOrEqual(outside);
        expect(paddingRows(most + 1, percent / 100)).toBeGreaterThan(outside);
      }),
    );
    expect([mostPadded(5, 0.05), mostPadded(0, 0.5), mostPadded(1, 0.5)]).toEqual([95, 0, 1]);
    for (const share of [0, 1, Number.NaN]) await expect(() => mostPadded(1, share)).toFailWith('ERR_MEASURE_INPUT');
  });

  it('is drawn without repetition, as many as there are at most', () => {
    const outside = references(50);
    const drawn = drawPadding(outside, 20, draw());
    expect(new Set(drawn).size).toBe(20);
    expect(drawPadding(outside, 20, draw())).toEqual(drawn);
    expect(drawPadding(outside, 80, draw())).toHaveLength(50);
  });

  it('refuses shares that are none', async () => {
    for (const [rows, share] of [
      [1, 1],
      [1, -0.1],
      [1, Number.NaN],
      [-1, 0.1],
      [1.5, 0.1],
    ] as const)
      await expect(() => paddingRows(rows, share)).toFailWith('ERR_MEASURE_INPUT');
  });
});

describe('δ-presence', () => {
  it('is the share of a class that is listed, by counting customers one by one', () => {
    const people = fc.array(fc.record({ shown: fc.constantFrom('a', 'b', 'c'), listed: fc.boolean() }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(people, (all) => {
        const measured = deltaPresence(
          countClasses(all.filter(({ listed }) => listed).map(({ shown }) => shown)),
          countClasses(all.map(({ shown }) => shown)),
        );
        const shares = all.map(({ shown }) => {
          const alike = all.filter((other) => other.shown === shown);
          return alike.filter(({ listed }) => listed).length / alike.length;
        });
        expect(measured.least).toBeCloseTo(Math.min(...shares), 12);
        expect(measured.most).toBeCloseTo(Math.max(...shares), 12);
        expect(measured.certain).toBe(shares.filter((share) => share === 1).length);
      }),
    );
  });

  it('refuses a list that is no part of the population', async () => {
    await expect(() => deltaPresence(new Map([['a', 2]]), new Map([['a', 1]]))).toFailWith('ERR_MEASURE_INPUT');
    expect(deltaPresence(new Map(), new Map())).toEqual({ least: 0, most: 0, certain: 0 });
    expect(criterionCertainty(0, 0)).toBe(0);
  });
});
