import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, testPolicy } from '../../../../tests/support/banks.js';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

const folder = fileURLToPath(new URL('../../../../../shared/vectors/authzen/', import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8'));
const PURPOSE = 'marketing.insurance.term-life';
const DESK = `
  service.desk:
    legal_basis: contract
    recipients: [desk]
    release:
      lookup: { fields: [name], per_day: 1 }
`;

const dial = (vendor = 'vendor-a', campaign = 'c-a') => ({
  subject: { type: 'vendor', id: vendor },
  action: { name: 'dial' },
  resource: { type: 'campaign', id: campaign, properties: { purpose: PURPOSE } },
});
const lookup = (person = 'staff-1') => ({
  subject: { type: 'person', id: person, properties: { desk: 'desk' } },
  action: { name: 'lookup', properties: { fields: ['name'] } },
  resource: { type: 'purpose', id: 'service.desk' },
});

describe.each(engines)('evaluations on %s', (engine) => {
  let test: TestGateway;
  let own: string;
  beforeAll(async () => {
    test = await startGateway(engine, { policy: (await testPolicy()).replace('refusals:', `${DESK.slice(1)}\nrefusals:`) });
    own = (await test.gateway.listenEvaluations({ port: 0 })).url;
  });
  afterAll(() => test.close());

  const ask = async (body: unknown, path = '/access/v1/evaluation') => {
    const { status, body: text } = await test.call(test.a, body, { path });
    return { status, answer: JSON.parse(text) };
  };
  const askHere = (body: unknown, { path = '/access/v1/evaluation', headers = {} } = {}) =>
    fetch(`${own}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('tell a vendor whether it may dial for its campaign, and count nothing', async () => {
    const before = await test.bank.campaigns.get('c-a');
    expect(await ask(dial())).toEqual({ status: 200, answer: { decision: true } });
    expect(await test.bank.campaigns.get('c-a')).toEqual(before);
    expect(test.carrier.orders).toEqual([]);
  });

  it('tell a vendor nothing of another vendor, campaign, purpose or person: plainly no', async () => {
    const strange = [
      dial('vendor-b', 'c-b'),
      dial('vendor-a', 'c-b'),
      dial('vendor-a', 'c-none'),
      { ...dial(), resource: { type: 'campaign', id: 'c-a', properties: { purpose: 'marketing' } } },
      { ...dial(), action: { name: 'fly' } },
      lookup(),
    ];
    for (const one of strange) expect(await ask(one)).toEqual({ status: 200, answer: { decision: false } });
    const { answer } = await ask({ evaluations: [dial(), ...strange] }, '/access/v1/evaluations');
    expect(answer).toEqual({ evaluations: [{ decision: true }, ...strange.map(() => ({ decision: false }))] });
  });

  it('say no with the code that a call would meet, and end a batch where its semantic says', async () => {
    await test.list('vendor-a', { id: 'c-spent', budgetCalls: 0 });
    const asked = { ...dial('vendor-a', 'c-spent') };
    const grant = await test.grant(test.a, { campaign: 'c-spent' });
    const options = { path: '/access/v1/evaluations', grant };
    const body = { evaluations: [asked, asked], options: { evaluations_semantic: 'deny_on_first_deny' } };
    expect(JSON.parse((await test.call(test.a, body, options)).body)).toEqual({
      evaluations: [{ decision: false, context: { id: 'budget-used', reason_user: { en: expect.any(String) } } }],
    });
  });

  it('want a grant and a proof, and a body that can be read', async () => {
    const naked = await fetch(`${test.url}/access/v1/evaluation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(dial()),
    });
    expect(naked.status).toBe(401);
    for (const body of [{}, { ...dial(), action: {} }, { evaluations: 'all' }, []]) {
      const { status } = await ask(body);
      expect(status).toBe(400);
    }
  });

  it('tell the bank’s own systems the exact rule, of vendors and of persons', async () => {
    expect(await (await askHere(dial())).json()).toMatchObject({ decision: true, context: { policy: test.bank.policy.digest } });
    expect(await (await askHere(lookup())).json()).toMatchObject({ decision: true });
    const order = { customerId: 'C000001', desk: 'desk', purpose: 'service.desk', person: 'staff-1', reason: 'card-lost' };
    expect(await test.bank.lookups.show(order)).toMatchObject({ outcome: 'shown', left: 0 });
    const { evaluations } = (await (
      await askHere({ evaluations: [lookup(), lookup('staff-2')] }, { path: '/access/v1/evaluations' })
    ).json()) as { evaluations: unknown[] };
    expect(evaluations).toMatchObject([{ decision: false, context: { id: 'budget-used' } }, { decision: true }]);
  });

  it('are answered on loopback alone, under its own name, as JSON, with the asker’s request id', async () => {
    await expect(() => test.gateway.listenEvaluations({ host: '0.0.0.0', port: 0 })).toFailWith('ERR_EVALUATIONS_ADDRESS');
    expect((await askHere(dial(), { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect((await askHere('{')).status).toBe(400);
    expect((await askHere(dial(), { path: '/elsewhere' })).status).toBe(404);
    expect((await askHere('x'.repeat(300_000))).status).toBe(413);
    const answer = await askHere(dial(), { headers: { 'x-request-id': 'request-1' } });
    expect(answer.headers.get('x-request-id')).toBe('request-1');
  });

  it.skipIf(!existsSync(folder))(
    'fit the specification’s schema, and answer the interop questions no: they are about others’ things',
    async () => {
      const fits = new Ajv2020({ strict: false }).compile(read('evaluation-response.schema.json'));
      const { evaluation } = read('decisions-authorization-api-1_0-02.json') as { evaluation: { request: unknown }[] };
      for (const { request } of [...evaluation, { request: dial() }, { request: lookup('staff-3') }]) {
        const answer = (await (await askHere(request)).json()) as { decision: boolean };
        expect(fits(answer), JSON.stringify(answer)).toBe(true);
      }
      expect(await (await askHere(evaluation[0]?.request)).json()).toEqual({ decision: false });
    },
  );
});
