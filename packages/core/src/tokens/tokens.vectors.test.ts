/** Our own vectors (vectors/README.md), made once by other people's AES-SIV and FF1. */
import { describe, expect, it } from 'vitest';
import { deriveScopeKey, scopeContext } from '../keys/derive.js';
import { openDialToken, openDialTokens, sealDialToken, sealDialTokens } from './dial-token.js';
import { openNumericToken, parseNumericFormat, sealNumericToken } from './numeric.js';
import { openReference, openReferences, sealReference, sealReferences } from './reference.js';
import { r5Of } from './token-text.js';
import { bytes, hex } from './vectors/foreign.js';
import { digitsOf, phone, vectorScope, vectors } from './vectors/scopes.js';

describe('token vectors', () => {
  it.each(['ref', 'dial', 'numeric'] as const)('derive the key for %s', (use) => {
    expect(hex(scopeContext(use, vectors.identity))).toBe(vectors.contexts[use]);
    expect(hex(deriveScopeKey(bytes(vectors.root), bytes(vectors.campaignSecret), use, vectors.identity))).toBe(vectors.keys[use]);
  });

  it.each(vectors.references)('seal and open reference $token of $id', ({ id, referenceLength, token }) => {
    const scope = vectorScope({ referenceLength });
    expect(sealReference(scope, id)).toBe(token);
    expect(openReference(scope, token)).toBe(id);
  });

  it('seal and open references of one length together', () => {
    const scope = vectorScope();
    const short = vectors.references.filter(({ referenceLength }) => referenceLength === 14);
    const ids = short.map(({ id }) => id);
    const tokens = short.map(({ token }) => token);
    expect(sealReferences(scope, ids)).toEqual(tokens);
    expect(openReferences(scope, tokens)).toEqual(ids);
  });

  it.each(vectors.dialTokens)('seal and open dial token $token', ({ phone: digits, reference, token }) => {
    const scope = vectorScope(reference.length === 52 ? {} : { referenceLength: 44 });
    expect(sealDialToken(scope, phone(digits), reference)).toBe(token);
    const opened = openDialToken(scope, token);
    expect(digitsOf(opened?.phone)).toBe(digits);
    expect(opened?.r5).toEqual(r5Of(reference));
  });

  it('seal and open dial tokens together', () => {
    const scope = vectorScope();
    const short = vectors.dialTokens.filter(({ reference }) => reference.length === 52);
    const tokens = sealDialTokens(
      scope,
      short.map(({ phone: digits }) => phone(digits)),
      short.map(({ reference }) => reference),
    );
    expect(tokens).toEqual(short.map(({ token }) => token));
    expect(openDialTokens(scope, tokens).map((opened) => digitsOf(opened?.phone))).toEqual(short.map(({ phone: digits }) => digits));
  });

  it.each(vectors.numericTokens)('seal and open numeric token $token of row $row', ({ row, prefix, token }) => {
    const format = parseNumericFormat({ prefix });
    expect(sealNumericToken(vectorScope(), row, format)).toBe(token);
    expect(openNumericToken(vectorScope(), token, 1_000_000, format)).toBe(row);
  });

  it.each(vectors.refused)('refuse $why', ({ kind, token }) => {
    const scope = vectorScope();
    expect(kind === 'reference' ? openReference(scope, token) : openDialToken(scope, token)).toBeUndefined();
  });

  it('refuse all of them beside tokens that open', () => {
    const scope = vectorScope();
    const good = vectors.references[0]?.token as string;
    const texts = vectors.refused.filter(({ kind }) => kind === 'reference').flatMap(({ token }) => [good, token]);
    expect(openReferences(scope, texts)).toEqual(texts.map((text) => (text === good ? 'C000123' : undefined)));
  });
});
