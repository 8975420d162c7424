import { describe, expect, it } from 'vitest';
import { decisionCodes } from '../decide/codes.js';
import { loadPolicy } from '../language/load.js';
import { policyTemplate } from '../language/templates.js';
import { renderCases, runCases } from './cases.js';

const policy = loadPolicy(policyTemplate('production', { bank: 'demo-bank', vendors: ['vendor-a'] }));
const NOW = Date.parse('2026-11-25T10:00:00+08:00');

const CASES = `
numbra_cases: 1
at: 2026-11-25T10:00:00+08:00
cases:
  - name: a dial in the morning
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    expect: allowed
  - name: not at night
    at: 2026-11-25T21:00:00+08:00
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    expect: outside-window
  - name: not on a holiday
    at: 2026-10-01T10:00:00+08:00
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    expect: outside-window
  - name: on a Saturday that is worked instead
    at: 2026-10-10T10:00:00+08:00
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    expect: allowed
  - name: not without a grant that names the agent
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a, agent_grant: false }
    expect: agent-grant-required
  - name: not after withdrawal
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    facts: { customer: { consent: withdrawn } }
    expect: consent-withdrawn
  - name: not a second call in 60 days by anybody
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    facts: { customer: { cap_counts: [0, 1] } }
    expect: cap-all-vendors
  - name: not twice on a day on which it was refused
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    facts: { customer: { refused_today: true } }
    expect: customer-refused-today
  - name: not with a token of another scope
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    facts: { token: token-foreign }
    expect: token-foreign
  - name: not outside the campaign's own hours
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    campaign: { window: { days: [we], from: "14:00", to: "15:00" } }
    expect: outside-window
  - name: not before the campaign begins
    request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }
    campaign: { opens_at: 2026-11-26T00:00:00+08:00 }
    expect: campaign-not-open
  - name: no large export on one person's word
    request: { action: export, purpose: marketing.insurance.term-life, recipient: vendor-a, fields: [reference, dial_token, masked_phone] }
    facts: { rows: 32000, approvals: 1 }
    expect: approval-missing
  - name: never a balance
    request: { action: export, purpose: marketing.insurance.term-life, recipient: vendor-a, fields: [balance] }
    expect: field-not-allowed
  - name: the desk may look up names
    request: { action: lookup, purpose: service.desk, recipient: desk, fields: [name] }
    facts: { lookups_today: 59 }
    expect: allowed
`;

describe('cases', () => {
  it('run like unit tests over the production template', () => {
    const results = runCases(CASES, policy, NOW, { file: 'policy.cases.yaml' });
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results).toHaveLength(14);
    expect(renderCases(results)).toMatch(/14 of 14 cases hold\.$/);
  });

  it('say what was expected, what came, by which rule and where', () => {
    const [result] = runCases(CASES.replace('expect: allowed', 'expect: budget-used'), policy, NOW);
    expect(result).toMatchObject({
      passed: false,
      expected: 'budget-used',
      actual: 'allowed',
      rule: 'purposes.marketing.insurance.term-life.release.dial',
      line: 5,
    });
    expect(renderCases(runCases(CASES.replace('expect: allowed', 'expect: budget-used'), policy, NOW))).toMatch(
      /✗ a dial in the morning \(line 5\): expected budget-used, got allowed/,
    );
  });

  it('use the given instant when they name none', () => {
    const text = CASES.replace('at: 2026-11-25T10:00:00+08:00\n', '');
    expect(runCases(text, policy, NOW)[0]).toMatchObject({ passed: true });
    expect(runCases(text, policy, Date.parse('2026-11-25T03:00:00+08:00'))[0]).toMatchObject({ actual: 'outside-window' });
  });

  it('are refused with place and advice when their file does not fit', async () => {
    const wrong = (from: string, to: string) => () => runCases(CASES.replace(from, to), policy, NOW, { file: 'cases.yaml' });
    for (const [from, to] of [
      ['expect: allowed', 'expect: alowed'],
      ['consent: withdrawn', 'consent: 13800138000'],
      ['recipient: vendor-a }', 'vendor: vendor-a }'],
      ['numbra_cases: 1', 'numbra_cases: ['],
      ['from: "14:00"', 'from: "14:60"'],
    ] as const)
      await expect(wrong(from, to)).toFailWith('ERR_POLICY_CASES');
    expect(wrong('expect: allowed', 'expect: alowed')).toThrow(/^cases\.yaml:7:13: .*Did you mean `allowed`/);
    expect(wrong('consent: withdrawn', 'consent: 13800138000')).not.toThrow(/13800138000/);
  });

  it('may expect every code there is', () => {
    for (const code of Object.keys(decisionCodes))
      expect(runCases(CASES.replace('expect: allowed', `expect: ${code}`), policy, NOW)[0]?.expected).toBe(code);
  });
});
