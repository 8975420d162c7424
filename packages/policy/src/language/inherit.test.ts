import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../decide/request.js';
import { DAYS } from '../decide/window.js';
import type { PolicyDocument, PurposeText, ReleaseText } from './document.js';
import { inheritPurposes, nearestAbove } from './inherit.js';
import { checkPolicy, loadPolicy } from './load.js';
import type { Release } from './policy.js';
import { stateRelease } from './release.js';

const VENDORS = ['vendor-a', 'vendor-b', 'vendor-c'];
const FIELDS = ['name', 'age', 'balance'];
const BANDS = ['age-band', 'balance-band'];
const QUESTIONS = ['rich', 'old'];
const PURPOSES = ['marketing', 'marketing.insurance', 'marketing.insurance.term-life', 'service'];

const some = (names: readonly string[]) => fc.subarray([...names]);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Drops absent members, as YAML has none. */
const record = <T extends Record<string, unknown>>(members: { [M in keyof T]: fc.Arbitrary<T[M]> }) =>
  fc.record(members).map((value) => JSON.parse(JSON.stringify(value)) as Partial<T>);

const release = record({
  reference: maybe(fc.boolean()),
  dial: maybe(fc.boolean()),
  numeric: maybe(fc.boolean()),
  message: maybe(fc.boolean()),
  mask: maybe(fc.oneof(fc.constant(false), fc.record({ k: fc.integer({ min: 1, max: 40 }), max_digits: fc.integer({ min: 0, max: 4 }) }))),
  bands: maybe(some(BANDS)),
  answers: maybe(some(QUESTIONS)),
  handover: maybe(
    fc.record({
      fields: some(FIELDS).filter((list) => list.length > 0),
      to: some(['insurer', 'broker']).filter((list) => list.length > 0),
    }),
  ),
  lookup: maybe(fc.record({ fields: some(FIELDS), endings: some(FIELDS), per_day: fc.integer({ min: 1, max: 9 }) })),
  open: maybe(fc.boolean()),
}) as fc.Arbitrary<ReleaseText>;

const time = fc.integer({ min: 0, max: 47 }).map((half) => `${String(half >> 1).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`);
const window = fc.record({ days: fc.subarray([...DAYS], { minLength: 1 }), from: time, to: time }).filter(({ from, to }) => from !== to);
const limit = fc.integer({ min: 0, max: 5 });
const sliding = fc.record({ calls: limit, days: fc.integer({ min: 1, max: 60 }) });

const purpose = record({
  abstract: maybe(fc.boolean()),
  legal_basis: fc.constantFrom('consent', 'contract'),
  release: maybe(release),
  recipients: maybe(fc.oneof(some(VENDORS), fc.dictionary(fc.constantFrom(...VENDORS), release))),
  prohibited: maybe(fc.subarray([...ACTIONS], { maxLength: 2 })),
  window: maybe(window),
  caps: maybe(
    record({
      per_customer: maybe(record({ campaign: maybe(limit), purpose: maybe(sliding), all_vendors: maybe(sliding) })),
      per_agent_per_hour: maybe(limit),
      concurrent: maybe(limit),
    }),
  ),
  grants: maybe(fc.record({ agent: fc.constantFrom('optional', 'required') })),
  acknowledge: maybe(fc.constantFrom('none', 'required')),
}) as unknown as fc.Arbitrary<PurposeText>;

const DEFINITIONS = {
  numbra: 1,
  bank: 'b',
  fields: { name: { class: 'C2' }, age: { class: 'C1' }, balance: { class: 'C2' } },
  bands: { 'age-band': { field: 'age', edges: [30] }, 'balance-band': { field: 'balance', edges: [1000] } },
  questions: { rich: { field: 'balance', at_least: 1, text: 'x' }, old: { field: 'age', at_least: 60, text: 'x' } },
};

/** Documents whose children may ask for anything; few of them load. */
const documents: fc.Arbitrary<PolicyDocument> = fc
  .record({
    purposes: fc.dictionary(fc.constantFrom(...PURPOSES), purpose, { minKeys: 1 }),
    acknowledge: fc.constantFrom('none', 'required'),
  })
  .map(
    ({ purposes, acknowledge }) =>
      ({
        ...DEFINITIONS,
        acknowledge,
        purposes: Object.fromEntries(
          Object.entries(purposes).map(([name, text]) => [
            name,
            {
              ...text,
              consent: 'marketing',
              ...(text.window === undefined && { window: { days: [...DAYS], from: '00:00', to: '24:00' } }),
              ...(name === 'service' && { consent: 'service' }),
            },
          ]),
        ),
      }) as unknown as PolicyDocument,
  );

describe('a child purpose', () => {
  it('cuts a child back to its parent even where the file asks for more', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const purposes = inheritPurposes(document, () => undefined);
        for (const child of Object.values(purposes)) {
          const parent = child.parent === undefined ? undefined : purposes[child.parent];
          if (parent === undefined) continue;
          expect(stateRelease(parent.release, asText(child.release)).wider).toEqual([]);
          for (const [name, own] of Object.entries(child.recipients)) {
            expect(stateRelease(child.release, asText(own)).wider).toEqual([]);
            expect(stateRelease(parent.recipients[name]!, asText(own)).wider).toEqual([]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('inherits what it does not state', () => {
    const policy = loadPolicy(`
numbra: 1
bank: b
purposes:
  a:
    legal_basis: consent
    consent: a
    recipients: { v: { dial: false }, w: {} }
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 } }
    window: { days: [mo, tu], from: "09:00", to: "18:00" }
    caps: { per_customer: { campaign: 2, all_vendors: { calls: 1, days: 60 } }, concurrent: 5 }
    retention: { days: 30 }
  a.b.c:
    release: { mask: { k: 30, max_digits: 1 } }
    caps: { per_customer: { purpose: { calls: 1, days: 7 } } }
`);
    const { a, 'a.b.c': child } = policy.purposes;
    expect(child).toMatchObject({ parent: 'a', legalBasis: 'consent', consent: 'a', retentionDays: 30 });
    expect(child?.release).toEqual({ ...a?.release, mask: { k: 30, maxDigits: 1 } });
    expect(child?.recipients.v).toMatchObject({ reference: true, dial: false, mask: { k: 30, maxDigits: 1 } });
    expect(child?.windows).toEqual(a?.windows);
    expect(child?.customerCaps).toEqual([
      { kind: 'all-vendors', calls: 1, days: 60, rule: 'purposes.a.caps.per_customer.all_vendors' },
      { kind: 'purpose', purpose: 'a.b.c', calls: 1, days: 7, rule: 'purposes.a.b.c.caps.per_customer.purpose' },
    ]);
    expect(child?.concurrent).toEqual({ limit: 5, rule: 'purposes.a.caps.concurrent' });
  });

  it('hangs on the nearest purpose that is stated', () => {
    const purposes = { a: 1, 'a.b': 2, 'ab.c': 3 };
    expect(nearestAbove('a.b.c.d', purposes)).toBe(2);
    expect(nearestAbove('a.x', purposes)).toBe(1);
    expect(nearestAbove('ab', purposes)).toBeUndefined();
  });

  const widened: readonly (readonly [member: string, text: PurposeText, path: string])[] = [
    ['a released member', { release: { message: true } }, 'purposes.a.b.release.message'],
    ['a smaller k', { release: { mask: { k: 19, max_digits: 1 } } }, 'purposes.a.b.release.mask.k'],
    ['more digits', { release: { mask: { k: 20, max_digits: 2 } } }, 'purposes.a.b.release.mask.max_digits'],
    ['a band', { release: { bands: ['x'] } }, 'purposes.a.b.release.bands.0'],
    ['a recipient', { recipients: ['v', 'w'] }, 'purposes.a.b.recipients.1'],
    ['more for a recipient', { recipients: { v: { message: true } } }, 'purposes.a.b.recipients.v.message'],
    ['earlier hours', { window: { days: ['mo'], from: '08:00', to: '09:30' } }, 'purposes.a.b.window'],
    ['another day', { window: { days: ['tu'], from: '09:00', to: '18:00' } }, 'purposes.a.b.window'],
    ['more calls', { caps: { per_customer: { campaign: 3 } } }, 'purposes.a.b.caps.per_customer.campaign'],
    ['a larger budget', { caps: { per_campaign: 101 } }, 'purposes.a.b.caps.per_campaign'],
    ['more agents’ calls', { caps: { per_agent_per_hour: 11 } }, 'purposes.a.b.caps.per_agent_per_hour'],
    ['more at once', { caps: { concurrent: 6 } }, 'purposes.a.b.caps.concurrent'],
    ['a longer retention', { retention: { days: 31 } }, 'purposes.a.b.retention.days'],
    ['grants without agent', { grants: { agent: 'optional' } }, 'purposes.a.b.grants.agent'],
    ['no countersigning', { acknowledge: 'none' }, 'purposes.a.b.acknowledge'],
    ['less padding', { padding: 0.01 }, 'purposes.a.b.padding'],
    ['faster pacing', { pacing: { days: 2 } }, 'purposes.a.b.pacing.days'],
  ];

  it.each(widened)('may not ask for %s', async (_, text, path) => {
    const document = {
      numbra: 1,
      bank: 'b',
      fields: { f: { class: 'C2' } },
      bands: { x: { field: 'f', edges: [1] } },
      purposes: {
        a: {
          legal_basis: 'contract',
          recipients: ['v'],
          release: { reference: true, dial: true, mask: { k: 20, max_digits: 1 } },
          window: { days: ['mo'], from: '09:00', to: '18:00' },
          caps: { per_customer: { campaign: 2 }, per_campaign: 100, per_agent_per_hour: 10, concurrent: 5 },
          retention: { days: 30 },
          grants: { agent: 'required' },
          acknowledge: 'required',
          padding: 0.05,
          pacing: { days: 3 },
        },
        'a.b': text,
      },
    };
    const { ok, findings } = checkPolicy(JSON.stringify(document, null, 1));
    expect(ok).toBe(false);
    expect(findings).toEqual([expect.objectContaining({ severity: 'error', code: 'ERR_POLICY_WIDER', path, line: expect.any(Number) })]);
    await expect(() => loadPolicy(JSON.stringify(document))).toFailWith('ERR_POLICY_WIDER');
  });
});

/** A resolved release as a file would state it. */
function asText({ mask, lookup, ...own }: Release): ReleaseText {
  return {
    ...own,
    ...(mask && { mask: { k: mask.k, max_digits: mask.maxDigits } }),
    ...(lookup && { lookup: { fields: lookup.fields, endings: lookup.endings, per_day: lookup.perDay } }),
  } as ReleaseText;
}
