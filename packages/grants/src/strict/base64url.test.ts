import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64url, encodeBase64url } from './base64url.js';

describe('base64url', () => {
  it('gives back every value', () => {
    const returns = (bytes: Uint8Array) => Buffer.from(bytes).equals(decodeBase64url(encodeBase64url(bytes)) ?? Buffer.of(0));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), returns));
  });

  it('takes one spelling: what decodes is what its bytes encode to', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40, unit: 'binary' }), (text) => {
        const bytes = decodeBase64url(text);
        return bytes === undefined || encodeBase64url(bytes) === text;
      }),
    );
  });

  it.each([
    ['padding', 'Zm8='],
    ['stray bits in the last character', 'Zm9'],
    ['a single character', 'Z'],
    ['a space', 'Zm 9v'],
    ['a line end', 'Zm9v\n'],
    ['plus and slash', '+/+/'],
    ['another alphabet', 'Zm9v號'],
  ])('refuses %s', (_name, text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });
});
