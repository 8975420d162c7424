import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generalize } from './generalize.js';
import { chooseMaskWidth, kAnonymity } from './k-anonymity.js';
import { lDiversity } from './l-diversity.js';
import { linkability, withinBounds } from './linkability.js';
import { attack } from './linkage-attack.js';
import { type VisibleList, type VisibleRow, visibleClass } from './visible.js';

const file = fileURLToPath(new URL('../../../../../shared/data/uci-bank-marketing/bank-full.csv', import.meta.url));

// Moro, Laureano, Cortez 2011: 45,211 customers of a Portuguese bank and its telephone campaign.
describe.skipIf(!existsSync(file))('45,211 real customers (UCI bank marketing)', () => {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const people = lines.slice(1).map((line, customer) => {
    const [age = '', job = '', marital = '', education = '', , balance = ''] = line.replaceAll('"', '').split(';');
    return { customer, age: Number(age), job, marital, education, balance: Number(balance) };
  });
  // The data has no phones: numbers are drawn by a fixed generator, one a row.
  let state = 3;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const phones = people.map(() => `1${30 + Math.floor(random() * 40)}${String(Math.floor(random() * 1e8)).padStart(8, '0')}`);
  const digitsOf = (customer: number) => phones[customer]!.slice(-4);
  const tens = (age: number) => `${Math.floor(age / 10) * 10}`;
  const rows = (bands: (person: (typeof people)[number]) => string[], width: number): VisibleRow[] =>
    people.map((person) => ({
      customer: person.customer,
      digits: width === 0 ? '' : digitsOf(person.customer).slice(-width),
      bands: bands(person),
    }));
  /** A second way: sort the texts, and measure runs. */
  const smallestRun = (texts: string[]) => {
    const sorted = [...texts].sort();
    let [smallest, run, classes] = [Number.POSITIVE_INFINITY, 0, 0];
    sorted.forEach((text, index) => {
      run++;
      if (sorted[index + 1] === text) return;
      classes++;
      smallest = Math.min(smallest, run);
      run = 0;
    });
    return { smallest, classes };
  };

  it('are all there', () => {
    expect(people).toHaveLength(45_211);
  });

  it('are told apart by age, job, marital status and education, as two ways of counting agree', () => {
    const texts = people.map(({ age, job, marital, education }) => `${age}|${job}|${marital}|${education}`);
    const measured = kAnonymity(
      rows(({ age, job, marital, education }) => [String(age), job, marital, education], 0).map((row) => visibleClass(row)),
    );
    expect(measured).toMatchObject({ rows: 45_211, ...smallestRun(texts) });
    expect(measured.smallest).toBe(1);
    expect(measured.unique).toBeGreaterThan(900);
  });

  it('hide among 20 when the mask has two digits and no band, and a band takes digits away', () => {
    expect(chooseMaskWidth(rows(() => [], 4))).toBe(2);
    expect(chooseMaskWidth(rows(({ marital }) => [marital], 4))).toBe(2);
    expect(chooseMaskWidth(rows(({ age }) => [tens(age)], 4))).toBeLessThan(2);
    expect(chooseMaskWidth(rows(({ age, job }) => [String(age), job], 4))).toBe(0);
  });

  it('are generalised to 20 at a stated cost, and stay diverse in balance', () => {
    const order = { age: [...new Set(people.map(({ age }) => tens(age)))].sort() };
    const list: VisibleList = { bandNames: ['age', 'job'], rows: rows(({ age, job }) => [tens(age), job], 2) };
    const hidden = people.map(({ balance }) => (balance < 0 ? 'negative' : balance < 1000 ? 'small' : 'large'));
    const found = generalize(list, { k: 20, l: 2, suppress: 0.02 }, { order, hidden: [hidden] });
    const keys = found?.list.rows.map((row) => visibleClass(row)) ?? [];
    expect(smallestRun(keys).smallest).toBeGreaterThanOrEqual(20);
    const gone = new Set(found?.suppressed);
    const left = hidden.filter((_, position) => !gone.has(position));
    expect(
      lDiversity(
        keys.map((key, index) => [key, left[index]!]),
        2,
      ).distinct,
    ).toBeGreaterThanOrEqual(2);
    expect(found?.cost.loss).toBeGreaterThan(0);
    expect(found?.cost.suppressedRows).toBeLessThanOrEqual(0.02 * 45_211);
  });

  it('are linked by the common mask of seven digits, and not by two digits', () => {
    const seven = people.map(({ customer }) => ({ customer, digits: phones[customer]!.slice(0, 3) + digitsOf(customer), bands: [] }));
    const half = (list: VisibleRow[], offset: number) => ({
      bandNames: [],
      rows: list.filter(({ customer }) => (Number(customer) + offset) % 3 !== 0),
    });
    const exposed = linkability(half(seven, 0), half(seven, 1));
    expect(exposed.expected).toBeGreaterThan(0.8);
    expect(withinBounds(exposed)).toBe(false);
    const two = rows(() => [], 2);
    const shielded = linkability(half(two, 0), half(two, 1));
    expect(withinBounds(shielded)).toBe(true);
    expect(shielded.certain).toBe(0);
    const { right, common } = attack(half(two, 0), half(two, 1), random);
    expect(right / common).toBeLessThan(1 / 20);
  });
});
