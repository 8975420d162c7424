import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCustomerId } from './customer-id.js';

describe('parseCustomerId', () => {
  it('keeps a plain id as it is', () => {
    for (const id of ['C000123', '1', '客户-7', '62284800000000000000', 'a b']) expect(parseCustomerId(id)).toBe(id);
  });

  it('gives one spelling to ids that differ only in normal form', () => {
    expect(parseCustomerId('Ame\u0301lie')).toBe('Am\u00e9lie');
  });

  it('refuses what cannot be seen: controls, zero-width characters, lone surrogates, spaces at the ends', () => {
    for (const id of ['', ' ', ' C1', 'C1 ', '\u3000C1', 'C\u00001', 'C1\n', 'C\u200b1', '\ufeffC1', 'C\u202e1', 'C\ud8001', 'C\u20281']) {
      expect(parseCustomerId(id)).toBeUndefined();
    }
  });

  it('counts bytes of UTF-8, not characters', () => {
    expect(parseCustomerId('客户客户', { maxBytes: 12 })).toBe('客户客户');
    expect(parseCustomerId('客户客户1', { maxBytes: 12 })).toBeUndefined();
    expect(parseCustomerId('C00012345678', { maxBytes: 12 })).toBe('C00012345678');
    expect(parseCustomerId('C000123456789', { maxBytes: 12 })).toBeUndefined();
    expect(parseCustomerId('C'.repeat(253))).toBeUndefined();
  });

  it('is settled after one pass', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const id = parseCustomerId(text);
        if (id !== undefined) expect(parseCustomerId(id)).toBe(id);
      }),
    );
  });
});
