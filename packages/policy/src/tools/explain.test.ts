import { describe, expect, it } from 'vitest';
import type { CustomerFacts, DecisionRequest } from '../decide/request.js';
import { loadPolicy } from '../language/load.js';
import { policyTemplate } from '../language/templates.js';
import { explain, renderExplanation } from './explain.js';
import { favourableFacts, sampleRequest } from './sample.js';
import { whyNot } from './why-not.js';

const policy = loadPolicy(policyTemplate('try-out', { bank: 'demo-bank' }));
const PURPOSE = 'marketing.insurance.term-life';
const NOW = Date.parse('2026-11-25T10:00:00+08:00');
const request = sampleRequest(policy, 'dial', PURPOSE, 'vendor-a');
const facts = favourableFacts(policy, PURPOSE);
const customer = facts.customer as CustomerFacts;

describe('an explanation', () => {
  it('shows every rule in order, and that each passes', () => {
    const { decision, rules } = explain(request, policy, facts, NOW);
    expect(decision.outcome).toBe('allowed');
    expect(rules.every(({ outcome }) => outcome === 'passes')).toBe(true);
    expect(rules.map(({ group }) => group)).toEqual([...rules.map(({ group }) => group)].sort());
    expect(rules.find(({ name }) => name === 'budget')?.facts).toEqual({ budgetRemaining: Number.MAX_SAFE_INTEGER });
    expect(rules.find(({ name }) => name === 'window')?.facts).toEqual({ now: '2026-11-25T02:00:00.000Z' });
  });

  it('shows which rule decides, and which would have refused behind it', () => {
    const { decision, rules } = explain(request, policy, { ...facts, budgetRemaining: 0, customer: { ...customer, doNotCall: true } }, NOW);
    expect(decision).toRefuse('budget-used');
    const said = rules.filter(({ outcome }) => outcome !== 'passes').map(({ name, outcome, code }) => [name, outcome, code]);
    expect(said).toEqual([
      ['budget', 'decides', 'budget-used'],
      ['customer', 'would-refuse', 'do-not-call'],
    ]);
  });

  it('says of a rule that cannot be asked that it was not', () => {
    const { rules } = explain(request, policy, { ...facts, customer: undefined } as never, NOW);
    expect(rules.slice(-2).map(({ name, outcome }) => [name, outcome])).toEqual([
      ['customer', 'decides'],
      ['customer-now', 'unasked'],
    ]);
  });

  it('agrees with the decision for an action that does not exist', () => {
    expect(explain({ ...request, action: 'delete' } as unknown as DecisionRequest, policy, facts, NOW)).toMatchObject({
      decision: { code: 'action-not-allowed' },
      rules: [],
    });
  });

  it('reads as lines, with what the vendor is told', () => {
    const text = renderExplanation(explain(request, policy, { ...facts, customer: { ...customer, consent: 'withdrawn' } }, NOW));
    expect(text).toMatch(/✗ 4 customer +consent-withdrawn \(purposes\.marketing\.insurance\.term-life\.consent\)/);
    expect(text).toMatch(/The vendor is told: customer-unavailable \(403\)\.$/);
  });
});

describe('why a field does not leave', () => {
  const other = loadPolicy(`
numbra: 1
bank: b
fields: { name: { class: C2 }, balance: { class: C2 }, account: { class: C2 }, shoe_size: { class: C1 }, pin: { class: C3 } }
bands: { wealth: { field: balance, edges: [1000] } }
questions: { q: { field: balance, at_least: 5, text: x } }
purposes:
  group: { abstract: true, legal_basis: contract, recipients: [v], release: { reference: true, bands: [wealth], answers: [q], handover: { fields: [name], to: [i] }, lookup: { fields: [name], endings: [account], per_day: 3 } } }
  group.sale: { recipients: { v: { lookup: { fields: [], endings: [account], per_day: 1 } } } }
`);

  it('is answered by class, or because no purpose releases it', () => {
    expect(whyNot(other, 'pin')).toMatchObject({ defined: true, class: 'C3', passages: [] });
    expect(whyNot(other, 'pin').reasons.at(-1)).toMatch(/C3, which never leaves/);
    expect(whyNot(other, 'shoe_size').reasons.at(-1)).toMatch(/No purpose releases it/);
    expect(whyNot(other, 'toString')).toMatchObject({ defined: false, passages: [] });
  });

  it('names every form in which something of it leaves', () => {
    const forms = (field: string) =>
      whyNot(other, field).passages.map(({ purpose, recipient, form, as }) => `${purpose} ${recipient} ${form} ${as}`);
    expect(forms('balance')).toEqual(['group.sale v band wealth', 'group.sale v answer q']);
    expect(forms('name')).toEqual(['group.sale v handover i']);
    expect(forms('account')).toEqual(['group.sale v ending v']);
  });
});
