import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkability, linkabilityBounds, linkabilityToRecipient, withinBounds } from './linkability.js';
import { attack, joinOnVisible, shownList } from './linkage-attack.js';
import type { VisibleList, VisibleRow } from './visible.js';

const BANDS = ['age', 'region'];

/** Lists over one small population in which everybody shows the same in every list, cut to the list's own mask and bands. */
const population = fc.array(
  fc.record({ digits: fc.constantFrom('00', '01', '10', '11'), bands: fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('n', 's')) }),
  { minLength: 1, maxLength: 30 },
);
const cut = fc.record({
  members: fc.array(fc.nat(29), { maxLength: 30 }),
  width: fc.integer({ min: 0, max: 2 }),
  bandNames: fc.subarray(BANDS),
});
type Cut = { members: number[]; width: number; bandNames: string[] };

function listOf(people: readonly { digits: string; bands: readonly string[] }[], { members, width, bandNames }: Cut): VisibleList {
  const rows: VisibleRow[] = [...new Set(members)]
    .filter((member) => member < people.length)
    .map((member) => ({
      customer: member,
      digits: width === 0 ? '' : people[member]!.digits.slice(-width),
      bands: bandNames.map((name) => people[member]!.bands[BANDS.indexOf(name)]!),
    }));
  return { bandNames, rows };
}

/** The formula by its meaning: for every pair of rows of one customer, the chance that a guess among its look-alikes is right. */
function bruteForce(a: VisibleList, b: VisibleList) {
  const width = Math.min(...[a, b].map(({ rows }) => (rows.length === 0 ? 0 : Math.min(...rows.map(({ digits }) => digits.length)))));
  const names = a.bandNames.filter((name) => b.bandNames.includes(name));
  const look = (list: VisibleList, row: VisibleRow) =>
    JSON.stringify([row.digits.slice(row.digits.length - width), names.map((name) => row.bands[list.bandNames.indexOf(name)])]);
  let [sum, common, certain] = [0, 0, 0];
  for (const mine of a.rows)
    for (const theirs of b.rows) {
      if (mine.customer !== theirs.customer || look(a, mine) !== look(b, theirs)) continue;
      const alikeInA = a.rows.filter((row) => look(a, row) === look(a, mine)).length;
      const alikeInB = b.rows.filter((row) => look(b, row) === look(b, theirs)).length;
      sum += 1 / Math.max(alikeInA, alikeInB);
      common++;
      if (alikeInA === 1 && alikeInB === 1) certain++;
    }
  return { expected: common === 0 ? 0 : sum / common, certain, common };
}

const close = (a: { expected: number; certain: number; common: number }, b: typeof a) => {
  expect(a.expected).toBeCloseTo(b.expected, 10);
  expect([a.certain, a.common]).toEqual([b.certain, b.common]);
};

describe('linkability', () => {
  it('equals a count over all pairs of rows, for lists of different masks and bands too', () => {
    fc.assert(
      fc.property(population, cut, cut, (people, x, y) => {
        const [a, b] = [listOf(people, x), listOf(people, y)];
        close(linkability(a, b), bruteForce(a, b));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on which list comes first, nor on the order of rows', () => {
    fc.assert(
      fc.property(population, cut, cut, (people, x, y) => {
        const [a, b] = [listOf(people, x), listOf(people, y)];
        close(linkability(a, b), linkability(b, { ...a, rows: [...a.rows].reverse() }));
      }),
    );
  });

  it('is what the attack gets right, on average', () => {
    // A fixed linear congruential generator: the test is the same every time.
    let state = 42;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const people = Array.from({ length: 400 }, (_, customer) => ({
      customer,
      digits: String(Math.floor(random() * 40)).padStart(2, '0'),
      bands: [random() < 0.5 ? 'a' : 'b'],
    }));
    const a: VisibleList = { bandNames: ['age'], rows: people.filter(() => random() < 0.7) };
    const b: VisibleList = { bandNames: ['age'], rows: people.filter(() => random() < 0.4) };
    const { expected, common } = linkability(a, b);
    let right = 0;
    const rounds = 400;
    for (let round = 0; round < rounds; round++) {
      const result = attack(a, b, random);
      expect(result.common).toBe(common);
      right += result.right / result.common;
    }
    expect(right / rounds).toBeCloseTo(expected, 2);
    expect(expected).toBeGreaterThan(0.1);
  });

  it('counts as certain exactly the pairs that look like no other row and are one customer', () => {
    fc.assert(
      fc.property(population, cut, cut, (people, x, y) => {
        const [a, b] = [listOf(people, x), listOf(people, y)];
        const { unique } = joinOnVisible(a, b);
        const right = unique.filter(([i, j]) => a.rows[i]!.customer === b.rows[j]!.customer);
        expect(linkability(a, b).certain).toBe(right.length);
      }),
    );
  });

  it('keeps the bound of one in twenty exactly', () => {
    expect(linkabilityBounds).toEqual({ expected: 1 / 20, certain: 0 });
    expect(withinBounds({ expected: 1 / 20, certain: 0 })).toBe(true);
    expect(withinBounds({ expected: 1 / 19, certain: 0 })).toBe(false);
    expect(withinBounds({ expected: 0, certain: 1 })).toBe(false);
  });

  it('never passes one over the smallest class', () => {
    const rows = Array.from({ length: 2000 }, (_, customer) => ({ customer, digits: String(customer % 100).padStart(2, '0'), bands: [] }));
    const { expected, certain } = linkability({ bandNames: [], rows }, { bandNames: [], rows });
    expect(expected).toBeCloseTo(1 / 20, 12);
    expect(certain).toBe(0);
    expect(withinBounds({ expected, certain })).toBe(true);
  });

  it('refuses rows that have not a label for each band', async () => {
    const list = { bandNames: ['age'], rows: [{ customer: 1, digits: '', bands: [] }] };
    await expect(() => linkability(list, list)).toFailWith('ERR_MEASURE_INPUT');
  });
});

describe('linkability with everything that one recipient holds', () => {
  it('is at least that with each list', () => {
    fc.assert(
      fc.property(population, cut, fc.array(cut, { maxLength: 4 }), (people, x, others) => {
        const list = listOf(people, x);
        const { lists, worst, union } = linkabilityToRecipient(
          list,
          others.map((other) => listOf(people, other)),
        );
        for (const each of [...lists, union])
          expect([worst.expected >= each.expected, worst.certain >= each.certain]).toEqual([true, true]);
      }),
    );
  });

  it('sees in the union what no single list shows', () => {
    const people = Array.from({ length: 4 }, (_, customer) => ({ customer, digits: String(customer), bands: [] }));
    const list = { bandNames: [], rows: people };
    const halves = [people.slice(0, 2), people.slice(2)].map((rows) => ({ bandNames: [], rows }));
    const { lists, union } = linkabilityToRecipient(list, halves);
    expect([lists.map(({ certain }) => certain), union.certain]).toEqual([[2, 2], 4]);
  });

  it('counts a customer of several lists once', () => {
    const rows = [{ customer: 1, digits: '1', bands: [] }];
    const list = { bandNames: [], rows };
    expect(linkabilityToRecipient(list, [list, list]).union).toEqual({ expected: 1, certain: 1, common: 1 });
  });

  it('is not blinded by a list that shows nothing', () => {
    const people = Array.from({ length: 10 }, (_, customer) => ({ customer, digits: String(customer), bands: [] }));
    const list = { bandNames: [], rows: people };
    const blind = { bandNames: [], rows: people.map((row) => ({ ...row, digits: '' })) };
    expect(linkabilityToRecipient(list, [blind, list]).union).toEqual({ expected: 1, certain: 10, common: 10 });
    expect(linkabilityToRecipient(list, []).worst).toEqual({ expected: 0, certain: 0, common: 0 });
  });
});

describe('a delivered list', () => {
  it('is read as its recipient sees it', () => {
    const header = ['reference', 'dial_token', 'masked_phone', 'numeric_token', 'age'];
    const list = shownList(header, [['nr1_x', 'nd1_x', '*********78', '990', '30-39']]);
    expect(list).toEqual({ bandNames: ['age'], rows: [{ digits: '78', bands: ['30-39'] }] });
    expect(shownList(['masked_phone'], [['138****5678']]).rows).toEqual([{ digits: '1385678', bands: [] }]);
  });
});
