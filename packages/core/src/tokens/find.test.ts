import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTokens } from './find.js';
import { sealReferences } from './reference.js';
import { encodeToken } from './token-text.js';
import { customer, vectorScope, vectors } from './vectors/scopes.js';

const reference = vectors.references[0]?.token as string;
const dialToken = vectors.dialTokens[0]?.token as string;
const found = (text: string): string[] => findTokens(text).map((token) => token.text);

describe('finding tokens', () => {
  it('finds them in a list, a mail and a URL, in order and in place', () => {
    const text = `reference,dial_token\n${reference},${dialToken},*********00\nsee <https://x.example/?t=${reference}&n=1>。${dialToken}`;
    const tokens = findTokens(text);
    expect(tokens.map((token) => token.kind)).toEqual(['reference', 'dial-token', 'reference', 'dial-token']);
    for (const token of tokens) expect(text.slice(token.start, token.end)).toBe(token.text);
    expect(tokens.map((token) => token.text)).toEqual([reference, dialToken, reference, dialToken]);
  });

  it('finds references of every length', () => {
    for (const referenceLength of [14, 29, 44, 254]) {
      const [token] = sealReferences(vectorScope({ referenceLength }), [customer('C1')]);
      expect(found(`"${token}"`)).toEqual([token]);
    }
  });

  it('finds tokens that stand next to each other, also after a word', () => {
    expect(found(reference + dialToken + reference)).toEqual([reference, dialToken, reference]);
    expect(found(`token:x${reference}`)).toEqual([reference]);
  });

  it('finds none in what is too short, too long or of another suite', () => {
    expect(found('nr1_ nd1_ nr1_abc')).toEqual([]);
    expect(found(reference.slice(0, -1))).toEqual([]);
    expect(found(`${reference}A`)).toEqual([]);
    expect(found(`nr2_${reference.slice(4)}`)).toEqual([]);
    expect(found(`nd1_${encodeToken('reference', new Uint8Array(51)).slice(4)}`)).toEqual([]);
    expect(found('')).toEqual([]);
  });

  it('finds the token behind a million beginnings, each of which is read no further than a token is long', () => {
    expect(found(`${'nr1_'.repeat(1_000_000)},${reference}`).at(-1)).toBe(reference);
  });

  it('finds every token of any text made of tokens and other things', () => {
    const token = fc.uint8Array({ minLength: 36, maxLength: 36 }).map((raw) => encodeToken('dial-token', raw));
    const noise = fc.string({ unit: 'binary', maxLength: 8 }).map((text) => ` ${text.replaceAll(/[A-Za-z0-9_-]/g, '')} `);
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, token), { maxLength: 8 }), (parts) => {
        expect(found(parts.flat().join(''))).toEqual(parts.map(([, text]) => text));
      }),
    );
  });
});
