import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../../tests/support/seeded.js';
import type { Name } from '../identifiers/name.js';
import { accuse, biasOf, createDecoyCode, EPSILON, innocentBound, leakOf, leakStrategies, mostLines, reachOf } from './index.js';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const vendors = Array.from({ length: 20 }, (_, i) => `vendor-${i}` as Name);

describe('the code', () => {
  it('is the same whenever it is drawn, and another under another key or for another vendor', () => {
    const code = createDecoyCode(KEY);
    const again = createDecoyCode(KEY);
    const other = createDecoyCode(KEY.map((byte) => byte ^ 1));
    const [a, b] = vendors as [Name, Name];
    expect(code.linesOf(a, 300)).toEqual(again.linesOf(a, 300));
    expect(code.linesOf(a, 300)).not.toEqual(other.linesOf(a, 300));
    expect(code.linesOf(a, 300)).not.toEqual(code.linesOf(b, 300));
    expect(code.linesOf(a, 3)).toEqual(code.linesOf(a, 300).filter((line) => line < 3));
  });

  it('puts a line on as many lists as its bias says', () => {
    const code = createDecoyCode(KEY);
    const many = Array.from({ length: 300 }, (_, i) => `v${i}` as Name);
    for (const remainder of [0, 1, 2]) {
      let carried = 0;
      for (const vendor of many) for (let line = remainder; line < 30; line += 3) if (code.carries(vendor, line)) carried += 1;
      expect(carried / 3_000).toBeCloseTo(biasOf(remainder), 1);
    }
  });

  it('refuses what is no key, name or line, and everything once closed', () => {
    expect(() => createDecoyCode(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'ERR_KEY_LENGTH' }));
    const code = createDecoyCode(KEY);
    expect(() => code.carries('a\x1fb' as Name, 0)).toThrow(expect.objectContaining({ code: 'ERR_NAME_INVALID' }));
    for (const line of [-1, 0.5, Number.NaN])
      expect(() => code.carries(vendors[0]!, line)).toThrow(expect.objectContaining({ code: 'ERR_DECOY_LINE' }));
    code.close();
    expect(() => code.carries(vendors[0]!, 0)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
  });
});

describe('the bound on accusing an innocent vendor', () => {
  it('equals the exact probability where that is known: n lines of p = 1/2, all carried', () => {
    // Then the minimum is at infinity and the bound is 2^−n.
    expect(innocentBound(30, new Map([[1 / 2, 30]]))).toBeCloseTo(2 ** -30, 12);
  });

  it('is never below the probability itself, by counting', () => {
    const random = seeded(7);
    const lines = 90;
    const biases = new Map([
      [1 / 10, 60],
      [1 / 2, 30],
    ]);
    const scores = Array.from({ length: 20_000 }, () => {
      let score = 0;
      for (let line = 0; line < lines; line++) {
        const p = biasOf(line);
        score += random() < p ? Math.sqrt((1 - p) / p) : -Math.sqrt(p / (1 - p));
      }
      return score;
    });
    for (const threshold of [5, 10, 15, 20, 25, 30]) {
      const share = scores.filter((score) => score >= threshold).length / scores.length;
      expect(share).toBeLessThanOrEqual(innocentBound(threshold, biases));
    }
  });

  it('falls with the score and says nothing of one that is not positive', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.nat(200),
        (a, b, n) => {
          const biases = new Map([
            [1 / 10, 2 * n + 1],
            [1 / 2, n + 1],
          ]);
          const [low, high] = a < b ? [a, b] : [b, a];
          expect(innocentBound(high, biases)).toBeLessThanOrEqual(innocentBound(low, biases) + 1e-12);
          expect(innocentBound(-a, biases)).toBe(1);
        },
      ),
    );
  });
});

describe('an accusation', () => {
  const code = createDecoyCode(KEY);
  const run = (leakers: readonly Name[], lines: number, fraction: number, strategy: (typeof leakStrategies)[number], seed: number) => {
    const leak = leakOf(
      leakers.map((vendor) => code.linesOf(vendor, lines)),
      strategy,
      fraction,
      seeded(seed),
    );
    return accuse(vendors, leak, (vendor, line) => code.carries(vendor, line)).filter(({ accused }) => accused);
  };

  it('names one who leaked a whole list alone, and nobody else', () => {
    for (const leaker of vendors) expect(run([leaker], 180, 1, 'union', 1).map(({ vendor }) => vendor)).toEqual([leaker]);
  });

  it('names only leakers of a coalition, however they choose, and mostly one at least', () => {
    let found = 0;
    let played = 0;
    for (const strategy of leakStrategies)
      for (let i = 0; i < 18; i += 3) {
        const leakers = vendors.slice(i, i + 3).slice(0, 2);
        const accused = run(leakers, 960, 0.5, strategy, i).map(({ vendor }) => vendor);
        expect(leakers).toEqual(expect.arrayContaining(accused));
        played += 1;
        if (accused.length > 0) found += 1;
      }
    expect(found / played).toBeGreaterThan(0.9);
  });

  it('accuses nobody by lines that nobody chose by the code, or by none', () => {
    const random = seeded(3);
    const seen = Array.from({ length: 300 }, (_, line) => line).filter(() => random() < 0.2);
    expect(accuse(vendors, seen, (vendor, line) => code.carries(vendor, line)).some(({ accused }) => accused)).toBe(false);
    expect(accuse(vendors, [], () => true).every(({ probability }) => probability === 1)).toBe(true);
    expect(EPSILON).toBe(1e-6);
  });

  it('refuses a line that is given twice', () => {
    expect(() => accuse(vendors, [1, 1], () => true)).toThrow(expect.objectContaining({ code: 'ERR_DECOY_LINE' }));
  });
});

describe('the reach of lines', () => {
  it('keeps to one row of a hundred, and grows with the lines', () => {
    expect(mostLines(32_000)).toBeGreaterThanOrEqual(960);
    expect(mostLines(33_600)).toBeGreaterThanOrEqual(1_440 - 3);
    expect(reachOf(10)).toEqual({ coalition: 0, fraction: 1 });
    expect(reachOf(200)).toEqual({ coalition: 1, fraction: 1 });
    expect(reachOf(2_000)).toEqual({ coalition: 3, fraction: 0.5 });
  });
});
