import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../language/load.js';
import { favourableFacts, widestTerms } from '../tools/sample.js';
import { type DecisionCode, decisionCodes, type VendorCode, vendorSentences } from './codes.js';
import { decide } from './decide.js';
import { type Decision, vendorView } from './decision.js';
import type { CustomerActFacts, CustomerFacts, CustomerRequest, DeskFacts, DeskRequest, ListFacts, ListRequest } from './request.js';

const PURPOSE = 'marketing.insurance.term-life';
const policy = loadPolicy(`
numbra: 1
bank: demo-bank
time_zone: Asia/Shanghai
fields:
  name: { class: C2 }
  account: { class: C2 }
  balance: { class: C2 }
  pin: { class: C3 }
bands:
  balance-band: { field: balance, edges: [10000, 50000] }
questions:
  average-50k: { field: balance, at_least: 50000, text: "Average balance of 50,000 or more" }
calendars:
  year-2026: { closed: ["2026-10-01"], years: [2026] }
regions_closed:
  - { region: CN-44, from: "2026-11-20", until: "2026-11-30" }
purposes:
  marketing.insurance.term-life:
    legal_basis: consent
    consent: marketing.insurance
    recipients: { vendor-a: {}, vendor-b: { dial: false, bands: [] }, vendor-c: { mask: false } }
    release:
      reference: true
      dial: true
      numeric: true
      message: true
      mask: { k: 20, max_digits: 2 }
      bands: [balance-band]
      answers: [average-50k]
      handover: { fields: [name, account], to: [insurer] }
    window: { days: [mo, tu, we, th, fr], from: "09:00", to: "20:00", calendar: year-2026 }
    caps:
      per_customer: { campaign: 2, purpose: { calls: 3, days: 30 }, all_vendors: { calls: 1, days: 60 } }
      per_agent_per_hour: 40
      concurrent: 50
    grants: { agent: required }
    acknowledge: required
  group:
    abstract: true
    legal_basis: contract
    recipients: [vendor-a, desk]
    release: { reference: true, dial: true, lookup: { fields: [name], endings: [account], per_day: 20 }, open: true }
    window: { days: [mo], from: "09:00", to: "10:00", zone: customer }
    prohibited: [dial]
  group.service: {}
  plain:
    legal_basis: contract
    recipients: [vendor-a]
    release: { reference: true, dial: true }
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
approvals: { export: { people: 2, above_rows: 1000 }, open: { people: 2 } }
`);

/** Wednesday 25 November 2026, 10:00 in Shanghai. */
const NOW = Date.parse('2026-11-25T10:00:00+08:00');
const MIDNIGHT = Date.parse('2026-11-26T00:00:00+08:00');
const campaign = widestTerms(policy, PURPOSE, 'vendor-a');
const request: CustomerRequest = { action: 'dial', purpose: PURPOSE, vendor: 'vendor-a', campaign, agent: 'agent-17', agentGrant: true };
const facts = favourableFacts(policy, PURPOSE);
const customer = facts.customer as CustomerFacts;

const dial = (over: { request?: object; campaign?: object; facts?: object; customer?: object; now?: number } = {}): Decision =>
  decide(
    { ...request, ...(over.campaign && { campaign: { ...campaign, ...over.campaign } }), ...over.request } as CustomerRequest,
    policy,
    { ...facts, ...(over.customer && { customer: { ...customer, ...over.customer } }), ...over.facts } as CustomerActFacts,
    over.now ?? NOW,
  );

const refusals: readonly (readonly [code: DecisionCode, over: Parameters<typeof dial>[0]])[] = [
  ['request-malformed', { request: { phone: 'x' } }],
  ['request-malformed', { request: { campaign: undefined } }],
  ['purpose-not-allowed', { request: { purpose: 'marketing' } }],
  ['purpose-not-allowed', { request: { purpose: 'constructor' } }],
  ['purpose-not-allowed', { campaign: { purpose: 'plain' } }],
  ['recipient-not-allowed', { request: { vendor: 'vendor-z' } }],
  ['recipient-not-allowed', { request: { vendor: 'toString' } }],
  ['recipient-not-allowed', { campaign: { vendor: 'vendor-b' } }],
  ['action-not-allowed', { request: { action: 'open' as 'dial', person: 'p' } }],
  ['action-not-allowed', { request: { action: 'delete' } }],
  ['grant-not-allowed', { request: { grant: { actions: ['list'] } } }],
  ['agent-grant-required', { request: { agentGrant: false } }],
  ['outside-window', { now: Date.parse('2026-11-25T20:00:00+08:00') }],
  ['outside-window', { now: Date.parse('2026-11-29T10:00:00+08:00') }],
  ['outside-window', { now: Date.parse('2026-10-01T10:00:00+08:00') }],
  ['outside-window', { campaign: { window: { days: ['we'], from: '11:00', to: '12:00' } } }],
  ['outside-window', { request: { grant: { window: { days: ['th'], from: '09:00', to: '20:00' } } } }],
  ['outside-window', { campaign: { timeZone: 'Mars/Olympus' } }],
  ['calendar-year-unknown', { now: Date.parse('2027-01-04T10:00:00+08:00') }],
  ['campaign-not-open', { campaign: { opensAt: NOW + 1 } }],
  ['campaign-not-open', { campaign: { closesAt: NOW } }],
  ['campaign-closed', { facts: { campaignState: 'closed' } }],
  ['campaign-closed', { facts: { campaignState: undefined } }],
  ['campaign-shredded', { facts: { campaignState: 'shredded' } }],
  ['not-acknowledged', { facts: { acknowledged: undefined } }],
  ['budget-used', { facts: { budgetRemaining: 0 } }],
  ['budget-used', { facts: { budgetRemaining: Number.NaN } }],
  ['agent-limit', { facts: { agentCallsLastHour: 40 } }],
  ['agent-limit', { facts: { agentCallsLastHour: undefined } }],
  ['agent-limit', { campaign: { perAgentPerHour: 5 }, facts: { agentCallsLastHour: 5 } }],
  ['concurrency-limit', { facts: { concurrentCalls: 50 } }],
  ['probing-limit', { facts: { refusalsToday: 50, authorizedToday: 509 } }],
  ['token-malformed', { facts: { token: { outcome: 'refused', code: 'token-malformed' } } }],
  ['token-malformed', { facts: { token: undefined } }],
  ['token-foreign', { facts: { token: { outcome: 'refused', code: 'token-foreign' } } }],
  ['token-forged', { facts: { token: { outcome: 'refused', code: 'token-forged' } } }],
  ['token-unlisted', { facts: { token: { outcome: 'refused', code: 'token-unlisted' } } }],
  ['reference-mismatch', { facts: { token: { outcome: 'refused', code: 'reference-mismatch' } } }],
  ['customer-cap', { facts: { callsThisCampaign: 2 } }],
  ['customer-cap', { facts: { callsThisCampaign: undefined } }],
  ['customer-unknown', { facts: { customer: undefined } }],
  ['customer-erased', { customer: { erased: true } }],
  ['customer-removed', { customer: { removed: true } }],
  ['phone-changed', { customer: { phoneChanged: true } }],
  ['do-not-call', { customer: { doNotCall: true } }],
  ['do-not-call', { customer: { doNotCall: undefined } }],
  ['consent-withdrawn', { customer: { consent: 'withdrawn' } }],
  ['no-consent', { customer: { consent: 'none' } }],
  ['no-consent', { customer: { consent: undefined } }],
  ['region-closed', { customer: { regions: ['CN-44'] } }],
  ['cap-purpose', { customer: { capCounts: [3, 0] } }],
  ['cap-all-vendors', { customer: { capCounts: [0, 1] } }],
  ['cap-purpose', { customer: { capCounts: undefined } }],
  ['cap-all-vendors', { customer: { capCounts: [0] } }],
  ['customer-busy', { customer: { busy: true } }],
  ['customer-refused-today', { customer: { stickyUntil: NOW + 1 } }],
];

describe('a dial', () => {
  it('is allowed when no rule refuses, and says by which policy', () => {
    expect(dial()).toEqual({
      outcome: 'allowed',
      rule: `purposes.${PURPOSE}.release.dial`,
      sentence: 'The policy allows it: no rule refuses.',
      policy: policy.digest,
    });
  });

  it.each(refusals)('is refused with %s', (code, over) => {
    const decision = dial(over);
    expect(decision).toRefuse(code);
    expect(decision).toMatchObject({ ...decisionCodes[code], policy: policy.digest });
  });

  it('sticks to the next local midnight of the campaign in group 4 and in no other', () => {
    for (const [code, over] of refusals) {
      const decision = dial(over);
      expect(decision.outcome === 'refused' && decision.stickyUntil).toBe(decisionCodes[code].group === 4 ? MIDNIGHT : undefined);
    }
  });

  it('forgets an earlier refusal at midnight', () => {
    expect(dial({ customer: { stickyUntil: NOW } })).toMatchObject({ outcome: 'allowed' });
  });

  it('has no agent limit when no agent is named', () => {
    const { agent: _, ...anonymous } = request;
    expect(decide(anonymous, policy, { ...facts, agentCallsLastHour: Number.NaN }, NOW)).toMatchObject({ outcome: 'allowed' });
  });

  it('raises the limit on refusals with the calls of the day', () => {
    expect(dial({ facts: { refusalsToday: 50, authorizedToday: 510 } })).toMatchObject({ outcome: 'allowed' });
  });

  it('may have its release narrowed for one recipient', () => {
    const over = { request: { vendor: 'vendor-b' }, campaign: { vendor: 'vendor-b' } };
    expect(dial(over)).toRefuse('action-not-allowed');
  });
});

describe('the order of groups', () => {
  it('never shows a later group through an earlier one', () => {
    const byGroup = (group: number) => refusals.filter(([code]) => decisionCodes[code].group === group);
    const both = (first: (typeof refusals)[number], second: (typeof refusals)[number]) =>
      dial({
        ...(first[1]?.now !== undefined && { now: first[1].now }),
        request: { ...second[1]?.request, ...first[1]?.request },
        campaign: { ...second[1]?.campaign, ...first[1]?.campaign },
        customer: { ...second[1]?.customer, ...first[1]?.customer },
        facts: {
          ...(second[1]?.customer && { customer: { ...customer, ...second[1].customer } }),
          ...second[1]?.facts,
          ...first[1]?.facts,
        },
      });
    let pairs = 0;
    for (const [earlier, later] of [
      [2, 3],
      [2, 4],
      [3, 4],
    ] as const)
      for (const first of byGroup(earlier))
        for (const second of byGroup(later)) {
          expect(both(first, second), `${first[0]} before ${second[0]}`).toMatchObject({ group: earlier });
          pairs++;
        }
    expect(pairs).toBeGreaterThan(600);
  });
});

describe('what a vendor sees', () => {
  it('is one object for every code behind one vendor code', () => {
    const views = new Map<VendorCode, unknown>();
    for (const [, over] of refusals) {
      const decision = dial(over);
      if (decision.outcome !== 'refused') throw new Error('allowed');
      const view = vendorView(decision);
      expect(views.get(view.code) ?? view).toBe(view);
      views.set(view.code, view);
      expect(Object.keys(view)).toEqual(['code', 'status', 'sentence']);
    }
    const group4 = refusals.filter(([code]) => decisionCodes[code].group === 4).map(([code]) => decisionCodes[code].vendorCode);
    expect(new Set(group4)).toEqual(new Set(['customer-unavailable']));
  });

  it('answers 429 for the three limits that pass by themselves and 403 for all others', () => {
    const limits = Object.values(decisionCodes).filter(({ status }) => status === 429);
    expect(new Set(limits.map(({ vendorCode }) => vendorCode))).toEqual(new Set(['agent-limit', 'concurrency-limit', 'probing-limit']));
  });

  it('has a sentence for every vendor code', () => {
    expect(new Set(Object.keys(vendorSentences))).toEqual(new Set(Object.values(decisionCodes).map(({ vendorCode }) => vendorCode)));
  });
});

describe('other acts on a customer', () => {
  it('asks only questions of the policy', () => {
    expect(dial({ request: { action: 'answer', question: 'average-50k' } })).toMatchObject({ outcome: 'allowed' });
    expect(dial({ request: { action: 'answer', question: 'average-60k' } })).toRefuse('question-not-allowed');
    expect(dial({ request: { action: 'answer' } })).toRefuse('question-not-allowed');
  });

  it('hands over only the named fields, to the named recipients', () => {
    const handover = (fields: unknown, recipient: string) => dial({ request: { action: 'handover', fields, recipient } });
    expect(handover(['name'], 'insurer')).toMatchObject({ outcome: 'allowed' });
    expect(handover(['balance'], 'insurer')).toRefuse('field-not-allowed');
    expect(handover(undefined, 'insurer')).toRefuse('field-not-allowed');
    expect(handover(['name'], 'vendor-a')).toRefuse('recipient-not-allowed');
  });

  it('keeps windows, caps and the do-not-call list for what reaches a person only', () => {
    const night = Date.parse('2026-11-25T23:00:00+08:00');
    const answer = { action: 'answer', question: 'average-50k' };
    expect(dial({ request: answer, customer: { doNotCall: true, capCounts: [9, 9] }, facts: {}, now: night })).toMatchObject({
      outcome: 'allowed',
    });
    expect(dial({ request: { action: 'message' }, now: night })).toRefuse('outside-window');
    expect(dial({ request: { action: 'message' }, customer: { doNotCall: true } })).toRefuse('do-not-call');
    expect(dial({ request: { action: 'trunk' }, customer: { busy: true } })).toRefuse('customer-busy');
  });
});

describe('an export', () => {
  const list = (fields?: readonly string[], over: Partial<ListFacts> = {}, vendor = 'vendor-a'): Decision => {
    const asked: ListRequest = { action: 'export', purpose: PURPOSE, vendor, campaign: { ...campaign, vendor }, ...(fields && { fields }) };
    return decide(asked, policy, { campaignState: 'open', rows: 1000, ...over }, NOW);
  };

  it('lets the released columns leave and no other', () => {
    expect(list(['reference', 'dial_token', 'masked_phone', 'numeric_token', 'balance-band'])).toMatchObject({ outcome: 'allowed' });
    for (const field of ['balance', 'name', 'phone', 'pin', '__proto__', '']) expect(list([field])).toRefuse('field-not-allowed');
    expect(list(['reference', 'balance-band'], {}, 'vendor-b')).toRefuse('field-not-allowed');
    expect(list(['masked_phone'], {}, 'vendor-c')).toRefuse('field-not-allowed');
  });

  it('needs approvals above the rows that the policy names', () => {
    expect(list(undefined, { rows: 1001 })).toRefuse('approval-missing');
    expect(list(undefined, { rows: 1001, approvals: 1 })).toRefuse('approval-missing');
    expect(list(undefined, { rows: 1001, approvals: 2 })).toMatchObject({ outcome: 'allowed' });
    expect(decide({ action: 'export', purpose: PURPOSE, vendor: 'vendor-a', campaign }, policy, { campaignState: 'open' }, NOW)).toRefuse(
      'approval-missing',
    );
  });

  it('is made before the vendor has countersigned anything, and listed only after', () => {
    const asked: ListRequest = { action: 'list', purpose: PURPOSE, vendor: 'vendor-a', campaign };
    expect(decide(asked, policy, { campaignState: 'open' }, NOW)).toRefuse('not-acknowledged');
  });
});

describe('the bank’s own people', () => {
  const desk = (over: Partial<DeskRequest>, known: DeskFacts): Decision =>
    decide({ action: 'lookup', purpose: 'group.service', vendor: 'desk', person: 'p-1', fields: ['name'], ...over }, policy, known, NOW);

  it('look up the named fields, so many times a day', () => {
    expect(desk({}, { lookupsToday: 19 })).toMatchObject({ outcome: 'allowed' });
    expect(desk({ fields: ['account'] }, { lookupsToday: 0 })).toMatchObject({ outcome: 'allowed' });
    expect(desk({}, { lookupsToday: 20 })).toRefuse('budget-used');
    expect(desk({}, {})).toRefuse('budget-used');
    expect(desk({ fields: ['balance'] }, { lookupsToday: 0 })).toRefuse('field-not-allowed');
    expect(desk({ person: '' }, { lookupsToday: 0 })).toRefuse('request-malformed');
    expect(desk({}, { lookupsToday: 0, customerErased: true })).toRefuse('customer-erased');
  });

  it('open a token with two approvals only', () => {
    const open: DeskRequest = { action: 'open', purpose: 'group.service', vendor: 'desk', person: 'p-1' };
    expect(decide(open, policy, { approvals: 1 }, NOW)).toRefuse('approval-missing');
    expect(decide(open, policy, { approvals: 2 }, NOW)).toMatchObject({ outcome: 'allowed' });
  });
});

describe('purposes of a group', () => {
  it('are refused to all when abstract, and carry prohibitions down', () => {
    const asked = (purpose: string): Decision =>
      decide({ ...request, purpose, campaign: { ...campaign, purpose } }, policy, favourableFacts(policy, purpose), NOW);
    expect(asked('group')).toRefuse('purpose-not-allowed');
    expect(asked('group.service')).toRefuse('action-not-allowed');
    expect(asked('plain')).toMatchObject({ outcome: 'allowed' });
  });
});
