import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealReference } from './reference.js';
import { decodeToken, encodeToken, r5Of, type TokenKind } from './token-text.js';
import { bytes } from './vectors/foreign.js';
import { customer, vectorScope, vectors } from './vectors/scopes.js';

const kinds = fc.constantFrom<TokenKind>('reference', 'dial-token');

describe('the spelling of tokens', () => {
  it('takes a token apart without a key', () => {
    const decoded = decodeToken(vectors.references[0]?.token as string);
    expect(decoded?.kind).toBe('reference');
    expect(decoded?.tag).toEqual(bytes(vectors.tag));
    expect(decoded?.bytes).toHaveLength(36);
    expect(decodeToken(vectors.dialTokens[0]?.token as string)?.kind).toBe('dial-token');
  });

  it('takes references of every length apart, dial tokens of one', () => {
    for (const length of [14, 29, 44, 254]) {
      const raw = new Uint8Array(22 + length).fill(7);
      expect(decodeToken(encodeToken('reference', raw))?.bytes).toEqual(raw);
      expect(decodeToken(encodeToken('dial-token', raw))?.bytes).toEqual(length === 14 ? raw : undefined);
    }
    for (const length of [11, 13, 15, 17, 269]) expect(decodeToken(encodeToken('reference', new Uint8Array(22 + length)))).toBeUndefined();
  });

  it('has one spelling: what decodes encodes to the same text', () => {
    fc.assert(
      fc.property(
        kinds,
        fc.uint8Array({ minLength: 36, maxLength: 36 }),
        fc.nat(51),
        fc.string({ unit: 'binary', maxLength: 2 }),
        (kind, raw, at, other) => {
          const text = encodeToken(kind, raw);
          expect(decodeToken(text)?.bytes).toEqual(raw);
          const edited = text.slice(0, at) + other + text.slice(at + 1);
          const decoded = decodeToken(edited);
          if (decoded !== undefined) expect(encodeToken(decoded.kind, decoded.bytes)).toBe(edited);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives the r5 of a reference', () => {
    const reference = sealReference(vectorScope(), customer('C000123'));
    expect(r5Of(reference)).toEqual(bytes('8d8d06abc4'));
    const long = sealReference(vectorScope({ referenceLength: 44 }), customer('C000123'));
    expect(r5Of(long)).toEqual(decodeToken(long)?.bytes.slice(6, 11));
  });
});
