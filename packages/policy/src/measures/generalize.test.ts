import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generalize } from './generalize.js';
import { kAnonymity } from './k-anonymity.js';
import { lDiversity } from './l-diversity.js';
import { type VisibleList, visibleClass } from './visible.js';

const AGES = ['0-29', '30-44', '45-59', '60+'];
const lists: fc.Arbitrary<VisibleList> = fc
  .array(
    fc.record({ digits: fc.constantFrom('00', '01', '10', '11'), bands: fc.tuple(fc.constantFrom(...AGES), fc.constantFrom('n', 's')) }),
    { minLength: 1, maxLength: 40 },
  )
  .map((rows) => ({ bandNames: ['age', 'side'], rows: rows.map((row, customer) => ({ customer, ...row })) }));
const classes = (list: VisibleList) => list.rows.map((row) => visibleClass(row));

describe('generalising', () => {
  it('keeps the bounds it was given, loses no row silently and invents none', () => {
    fc.assert(
      fc.property(
        lists,
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(0, 0.1, 0.5),
        fc.integer({ min: 1, max: 2 }),
        (list, k, suppress, l) => {
          const hidden = list.rows.map(({ customer }) => String(Number(customer) % 3));
          const found = generalize(list, { k, l, suppress }, { order: { age: AGES }, hidden: [hidden] });
          if (found === undefined) {
            expect(list.rows.length < k || new Set(hidden).size < l).toBe(true);
            return;
          }
          const { suppressed, cost } = found;
          expect(kAnonymity(classes(found.list), k).smallest).toBeGreaterThanOrEqual(k);
          const left = hidden.filter((_, position) => !suppressed.includes(position));
          expect(
            lDiversity(
              classes(found.list).map((key, index) => [key, left[index]!]),
              l,
            ).distinct,
          ).toBeGreaterThanOrEqual(l);
          expect(suppressed.length).toBeLessThanOrEqual(suppress * list.rows.length);
          expect(cost.suppressedRows).toBe(suppressed.length);
          expect(found.list.rows.map(({ customer }) => customer)).toEqual(
            list.rows.map(({ customer }) => customer).filter((_, position) => !suppressed.includes(position)),
          );
          expect(cost.loss).toBeGreaterThanOrEqual(0);
          expect(cost.loss).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves a list alone that keeps the bounds', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const found = generalize(list, { k: 1 }, { order: { age: AGES } });
        expect(found?.list).toEqual(list);
        expect(found?.cost).toMatchObject({ digits: 0, suppressedRows: 0, loss: 0 });
      }),
    );
  });

  it('merges neighbours and says what that costs', () => {
    const rows = AGES.flatMap((age, group) => [0, 1, 2].map((n) => ({ customer: group * 3 + n, digits: '', bands: [age] })));
    const found = generalize({ bandNames: ['age'], rows }, { k: 6 }, { order: { age: AGES } });
    expect(found?.list.rows.map(({ bands }) => bands[0])).toEqual([
      ...new Array(6).fill('0-29..30-44'),
      ...new Array(6).fill('45-59..60+'),
    ]);
    // A label of two out of four spans one third of the range between the first and the last.
    expect(found?.cost).toMatchObject({ bands: { age: expect.closeTo(1 / 3, 12) }, loss: expect.closeTo(1 / 3, 12) });
    expect(found?.labels.age?.get('30-44')).toBe('0-29..30-44');
  });

  it('gives up a band, a digit or some rows, whichever costs least', () => {
    const rows = Array.from({ length: 40 }, (_, customer) => ({
      customer,
      digits: String(customer % 2),
      bands: [customer === 0 ? 'rare' : 'usual'],
    }));
    const list = { bandNames: ['kind'], rows };
    expect(generalize(list, { k: 5 })?.cost).toMatchObject({ digits: 0, bands: { kind: 1 }, suppressedRows: 0 });
    expect(generalize(list, { k: 5, suppress: 0.05 })).toMatchObject({
      suppressed: [0],
      cost: { digits: 0, bands: { kind: 0 }, loss: 1 / 40 },
    });
    expect(generalize(list, { k: 5, suppress: 0.05 })?.list.bandNames).toEqual(['kind']);
    expect(generalize(list, { k: 30 })).toMatchObject({ list: { bandNames: [] }, cost: { digits: 1 } });
    expect(generalize(list, { k: 41 })).toBeUndefined();
  });

  it('keeps bands, and rows, before digits when it is told to', () => {
    const rows = Array.from({ length: 80 }, (_, customer) => ({
      customer,
      digits: String(customer % 10).padStart(2, '0'),
      bands: [customer < 40 ? '0-29' : '60+'],
    }));
    const list = { bandNames: ['age'], rows };
    expect(generalize(list, { k: 20, suppress: 0.2 }, { order: { age: AGES }, keep: 'bands' })?.cost).toMatchObject({
      digits: 2,
      bands: { age: 0 },
      suppressedRows: 0,
    });
    // One row too few for its own class: a coarser band costs more than the row, and digits are no price for either.
    const one = { customer: 80, digits: '00', bands: ['30-44'] };
    const found = generalize(
      { bandNames: ['age'], rows: [...rows, one] },
      { k: 20, suppress: 0.02 },
      { order: { age: AGES }, keep: 'bands' },
    );
    expect(found).toMatchObject({ suppressed: [80], cost: { digits: 2, bands: { age: 0 }, suppressedRows: 1 } });
  });

  it('counts what cannot be made coarser as seen, and merges nothing with what is not known', () => {
    const rows = AGES.flatMap((age, group) =>
      [0, 1, 2, 3].map((n) => ({ customer: group * 4 + n, digits: '', bands: [n === 0 ? '' : age] })),
    );
    const list = { bandNames: ['age'], rows };
    const days = rows.map((_, position) => String(position % 2));
    expect(generalize(list, { k: 4 }, { order: { age: AGES } })?.list.rows.map(({ bands }) => bands[0])).toEqual(
      AGES.flatMap((_, group) => ['', ...new Array(3).fill(group < 2 ? '0-29..30-44' : '45-59..60+')]),
    );
    expect(generalize(list, { k: 4 }, { order: { age: AGES }, fixed: days })?.list.bandNames).toEqual([]);
    expect(generalize(list, { k: 9 }, { order: { age: AGES }, fixed: days })).toBeUndefined();
    const merge = { age: (from: number, to: number) => `${from}to${to}` };
    expect(generalize(list, { k: 4 }, { order: { age: AGES }, merge })?.labels['age']?.get('60+')).toBe('2to3');
  });

  it('finds what trying every combination of rows from scratch finds', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 8 }), fc.constantFrom(0, 0.1), (list, k, suppress) => {
        const spans = [1, 2, 4];
        let least: number | undefined;
        for (const digits of [2, 1, 0])
          for (const age of spans)
            for (const side of [1, 2]) {
              const keys = list.rows.map(({ digits: shown, bands }) =>
                [shown.slice(2 - digits), Math.floor(AGES.indexOf(bands[0]!) / age), side === 1 ? bands[1] : ''].join('|'),
              );
              const gone = keys.filter((key) => keys.filter((other) => other === key).length < k).length;
              if (gone === keys.length || gone > suppress * keys.length) continue;
              const lost = (2 - digits) / 2 + [0, 0, 1 / 3, 0, 1][age]! + (side - 1);
              const loss = (gone + ((keys.length - gone) * lost) / 3) / keys.length;
              least = Math.min(least ?? 1, loss);
            }
        const found = generalize(list, { k, suppress }, { order: { age: AGES } });
        if (least === undefined) expect(found).toBeUndefined();
        else expect(found?.cost.loss).toBeCloseTo(least, 10);
      }),
    );
  });

  it('refuses hidden values and labels that do not fit', async () => {
    const list = { bandNames: ['age'], rows: [{ customer: 1, digits: '', bands: ['90+'] }] };
    await expect(() => generalize(list, { k: 1 }, { order: { age: AGES } })).toFailWith('ERR_MEASURE_INPUT');
    await expect(() => generalize(list, { k: 1 }, { hidden: [[]] })).toFailWith('ERR_MEASURE_INPUT');
    await expect(() => generalize(list, { k: 1 }, { fixed: [] })).toFailWith('ERR_MEASURE_INPUT');
  });
});
