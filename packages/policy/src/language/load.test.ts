import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PolicyError } from '../errors.js';
import type { PolicyFinding } from './findings.js';
import { checkPolicy, composePolicy, loadPolicy } from './load.js';
import { policyTemplate, templateNames } from './templates.js';

const BASE = `numbra: 1
bank: demo-bank
fields:
  name: { class: C2 }
  balance: { class: C2 }
  card_pin: { class: C3 }
purposes:
  marketing.insurance:
    legal_basis: consent
    consent: marketing
    recipients: [vendor-a]
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 } }
    window: { days: [mo, tu], from: "09:00", to: "20:00" }
    caps: { per_customer: { all_vendors: { calls: 1, days: 60 } } }
`;

const check = (text: string, now?: number) => checkPolicy(text, { file: 'policy.yaml', ...(now !== undefined && { now }) });
const found = (text: string, now?: number): readonly PolicyFinding[] => check(text, now).findings;
const place = ({ code, line, column, path }: PolicyFinding) => `${code} ${line}:${column} ${path}`;

describe('a policy', () => {
  it('loads, frozen all the way down', () => {
    const policy = loadPolicy(BASE);
    expect(policy.bank).toBe('demo-bank');
    expect(policy.refusals).toEqual({ sticky: true, perDay: 'default' });
    expect(policy.linkability).toEqual({ expected: 0.05, certain: 0 });
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(policy)).toBe(true);
  });

  it('has no findings when nothing is wrong or doubtful', () => {
    expect(check(BASE)).toMatchObject({ ok: true, findings: [] });
  });

  it('has a digest that comments and order do not change, and meaning does', () => {
    const { digest } = loadPolicy(BASE);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const shuffled = BASE.replace('numbra: 1\nbank: demo-bank', '# a comment\nbank: "demo-bank"\nnumbra: 1');
    expect(loadPolicy(shuffled).digest).toBe(digest);
    expect(loadPolicy(BASE.replace('calls: 1', 'calls: 2')).digest).not.toBe(digest);
  });

  it('carries the days of a library’s calendar in its digest', () => {
    const withCalendar = `${BASE}calendars:\n  c: { library: chinese-days }\n`;
    const withList = `${BASE}calendars:\n  c: { years: [2026] }\n`;
    expect(loadPolicy(withCalendar).digest).not.toBe(loadPolicy(withList).digest);
  });

  it.each(templateNames)('comes as a template that loads without doubts: %s', (name) => {
    const text = policyTemplate(name, { bank: 'demo-bank', vendors: ['vendor-a'] });
    const { ok, findings, policy } = check(text, Date.parse('2026-06-01'));
    expect(findings).toEqual([]);
    expect(ok).toBe(true);
    expect(policy?.purposes['marketing.insurance.term-life']?.recipients['vendor-a']).toMatchObject({ reference: true, dial: true });
  });
});

describe('a file that is not YAML', () => {
  const broken: readonly (readonly [what: string, text: string, line: number])[] = [
    ['a key written twice', `${BASE}bank: other\n`, 15],
    ['a tab', 'numbra: 1\n\tbank: b\n', 2],
    ['an open bracket', 'numbra: 1\nbank: [a\n', 3],
    ['a tag', 'numbra: 1\nbank: !!binary aGk=\n', 2],
    ['two documents', 'numbra: 1\n---\nnumbra: 1\n', 2],
    ['an alias without anchor', 'numbra: 1\nbank: *b\n', 2],
    ['nothing at all', '', 1],
  ];

  it.each(broken)('is refused with its line: %s', (_, text, line) => {
    const { ok, findings } = check(text);
    expect(ok).toBe(false);
    expect(findings[0]).toMatchObject({ severity: 'error', file: 'policy.yaml', line });
    expect(findings[0]?.suggestion).not.toBe('');
  });

  it('is refused without expanding a bomb of aliases', async () => {
    const bomb = `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}\n`;
    expect(found(bomb)).toMatchObject([{ code: 'ERR_POLICY_SYNTAX' }]);
    await expect(() => loadPolicy(bomb)).toFailWith('ERR_POLICY_SYNTAX');
    expect(check('['.repeat(100_000)).ok).toBe(false);
  });

  it('never makes the check throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 60 }),
          fc.string({ unit: 'grapheme', maxLength: 60 }),
          fc.json(),
          fc.array(fc.constantFrom(...BASE.split('\n')), { maxLength: 20 }).map((lines) => lines.join('\n')),
        ),
        (text) => {
          const { ok, findings } = check(text);
          expect(ok).toBe(findings.every(({ severity }) => severity !== 'error'));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a file of the wrong shape', () => {
  const wrong: readonly (readonly [from: string, to: string, where: string, says: RegExp])[] = [
    [
      '    recipients: [vendor-a]',
      '    recipents: [vendor-a]',
      'ERR_POLICY_SCHEMA 11:5 purposes.marketing.insurance.recipents',
      /Did you mean `recipients`/,
    ],
    ['bank: demo-bank\n', '', 'ERR_POLICY_SCHEMA 1:1 ', /Add `bank:`/],
    ['class: C3', 'class: C4', 'ERR_POLICY_SCHEMA 6:22 fields.card_pin.class', /Allowed: C1, C2, C3/],
    ['[mo, tu]', '[mo, tue]', 'ERR_POLICY_SCHEMA 13:26 purposes.marketing.insurance.window.days.1', /Did you mean `tu`/],
    ['[mo, tu]', '[mo, mo]', 'ERR_POLICY_SCHEMA 13:26 purposes.marketing.insurance.window.days.1', /Keep one/],
    ['"20:00"', '"20:60"', 'ERR_POLICY_SCHEMA 13:50 purposes.marketing.insurance.window.to', /HH:MM/],
    ['max_digits: 2', 'max_digits: 5', 'ERR_POLICY_SCHEMA 12:72 purposes.marketing.insurance.release.mask.max_digits', /at most 4/],
    ['dial: true', 'dial: yes', 'ERR_POLICY_SCHEMA 12:39 purposes.marketing.insurance.release.dial', /true or false/],
    ['numbra: 1', 'numbra: 2', 'ERR_POLICY_SCHEMA 1:9 numbra', /version of this format/],
    ['  marketing.insurance:', '  "marketing insurance":', 'ERR_POLICY_SCHEMA 8:3 purposes.…', /A name is/],
    [
      '{ calls: 1, days: 60 }',
      '[{ calls: 1, days: 0 }]',
      'ERR_POLICY_SCHEMA 14:61 purposes.marketing.insurance.caps.per_customer.all_vendors.0.days',
      /at least 1/,
    ],
  ];

  it.each(wrong)('is refused with place and advice: %s → %s', (from, to, where, says) => {
    const findings = found(BASE.replace(from, to));
    const match = findings.find((finding) => place(finding) === where);
    expect(findings.map(place)).toContain(where);
    expect(match?.suggestion).toMatch(says);
  });
});

describe('a file whose parts do not fit', () => {
  const insert = (member: string) => BASE.replace('    caps:', `    ${member}\n    caps:`);
  const meaning: readonly (readonly [what: string, text: string, code: string, line: number])[] = [
    ['a band of a field that is not defined', `${BASE}bands:\n  b: { field: balanse, edges: [1] }\n`, 'ERR_POLICY_UNKNOWN_NAME', 16],
    ['a band of C3', `${BASE}bands:\n  b: { field: card_pin, edges: [1] }\n`, 'ERR_POLICY_CLASS', 16],
    ['a question about C3', `${BASE}questions:\n  q: { field: card_pin, at_least: 1, text: x }\n`, 'ERR_POLICY_CLASS', 16],
    ['a band that is not defined', BASE.replace('dial: true', 'bands: [age]'), 'ERR_POLICY_UNKNOWN_NAME', 12],
    ['a C3 field handed over', BASE.replace('dial: true', 'handover: { fields: [card_pin], to: [x] }'), 'ERR_POLICY_CLASS', 12],
    [
      'the ending of a C3 field',
      BASE.replace('dial: true', 'lookup: { fields: [name], endings: [card_pin], per_day: 1 }'),
      'ERR_POLICY_CLASS',
      12,
    ],
    ['edges that do not ascend', `${BASE}bands:\n  b: { field: balance, edges: [2, 1] }\n`, 'ERR_POLICY_VALUE', 16],
    ['too few labels', `${BASE}bands:\n  b: { field: balance, edges: [1, 2], labels: [x, y] }\n`, 'ERR_POLICY_VALUE', 16],
    ['no legal basis', BASE.replace('    legal_basis: consent\n', ''), 'ERR_POLICY_CONSENT', 9],
    ['no consent key', BASE.replace('    consent: marketing\n', ''), 'ERR_POLICY_CONSENT', 9],
    ['a consent key beside the purpose', BASE.replace('consent: marketing\n', 'consent: marketing.loans\n'), 'ERR_POLICY_CONSENT', 10],
    ['an unknown time zone', `${BASE}time_zone: Asia/Peking\n`, 'ERR_POLICY_WINDOW', 15],
    ['a window of no length', BASE.replace('"20:00"', '"09:00"'), 'ERR_POLICY_WINDOW', 13],
    ['workdays without a calendar', BASE.replace('[mo, tu]', 'workdays'), 'ERR_POLICY_WINDOW', 13],
    ['a calendar that is not defined', BASE.replace('to: "20:00"', 'to: "20:00", calendar: cn'), 'ERR_POLICY_UNKNOWN_NAME', 13],
    ['no window where customers are reached', BASE.replace(/ {4}window:.*\n/, ''), 'ERR_POLICY_WINDOW', 8],
    [
      'a day that does not exist',
      `${BASE}regions_closed:\n  - { region: CN-44, from: "2026-02-30", until: "2026-03-01" }\n`,
      'ERR_POLICY_WINDOW',
      16,
    ],
    [
      'a closure that ends before it begins',
      `${BASE}regions_closed:\n  - { region: CN-44, from: "2026-03-02", until: "2026-03-01" }\n`,
      'ERR_POLICY_WINDOW',
      16,
    ],
    ['a calendar that knows nothing', `${BASE}calendars:\n  c: { closed: ["2026-01-01"] }\n`, 'ERR_POLICY_WINDOW', 16],
    ['years with a gap', `${BASE}calendars:\n  c: { years: [2024, 2026] }\n`, 'ERR_POLICY_WINDOW', 16],
  ];

  it.each(meaning)('is refused for %s', async (_, text, code, line) => {
    expect(found(text)).toEqual([expect.objectContaining({ severity: 'error', code, line, file: 'policy.yaml' })]);
    await expect(() => loadPolicy(text)).toFailWith(code);
  });

  it('is refused for a C3 field released to one recipient only', () => {
    const text = BASE.replace('[vendor-a]', '{ vendor-a: { lookup: { fields: [card_pin], per_day: 1 } } }');
    expect(found(text).map(({ code }) => code)).toEqual(['ERR_POLICY_WIDER', 'ERR_POLICY_CLASS']);
  });

  it('is refused for two questions about one field', () => {
    const text = `${BASE.replace('dial: true', 'dial: true, answers: [q1, q2]')}questions:\n  q1: { field: balance, at_least: 1, text: x }\n  q2: { field: balance, at_least: 2, text: y }\n`;
    expect(found(text).map(place)).toEqual(['ERR_POLICY_VALUE 12:59 purposes.marketing.insurance.release.answers.1']);
  });

  it('warns of what is probably not meant', () => {
    const warned: readonly (readonly [code: string, text: string, now?: number])[] = [
      ['purpose-unused', BASE.replace('[vendor-a]', '[]')],
      ['purpose-unused', insert('prohibited: [dial, export, list, message, trunk, answer, handover, lookup, open]')],
      ['definition-unused', `${BASE}bands:\n  b: { field: balance, edges: [1] }\n`],
      ['definition-unused', `${BASE}questions:\n  b: { field: balance, at_least: 1, text: x }\n`],
      ['definition-unused', `${BASE}calendars:\n  b: { years: [2026] }\n`],
      ['mask-links', BASE.replace('k: 20', 'k: 10')],
      ['linkability-loose', `${BASE}linkability: { expected: 0.2 }\n`],
      ['cap-missing', BASE.replace(/ {4}caps:.*\n/, '')],
      ['tells-criterion', BASE.replace('marketing.insurance:', 'marketing.balance-50k:')],
      [
        'unreachable-rule',
        `${BASE}regions_closed:\n  - { region: CN-44, from: "2026-01-01", until: "2026-01-02" }\n`,
        Date.parse('2026-06-01'),
      ],
      [
        'calendar-year-unknown',
        `${BASE.replace('to: "20:00"', 'to: "20:00", calendar: c')}calendars:\n  c: { years: [2026] }\n`,
        Date.parse('2026-11-25'),
      ],
    ];
    for (const [code, text, now] of warned) {
      const { ok, findings } = check(text, now);
      expect(
        findings.map((finding) => finding.code),
        code,
      ).toContain(code);
      expect(ok).toBe(true);
      for (const { severity, line } of findings) expect([severity, typeof line]).toEqual(['warning', 'number']);
    }
  });

  it('warns of a cap under one that always binds first, and of windows that never meet', () => {
    const child = (member: string) => `${BASE}  marketing.insurance.x: { ${member} }\n`;
    expect(found(child('caps: { per_customer: { all_vendors: { calls: 2, days: 30 } } }')).map(place)).toEqual([
      'unreachable-rule 15:50 purposes.marketing.insurance.x.caps.per_customer',
    ]);
    expect(
      found(
        `${BASE}  marketing.insurance.x: { window: { days: [mo], from: "09:00", to: "10:00" } }\n  marketing.insurance.x.y: { window: { days: [mo], from: "09:30", to: "10:00" } }\n`,
      ),
    ).toEqual([]);
  });
});

describe('what a finding says', () => {
  it('repeats no value of the file, whatever the file holds', () => {
    const secret = '13800138000';
    const places = [
      BASE.replace('demo-bank', `{ ${secret}: 1 }`),
      BASE.replace('demo-bank', `"${secret} x"`),
      BASE.replace('[vendor-a]', `["${secret} x"]`),
      BASE.replace('[vendor-a]', `{ "${secret}": { dail: true } }`),
      BASE.replace('class: C3', `class: "${secret}"`),
      BASE.replace('  marketing.insurance:', `  "${secret}":`),
      BASE.replace('consent: marketing', `consent: "${secret}"`),
      BASE.replace('"20:00"', `"${secret}"`),
      `${BASE}${secret}: [\n`,
      `${BASE}bands: { b: { field: "${secret}", edges: [1] } }`,
      `${BASE}"${secret}": &${secret} *${secret}\n`,
    ];
    for (const text of places) {
      const { ok, findings } = check(text);
      expect(ok, text).toBe(false);
      expect(JSON.stringify(findings)).not.toContain(secret);
      let thrown: unknown;
      try {
        loadPolicy(text, { file: 'policy.yaml' });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(PolicyError);
      const { message, stack, where } = thrown as PolicyError;
      expect(`${message} ${stack} ${JSON.stringify(where)}`).not.toContain(secret);
    }
  });

  it('names file, line and column in the error that is thrown, and how many more there are', () => {
    const text = BASE.replace('class: C3', 'class: C4').replace('dial: true', 'dail: true');
    let thrown: unknown;
    try {
      loadPolicy(text, { file: 'policy.yaml' });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'ERR_POLICY_SCHEMA',
      where: { file: 'policy.yaml', line: 6, column: 22, path: 'fields.card_pin.class' },
    });
    expect((thrown as PolicyError).message).toMatch(/^policy\.yaml:6:22: .*\(and 1 more\)/);
  });
});

describe('several files', () => {
  const [head, tail] = [BASE.slice(0, BASE.indexOf('purposes:')), BASE.slice(BASE.indexOf('purposes:'))];

  it('make one policy, in any order, equal to the one file', () => {
    const parts = [
      { text: head, file: 'base.yaml' },
      { text: tail, file: 'marketing.yaml' },
    ];
    expect(composePolicy(parts).digest).toBe(loadPolicy(BASE).digest);
    expect(composePolicy([...parts].reverse()).digest).toBe(loadPolicy(BASE).digest);
  });

  it('join their definitions and their closed regions', () => {
    const closed = (region: string) => `regions_closed:\n  - { region: ${region}, from: "2026-01-01", until: "2026-01-02" }\n`;
    const policy = composePolicy([{ text: `${BASE}${closed('CN-44')}` }, { text: `fields: { age: { class: C1 } }\n${closed('CN-45')}` }]);
    expect(Object.keys(policy.fields)).toEqual(['name', 'balance', 'card_pin', 'age']);
    expect(policy.closures.map(({ region }) => region)).toEqual(['CN-44', 'CN-45']);
  });

  it('may not state one thing twice, and findings name the file', () => {
    const { findings } = checkPolicy([
      { text: BASE, file: 'a.yaml' },
      { text: 'fields:\n  name: { class: C1 }\nbank: other\n', file: 'b.yaml' },
    ]);
    expect(findings.map(({ file, line, code, path }) => [file, line, code, path])).toEqual([
      ['b.yaml', 2, 'ERR_POLICY_TWICE', 'fields.name'],
      ['b.yaml', 3, 'ERR_POLICY_TWICE', 'bank'],
    ]);
  });

  it('find the right file for an error of meaning', () => {
    const { findings } = checkPolicy([
      { text: head, file: 'a.yaml' },
      { text: tail.replace('dial: true', 'bands: [x]'), file: 'b.yaml' },
    ]);
    expect(findings).toEqual([expect.objectContaining({ code: 'ERR_POLICY_UNKNOWN_NAME', file: 'b.yaml', line: 6 })]);
  });

  it('are refused when there is none', async () => {
    await expect(() => composePolicy([])).toFailWith('ERR_POLICY_SYNTAX');
  });

  it('cannot hide a member behind the prototype', () => {
    for (const extra of ['__proto__: { bank: x }', 'fields: { __proto__: { class: C1 } }'])
      expect(checkPolicy([{ text: BASE }, { text: `${extra}\n` }]).ok, extra).toBe(false);
  });
});
