import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { createDecisionPoint, type HttpDecisionPoint } from './decision-point.js';

const evaluation = { subject: { type: 'vendor', id: 'v' }, action: { name: 'dial' }, resource: { type: 'campaign', id: 'c' } };

/** A decision point that answers as it is told. */
class Other {
  readonly seen: { readonly headers: NodeJS.Dict<string | string[]>; readonly body: unknown }[] = [];
  answer: (response: ServerResponse) => void = say({ decision: true });
  readonly #server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      this.seen.push({ headers: request.headers, body: JSON.parse(text) });
      this.answer(response);
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/access/v1/evaluation`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const say =
  (body: unknown, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

describe('asking an external decision point', () => {
  const other = new Other();
  let url: string;
  let point: HttpDecisionPoint;
  const errors: unknown[] = [];
  beforeAll(async () => {
    url = await other.start();
    point = createDecisionPoint({ url, token: 'secret', timeoutMs: 300, onError: (error) => errors.push(error) });
  });
  afterAll(async () => {
    await point.close();
    await other.stop();
  });

  it('is yes when it plainly says so', async () => {
    other.answer = say({ decision: true });
    // The first connection may be slow on a busy machine; only the answer matters here.
    const patient = createDecisionPoint({ url, token: 'secret', timeoutMs: 30_000 });
    expect(await patient.permits(evaluation)).toBe(true);
    await patient.close();
    expect(other.seen.at(-1)).toMatchObject({ headers: { authorization: 'Bearer secret' }, body: evaluation });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a no', say({ decision: false })],
    ['a yes that is text', say({ decision: 'true' })],
    ['no JSON', say('yes')],
    ['an error with a yes in it', say({ decision: true }, 500)],
    ['a redirect', (response) => response.writeHead(307, { location: '/elsewhere' }).end()],
    ['an answer without end', (response) => response.write('x'.repeat(100_000))],
    ['silence', () => {}],
    ['a broken connection', (response) => response.destroy()],
  ])('is no for %s', async (_name, answer) => {
    other.answer = answer;
    expect(await point.permits(evaluation)).toBe(false);
  });

  it('is no where nobody listens, or where connections may not go', async () => {
    const before = errors.length;
    const refused = createDecisionPoint({ url, networks: ['public'], onError: (error) => errors.push(error) });
    expect(await refused.permits(evaluation)).toBe(false);
    expect(errors.slice(before)).toMatchObject([{ code: 'ERR_DECISION_POINT_SILENT' }]);
    await refused.close();
  });

  it.each(['ftp://bank.example/x', 'http://bank.example/x', 'https://u:p@bank.example/', 'https://bank.example/?q', 'nonsense'])(
    'is refused at %s',
    async (bad) => {
      await expect(() => createDecisionPoint({ url: bad })).toFailWith('ERR_DECISION_POINT_URL');
    },
  );
});

describe.each(engines)('a resolver with an external decision point on %s', (engine) => {
  let test: TestGateway;
  let answer: () => Promise<boolean> = async () => true;
  const seen: unknown[] = [];
  beforeAll(async () => {
    const decisionPoint = {
      permits: (asked: unknown) => {
        seen.push(asked);
        return answer();
      },
    };
    test = await startGateway(engine, { decisionPoint });
  });
  afterEach(() => {
    answer = async () => true;
  });
  afterAll(() => test.close());
  const call = (row: number) => test.call(test.a, { dial_token: test.a.rows[row]?.dialToken });

  it('asks before each call, with nothing about the customer', async () => {
    expect((await call(0)).status).toBe(201);
    const purpose = 'marketing.insurance.term-life';
    expect(seen).toEqual([
      {
        subject: { type: 'vendor', id: 'vendor-a' },
        action: { name: 'dial' },
        resource: { type: 'campaign', id: 'c-a', properties: { purpose } },
      },
    ]);
  });

  it.each<[string, () => Promise<boolean>]>([
    ['says no', async () => false],
    ['fails', () => Promise.reject(new Error('out of order'))],
  ])('refuses when it %s: nothing is dialled or taken, and the exact code is entered', async (_name, next) => {
    answer = next;
    const dialled = test.carrier.orders.length;
    const before = (await test.bank.campaigns.get('c-a'))?.budgetRemaining;
    expect(await call(1)).toMatchObject({ status: 403, code: 'campaign-closed' });
    expect(test.carrier.orders).toHaveLength(dialled);
    expect((await test.bank.campaigns.get('c-a'))?.budgetRemaining).toBe(before);
    const [refusal] = await test.bank.calls.refusals();
    expect(refusal).toMatchObject({ code: 'denied-elsewhere' });
  });

  it('lets a denied vendor tell no customers apart, nor tokens', async () => {
    await test.bank.customers.withdraw('C000002', 'marketing.insurance');
    answer = async () => false;
    const codes = new Set<string | undefined>();
    for (const row of [1, 2, 3, 4]) codes.add((await call(row)).code);
    codes.add((await test.call(test.a, { dial_token: 'nd1_forged' })).code);
    expect(codes).toEqual(new Set(['campaign-closed']));
  });

  it('cannot widen: a yes leaves the policy’s refusal', async () => {
    await test.bank.customers.doNotCall({ customerIds: ['C000005'], source: 'asked' });
    const codes = await Promise.all(test.a.rows.map((_, row) => row).map(async (row) => (await call(row)).code));
    expect(codes).toContain('customer-unavailable');
    expect(test.carrier.orders.map(({ number }) => number)).not.toContain('8613800138005');
  });
});
