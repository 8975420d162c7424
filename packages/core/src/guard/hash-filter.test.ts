import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rolled } from './digest-set.js';
import { HashFilter } from './hash-filter.js';

const BASE = 0x9e3779b1;
const LENGTH = 5;
const WEIGHT = Array.from({ length: LENGTH }).reduce<number>((power) => Math.imul(power, BASE), 1);

function hashesOf(digits: readonly number[]): Int32Array {
  const hashes = new Int32Array(digits.length + 1);
  for (const [i, digit] of digits.entries()) hashes[i + 1] = rolled(hashes[i] as number, BASE, digit);
  return hashes;
}

const hashOf = (digits: readonly number[]) => hashesOf(digits)[digits.length] as number;
const digits = (minLength: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength, maxLength: 60 });

describe('HashFilter', () => {
  it('passes every window that it holds, and only inside the limits', () => {
    fc.assert(
      fc.property(digits(LENGTH + 2), fc.nat(), (text, seed) => {
        const at = seed % (text.length - LENGTH + 1);
        const filter = new HashFilter(1);
        filter.add(hashOf(text.slice(at, at + LENGTH)));
        const endsIn = (from: number, to: number) => {
          const ends: number[] = [];
          filter.addWindows(hashesOf(text), LENGTH, WEIGHT, from, to, ends);
          return ends;
        };
        expect(filter.mayHave(hashOf(text.slice(at, at + LENGTH)))).toBe(true);
        expect(endsIn(0, text.length)).toContain(at + LENGTH);
        expect(endsIn(at + 1, text.length)).not.toContain(at + LENGTH);
        expect(endsIn(0, at + LENGTH - 1)).not.toContain(at + LENGTH);
      }),
    );
  });

  it('lets few pass that it does not hold, also when they differ little', () => {
    const values = 30_000;
    const filter = new HashFilter(values);
    const hashOfNumber = (number: number) => hashOf(Array.from(String(number), Number));
    for (let i = 0; i < values; i++) filter.add(hashOfNumber(13_000_000_000 + i));
    let passed = 0;
    for (let i = 0; i < 100_000; i++) if (filter.mayHave(hashOfNumber(15_000_000_000 + i))) passed += 1;
    expect(passed).toBeLessThan(300);
  });
});
