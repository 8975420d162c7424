import { aessiv } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CustomerId, parseCustomerId } from '../identifiers/customer-id.js';
import { scopeContext } from '../keys/derive.js';
import { referencePlaintext } from './plaintext.js';
import { openReference, openReferences, sealReference, sealReferences } from './reference.js';
import { bytes } from './vectors/foreign.js';
import { customer, name, vectorScope, vectors } from './vectors/scopes.js';

/** Ids as banks have them, and as they have not: plain, digits, accents, ideographs, spaces. */
const anyId = fc
  .oneof(
    fc.stringMatching(/^[!-~]{1,12}$/),
    fc.stringMatching(/^[0-9]{1,24}$/),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
    fc.constantFrom('客户一二', 'Zoë', 'a b', '\u00ff\u00ff', 'ÀÉÎ', '😀', '0000000000000'),
  )
  .map((text) => parseCustomerId(text, { maxBytes: 12 }) ?? (/^[0-9]{13,24}$/.test(text) ? customer(text) : undefined))
  .filter((id) => id !== undefined);
const ids = fc.array(anyId, { maxLength: 40 });
const longId = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 42 })
  .map((text) => parseCustomerId(text, { maxBytes: 42 }) ?? customer('x'));

describe('references', () => {
  it('open to the ids they were sealed from', () => {
    const scope = vectorScope();
    fc.assert(
      fc.property(ids, (batch) => {
        expect(openReferences(scope, sealReferences(scope, batch))).toEqual(batch);
      }),
    );
  });

  it('are the same in a batch as one at a time', () => {
    const scope = vectorScope();
    fc.assert(
      fc.property(ids, (batch) => {
        expect(sealReferences(scope, batch)).toEqual(batch.map((id) => sealReference(scope, id)));
      }),
    );
  });

  it('are AES-SIV of their plaintext, as @noble/ciphers has it', () => {
    const scope = vectorScope();
    const cipher = () => aessiv(bytes(vectors.keys.ref), scopeContext('ref', vectors.identity));
    fc.assert(
      fc.property(anyId, (id) => {
        const plaintext = referencePlaintext(id, 14) as Uint8Array;
        const token = Buffer.concat([bytes(vectors.tag), cipher().encrypt(plaintext)]).toString('base64url');
        expect(sealReference(scope, id)).toBe(`nr1_${token}`);
      }),
    );
  });

  it('of longer lengths open too, and are the same in a batch as one at a time', () => {
    for (const referenceLength of [29, 44, 254]) {
      const scope = vectorScope({ referenceLength });
      const most = referenceLength - 2;
      fc.assert(
        fc.property(
          fc.array(
            longId.filter((id) => Buffer.byteLength(id) <= most),
            { maxLength: 10 },
          ),
          (batch) => {
            const references = sealReferences(scope, batch);
            expect(references).toEqual(batch.map((id) => sealReference(scope, id)));
            expect(openReferences(scope, references)).toEqual(batch);
            expect(references.every((reference) => reference.length === 4 + ((22 + referenceLength) / 3) * 4)).toBe(true);
          },
        ),
        { numRuns: 30 },
      );
    }
  });

  it('are the same across the border of a chunk', () => {
    const scope = vectorScope();
    const many = Array.from({ length: 3000 }, (_, i) =>
      customer(i % 3 === 0 ? `C${i}` : i % 3 === 1 ? String(10n ** 15n + BigInt(i)) : `号${i}`),
    );
    const references = sealReferences(scope, many);
    for (const i of [0, 1, 2, 1023, 1024, 1025, 2047, 2048, 2999]) expect(references[i]).toBe(sealReference(scope, many[i] as CustomerId));
    expect(openReferences(scope, references)).toEqual(many);
    expect(sealReferences(scope, many.slice(0, 1024))).toEqual(references.slice(0, 1024));
  });

  it('differ wherever ids differ', () => {
    const scope = vectorScope();
    fc.assert(
      fc.property(fc.uniqueArray(anyId, { minLength: 2, maxLength: 50 }), (batch) => {
        expect(new Set(sealReferences(scope, batch)).size).toBe(batch.length);
      }),
    );
  });

  it('open in no other scope: vendor, purpose, campaign, bank', () => {
    const reference = sealReference(vectorScope(), customer('C000123'));
    for (const part of ['bank', 'vendor', 'purpose', 'campaign'] as const) {
      expect(openReference(vectorScope({ identity: { [part]: name('another') } }), reference)).toBeUndefined();
    }
    expect(openReference(vectorScope({ tag: Uint8Array.of(1, 2, 3, 4, 5, 6) }), reference)).toBeUndefined();
    expect(openReference(vectorScope({ referenceLength: 29 }), reference)).toBeUndefined();
    expect(openReference(vectorScope(), sealReference(vectorScope({ referenceLength: 29 }), customer('C000123')))).toBeUndefined();
  });

  it.each([14, 29])('do not open after a change of any one bit, reference length %i', (referenceLength) => {
    const scope = vectorScope({ referenceLength });
    const reference = sealReference(scope, customer('C000123'));
    const raw = Buffer.from(reference.slice(4), 'base64url');
    const changed: string[] = [];
    for (let bit = 0; bit < 8 * raw.length; bit++) {
      const copy = Buffer.from(raw);
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
      changed.push(`nr1_${copy.toString('base64url')}`);
    }
    expect(openReferences(scope, changed).every((id) => id === undefined)).toBe(true);
    expect(changed.map((text) => openReference(scope, text)).every((id) => id === undefined)).toBe(true);
    expect(openReference(scope, reference)).toBe('C000123');
  });

  it.each([14, 29])('have one spelling, reference length %i', (referenceLength) => {
    const scope = vectorScope({ referenceLength });
    const references = sealReferences(
      scope,
      Array.from({ length: 200 }, (_, i) => customer(`C${i}`)),
    );
    const withDash = references.find((text) => text.slice(4).includes('-')) as string;
    const withLine = references.find((text) => text.slice(4).includes('_')) as string;
    const other = references[0] as string;
    const spellings = [
      ...['=', '==', '\n', ' ', '\0', '.', 'A', 'AAAA'].flatMap((extra) => [other + extra, extra + other]),
      withDash.slice(0, 4) + withDash.slice(4).replaceAll('-', '+'),
      withLine.slice(0, 4) + withLine.slice(4).replaceAll('_', '/'),
      `${other.slice(0, 20)}\n${other.slice(20)}`,
      // Characters whose low byte is the right one.
      String.fromCharCode(other.charCodeAt(0) + 0x100) + other.slice(1),
      other.slice(0, 30) + String.fromCharCode(other.charCodeAt(30) + 0x100) + other.slice(31),
      other.toUpperCase(),
      other.toLowerCase(),
      other.slice(4),
      other.slice(0, -1),
      `nd1_${other.slice(4)}`,
      'A'.repeat(other.length),
    ].filter((text) => !references.includes(text as never));
    expect(openReferences(scope, spellings)).toEqual(spellings.map(() => undefined));
    expect(spellings.map((text) => openReference(scope, text))).toEqual(spellings.map(() => undefined));
    // A bad one beside good ones changes nothing for those.
    expect(openReferences(scope, [other, spellings[0] as string, other])).toEqual(['C0', undefined, 'C0']);
  });

  it('open nothing of random text', () => {
    const scope = vectorScope();
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^nr1_[A-Za-z0-9_-]{48}$/)), { maxLength: 20 }),
        (texts) => {
          expect(openReferences(scope, texts)).toEqual(texts.map(() => undefined));
        },
      ),
    );
  });

  it('are refused for an id that is too long or not as parsed, with its row, and nothing is sealed', async () => {
    const scope = vectorScope();
    const good = customer('C1');
    for (const id of ['1234567890abc', '1'.repeat(25), '客户一二三', 'x'.repeat(300), `${'x'.repeat(40_000)}`]) {
      const refused = () => sealReferences(scope, [good, good, customer(id)]);
      await expect(refused).toFailWith(id.length > 252 ? 'ERR_CUSTOMER_ID_INVALID' : 'ERR_CUSTOMER_ID_TOO_LONG');
      expect(refused).toThrow(expect.objectContaining({ where: { row: 2 } }));
    }
    for (const id of ['', ' a', 'a\n', 'a\x7f', 'e\u0301', '\ud800', '\u200b', 'a\u0000']) {
      const refused = () => sealReferences(scope, [...new Array<CustomerId>(1030).fill(good), customer(id)]);
      await expect(refused).toFailWith('ERR_CUSTOMER_ID_INVALID');
      expect(refused).toThrow(expect.objectContaining({ where: { row: 1030 } }));
    }
    await expect(() => sealReferences(vectorScope({ referenceLength: 29 }), [customer('x'.repeat(28))])).toFailWith(
      'ERR_CUSTOMER_ID_TOO_LONG',
    );
  });

  it('of nothing are nothing', () => {
    expect(sealReferences(vectorScope(), [])).toEqual([]);
    expect(openReferences(vectorScope(), [])).toEqual([]);
  });
});
