import { describe, expect, it } from 'vitest';
import { looksLikeRawIdentifier } from './looks-like.js';

describe('looksLikeRawIdentifier', () => {
  it('recognises a phone, a bank card and a resident ID, however written', () => {
    for (const text of [
      '13800138000',
      '138 0013 8000',
      '+86-13800138000',
      '8613800138000',
      '010-62345678',
      '+852 9123 4567',
      '１３８００１３８０００',
    ])
      expect(looksLikeRawIdentifier(text), text).toBe('phone');
    for (const text of ['4111111111111111', '6200 0000 0000 0005']) expect(looksLikeRawIdentifier(text), text).toBe('bank-card');
    for (const text of ['11010519491231002x', '110105491231002', '１１０１０５１９４９１２３１００２Ｘ'])
      expect(looksLikeRawIdentifier(text), text).toBe('resident-id');
  });

  it('leaves ids alone', () => {
    for (const text of [
      '',
      'C000123',
      '1',
      '0001',
      '62345678',
      '10000000001',
      '20261123000017',
      '4111111111111112',
      'a1b2c3d4-0000-4000-8000-000000000000',
      '客户7',
      '138****8000',
    ]) {
      expect(looksLikeRawIdentifier(text), text).toBeUndefined();
    }
  });
});
