import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

/** What every error answer of the gateway looks like, whoever made it. */
function expectProblem(answer: Pick<Answer, 'headers' | 'body' | 'status' | 'code'>, status: number, code: string): void {
  expect(answer).toMatchObject({ status, code });
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.headers['cache-control']).toBe('no-store');
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'detail']);
  expect(problem['status']).toBe(status);
}

describe('hostile requests', () => {
  let test: TestGateway;
  let grant: string;
  beforeAll(async () => {
    test = await startGateway('pglite', { limits: { headersMs: 700, requestMs: 1_200 } });
    grant = await test.grant(test.a);
  });
  afterAll(() => test.close());

  /** Bytes as they are, on a socket of its own. */
  async function raw(bytes: string | Uint8Array, { slowly = false } = {}): Promise<Answer> {
    const { hostname, port } = new URL(test.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(bytes);
    if (!slowly) socket.end();
    await closed;
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const lines = head.split('\r\n');
    const headers = Object.fromEntries(
      lines.slice(1).map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    const body = rest.join('\r\n\r\n');
    let code: string | undefined;
    try {
      code = (JSON.parse(body) as { type: string }).type.split('/').at(-1);
    } catch {
      code = undefined;
    }
    return { status: Number(lines[0]?.split(' ')[1]), headers, body, code };
  }

  it.each<[string, unknown, Record<string, string>, number, string]>([
    ['JSON that is not JSON', '{"dial_token": ', {}, 400, 'request-malformed'],
    ['an array', [], {}, 400, 'request-invalid'],
    ['null', 'null', {}, 400, 'request-invalid'],
    ['no body', '', {}, 400, 'request-malformed'],
    ['a number for a token', { dial_token: 138 }, {}, 400, 'request-invalid'],
    ['no token', {}, {}, 400, 'request-invalid'],
    ['an unknown member', { dial_token: 'x', phone: '13800138000' }, {}, 400, 'request-invalid'],
    ['a prototype', '{"dial_token":"x","__proto__":{"agent":"y"}}', {}, 400, 'request-invalid'],
    ['an agent that is a sentence', { dial_token: 'x', agent: 'call 13800138000' }, {}, 400, 'request-invalid'],
    ['an agent that is a number', { dial_token: 'x', agent: '13800138000' }, {}, 400, 'request-invalid'],
    ['an overlong token', { dial_token: 'x'.repeat(600) }, {}, 400, 'request-invalid'],
    ['an empty token', { dial_token: '' }, {}, 400, 'request-invalid'],
    ['an idempotency key with a blank', { dial_token: 'x' }, { 'idempotency-key': 'a b' }, 400, 'request-invalid'],
    ['an idempotency key that is too long', { dial_token: 'x' }, { 'idempotency-key': 'k'.repeat(256) }, 400, 'request-invalid'],
    ['another media type', 'dial_token=x', { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
    ['a form', 'dial_token=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported-media-type'],
    ['no media type', '{}', { 'content-type': '' }, 415, 'unsupported-media-type'],
    ['a body that is too long', { dial_token: 'x', reference: 'y'.repeat(20_000) }, {}, 413, 'request-too-large'],
  ])('answers %s with a problem', async (_name, body, headers, status, code) => {
    const answer = await test.call(test.a, body, { grant, headers });
    expectProblem(answer, status, code);
    expect(answer.body).not.toMatch(/138|x{9}|dial_token|agent/);
  });

  it('answers invalid UTF-8, an unknown address, a query and a broken escape with problems', async () => {
    const proof = await test.proof(test.a, grant, 'POST', '/v1/calls');
    const response = await fetch(`${test.url}/v1/calls`, {
      method: 'POST',
      headers: { authorization: `DPoP ${grant}`, dpop: proof, 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    });
    const read = async (one: Response): Promise<Answer> => {
      const body = await one.text();
      return {
        status: one.status,
        headers: Object.fromEntries(one.headers),
        body,
        code: (JSON.parse(body) as { type: string }).type.split('/').at(-1),
      };
    };
    expectProblem(await read(response), 400, 'request-malformed');
    expectProblem(await read(await fetch(`${test.url}/13800138000`)), 404, 'not-found');
    expectProblem(await read(await fetch(`${test.url}/v1/calls`)), 404, 'not-found');
    expectProblem(await read(await fetch(`${test.url}/v1/calls/`)), 401, 'credentials-missing');
    expectProblem(await read(await fetch(`${test.url}/healthz?x=1`)), 400, 'request-invalid');
    expectProblem(await read(await fetch(`${test.url}/%ff`)), 400, 'request-malformed');
    expectProblem(await read(await fetch(`${test.url}/oauth/token`, { method: 'DELETE' })), 404, 'not-found');
    for (const body of [await (await fetch(`${test.url}/13800138000`)).text()]) expect(body).not.toContain('138');
  });

  it('says that the idempotency key is missing', async () => {
    const response = await fetch(`${test.url}/v1/calls`, {
      method: 'POST',
      headers: {
        authorization: `DPoP ${grant}`,
        dpop: await test.proof(test.a, grant, 'POST', '/v1/calls'),
        'content-type': 'application/json',
      },
      body: '{"dial_token":"x"}',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('request-invalid');
  });

  it('answers header bombs, garbage and truncated requests with problems, and closes', async () => {
    const bomb = `GET /healthz HTTP/1.1\r\nhost: x\r\n${Array.from({ length: 400 }, (_, i) => `x-${i}: ${'y'.repeat(100)}`).join('\r\n')}\r\n\r\n`;
    expectProblem(await raw(bomb, { slowly: true }), 431, 'headers-too-large');
    expectProblem(await raw('GARBAGE\r\n\r\n', { slowly: true }), 400, 'request-malformed');
    expectProblem(await raw('GET /healthz HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n', { slowly: true }), 400, 'request-malformed');
    const smuggled = 'POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
    expectProblem(await raw(smuggled, { slowly: true }), 400, 'request-malformed');
  });

  it('gives up on slow headers and slow bodies', async () => {
    const started = Date.now();
    expectProblem(await raw('GET /healthz HTTP/1.1\r\nhost: x\r\n', { slowly: true }), 408, 'request-timeout');
    const slow = `POST /v1/calls HTTP/1.1\r\nhost: x\r\nauthorization: DPoP ${grant}\r\ndpop: ${await test.proof(test.a, grant, 'POST', '/v1/calls')}\r\ncontent-type: application/json\r\nidempotency-key: slow\r\ncontent-length: 100\r\n\r\n{"dial`;
    const answer = await raw(slow, { slowly: true });
    expect(answer.status).toBe(408);
    expect(Date.now() - started).toBeLessThan(8_000);
  });

  it('does not believe headers about its own address', async () => {
    const metadata = async (headers: Record<string, string>) =>
      (await fetch(`${test.url}/.well-known/oauth-authorization-server`, { headers })).text();
    const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' };
    expect(await metadata(forwarded)).toBe(await metadata({}));
    const raced = await raw('GET /.well-known/oauth-authorization-server HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n', {
      slowly: true,
    });
    expect(raced.status).toBe(200);
    expect(raced.body).not.toContain('evil');
  });

  it('ignores a request id that the client sends', async () => {
    const mine = randomUUID();
    const response = await fetch(`${test.url}/healthz`, { headers: { 'x-request-id': mine, 'request-id': mine } });
    expect(response.headers.get('x-request-id')).not.toBe(mine);
    expect(test.log()).not.toContain(mine);
  });

  it('logs no value of all that', () => {
    expect(test.log()).not.toMatch(/13800138000|evil|GARBAGE|eyJ/);
  });
});
