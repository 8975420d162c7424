import { aessiv } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scopeContext } from '../keys/derive.js';
import { AesSiv } from './aes-siv.js';
import { openDialToken, openDialTokens, sealDialToken, sealDialTokens } from './dial-token.js';
import { sealReference, sealReferences } from './reference.js';
import { type Reference, r5Of } from './token-text.js';
import { bytes } from './vectors/foreign.js';
import { customer, digitsOf, name, phone, vectorScope, vectors } from './vectors/scopes.js';

const digits = fc.stringMatching(/^[1-9][0-9]{6,14}$/);
const rows = fc.array(fc.tuple(digits, fc.integer({ min: 1, max: 1e9 })), { maxLength: 30 });
const context = () => scopeContext('dial', vectors.identity);

/** A token of these 14 bytes under the scope's own key: what only the bank can make. */
function sealedBytes(plaintext: Uint8Array): string {
  const sealed = new AesSiv(bytes(vectors.keys.dial)).seal(plaintext, context());
  return `nd1_${Buffer.concat([bytes(vectors.tag), sealed]).toString('base64url')}`;
}

describe('dial tokens', () => {
  it.each([14, 44])('open to phone and r5, reference length %i', (referenceLength) => {
    const scope = vectorScope({ referenceLength });
    fc.assert(
      fc.property(rows, (batch) => {
        const references = sealReferences(
          scope,
          batch.map(([, id]) => customer(`C${id}`)),
        );
        const tokens = sealDialTokens(
          scope,
          batch.map(([number]) => phone(number)),
          references,
        );
        const opened = openDialTokens(scope, tokens);
        expect(opened.map((token) => digitsOf(token?.phone))).toEqual(batch.map(([number]) => number));
        expect(opened.map((token) => token?.r5)).toEqual(references.map(r5Of));
        expect(tokens).toEqual(batch.map(([number], i) => sealDialToken(scope, phone(number), references[i] as Reference)));
        expect(tokens.every((token) => token.length === 52)).toBe(true);
      }),
    );
  });

  it('are AES-SIV of kind, BCD and r5, as @noble/ciphers has it', () => {
    const scope = vectorScope();
    const reference = sealReference(scope, customer('C1'));
    fc.assert(
      fc.property(digits, (number) => {
        const plaintext = Buffer.concat([Buffer.of(2), Buffer.from(number.padStart(16, '0'), 'hex'), r5Of(reference)]);
        const sealed = aessiv(bytes(vectors.keys.dial), context()).encrypt(plaintext);
        const token = `nd1_${Buffer.concat([bytes(vectors.tag), sealed]).toString('base64url')}`;
        expect(sealDialToken(scope, phone(number), reference)).toBe(token);
      }),
    );
  });

  it('differ for two customers who share a phone', () => {
    const scope = vectorScope();
    const references = sealReferences(scope, [customer('C1'), customer('C2')]);
    const [one, two] = sealDialTokens(scope, [phone('8613800138000'), phone('8613800138000')], references);
    expect(one).not.toBe(two);
  });

  it('hand the phone out inside Sensitive only', () => {
    const scope = vectorScope();
    const opened = openDialToken(scope, vectors.dialTokens[0]?.token as string);
    expect(JSON.stringify(opened)).not.toContain('138');
    expect(`${opened?.phone}`).toBe('[redacted]');
  });

  it('open in no other scope and not as references', () => {
    const token = vectors.dialTokens[0]?.token as string;
    for (const part of ['bank', 'vendor', 'purpose', 'campaign'] as const) {
      expect(openDialToken(vectorScope({ identity: { [part]: name('another') } }), token)).toBeUndefined();
    }
    expect(openDialToken(vectorScope({ tag: new Uint8Array(6) }), token)).toBeUndefined();
    expect(openDialToken(vectorScope(), `nr1_${token.slice(4)}`)).toBeUndefined();
    expect(openDialToken(vectorScope(), vectors.references[0]?.token as string)).toBeUndefined();
  });

  it('do not open after a change of any one bit', () => {
    const scope = vectorScope();
    const [{ token }] = vectors.dialTokens as readonly [(typeof vectors.dialTokens)[number]];
    const raw = Buffer.from(token.slice(4), 'base64url');
    for (let bit = 0; bit < 8 * raw.length; bit++) {
      const copy = Buffer.from(raw);
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(openDialToken(scope, `nd1_${copy.toString('base64url')}`)).toBeUndefined();
    }
  });

  it('do not open when what the bank itself sealed is no phone', () => {
    const scope = vectorScope();
    const r5 = '0102030405';
    expect(digitsOf(openDialToken(scope, sealedBytes(bytes(`02 0008613800138000 ${r5}`)))?.phone)).toBe('8613800138000');
    for (const plaintext of [
      `01 0008613800138000 ${r5}`,
      `03 0008613800138000 ${r5}`,
      `02 000861380013800a ${r5}`,
      `02 a008613800138000 ${r5}`,
      `02 0000000000123456 ${r5}`,
      `02 1234567890123456 ${r5}`,
      `02 0000000000000000 ${r5}`,
    ]) {
      expect(openDialToken(scope, sealedBytes(bytes(plaintext)))).toBeUndefined();
    }
  });

  it('are refused for what is no phone, with its row, and nothing is sealed', async () => {
    const scope = vectorScope();
    const reference = sealReference(scope, customer('C1'));
    for (const number of [
      '',
      '123456',
      '1234567890123456',
      '0123456789',
      '12345678x',
      '+8613800138000',
      '138００138000',
      '1'.repeat(30_000),
    ]) {
      const refused = () => sealDialTokens(scope, [phone('8613800138000'), phone(number)], [reference, reference]);
      await expect(refused).toFailWith('ERR_PHONE_INVALID');
      expect(refused).toThrow(expect.objectContaining({ where: { row: 1 } }));
    }
  });

  it.each([14, 29])('are refused for a reference of another scope, reference length %i', async (referenceLength) => {
    const scope = vectorScope({ referenceLength });
    const reference = sealReference(scope, customer('C1'));
    const foreign = sealReference(vectorScope({ referenceLength, tag: new Uint8Array(6) }), customer('C1'));
    for (const wrong of [foreign, 'nr1_', '', `nd1_${reference.slice(4)}`]) {
      const refused = () => sealDialTokens(scope, [phone('8613800138000'), phone('8613800138000')], [reference, wrong as Reference]);
      await expect(refused).toFailWith('ERR_REFERENCE_FOREIGN');
      expect(refused).toThrow(expect.objectContaining({ where: { row: 1 } }));
    }
  });

  it('are refused when the two lists differ in length', async () => {
    await expect(() => sealDialTokens(vectorScope(), [phone('8613800138000')], [])).toFailWith('ERR_LENGTH_MISMATCH');
  });

  it('are the same across the border of a chunk', () => {
    const scope = vectorScope();
    const numbers = Array.from({ length: 2500 }, (_, i) => String(8613000000000 + i));
    const references = sealReferences(
      scope,
      numbers.map((_, i) => customer(`C${i}`)),
    );
    const tokens = sealDialTokens(scope, numbers.map(phone), references);
    for (const i of [0, 1023, 1024, 2499])
      expect(tokens[i]).toBe(sealDialToken(scope, phone(numbers[i] as string), references[i] as Reference));
    expect(openDialTokens(scope, tokens).map((token) => digitsOf(token?.phone))).toEqual(numbers);
  });
});
