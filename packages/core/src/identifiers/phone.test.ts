import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPhone, parseByPlan, parsePhone } from './phone.js';

const raw = (text: string, defaultCountry?: 'CN' | 'HK') =>
  parsePhone(text, defaultCountry ? { defaultCountry } : {})?.use((digits) => digits as string);

describe('parsePhone', () => {
  it('brings every usual writing of a mainland mobile to one', () => {
    for (const text of [
      '13800138000',
      '138 0013 8000',
      '138-0013-8000',
      '+8613800138000',
      '+86 138 0013 8000',
      '008613800138000',
      '8613800138000',
      '１３８００１３８０００',
      '013800138000',
    ]) {
      expect(raw(text), text).toBe('8613800138000');
    }
  });

  it('takes landlines, and numbers of other countries', () => {
    expect(raw('(010) 6234 5678')).toBe('861062345678');
    expect(raw('0755-26012345')).toBe('8675526012345');
    expect(raw('+852 9123 4567')).toBe('85291234567');
    expect(raw('91234567', 'HK')).toBe('85291234567');
    expect(raw('+1 202-456-1414')).toBe('12024561414');
  });

  it('refuses what reaches no person: short codes, hotlines, premium lines, extensions, unassigned blocks, text', () => {
    for (const text of [
      '',
      '110',
      '95588',
      '12345',
      '4008001234',
      '800 810 1234',
      '+44 906 123 4567',
      '13800138000 ext 5',
      '+8613800138000;ext=12',
      '12800138000',
      '1380013800',
      '138001380001',
      '13800138000/13900139000',
      'call 13800138000',
      '138****8000',
      '1'.repeat(10_000),
    ]) {
      expect(raw(text), text.slice(0, 30)).toBeUndefined();
    }
  });

  it('answers for every mainland number as the numbering plan does, fast path or not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000_000_000, max: 19_999_999_999 }), (number) => {
        expect(raw(String(number))).toBe(parseByPlan(String(number), 'CN')?.use((digits) => digits as string));
      }),
      { numRuns: 3_000 },
    );
  });

  it('returns E.164 digits that parse to themselves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 13_000_000_000, max: 19_999_999_999 }), (number) => {
        const digits = raw(String(number));
        if (digits === undefined) return;
        expect(isPhone(digits)).toBe(true);
        expect(raw(`+${digits}`)).toBe(digits);
      }),
    );
  });
});
