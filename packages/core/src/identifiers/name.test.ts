import { describe, expect, it } from 'vitest';
import { parseName } from './name.js';

describe('parseName', () => {
  it('takes the names of the design', () => {
    for (const text of ['bank', 'vendor-42', 'marketing.insurance.term-life', 'c-2026-11', 'A', '9', 'a'.repeat(64)])
      expect(parseName(text)).toBe(text);
  });

  it('takes no second spelling, no separator and nothing too long', () => {
    for (const text of [
      '',
      ' bank',
      'bank ',
      'bank\n',
      '.bank',
      '-bank',
      '_bank',
      'ba\x1fnk',
      'bänk',
      '银行',
      'ｂank',
      'a b',
      'a/b',
      'a'.repeat(65),
    ]) {
      expect(parseName(text)).toBeUndefined();
    }
  });
});
