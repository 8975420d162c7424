import { describe, expect, it } from 'vitest';
import { findDamagedTokens, fragmentR5 } from './find-damaged.js';
import { type Reference, r5Of } from './token-text.js';
import { vectors } from './vectors/scopes.js';

const reference = vectors.references[0]?.token as string;
const dialToken = vectors.dialTokens[0]?.token as string;
const r5 = Buffer.from(r5Of(reference as Reference)).readUIntBE(0, 5);
const wholeOf = (text: string): string[] => findDamagedTokens(text).tokens.map((token) => token.text);

describe('finding damaged tokens', () => {
  it('finds the whole ones where they stand, like the strict finder', () => {
    const { tokens, fragments } = findDamagedTokens(`a,${reference},${dialToken}\nb ${reference}`);
    expect(tokens.map(({ text }) => text)).toEqual([reference, dialToken, reference]);
    expect(fragments).toEqual([]);
  });

  it('puts together what a URL encodes and what a mail wraps', () => {
    const percent = (body: string) =>
      [...body].map((c) => (/[a-z]/.test(c) ? c : `%${c.charCodeAt(0).toString(16).toUpperCase()}`)).join('');
    expect(wholeOf(`https://x.example/?t=${reference.replaceAll('_', '%5F').replaceAll('-', '%2D')}&n=1`)).toEqual([reference]);
    expect(wholeOf(`?t=nr1%5F${percent(reference.slice(4))}&`)).toEqual([reference]);
    for (const wrap of ['\n', '\r\n', '\r\n  ', '=\r\n', '\n> ']) {
      const text = `see ${dialToken.slice(0, 20)}${wrap}${dialToken.slice(20, 41)}${wrap}${dialToken.slice(41)}, thanks`;
      expect(wholeOf(text)).toEqual([dialToken]);
      const [token] = findDamagedTokens(text).tokens;
      expect(text.slice(token?.end)).toBe(', thanks');
    }
  });

  it('keeps apart tokens that stand on lines of their own', () => {
    expect(wholeOf(`${reference}\n${dialToken}\nabc`)).toEqual([reference, dialToken]);
  });

  it('keeps what is left of a cut token, where enough is left to know the row', () => {
    const { tokens, fragments } = findDamagedTokens(`…${reference.slice(0, 30)}… and ${dialToken.slice(0, 12)}`);
    expect(tokens).toEqual([]);
    expect(fragments).toMatchObject([{ kind: 'reference', text: reference.slice(0, 30), recased: false }]);
    expect(fragmentR5(fragments[0]!)).toEqual([r5]);
    expect(findDamagedTokens(reference.slice(0, 18)).fragments).toEqual([]);
  });

  it('takes one with characters behind it for a fragment: what follows may be a part of it', () => {
    const [fragment] = findDamagedTokens(`${reference}A`).fragments;
    expect(fragmentR5(fragment!)).toEqual([r5]);
  });

  it('knows a token in one case again among at most 128', () => {
    for (const text of [reference.toLowerCase(), reference.toUpperCase()]) {
      const [fragment] = findDamagedTokens(`"${text}"`).fragments;
      expect(fragment).toMatchObject({ kind: 'reference', recased: true });
      const candidates = fragmentR5(fragment!);
      expect(candidates.length).toBeLessThanOrEqual(128);
      expect(candidates).toContain(r5);
    }
  });

  it('takes what is no token for none, however often it begins', () => {
    expect(findDamagedTokens('nr1_ '.repeat(10_000))).toEqual({ tokens: [], fragments: [] });
    expect(findDamagedTokens('')).toEqual({ tokens: [], fragments: [] });
  });
});
