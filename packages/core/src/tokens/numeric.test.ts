import fc from 'fast-check';
import { getCountries, getCountryCallingCode } from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { isTakenByNetworks } from './numbering.js';
import { openNumericToken, openNumericTokens, parseNumericFormat, sealNumericToken, sealNumericTokens } from './numeric.js';
import { name, vectorScope } from './vectors/scopes.js';

const MOST = 1_000_000;
const row = fc.integer({ min: 1, max: MOST });
const format = fc.constantFrom('990', '28', '83', '9901', '215').map((prefix) => parseNumericFormat({ prefix }));

function luhnHolds(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const value = i % 2 === 0 ? Number(digit) : 2 * Number(digit);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

describe('numeric dial tokens', () => {
  it('open to the rows they were sealed from, in every format', () => {
    const scope = vectorScope();
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), format, (rows, how) => {
        const tokens = sealNumericTokens(scope, rows, how);
        expect(openNumericTokens(scope, tokens, MOST, how)).toEqual(rows);
        expect(tokens).toEqual(rows.map((one) => sealNumericToken(scope, one, how)));
        for (const token of tokens) {
          expect(token).toMatch(/^[0-9]{15}$/);
          expect(token.startsWith(how.prefix)).toBe(true);
          expect(luhnHolds(token)).toBe(true);
        }
      }),
    );
  });

  it('are 32,000 different tokens for 32,000 rows', () => {
    const rows = Array.from({ length: 32_000 }, (_, i) => i + 1);
    const tokens = sealNumericTokens(vectorScope(), rows);
    expect(new Set(tokens).size).toBe(32_000);
    expect(openNumericTokens(vectorScope(), tokens, 32_000)).toEqual(rows);
  });

  it('do not open in another scope, tag, format or campaign of fewer rows', () => {
    const token = sealNumericToken(vectorScope(), 500);
    expect(openNumericToken(vectorScope({ identity: { vendor: name('another') } }), token, 1000)).toBeUndefined();
    expect(openNumericToken(vectorScope({ tag: new Uint8Array(6) }), token, 1000)).toBeUndefined();
    expect(openNumericToken(vectorScope(), token, 1000, parseNumericFormat({ prefix: '9901' }))).toBeUndefined();
    expect(openNumericToken(vectorScope(), token, 499)).toBeUndefined();
    expect(openNumericToken(vectorScope(), token, 500)).toBe(500);
  });

  it('do not open with a digit changed, dropped, added or dressed up', () => {
    const scope = vectorScope();
    const token = sealNumericToken(scope, 77);
    const texts = [
      token.slice(1),
      `${token}0`,
      ` ${token}`,
      `${token}\n`,
      `+${token}`,
      '',
      '0'.repeat(15),
      token.replace(/^990/, '９９０'),
    ];
    for (let i = 0; i < token.length; i++) {
      for (let digit = 0; digit < 10; digit++) {
        const text = token.slice(0, i) + digit + token.slice(i + 1);
        if (text !== token) texts.push(text);
      }
    }
    expect(openNumericTokens(scope, texts, MOST)).toEqual(texts.map(() => undefined));
    expect(openNumericTokens(scope, [texts[0] as string, token], MOST)).toEqual([undefined, 77]);
  });

  it('hardly ever open for a guess, even one with the right check digit', () => {
    const scope = vectorScope();
    const guesses = Array.from({ length: 20_000 }, (_, i) => {
      const body = `990${String(i * 4_999_999).padStart(11, '0')}`;
      return Array.from({ length: 10 }, (_, digit) => body + digit).find(luhnHolds) as string;
    });
    // Expected: 20,000 × 1,000,000 / 10^11 = 0.2.
    expect(openNumericTokens(scope, guesses, MOST).filter((hit) => hit !== undefined).length).toBeLessThan(5);
  });

  it('are refused for rows that are none, with their place, and nothing is sealed', async () => {
    for (const wrong of [0, -1, 1.5, MOST + 1, Number.NaN]) {
      const refused = () => sealNumericTokens(vectorScope(), [1, wrong]);
      await expect(refused).toFailWith('ERR_NUMERIC_ROW');
      expect(refused).toThrow(expect.objectContaining({ where: { row: 1 } }));
    }
  });
});

describe('the format of numeric dial tokens', () => {
  it('is 990 and FF1 by default', () => {
    expect(parseNumericFormat()).toEqual(parseNumericFormat({ prefix: '990', algorithm: 'FF1' }));
  });

  it.each(['FF3', 'FF3-1', 'ff3-1'])('refuses %s by name, and says why', async (algorithm) => {
    await expect(() => parseNumericFormat({ algorithm })).toFailWith('ERR_FF3_REFUSED');
    expect(() => parseNumericFormat({ algorithm })).toThrow(/attacks.*drops/);
  });

  it('refuses an algorithm it does not know', async () => {
    await expect(() => parseNumericFormat({ algorithm: 'FF2' })).toFailWith('ERR_NUMERIC_ALGORITHM');
  });

  it.each([
    '9',
    '99010',
    '',
    'x90',
    '090',
    '00',
    ' 990',
    '99',
    '86',
    '861',
    '1',
    '112',
    '911',
    '999',
    '9990',
    '7',
    '77',
    '88',
    '992',
    '9921',
  ])('refuses the prefix "%s"', async (prefix) => {
    await expect(() => parseNumericFormat({ prefix })).toFailWith('ERR_NUMERIC_PREFIX');
  });

  it('takes every country code that libphonenumber knows for taken', () => {
    for (const country of getCountries()) expect(isTakenByNetworks(getCountryCallingCode(country)), country).toBe(true);
  });
});
