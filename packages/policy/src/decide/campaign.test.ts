import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../language/load.js';
import { policyTemplate } from '../language/templates.js';
import { checkCampaign, grantTerms } from './campaign.js';
import { consentKey, customerCaps, refusalsPerDay } from './caps.js';
import { customerRefusal } from './customer.js';
import type { CampaignTerms } from './request.js';
import { checkSelection } from './selection.js';

const policy = loadPolicy(policyTemplate('production', { bank: 'demo-bank', vendors: ['vendor-a'] }));
const PURPOSE = 'marketing.insurance.term-life';
const terms: CampaignTerms = {
  id: 'c-2026-11',
  vendor: 'vendor-a',
  purpose: PURPOSE,
  timeZone: 'Asia/Shanghai',
  window: { days: ['mo', 'tu', 'we'], from: '10:00', to: '18:00' },
  budgetCalls: 5000,
  perCustomer: 2,
  perAgentPerHour: 40,
};
const codes = (over: object) =>
  checkCampaign({ ...terms, ...over } as CampaignTerms, policy).map(({ code, member }) => `${code} ${member}`);

describe('the terms of a campaign', () => {
  it('are in order within the policy', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ window: { days: 'workdays', from: '09:30', to: '19:00', calendar: 'mainland' } })).toEqual([]);
  });

  it('may not ask for more than the policy has', () => {
    expect(codes({ purpose: 'marketing' })).toContain('purpose-not-allowed purpose');
    expect(codes({ purpose: 'nothing' })).toEqual(['purpose-not-allowed purpose']);
    expect(codes({ vendor: 'vendor-z' })).toEqual(['recipient-not-allowed vendor']);
    expect(codes({ budgetCalls: 50001 })).toEqual(['terms-wider budgetCalls']);
    expect(codes({ perCustomer: 3 })).toEqual(['terms-wider perCustomer']);
    expect(codes({ perAgentPerHour: 41 })).toEqual(['terms-wider perAgentPerHour']);
    expect(codes({ window: { days: ['mo'], from: '09:00', to: '10:00' } })).toContain('terms-wider window');
    expect(codes({ window: { days: ['mo'], from: '21:00', to: '22:00' } })).toContain('never-open window');
  });

  it('must be numbers, instants and hours that make sense', () => {
    expect(codes({ budgetCalls: -1, perCustomer: 1.5, perAgentPerHour: Number.NaN })).toEqual([
      'terms-malformed budgetCalls',
      'terms-malformed perCustomer',
      'terms-malformed perAgentPerHour',
    ]);
    expect(codes({ opensAt: 2, closesAt: 2 })).toEqual(['terms-malformed closesAt']);
    expect(codes({ timeZone: '+08:00' })).toEqual(['terms-malformed timeZone']);
    expect(codes({ window: { days: ['mo'], from: '10:00', to: '10:00' } })).toEqual(['terms-malformed window']);
  });

  it('should not tell in the name how customers were selected', () => {
    for (const id of ['balance-50k', 'c-vip', 'c-50000', 'matured-deposits', 'c.birth_year', 'hnw-2026'])
      expect(codes({ id }), id).toEqual(['tells-criterion id']);
    for (const id of ['c-2026-11', 'c-20261125', 'spring', 'term-life-7']) expect(codes({ id }), id).toEqual([]);
  });

  it('become the limits of a grant, the narrowest of campaign and policy', () => {
    expect(grantTerms(policy, { ...terms, perAgentPerHour: 400, closesAt: Date.parse('2027-01-01T00:00:00+08:00') })).toEqual({
      window: { tz: 'Asia/Shanghai', days: ['mo', 'tu', 'we'], from: '10:00', to: '18:00', until: '2026-12-31' },
      budget: { calls: 5000, per_customer: 2, per_agent_per_hour: 40 },
    });
    const { window: _, ...open } = terms;
    expect(grantTerms(policy, open).window).toEqual({
      tz: 'Asia/Shanghai',
      days: ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'],
      from: '09:30',
      to: '19:00',
    });
  });
});

describe('what the bank counts and keeps', () => {
  it('is named by the policy, from the top of the tree down', () => {
    expect(customerCaps(policy, PURPOSE).map(({ kind, purpose, calls, days }) => [kind, purpose, calls, days])).toEqual([
      ['purpose', 'marketing', 3, 30],
      ['all-vendors', undefined, 1, 60],
    ]);
    expect(customerCaps(policy, 'nothing')).toEqual([]);
    expect([consentKey(policy, PURPOSE), consentKey(policy, 'service.desk'), consentKey(policy, 'x')]).toEqual([
      'marketing.insurance',
      undefined,
      undefined,
    ]);
  });

  it('allows 50 refusals a day, or a tenth of the day’s calls', () => {
    expect([0, 509, 510, 5000].map((calls) => refusalsPerDay(policy, calls))).toEqual([50, 50, 51, 500]);
  });
});

describe('a row of an export', () => {
  const customer = { consent: 'given', doNotCall: false } as const;
  it('is kept for whoever consented, and left out with the reason', () => {
    expect(customerRefusal(PURPOSE, policy, customer)).toBeUndefined();
    expect(customerRefusal(PURPOSE, policy, { ...customer, consent: 'none' })).toBe('no-consent');
    expect(customerRefusal(PURPOSE, policy, { ...customer, consent: 'withdrawn' })).toBe('consent-withdrawn');
    expect(customerRefusal(PURPOSE, policy, { ...customer, doNotCall: true })).toBe('do-not-call');
    expect(customerRefusal(PURPOSE, policy, { ...customer, erased: true })).toBe('customer-erased');
    expect(customerRefusal(PURPOSE, policy, { ...customer, removed: true })).toBe('customer-removed');
    expect(customerRefusal(PURPOSE, policy, { ...customer, capCounts: [0, 1] })).toBe('cap-all-vendors');
    expect(customerRefusal(PURPOSE, policy, { ...customer, capCounts: [0, 0] })).toBeUndefined();
    expect(customerRefusal('nothing', policy, customer)).toBe('purpose-not-allowed');
  });
});

describe('a selection', () => {
  const hurried = loadPolicy(policyTemplate('production', { bank: 'demo-bank' }).replace('pacing: { days: 5 }', 'pacing: { days: 4 }'));

  it('by a date is refused to a purpose whose lists are not spread over enough days', () => {
    expect(checkSelection(policy, PURPOSE, ['balance', 'matures_on'])).toEqual([]);
    expect(checkSelection(hurried, PURPOSE, ['balance'])).toEqual([]);
    expect(checkSelection(hurried, PURPOSE, ['balance', 'matures_on'])).toMatchObject([{ code: 'pacing-missing', field: 'matures_on' }]);
  });

  it('reads only fields and purposes that the policy defines', () => {
    expect(checkSelection(policy, PURPOSE, ['shoe_size', 'constructor']).map(({ code }) => code)).toEqual([
      'field-unknown',
      'field-unknown',
    ]);
    expect(checkSelection(policy, 'nothing', [])).toMatchObject([{ code: 'purpose-unknown' }]);
  });
});
