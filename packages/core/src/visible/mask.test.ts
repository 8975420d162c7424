import { describe, expect, it } from 'vitest';
import { parsePhone } from '../identifiers/phone.js';
import { lastDigits, maskPhone } from './mask.js';

const phone = parsePhone('13800138042')!;

describe('maskPhone', () => {
  it('shows nine stars and as many last digits as the list may', () => {
    expect([0, 1, 2, 3, 4].map((width) => maskPhone(phone, width as 0))).toEqual([
      '*********',
      '*********2',
      '*********42',
      '*********042',
      '*********8042',
    ]);
  });

  it('says neither the length nor the country of the number', () => {
    expect(maskPhone(parsePhone('+85291234542')!, 2)).toBe(maskPhone(phone, 2));
  });

  it('shows what two lists are compared on', () => {
    expect([lastDigits(phone, 0), lastDigits(phone, 2)]).toEqual(['', '42']);
  });
});
