import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBankCard, parseBankAccount, passesLuhn } from './bank-account.js';

const raw = (text: string) => parseBankAccount(text)?.use((digits) => digits as string);

describe('parseBankAccount', () => {
  it('keeps the digits of every usual writing', () => {
    expect(raw('6222 0212 3456 7890 128')).toBe('6222021234567890128');
    expect(raw('1100-1234-5678')).toBe('110012345678');
    expect(raw('６２２２０２１２３４５６７８９０')).toBe('6222021234567890');
    expect(raw(' 00012345 ')).toBe('00012345');
  });

  it('refuses fewer than 8 digits, more than 32, and anything that is not a digit', () => {
    for (const text of ['', '1234567', '1'.repeat(33), 'GB29NWBK60161331926819', '1.2e19', '6222+0212', '12345678x'])
      expect(raw(text)).toBeUndefined();
  });

  it('does not show the account when printed', () => {
    expect(`${parseBankAccount('6222021234567890128')} ${JSON.stringify(parseBankAccount('6222021234567890128'))}`).not.toMatch(/[0-9]/);
  });
});

describe('isBankCard', () => {
  it("recognises the networks' published test numbers", () => {
    for (const card of [
      '4111111111111111',
      '5555555555554444',
      '2223003122003222',
      '378282246310005',
      '3530111333300000',
      '6200000000000005',
      '30569309025904',
      '6205500000000000004',
    ]) {
      expect(isBankCard(card), card).toBe(true);
    }
  });

  it('refuses a wrong check digit, an unknown issuer and a wrong length', () => {
    for (const digits of ['4111111111111112', '1111111111111117', '0000000000000000', '411111111111', '41111111111111111111'])
      expect(isBankCard(digits)).toBe(false);
  });

  it('finds every single wrong digit (what the Luhn formula is for)', () => {
    fc.assert(
      fc.property(fc.nat({ max: 15 }), fc.integer({ min: 1, max: 9 }), (at, step) => {
        const digits = [...'4111111111111111'];
        digits[at] = String((Number(digits[at]) + step) % 10);
        expect(passesLuhn(digits.join(''))).toBe(false);
      }),
    );
  });
});
