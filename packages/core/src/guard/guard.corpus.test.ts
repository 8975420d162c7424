/** The guard measured on the labelled corpus: what it must find, what it must let pass. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeCorpus } from './corpus/corpus.js';
import { measureScan } from './corpus/measure.js';
import { scanText } from './guard.js';

const LEAST_RECALL = 0.99;
const LEAST_PRECISION = 0.98;
const LEAST_RECALL_OF_A_CLASS = 0.95;

/** Classes that may be found less often, each with its reason. */
const HARD: Readonly<Record<string, string>> = {
  'phone/look-alikes': 'half of the characters drawn as letters: with fewer real digits than a third, a code and a number look the same',
  'resident-id/look-alikes': 'as above',
  'resident-id/zeros-as-o': 'as above, when the number has many zeros and ones',
  'bank-card/look-alikes': 'as above',
  'bank-card/reversed': 'one that ends like a year or a time in microseconds when read forwards passes for an order number',
  'phone/carrier-prefix': 'sixteen digits with a right Luhn digit are reported as a card',
};
const LEAST_RECALL_OF_A_HARD_CLASS = 0.85;

describe('the guard on the corpus', () => {
  const measured = measureScan(makeCorpus(2026, 50), scanText);

  it('finds 99 in 100 identifiers', () => {
    expect(measured.recall).toBeGreaterThanOrEqual(LEAST_RECALL);
  });

  it('is right in 98 of 100 findings', () => {
    expect(measured.precision).toBeGreaterThanOrEqual(LEAST_PRECISION);
  });

  it.each(measured.classes.filter((result) => !result.class.startsWith('none/')))('finds $class', (result) => {
    const least = result.class in HARD ? LEAST_RECALL_OF_A_HARD_CLASS : LEAST_RECALL_OF_A_CLASS;
    expect(result.found / result.samples).toBeGreaterThanOrEqual(least);
  });

  it.each(measured.classes.filter((result) => result.class.startsWith('none/')))('lets $class pass', (result) => {
    expect(result.falseFindings / result.samples).toBeLessThanOrEqual(0.03);
  });

  it('is the same corpus every time, and another for another seed', () => {
    expect(makeCorpus(1, 1)).toEqual(makeCorpus(1, 1));
    expect(makeCorpus(1, 1)).not.toEqual(makeCorpus(2, 1));
  });
});

/** 45,211 rows of age, job, balance and campaign history: nothing but numbers and words, and no identifier. */
const REAL_ROWS = fileURLToPath(new URL('../../../../../shared/data/uci-bank-marketing/bank-full.csv', import.meta.url));

describe.skipIf(!existsSync(REAL_ROWS))('the guard on real rows (shared/data/uci-bank-marketing)', () => {
  it('finds nothing', () => {
    expect(scanText(readFileSync(REAL_ROWS, 'utf8'))).toEqual([]);
  });
});
