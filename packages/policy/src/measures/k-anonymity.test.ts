import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseMaskWidth, kAnonymity } from './k-anonymity.js';
import { lDiversity } from './l-diversity.js';
import { countClasses, visibleClass } from './visible.js';

/** Sizes of runs of equal texts after sorting: a second way to count classes. */
function runs(classes: readonly string[]): number[] {
  const sizes: number[] = [];
  [...classes].sort().forEach((key, index, sorted) => {
    if (index > 0 && sorted[index - 1] === key) sizes[sizes.length - 1]!++;
    else sizes.push(1);
  });
  return sizes;
}

const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 60 });

describe('k-anonymity', () => {
  it('agrees with counting runs of a sorted list', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 10 }), (classes, k) => {
        const sizes = runs(classes);
        expect(kAnonymity(classes, k)).toEqual({
          rows: classes.length,
          classes: sizes.length,
          smallest: sizes.length === 0 ? 0 : Math.min(...sizes),
          below: sizes.filter((size) => size < k).reduce((sum, size) => sum + size, 0),
          unique: sizes.filter((size) => size === 1).length,
        });
        expect(kAnonymity(countClasses(classes), k)).toEqual(kAnonymity(classes, k));
      }),
    );
  });

  it('keeps classes apart whatever the labels are', async () => {
    expect(visibleClass({ digits: '1', bands: ['2', ''] })).not.toBe(visibleClass({ digits: '12', bands: ['', ''] }));
    expect(visibleClass({ digits: '1', bands: ['a', 'b'] })).not.toBe(visibleClass({ digits: '1', bands: ['ab', ''] }));
    await expect(() => visibleClass({ digits: '', bands: ['a\u001fb'] })).toFailWith('ERR_MEASURE_INPUT');
  });
});

describe('the width of the mask', () => {
  const rows = fc.array(
    fc.record({
      digits: fc.integer({ min: 0, max: 39 }).map((n) => String(n).padStart(4, '0')),
      bands: fc.tuple(fc.constantFrom('x', 'y')),
    }),
    { maxLength: 300 },
  );

  it('is the largest that keeps every class at k, by trying each width from scratch', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 4 }), (list, k, most) => {
        let expected = 0;
        for (let width = most; width > 0; width--) {
          const sizes = runs(list.map(({ digits, bands }) => `${digits.slice(digits.length - width)}|${bands.join('|')}`));
          if (sizes.length > 0 && Math.min(...sizes) >= k) {
            expected = width;
            break;
          }
        }
        expect(chooseMaskWidth(list, k, most)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('is two for 32,000 random phones, and none for a handful', () => {
    let state = 7;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state;
    };
    const many = Array.from({ length: 32_000 }, () => ({ digits: String(next() >>> 8).slice(-4), bands: [] }));
    expect(chooseMaskWidth(many)).toBe(2);
    expect(chooseMaskWidth(many.slice(0, 300))).toBe(1);
    expect(chooseMaskWidth(many.slice(0, 40))).toBe(0);
    expect(chooseMaskWidth([])).toBe(0);
    expect(chooseMaskWidth(many, 20, 0)).toBe(0);
  });

  it('leaves about 93 % of 32,000 phones unique under the common mask of seven digits, and nobody under ours', () => {
    let state = 11;
    const next = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    // Forty mobile prefixes in use, a subscriber number of eight digits.
    const phones = Array.from({ length: 32_000 }, () => `1${30 + next(40)}${String(next(1e8)).padStart(8, '0')}`);
    const common = kAnonymity(phones.map((phone) => `${phone.slice(0, 3)}****${phone.slice(-4)}`));
    expect(common.unique / phones.length).toBeCloseTo(0.925, 2);
    const ours = kAnonymity(phones.map((phone) => phone.slice(-2)));
    expect(ours.unique).toBe(0);
    expect(ours.smallest).toBeGreaterThanOrEqual(200);
  });
});

describe('l-diversity', () => {
  // Machanavajjhala et al. 2007, figures 2 and 3: twelve inpatients, once 4-anonymous, once 3-diverse.
  const [heart, viral, cancer] = ['heart disease', 'viral infection', 'cancer'];
  const anonymous = [
    ['130** <30', [heart, heart, viral, viral]],
    ['1485* >=40', [cancer, heart, viral, viral]],
    ['130** 3*', [cancer, cancer, cancer, cancer]],
  ] as const;
  const diverse = [
    ['1305* <=40', [heart, viral, cancer, cancer]],
    ['1485* >40', [cancer, heart, viral, viral]],
    ['1306* <=40', [heart, viral, cancer, cancer]],
  ] as const;
  const rows = (table: readonly (readonly [string, readonly string[]])[]) =>
    table.flatMap(([shown, conditions]) => conditions.map((condition): [string, string] => [shown, condition]));

  it('finds the published values of its authors’ tables', () => {
    for (const table of [anonymous, diverse])
      expect(
        kAnonymity(
          rows(table).map(([shown]) => shown),
          4,
        ),
      ).toMatchObject({ rows: 12, classes: 3, smallest: 4, below: 0 });
    expect(lDiversity(rows(anonymous), 3)).toMatchObject({ distinct: 1, below: 8, homogeneous: 1 });
    expect(lDiversity(rows(diverse), 3)).toMatchObject({ distinct: 3, below: 0, homogeneous: 0 });
  });

  it('measures entropy: two equal halves tell as little as two values, a lopsided class less', () => {
    expect(
      lDiversity(
        [
          ['c', 'x'],
          ['c', 'y'],
        ],
        2,
      ).effective,
    ).toBeCloseTo(2, 12);
    expect(
      lDiversity(
        [
          ['c', 'x'],
          ['c', 'x'],
          ['c', 'x'],
          ['c', 'y'],
        ],
        2,
      ).effective,
    ).toBeCloseTo(Math.exp(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25))), 12);
    expect(lDiversity([], 2)).toEqual({ distinct: 0, effective: 0, below: 0, homogeneous: 0 });
  });
});
