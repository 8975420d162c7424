import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DigestSet, rolled } from './digest-set.js';

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const hashOf = (set: DigestSet, text: string) => [...text].reduce((hash, c) => rolled(hash, set.base, Number(c)), 0);

describe('DigestSet', () => {
  it('finds what is in it under its label, and nothing else', () => {
    const digits = fc.stringMatching(/^[0-9]{4,32}$/);
    fc.assert(
      fc.property(fc.uniqueArray(digits, { minLength: 1, maxLength: 50 }), digits, (members, other) => {
        const set = new DigestSet(
          key,
          members.map((text, i) => ({ text, isDigits: true, label: i })),
        );
        for (const [i, text] of members.entries()) {
          expect(set.find(text, true)).toBe(i);
          expect(set.mayHave(hashOf(set, text), text.length)).toBe(true);
        }
        if (!members.includes(other)) expect(set.find(other, true)).toBeUndefined();
      }),
    );
  });

  it('tells digits from text, and long texts from each other', () => {
    const long = '名'.repeat(100);
    const set = new DigestSet(key, [
      { text: '12345678', isDigits: true, label: 1 },
      { text: long, isDigits: false, label: 2 },
      { text: '张伟', isDigits: false, label: 3 },
    ]);
    expect([
      set.find('12345678', true),
      set.find('12345678', false),
      set.find(long, false),
      set.find(`${long}名`, false),
      set.find('张伟', false),
    ]).toEqual([1, undefined, 2, undefined, 3]);
  });

  it('tells leading zeros and lengths apart', () => {
    const set = new DigestSet(key, [{ text: '0012345678', isDigits: true, label: 0 }]);
    expect([set.find('0012345678', true), set.find('012345678', true), set.find('00123456780', true)]).toEqual([0, undefined, undefined]);
  });

  it('holds another table under another key', () => {
    const other = new DigestSet(new Uint8Array(32), []);
    expect(other.base).not.toBe(new DigestSet(key, []).base);
    expect(other.find('12345678', true)).toBeUndefined();
  });

  it('lets few windows pass that it does not hold', () => {
    const set = new DigestSet(
      key,
      Array.from({ length: 10_000 }, (_, i) => ({ text: String(13_000_000_000 + i * 7_919), isDigits: true, label: 0 })),
    );
    let passed = 0;
    for (let i = 0; i < 100_000; i++) if (set.mayHave(hashOf(set, String(15_000_000_000 + i)), 11)) passed += 1;
    expect(passed).toBeLessThan(1_000);
  });
});
