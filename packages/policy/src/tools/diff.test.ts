import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../decide/decide.js';
import { ACTIONS, type Action } from '../decide/request.js';
import { loadPolicy } from '../language/load.js';
import { policyTemplate } from '../language/templates.js';
import { diffPolicies, possibilities, renderDiff } from './diff.js';
import { favourableFacts, sampleRequest } from './sample.js';

const text = policyTemplate('production', { bank: 'demo-bank', vendors: ['vendor-a'] });
const policy = loadPolicy(text);
/** A Sunday at night: windows are asked at an instant at which they are open. */
const NOW = Date.parse('2026-03-01T23:00:00+08:00');
const change = (from: string, to: string) => diffPolicies(policy, loadPolicy(text.replace(from, to)), NOW);

describe('the difference of two policies', () => {
  it('is nothing between a policy and itself', () => {
    expect(diffPolicies(policy, loadPolicy(text), NOW)).toEqual({ becomesPossible: [], stops: [], limits: [] });
    expect(renderDiff(diffPolicies(policy, policy, NOW))).toBe('The two policies allow the same.');
  });

  it('lists what stops and what becomes possible', () => {
    const stopped = change('      dial: true\n', '');
    expect(stopped.becomesPossible).toEqual([]);
    expect(stopped.stops).toContainEqual({ purpose: 'marketing.insurance.term-life', recipient: 'vendor-a', action: 'dial' });
    expect(stopped.stops).toContainEqual({
      purpose: 'marketing.insurance.term-life',
      recipient: 'vendor-a',
      action: 'export',
      field: 'dial_token',
    });
    const added = change('recipients: [vendor-a]', 'recipients: [vendor-a, vendor-b]');
    expect(added.stops).toEqual([]);
    expect(new Set(added.becomesPossible.map(({ recipient }) => recipient))).toEqual(new Set(['vendor-b']));
    expect(renderDiff(added)).toMatch(/^\+ marketing\.insurance {2}vendor-b {2}dial$/m);
    const looked = change('lookup: { fields: [name]', 'lookup: { fields: [name, balance]');
    expect(looked.becomesPossible).toEqual([{ purpose: 'service.desk', recipient: 'desk', action: 'lookup', field: 'balance' }]);
  });

  it('lists limits with their direction', () => {
    const limits = (from: string, to: string) =>
      change(from, to).limits.map(({ purpose, member, before, after, direction }) => [purpose, member, before, after, direction]);
    expect(limits('max_digits: 2', 'max_digits: 1')).toContainEqual(['marketing.insurance', 'mask.max_digits', '2', '1', 'narrower']);
    expect(limits('k: 20', 'k: 10')).toContainEqual(['marketing.insurance', 'mask.k', '20', '10', 'wider']);
    expect(limits('all_vendors: { calls: 1', 'all_vendors: { calls: 2')).toContainEqual([
      'marketing',
      'caps.per_customer',
      'marketing 3 in 30 days, all vendors 1 in 60 days',
      'marketing 3 in 30 days, all vendors 2 in 60 days',
      'wider',
    ]);
    expect(limits('to: "19:00"', 'to: "20:00"')).toEqual([
      ['marketing.insurance.term-life', 'window', expect.any(String), expect.any(String), 'wider'],
    ]);
    expect(limits('acknowledge: required', 'acknowledge: none')).toContainEqual(['marketing', 'acknowledge', 'required', 'none', 'wider']);
    expect(limits('sticky: true', 'sticky: false')).toEqual([['', 'refusals.sticky', 'true', 'false', 'wider']]);
    expect(limits('people: 2, above_rows: 10000', 'people: 3, above_rows: 5000')).toEqual([
      ['', 'approvals.export.people', '2', '3', 'narrower'],
      ['', 'approvals.export.above_rows', '10000', '5000', 'narrower'],
    ]);
    expect(limits('days: 90', 'days: 30')).toContainEqual(['marketing', 'retention.days', '90', '30', 'narrower']);
  });

  it('finds exactly what deciding each combination finds', () => {
    const now = Date.parse('2026-03-02T10:00:00+08:00');
    const names = Object.keys(policy.purposes);
    fc.assert(
      fc.property(fc.subarray([...ACTIONS]), (prohibited: readonly Action[]) => {
        const changed = loadPolicy(
          text.replace('    title: Term life insurance\n', `    title: Term life insurance\n    prohibited: [${prohibited.join(', ')}]\n`),
        );
        const found = new Set(
          [...possibilities(changed, now).values()]
            .filter(({ field }) => field === undefined)
            .map(({ purpose, recipient, action }) => `${purpose} ${recipient} ${action}`),
        );
        const expected = names.flatMap((purpose) =>
          ['vendor-a', 'desk'].flatMap((recipient) =>
            (['dial', 'trunk', 'message', 'open'] as const)
              .filter(
                (action) =>
                  decide(sampleRequest(changed, action, purpose, recipient), changed, favourableFacts(changed, purpose), now).outcome ===
                  'allowed',
              )
              .map((action) => `${purpose} ${recipient} ${action}`),
          ),
        );
        expect([...found].sort()).toEqual(expected.sort());
      }),
      { numRuns: 30 },
    );
  });
});
