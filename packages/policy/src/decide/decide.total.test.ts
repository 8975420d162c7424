import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../language/load.js';
import { favourableFacts, sampleRequest } from '../tools/sample.js';
import { decisionCodes } from './codes.js';
import { decide } from './decide.js';
import { ACTIONS, type DecisionRequest, type Facts } from './request.js';

const policy = loadPolicy(`
numbra: 1
bank: b
fields: { name: { class: C2 } }
purposes:
  p:
    legal_basis: contract
    recipients: [v]
    release: { reference: true, dial: true, open: true, handover: { fields: [name], to: [i] }, lookup: { fields: [name], per_day: 1 } }
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
`);
const NOW = Date.parse('2026-11-25T10:00:00+08:00');

describe('a decision', () => {
  it('never throws and always answers by the table, whatever it is given', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      maxDepth: 2,
    });
    const nearly = fc.record(
      {
        action: fc.oneof(fc.constantFrom(...ACTIONS), anything),
        purpose: fc.oneof(fc.constant('p'), anything),
        vendor: fc.oneof(fc.constant('v'), anything),
        campaign: fc.oneof(fc.constant({ purpose: 'p', vendor: 'v', timeZone: 'Asia/Shanghai' }), anything),
        fields: anything,
        person: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(nearly, anything),
        fc.oneof(fc.dictionary(fc.constantFrom('campaignState', 'token', 'customer', 'budgetRemaining', 'rows'), anything), anything),
        fc.double(),
        (request, facts, now) => {
          const decision = decide(request as DecisionRequest, policy, facts as Facts, now);
          if (decision.outcome === 'refused') expect(decision).toMatchObject(decisionCodes[decision.code]);
          expect(decide(request as DecisionRequest, policy, facts as Facts, now)).toEqual(decision);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses facts that throw when they are read', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(decide(sampleRequest(policy, 'export', 'p', 'v'), policy, hostile as Facts, 0)).toRefuse('facts-missing');
  });

  it('refuses unknown purposes, recipients, actions, fields and members', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ACTIONS), fc.string({ maxLength: 20 }), (action, unknown) => {
        fc.pre(!['p', 'v', 'name', 'i', 'reference', 'dial_token', ...ACTIONS].includes(unknown));
        const options = action === 'handover' ? { fields: ['name'], recipient: 'i' } : action === 'lookup' ? { fields: ['name'] } : {};
        const request = sampleRequest(policy, action, 'p', 'v', options);
        const ask = (over: object) => decide({ ...request, ...over } as DecisionRequest, policy, favourableFacts(policy, 'p'), NOW);
        if (!['trunk', 'message', 'answer'].includes(action)) expect(ask({})).toMatchObject({ outcome: 'allowed' });
        expect(ask({ purpose: unknown })).toRefuse('purpose-not-allowed');
        expect(ask({ vendor: unknown })).toRefuse('recipient-not-allowed');
        expect(ask({ action: unknown })).toRefuse('action-not-allowed');
        expect(ask({ [`x${unknown}`]: 1 })).toRefuse('request-malformed');
        expect(ask({ fields: [unknown] })).toMatchObject({ outcome: 'refused' });
        if (action === 'handover') expect(ask({ recipient: unknown })).toRefuse('recipient-not-allowed');
      }),
    );
  });
});
