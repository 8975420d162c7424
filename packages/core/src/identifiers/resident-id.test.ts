import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOldResidentId, isResidentId, parseResidentId, residentCheckCharacter } from './resident-id.js';

const raw = (text: string) => parseResidentId(text)?.use((id) => id as string);

/** Any well-formed number: province, county, a real day, sequence, check character. */
export const residentIds = fc
  .record({
    province: fc.constantFrom('11', '31', '44', '51', '65', '81'),
    county: fc.integer({ min: 0, max: 9999 }),
    day: fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2099-12-31T00:00:00Z'), noInvalidDate: true }),
    sequence: fc.integer({ min: 0, max: 999 }),
  })
  .map(({ province, county, day, sequence }) => {
    const digits = `${province}${String(county).padStart(4, '0')}${day.toISOString().slice(0, 10).replaceAll('-', '')}${String(sequence).padStart(3, '0')}`;
    return digits + residentCheckCharacter(digits);
  });

describe('parseResidentId', () => {
  it("accepts the standard's own two examples", () => {
    expect(raw('11010519491231002X')).toBe('11010519491231002X');
    expect(raw('440524188001010014')).toBeUndefined(); // born 1880: the example is right by its check character, but of nobody who lives
    expect(residentCheckCharacter('44052418800101001')).toBe('4');
  });

  it('folds a small or full-width x, full-width digits and separators', () => {
    expect(raw('11010519491231002x')).toBe('11010519491231002X');
    expect(raw('１１０１０５１９４９１２３１００２Ｘ')).toBe('11010519491231002X');
    expect(raw(' 110105 19491231 002X ')).toBe('11010519491231002X');
  });

  it('accepts a residence permit and a foreigner’s permanent residence number', () => {
    for (const digits of ['81000019900101001', '91112319850615003']) expect(raw(digits + residentCheckCharacter(digits))).toBeDefined();
  });

  it('refuses a wrong check character, province, day, length, or an X inside', () => {
    const other = (digits: string) => digits + residentCheckCharacter(digits);
    for (const id of [
      '110105194912310021',
      other('00010519491231002'),
      other('11010519490230002'),
      other('11010519491331002'),
      other('11010519000229002'),
      '1101051949123100',
      '11010519X91231002X',
    ]) {
      expect(raw(id), id).toBeUndefined();
    }
  });

  it('accepts every well-formed number, and refuses it after any single change', () => {
    fc.assert(
      fc.property(residentIds, fc.nat({ max: 16 }), fc.integer({ min: 1, max: 9 }), (id, at, step) => {
        expect(isResidentId(id)).toBe(true);
        const changed = id.slice(0, at) + String((Number(id[at]) + step) % 10) + id.slice(at + 1);
        expect(isResidentId(changed)).toBe(false);
      }),
    );
  });
});

describe('isOldResidentId', () => {
  it('recognises the fifteen-digit form, which parsing refuses', () => {
    expect(isOldResidentId('110105491231002')).toBe(true);
    expect(raw('110105491231002')).toBeUndefined();
  });

  it('refuses another province, day or length', () => {
    for (const digits of ['990105491231002', '110105491331002', '110105490230002', '11010549123100'])
      expect(isOldResidentId(digits)).toBe(false);
  });
});
