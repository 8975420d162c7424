import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionCodes } from '../decide/codes.js';
import { type Decision, refuse } from '../decide/decision.js';
import { ACTIONS } from '../decide/request.js';
import { loadPolicy } from '../language/load.js';
import { policyTemplate } from '../language/templates.js';
import {
  answerEvaluations,
  askedAct,
  type Evaluation,
  type EvaluationResponse,
  evaluationOf,
  narrow,
  parseEvaluation,
  permits,
  responseOf,
} from './authzen.js';
import { sampleRequest } from './sample.js';

const folder = fileURLToPath(new URL('../../../../../shared/vectors/authzen/', import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8'));
const policy = loadPolicy(policyTemplate('try-out', { bank: 'b' }));
const PURPOSE = 'marketing.insurance.term-life';
const allowed: Decision = { outcome: 'allowed', rule: 'r', sentence: 's', policy: 'p' };

describe.skipIf(!existsSync(folder))('the specification’s schemas and the interop vectors', () => {
  // They describe themselves with `example` and `$comment`, which strict mode does not know.
  const schemas = existsSync(folder)
    ? ['request', 'response'].map((kind) => new Ajv2020({ strict: false }).compile(read(`evaluation-${kind}.schema.json`)))
    : [];
  const vectors = existsSync(folder)
    ? (read('decisions-authorization-api-1_0-02.json') as {
        evaluation: { request: unknown; expected: boolean }[];
        evaluations: { request: { subject?: unknown; action?: unknown; evaluations: object[] }; expected: EvaluationResponse[] }[];
      })
    : { evaluation: [], evaluations: [] };

  it('fit every message we write', () => {
    for (const action of ACTIONS) {
      const request = sampleRequest(policy, action, PURPOSE, 'vendor-a', { fields: ['reference'] });
      expect(schemas[0]?.(evaluationOf(request)), action).toBe(true);
    }
    for (const code of Object.keys(decisionCodes) as (keyof typeof decisionCodes)[])
      for (const audience of ['bank', 'vendor'] as const)
        expect(schemas[1]?.(responseOf(refuse(code, 'rule', 'policy'), audience)), code).toBe(true);
    expect(schemas[1]?.(responseOf(allowed, 'vendor'))).toBe(true);
  });

  it('are read by us as they are meant, and answered no: they are about somebody else’s resources', () => {
    expect(vectors.evaluation.length).toBeGreaterThan(10);
    for (const { request } of vectors.evaluation) {
      expect(schemas[0]?.(request)).toBe(true);
      expect(parseEvaluation(request)).toEqual(request);
      expect(askedAct(parseEvaluation(request))).toBeUndefined();
    }
  });

  it('have their batches merged: an item takes what it lacks from above', () => {
    expect(vectors.evaluations.length).toBeGreaterThan(0);
    for (const { request, expected } of vectors.evaluations) {
      const seen: Evaluation[] = [];
      const answer = answerEvaluations(request, (evaluation) => {
        seen.push(evaluation);
        return expected[seen.length - 1]!;
      });
      expect(answer).toEqual({ evaluations: expected });
      expect(seen).toEqual(request.evaluations.map((item) => ({ subject: request.subject, action: request.action, ...item })));
    }
  });
});

describe('a request of ours', () => {
  it('comes back from its evaluation as it was', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(
        fc.constantFrom(...ACTIONS),
        name,
        name,
        fc.array(name, { minLength: 1, maxLength: 3 }),
        (action, vendor, question, fields) => {
          const request = sampleRequest(policy, action, PURPOSE, vendor, { fields, question, recipient: vendor });
          const asked = askedAct(parseEvaluation(JSON.parse(JSON.stringify(evaluationOf(request)))));
          const own =
            'person' in request
              ? { person: request.person }
              : { campaign: request.campaign.id, ...('agent' in request && { agent: request.agent }) };
          expect(asked).toEqual({ action, purpose: PURPOSE, vendor, fields, question, recipient: vendor, ...own });
        },
      ),
    );
  });

  it('carries no token, reference or customer to an external decision point', () => {
    const request = { ...sampleRequest(policy, 'dial', PURPOSE, 'vendor-a'), token: 'nd1_secret', customer: 'C000123' };
    expect(JSON.stringify(evaluationOf(request))).not.toMatch(/nd1_|C000123/);
  });
});

describe('an external decision', () => {
  it('can only narrow', () => {
    const refused = refuse('budget-used', 'rule', 'policy');
    for (const permitted of [true, false]) expect(narrow(refused, permitted)).toBe(refused);
    expect(narrow(allowed, true)).toBe(allowed);
    expect(narrow(allowed, false)).toRefuse('denied-elsewhere');
  });

  it('comes before token and customer, so that a denied vendor tells no customers apart', () => {
    for (const code of ['token-forged', 'no-consent', 'do-not-call'] as const) {
      const refused = refuse(code, 'rule', 'policy', 1);
      expect(narrow(refused, true)).toBe(refused);
      expect(narrow(refused, false)).toEqual(narrow({ ...allowed, policy: 'policy' }, false));
    }
  });

  it('is yes only when it plainly says so', () => {
    expect(permits({ decision: true })).toBe(true);
    for (const answer of [
      { decision: 'true' },
      { decision: 1 },
      {},
      null,
      undefined,
      true,
      [],
      [{ decision: true }],
      { evaluations: [{ decision: true }] },
    ])
      expect(permits(answer)).toBe(false);
    fc.assert(
      fc.property(
        fc.anything(),
        (answer) => permits(answer) === ((answer as { decision?: unknown } | null)?.decision === true && !Array.isArray(answer)),
      ),
    );
  });
});

describe('an answer of ours', () => {
  it('tells a vendor nothing that its code does not', () => {
    const codes = Object.keys(decisionCodes) as (keyof typeof decisionCodes)[];
    for (const group of [3, 4]) {
      const told = codes
        .filter((code) => decisionCodes[code].group === group && decisionCodes[code].vendorCode !== 'customer-cap')
        .map((code) => JSON.stringify(responseOf(refuse(code, code, 'p', 1), 'vendor')));
      expect(new Set(told).size).toBe(1);
    }
    expect(responseOf(refuse('do-not-call', 'built-in.do-not-call', 'p'), 'bank')).toMatchObject({
      decision: false,
      context: { id: 'do-not-call', rule: 'built-in.do-not-call' },
    });
  });
});

describe('a batch', () => {
  const one = {
    subject: { type: 'vendor', id: 'v' },
    action: { name: 'dial' },
    resource: { type: 'campaign', id: 'c', properties: { purpose: PURPOSE } },
  };
  const run = (options: object | undefined, decisions: readonly boolean[]) => {
    let asked = 0;
    const body = { ...one, ...(options && { options }), evaluations: decisions.map(() => ({})) };
    return answerEvaluations(body, () => ({ decision: decisions[asked++]! }));
  };

  it('ends where its semantic says', () => {
    const decisions = [true, false, true];
    expect(run(undefined, decisions)).toMatchObject({ evaluations: [{ decision: true }, { decision: false }, { decision: true }] });
    expect(run({ evaluations_semantic: 'deny_on_first_deny' }, decisions)).toMatchObject({
      evaluations: [{ decision: true }, { decision: false }],
    });
    expect(run({ evaluations_semantic: 'permit_on_first_permit' }, decisions)).toMatchObject({ evaluations: [{ decision: true }] });
  });

  it('without items is one evaluation', () => {
    expect(answerEvaluations(one, () => ({ decision: true }))).toEqual({ decision: true });
    expect(answerEvaluations({ ...one, evaluations: [] }, () => ({ decision: true }))).toEqual({ decision: true });
  });

  it('answers a malformed item with no, and refuses a malformed whole', async () => {
    expect(answerEvaluations({ evaluations: [one, { subject: 1 }] }, () => ({ decision: true }))).toMatchObject({
      evaluations: [{ decision: true }, { decision: false, context: { error: { status: 400 } } }],
    });
    for (const body of [
      undefined,
      [],
      'x',
      {},
      { ...one, evaluations: 1 },
      { ...one, evaluations: [one], options: { evaluations_semantic: 'all' } },
      { evaluations: new Array(1001).fill(one) },
    ])
      await expect(() => answerEvaluations(body, () => ({ decision: true }))).toFailWith('ERR_AUTHZEN_MALFORMED');
    for (const body of [
      { ...one, action: {} },
      { ...one, context: 1 },
      { ...one, resource: { type: 'x' } },
      { ...one, subject: { type: 'x', id: 'y', properties: [] } },
    ])
      await expect(() => parseEvaluation(body)).toFailWith('ERR_AUTHZEN_MALFORMED');
  });
});
