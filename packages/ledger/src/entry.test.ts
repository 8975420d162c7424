import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nonceOf, TEST_TIME } from '../../../tests/support/ledgers.js';
import { base64urlOf } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { defineEntry } from './entries/define.js';
import { fitsEntry, MAX_LIST, name } from './entries/fields.js';
import { entryDefinitions } from './entries/index.js';
import { type EntryType, entrySchemas, entryTypes, parseEntry, writeEntry } from './entry.js';

const ajv = new Ajv2020({ strict: true, allErrors: true });
const stamp = { at: TEST_TIME, nonce: nonceOf(7) };
const subject = nonceOf(1);
const digest = `sha256:${'ab'.repeat(32)}`;
const hash = new Uint8Array(32).fill(3);
const call = {
  call: 'call_Zk3abc',
  campaign: 'c-2026-11',
  vendor: 'vendor-42',
  purpose: 'marketing.insurance.term-life',
  grant: 'grant_Zk3abc',
  subject,
  policy: digest,
} as const;

/** A value of each kind, given and as it reads in the JSON, by the shape of the kind's schema. */
function sampleOf(schema: Readonly<Record<string, unknown>>): { given: unknown; read: unknown } {
  const pattern = String(schema['pattern'] ?? '');
  if (schema['enum'] !== undefined) return same((schema['enum'] as readonly string[])[0]);
  if (schema['type'] === 'integer') return same(17);
  if (schema['type'] === 'number') return same(0.05);
  if (schema['type'] === 'boolean') return same(true);
  if (schema['type'] === 'object') return same({ 'no-consent': 2, 'do-not-call': 1 });
  if (schema['type'] === 'array') {
    const item = sampleOf(schema['items'] as Record<string, unknown>);
    return { given: [item.given, item.given], read: [item.read, item.read] };
  }
  if (pattern.startsWith('^sha256')) return same(digest);
  if (pattern.includes('{21}')) return { given: subject, read: base64urlOf(subject) };
  if (pattern.includes('{42}')) return { given: hash, read: base64urlOf(hash) };
  if (pattern.startsWith('^\\d{4}')) return { given: TEST_TIME, read: new Date(TEST_TIME).toISOString() };
  return same(pattern.includes('[0-9a-f]{8}-') ? 'some_Zk3abc' : 'some-name');
}
const same = (value: unknown): { given: unknown; read: unknown } => ({ given: value, read: value });

describe.each(entryTypes.map((type) => ({ type })))('an entry $type', ({ type }) => {
  const { fields } = entryDefinitions[type] as { fields: Readonly<Record<string, { schema: Record<string, unknown>; optional?: true }>> };
  const samples = Object.entries(fields).map(([field, kind]) => [field, sampleOf(kind.schema)] as const);
  const given = Object.fromEntries(samples.map(([field, { given: value }]) => [field, value]));
  const read = Object.fromEntries(samples.map(([field, { read: value }]) => [field, value]));
  // The union of all types' fields cannot be spelled for a type that is only known when the test runs.
  const write = (value: object) => writeEntry(type, value as never, stamp);

  it('is written in canonical form, with every field and with the required ones alone', () => {
    const base = { v: 1, type, at: new Date(TEST_TIME).toISOString(), nonce: base64urlOf(stamp.nonce) };
    expect(write(given)).toBe(canonicalJson({ ...read, ...base }));
    const required = Object.fromEntries(Object.entries(given).filter(([field]) => !fields[field]!.optional));
    const written = Object.fromEntries(Object.entries(read).filter(([field]) => !fields[field]!.optional));
    expect(write(required)).toBe(canonicalJson({ ...written, ...base }));
  });

  it('reads back, and agrees with its JSON Schema', () => {
    const body = write(given);
    expect(parseEntry(body)).toEqual(JSON.parse(body));
    expect(ajv.validate(entrySchemas[type], JSON.parse(body))).toBe(true);
  });

  it('takes no field that is missing, unknown or of another kind, by writer, reader or schema', async () => {
    const body = JSON.parse(write(given)) as Record<string, unknown>;
    for (const field of Object.keys(body)) {
      const { [field]: _, ...without } = body;
      const changes: Record<string, unknown>[] = [
        { ...body, [field]: { 'not a code': -1 } },
        { ...body, [field]: '13800138000' },
      ];
      if (!fields[field]?.optional) changes.push(without);
      for (const change of changes) {
        await expect(() => parseEntry(canonicalJson(change))).toFailWith(field === 'type' ? 'ERR_ENTRY_TYPE' : 'ERR_ENTRY_FIELD');
        expect(ajv.validate(entrySchemas[type], change)).toBe(false);
      }
      if (field in given) await expect(() => write({ ...given, [field]: '13800138000' })).toFailWith('ERR_ENTRY_FIELD');
    }
    const more = { ...body, phone: '13800138000' };
    await expect(() => parseEntry(canonicalJson(more))).toFailWith('ERR_ENTRY_FIELD');
    expect(ajv.validate(entrySchemas[type], more)).toBe(false);
    // What a caller adds beside the fields does not get in.
    expect(write({ ...given, phone: '13800138000' })).toBe(write(given));
  });

  it('has no field by the name of what must stay out', () => {
    const names = Object.keys(fields).join(' ');
    expect(names).not.toMatch(/phone|token|reference|mask|band|account|name|balance|\bcustomer/i);
  });
});

describe('what may stand in an entry', () => {
  it.each(['vendor-42', 'c-2026-11', 'c-20261123-001', 'agent.17', 'marketing.insurance.term-life', '42', '123456'])(
    'a name: %s',
    (text) => {
      expect(fitsEntry(text)).toBe(true);
    },
  );

  it.each([
    ['a mobile', '13800138000'],
    ['a mobile with country code', '8613800138000'],
    ['a mobile in groups', '138-0013-8000'],
    ['a landline', '010.6655.4433'],
    ['a mobile behind a letter', 'a13800138000'],
    ['a card', '6222021234567890123'],
    ['a resident ID', '11010519491231002X'],
    ['seven digits', '1234567'],
    ['a space', 'a b'],
    ['a quote', 'a"b'],
    ['Chinese', '张三'],
    ['nothing', ''],
  ])('never %s', async (_, text) => {
    expect(fitsEntry(text)).toBe(false);
    await expect(() => writeEntry('call.authorized', { ...call, agent: text }, stamp)).toFailWith('ERR_ENTRY_FIELD');
  });

  it.each(['call_13800138000', '13800138000', 'call 1', 'CALL_1', 'nr1_"', '0f8fad5b-d9cb-469f-a165-70867728950E'])(
    'no id: %s',
    async (text) => {
      await expect(() => writeEntry('call.authorized', { ...call, call: text }, stamp)).toFailWith('ERR_ENTRY_FIELD');
    },
  );

  it.each(['0f8fad5b-d9cb-469f-a165-70867728950e', 'call_0123456789-_Az', 'grant_7'])('an id: %s', (text) => {
    expect(writeEntry('call.authorized', { ...call, call: text }, stamp)).toContain(`"call":"${text}"`);
  });

  it('a time between the years 0 and 9999, a nonce and a subject of 16 bytes', async () => {
    for (const at of [Number.NaN, 1.5, 253_402_300_800_000, -62_167_219_200_001]) {
      await expect(() => writeEntry('call.authorized', call, { ...stamp, at })).toFailWith('ERR_ENTRY_FIELD');
    }
    await expect(() => writeEntry('call.authorized', call, { ...stamp, nonce: new Uint8Array(15) })).toFailWith('ERR_ENTRY_FIELD');
    await expect(() => writeEntry('call.authorized', { ...call, subject: new Uint8Array(17) }, stamp)).toFailWith('ERR_ENTRY_FIELD');
  });

  it('as many subjects as still fit an entry bundle, and no more', async () => {
    const refusals = (count: number) =>
      writeEntry(
        'refusals',
        {
          campaign: call.campaign,
          vendor: call.vendor,
          grant: call.grant,
          from: TEST_TIME,
          to: TEST_TIME + 60_000,
          count,
          codes: { 'token-forged': 1 },
          policy: digest,
          subjects: Array.from({ length: count }, (_, i) => nonceOf(i)),
        },
        stamp,
      );
    expect(refusals(MAX_LIST).length).toBeLessThan(65_536);
    await expect(() => refusals(MAX_LIST + 1)).toFailWith('ERR_ENTRY_FIELD');
  });
});

describe('the closed list', () => {
  it('holds no other type or version', async () => {
    await expect(() => writeEntry('call.imagined' as EntryType, {} as never, stamp)).toFailWith('ERR_ENTRY_TYPE');
    const body = JSON.parse(writeEntry('call.authorized', call, stamp));
    await expect(() => parseEntry(canonicalJson({ ...body, type: 'toString' }))).toFailWith('ERR_ENTRY_TYPE');
    await expect(() => parseEntry(canonicalJson({ ...body, v: 2 }))).toFailWith('ERR_ENTRY_FIELD');
  });

  it('takes no definition that shadows what every entry has', async () => {
    await expect(() => defineEntry('x', { nonce: name() })).toFailWith('ERR_LEDGER_ARGUMENT');
  });

  it('reads one spelling', async () => {
    const body = writeEntry('call.authorized', call, stamp);
    expect(parseEntry(body).type).toBe('call.authorized');
    for (const other of [` ${body}`, body.replace(':1,', ': 1,'), `${body}\n`, '[]', 'null', '7', '', '{"v":1}']) {
      await expect(() => parseEntry(other)).toFailWith(other === '{"v":1}' ? 'ERR_ENTRY_TYPE' : 'ERR_ENTRY_NOT_CANONICAL');
    }
  });

  it('writes ASCII without a newline, whatever is put in', () => {
    fc.assert(
      fc.property(fc.string(), (agent) => {
        if (!fitsEntry(agent)) return;
        expect(writeEntry('call.authorized', { ...call, agent }, stamp)).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
});
