import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJti, replayKey } from './replay.js';

describe('the key of "seen before?"', () => {
  it('is 16 bytes, and the same for the same decoded values', () => {
    expect(replayKey('vendor-42', 'a-1')).toHaveLength(16);
    expect(replayKey('vendor-42', 'a-1')).toEqual(replayKey('vendor-42', 'a-1'));
  });

  it('differs when any part of either differs, also when one is shifted into the other', () => {
    const text = fc.string({ maxLength: 20 });
    const differs = (a: string, b: string, c: string, d: string) =>
      Buffer.from(replayKey(a, b)).equals(replayKey(c, d)) === (a === c && b === d);
    fc.assert(fc.property(text, text, text, text, differs));
    fc.assert(fc.property(text, text, fc.nat(20), (a, b, i) => differs(a, b, (a + b).slice(0, i), (a + b).slice(i))));
  });

  it('takes ids of 1 to 128 visible characters', () => {
    expect(['a', 'a'.repeat(128), '~!"'].map(isJti)).toEqual([true, true, true]);
    expect(['', 'a'.repeat(129), 'a b', 'a\u0000', 'ä', 5, undefined].some(isJti)).toBe(false);
  });
});
