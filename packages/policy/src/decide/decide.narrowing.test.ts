import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyDocument, PurposeText } from '../language/document.js';
import { loadPolicy } from '../language/load.js';
import type { Policy } from '../language/policy.js';
import { favourableFacts, sampleRequest } from '../tools/sample.js';
import { decide } from './decide.js';
import { ACTIONS, type Action, type DecisionRequest, type Facts } from './request.js';
import { DAYS, type Day } from './window.js';

const VENDORS = ['vendor-a', 'vendor-b', 'vendor-c'];
const FIELDS = ['name', 'age', 'balance'];
const BANDS = ['age-band', 'balance-band'];
const QUESTIONS = ['rich', 'old'];
const COLUMNS = ['reference', 'dial_token', 'masked_phone', 'numeric_token', ...BANDS];
const DEFINITIONS = {
  numbra: 1,
  bank: 'b',
  fields: { name: { class: 'C2' }, age: { class: 'C1' }, balance: { class: 'C2' } },
  bands: { 'age-band': { field: 'age', edges: [30] }, 'balance-band': { field: 'balance', edges: [1000] } },
  questions: { rich: { field: 'balance', at_least: 1, text: 'x' }, old: { field: 'age', at_least: 60, text: 'x' } },
};

const limit = fc.integer({ min: 0, max: 4 });
const ATOMS = ['reference', 'dial', 'numeric', 'message', 'open', ...BANDS, ...QUESTIONS, ...FIELDS, 'insurer', 'broker', ...VENDORS];
const CHAIN = ['marketing', 'marketing.insurance', 'marketing.insurance.term-life'];

/** A purpose that has these atoms, and so is narrower than one that has more. */
function purposeOf(has: (atom: string) => boolean, depth: number, { days, hours, caps, words, abstract }: Level): PurposeText {
  const of = (names: readonly string[]) => names.filter(has);
  const [fields, to] = [of(FIELDS), of(['insurer', 'broker'])];
  return {
    abstract,
    legal_basis: words[0] ? 'consent' : 'contract',
    consent: 'marketing',
    recipients: of(VENDORS),
    release: {
      reference: has('reference'),
      dial: has('dial'),
      numeric: has('numeric'),
      message: has('message'),
      open: has('open'),
      mask: { k: 20 + depth, max_digits: 2 },
      bands: of(BANDS),
      answers: of(QUESTIONS),
      ...(fields.length > 0 && to.length > 0 && { handover: { fields, to } }),
      lookup: { fields, endings: [], per_day: 5 - depth },
    },
    window: { days, from: `${String(hours[0]).padStart(2, '0')}:00`, to: `${String(hours[1]).padStart(2, '0')}:00` },
    caps: {
      per_customer: { campaign: caps[0], purpose: { calls: caps[1], days: 30 }, all_vendors: { calls: caps[2], days: 60 } },
      per_agent_per_hour: caps[3],
      concurrent: caps[4],
    },
    grants: { agent: words[1] ? 'required' : 'optional' },
    acknowledge: words[2] ? 'required' : 'none',
  };
}

interface Level {
  readonly dropped: readonly string[];
  readonly days: readonly Day[];
  readonly hours: readonly [number, number];
  readonly caps: readonly [number, number, number, number, number];
  readonly words: readonly [boolean, boolean, boolean];
  readonly abstract: boolean;
}

const level: fc.Arbitrary<Level> = fc.record({
  dropped: fc.subarray(ATOMS, { maxLength: 3 }),
  days: fc.subarray<Day>([...DAYS], { minLength: 6 }),
  hours: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 20, max: 24 })),
  caps: fc.tuple(limit, limit, limit, limit, limit),
  words: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  abstract: fc.boolean(),
});

/** Chains of purposes, each narrower than the one above, beside one that stands alone. */
const policies = fc.tuple(level, level, level).map((levels) => {
  const purposes: Record<string, PurposeText> = {};
  let above = levels[0];
  const dropped = new Set<string>();
  for (const [depth, own] of levels.entries()) {
    for (const atom of own.dropped) dropped.add(atom);
    above = {
      ...own,
      days: own.days.filter((day) => depth === 0 || above.days.includes(day)),
      hours: depth === 0 ? own.hours : [Math.max(own.hours[0], above.hours[0]), Math.min(own.hours[1], above.hours[1])],
      caps: own.caps.map((cap, index) => (depth === 0 ? cap : Math.min(cap, above.caps[index]!))) as unknown as Level['caps'],
      words: own.words.map((word, index) => word || (depth > 0 && above.words[index]!)) as unknown as Level['words'],
    };
    purposes[CHAIN[depth]!] = purposeOf((atom) => !dropped.has(atom), depth, above);
  }
  purposes.service = { ...purposeOf(() => true, 0, levels[0]), consent: 'service' };
  const document = { ...DEFINITIONS, purposes } as unknown as PolicyDocument;
  return { document, policy: loadPolicy(JSON.stringify(document)) };
});

/** Every way to ask something for a purpose. */
function* requests(policy: Policy, purpose: string, agentGrant: boolean): Generator<DecisionRequest> {
  for (const vendor of [...VENDORS, 'stranger'])
    for (const action of ACTIONS) {
      const options =
        action === 'answer'
          ? QUESTIONS.map((question) => ({ question }))
          : action === 'handover'
            ? FIELDS.flatMap((field) => ['insurer', 'broker'].map((recipient) => ({ fields: [field], recipient })))
            : action === 'lookup'
              ? FIELDS.map((field) => ({ fields: [field] }))
              : COLUMNS.map((field) => ({ fields: [field] }));
      for (const option of ['dial', 'trunk', 'message', 'open'].includes(action) ? [{}] : options) {
        const made = sampleRequest(policy, action, purpose, vendor, option);
        yield 'agentGrant' in made ? { ...made, agentGrant } : made;
      }
    }
}

const count = fc.integer({ min: 0, max: 3 });
const known = fc.record({
  now: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-01-01') }),
  agentGrant: fc.boolean(),
  facts: fc.record(
    {
      agentCallsLastHour: count,
      concurrentCalls: count,
      callsThisCampaign: count,
      acknowledged: fc.boolean(),
      lookupsToday: count,
      customer: fc.record({
        consent: fc.constantFrom('given', 'given', 'none', 'withdrawn'),
        doNotCall: fc.constantFrom(false, false, true),
        // Six, for the longest chain; a purpose higher up reads the first ones, which are its own caps.
        capCounts: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 6, maxLength: 6 }),
      }),
    },
    { requiredKeys: ['customer'] },
  ),
});

const factsOf = (policy: Policy, purpose: string, facts: object): Facts => ({ ...favourableFacts(policy, purpose), ...facts });

describe('narrowing', () => {
  it('allows no more after a prohibition is added, to any purpose, of any action', () => {
    let stopped = 0;
    fc.assert(
      fc.property(
        policies,
        known,
        fc.constantFrom<Action>(...ACTIONS),
        fc.constantFrom(...CHAIN),
        ({ document, policy }, { now, agentGrant, facts }, action, name) => {
          const prohibited = { ...document.purposes, [name]: { ...document.purposes[name], prohibited: [action] } };
          const stricter = loadPolicy(JSON.stringify({ ...document, purposes: prohibited }));
          for (const purpose of CHAIN)
            for (const request of requests(policy, purpose, agentGrant)) {
              const [before, after] = [policy, stricter].map((each) => decide(request, each, factsOf(policy, purpose, facts), now).outcome);
              if (after === 'allowed') expect(before).toBe('allowed');
              if (before === 'allowed' && after !== 'allowed') stopped++;
            }
        },
      ),
      { numRuns: 40 },
    );
    expect(stopped).toBeGreaterThan(0);
  });

  it('allows a child purpose nothing that its parent would refuse', () => {
    let allowed = 0;
    fc.assert(
      fc.property(policies, known, ({ policy }, { now, agentGrant, facts }) => {
        for (const child of Object.values(policy.purposes)) {
          const parent = child.parent === undefined ? undefined : policy.purposes[child.parent];
          if (parent === undefined || parent.abstract) continue;
          const above = [...requests(policy, parent.name, agentGrant)];
          for (const [index, request] of [...requests(policy, child.name, agentGrant)].entries()) {
            if (decide(request, policy, factsOf(policy, child.name, facts), now).outcome !== 'allowed') continue;
            allowed++;
            expect(decide(above[index]!, policy, factsOf(policy, parent.name, facts), now)).toMatchObject({ outcome: 'allowed' });
          }
        }
      }),
      { numRuns: 80 },
    );
    expect(allowed).toBeGreaterThan(100);
  });
});
