import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCustomerId } from '../identifiers/customer-id.js';
import { Sensitive } from '../sensitive.js';
import { type Column, columnOf } from './column.js';
import { openDialTokenColumn, openReferenceColumn, sealDialTokenColumn, sealReferenceColumn } from './columns.js';
import { openDialTokens, sealDialTokens } from './dial-token.js';
import { openReferences, sealReferences } from './reference.js';
import { customer, digitsOf, phone, vectorScope } from './vectors/scopes.js';

const column = (texts: readonly string[]): Column => columnOf(texts.map((text) => Buffer.from(text)));
const textsOf = ({ data, offsets }: Column): string[] =>
  Array.from({ length: offsets.length - 1 }, (_, i) => Buffer.from(data.subarray(offsets[i], offsets[i + 1])).toString());
const ascii = (tokens: readonly string[]): Uint8Array => Uint8Array.from(Buffer.from(tokens.join('')));
const raw = (tokens: readonly string[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(tokens.map((token) => Buffer.from(token.slice(4), 'base64url'))));
const forms = { ascii, raw } as const;

const ids = fc.array(
  fc
    .oneof(
      fc.stringMatching(/^[!-~]{1,12}$/),
      fc.stringMatching(/^[0-9]{13,24}$/),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }),
    )
    .map((text) => parseCustomerId(text, { maxBytes: /^[0-9]{13,24}$/.test(text) ? 24 : 12 }) ?? customer('x')),
  { maxLength: 30 },
);

describe.each(['ascii', 'raw'] as const)('columns, %s', (form) => {
  const write = forms[form];

  it.each([14, 29, 44])('of references are the references as strings, reference length %i', (referenceLength) => {
    const scope = vectorScope({ referenceLength });
    fc.assert(
      fc.property(ids, (batch) => {
        const sealed = sealReferenceColumn(scope, column(batch), form);
        expect(sealed).toEqual(write(sealReferences(scope, batch)));
        const { ids: opened, opened: flags } = openReferenceColumn(scope, sealed, form);
        expect(textsOf(opened)).toEqual(batch);
        expect([...flags]).toEqual(batch.map(() => 1));
      }),
    );
  });

  it.each([14, 29])('of dial tokens are the dial tokens as strings, reference length %i', (referenceLength) => {
    const scope = vectorScope({ referenceLength });
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[1-9][0-9]{6,14}$/), { maxLength: 30 }), (numbers) => {
        const references = sealReferences(
          scope,
          numbers.map((_, i) => customer(`C${i}`)),
        );
        const strings = sealDialTokens(scope, numbers.map(phone), references);
        const sealed = sealDialTokenColumn(scope, new Sensitive(column(numbers)), write(references), form);
        expect(sealed).toEqual(write(strings));
        const opened = openDialTokenColumn(scope, sealed, form);
        expect(opened.phones.use(textsOf)).toEqual(openDialTokens(scope, strings).map((token) => digitsOf(token?.phone)));
        expect(opened.r5).toEqual(Uint8Array.from(openDialTokens(scope, strings).flatMap((token) => [...(token?.r5 ?? [])])));
      }),
    );
  });

  it('hold across the border of a chunk, write where they are told, and begin anywhere in memory', () => {
    const scope = vectorScope();
    const many = Array.from({ length: 2500 }, (_, i) => customer(i % 2 === 0 ? `C${i}` : String(10 ** 14 + i)));
    const expected = write(sealReferences(scope, many));
    const into = new Uint8Array(expected.length + 3).subarray(3);
    expect(sealReferenceColumn(scope, column(many), form, into)).toBe(into);
    expect(into).toEqual(expected);
    expect(textsOf(openReferenceColumn(scope, into, form).ids)).toEqual(many);
    // A column may begin inside its data.
    const { data, offsets } = column(['before', ...many]);
    expect(sealReferenceColumn(scope, { data, offsets: offsets.subarray(1) }, form)).toEqual(expected);
  });

  it('open what is genuine beside what is not', () => {
    const scope = vectorScope();
    const references = sealReferences(scope, [customer('C1'), customer('C2'), customer('C3')]);
    const tokens = write(references);
    const width = tokens.length / 3;
    tokens[width + 20] = (tokens[width + 20] as number) ^ 1;
    const { ids: opened, opened: flags } = openReferenceColumn(scope, tokens, form);
    expect(textsOf(opened)).toEqual(['C1', '', 'C3']);
    expect([...flags]).toEqual([1, 0, 1]);
    expect(openReferences(scope, references)).toEqual(['C1', 'C2', 'C3']);
  });

  it('open dial tokens that are genuine beside those that are not', () => {
    const scope = vectorScope();
    const references = sealReferences(scope, [customer('C1'), customer('C2')]);
    const tokens = write(sealDialTokens(scope, [phone('8613800138000'), phone('8613800138001')], references));
    tokens[4] = (tokens[4] as number) ^ 1;
    const opened = openDialTokenColumn(scope, tokens, form);
    expect(opened.phones.use(textsOf)).toEqual(['', '8613800138001']);
    expect([...opened.opened]).toEqual([0, 1]);
    expect([...opened.r5.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0]);
  });

  it('are refused with the row for ids and phones that are none', async () => {
    const scope = vectorScope();
    const good = new Array<string>(1500).fill('C1');
    for (const [bad, code] of [
      ['', 'ERR_CUSTOMER_ID_INVALID'],
      ['a\tb', 'ERR_CUSTOMER_ID_INVALID'],
      ['e\u0301', 'ERR_CUSTOMER_ID_INVALID'],
      ['1234567890abc', 'ERR_CUSTOMER_ID_TOO_LONG'],
      ['9'.repeat(40_000), 'ERR_CUSTOMER_ID_TOO_LONG'],
    ] as const) {
      const refused = () => sealReferenceColumn(scope, column([...good, bad]), form);
      await expect(refused).toFailWith(code);
      expect(refused).toThrow(expect.objectContaining({ where: { row: 1500 } }));
    }
    const notUtf8 = { data: Uint8Array.of(0x43, 0xff, 0xfe), offsets: Uint32Array.of(0, 1, 3) };
    await expect(() => sealReferenceColumn(scope, notUtf8, form)).toFailWith('ERR_CUSTOMER_ID_INVALID');
    const references = write(sealReferences(scope, [customer('C1'), customer('C2')]));
    for (const bad of ['123456', '12345678x', '0123456789', '9'.repeat(40_000)]) {
      const refused = () => sealDialTokenColumn(scope, new Sensitive(column(['8613800138000', bad])), references, form);
      await expect(refused).toFailWith('ERR_PHONE_INVALID');
      expect(refused).toThrow(expect.objectContaining({ where: { row: 1 } }));
    }
  });

  it.each([14, 29])('are refused for references of another scope, reference length %i', async (referenceLength) => {
    const scope = vectorScope({ referenceLength });
    const foreign = sealReferences(vectorScope({ referenceLength, tag: new Uint8Array(6) }), [customer('C1')]);
    const phones = new Sensitive(column(['8613800138000']));
    await expect(() => sealDialTokenColumn(scope, phones, write(foreign), form)).toFailWith('ERR_REFERENCE_FOREIGN');
    await expect(() => sealDialTokenColumn(scope, phones, new Uint8Array(0), form)).toFailWith('ERR_LENGTH_MISMATCH');
  });

  it('are refused when they are malformed', async () => {
    const scope = vectorScope();
    const data = Buffer.from('C1C2');
    for (const offsets of [[], [0, 3, 2], [0, 2, 5], [4, 2]]) {
      await expect(() => sealReferenceColumn(scope, { data, offsets: Uint32Array.from(offsets) }, form)).toFailWith('ERR_COLUMN_MALFORMED');
    }
    await expect(() => openReferenceColumn(scope, new Uint8Array(53), form)).toFailWith('ERR_COLUMN_MALFORMED');
    await expect(() => openDialTokenColumn(scope, new Uint8Array(37), form)).toFailWith('ERR_COLUMN_MALFORMED');
    await expect(() => sealReferenceColumn(scope, column(['C1']), form, new Uint8Array(51))).toFailWith('ERR_COLUMN_MALFORMED');
    expect(sealReferenceColumn(scope, column([]), form)).toHaveLength(0);
    expect(openReferenceColumn(scope, new Uint8Array(0), form).ids.offsets).toHaveLength(1);
  });
});
