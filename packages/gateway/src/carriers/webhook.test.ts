import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parsePhone } from '@numbra/core';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebhookCarrier, stateOf } from './webhook.js';

const secrets = [0, 1].map((i) => `whsec_${Buffer.alloc(32, i).toString('base64')}`) as [string, string];
const number = parsePhone('13800138000')!;
const order = () => ({ callId: '0b2f7c1e-0000-4000-8000-000000000001', number, signal: new AbortController().signal });

describe('the webhook carrier', () => {
  let server: Server;
  let url: string;
  let requests: { method: string; url: string; headers: Record<string, string>; body: string }[];
  let respond: (response: ServerResponse, request: IncomingMessage) => void;
  beforeEach(async () => {
    requests = [];
    respond = (response) => response.writeHead(202).end();
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers as Record<string, string>, body });
        respond(response, request);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
  });
  afterEach(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  it('sends one signed order that the other side can verify, with both secrets while one replaces the other', async () => {
    const carrier = createWebhookCarrier({ url, secrets });
    expect(await carrier.place({ ...order(), callerId: '+861012345678' })).toEqual({ outcome: 'placed' });
    expect(requests).toHaveLength(1);
    const { method, headers, body } = requests[0]!;
    expect(method).toBe('POST');
    expect(JSON.parse(body)).toEqual({ call_id: order().callId, number: '+8613800138000', caller_id: '+861012345678' });
    for (const secret of secrets) new Webhook(secret).verify(body, headers);
    expect(() => new Webhook(secrets[0]).verify(body.replace('8000', '8001'), headers)).toThrow();
    expect(headers['webhook-id']).toBe(order().callId);
    await carrier.close();
  });

  it.each([
    [204, 'done'],
    [404, 'not-under-way'],
    [409, 'not-under-way'],
    [500, 'unknown'],
  ])('hangs up by a signed request of its own, and takes status %i for %s', async (status, told) => {
    respond = (response) => response.writeHead(status).end();
    const carrier = createWebhookCarrier({ url, secrets: [secrets[0]] });
    expect(await carrier.hangUp?.(order().callId, order().signal)).toBe(told);
    const { method, url: path, headers, body } = requests[0]!;
    expect([method, path]).toEqual(['DELETE', `/orders/${order().callId}`]);
    expect(new Webhook(secrets[0]).verify(body, headers)).toEqual({ call_id: order().callId, hang_up: true });
    await carrier.close();
  });

  it.each([
    [200, { outcome: 'placed' }],
    [202, { outcome: 'placed' }],
    [422, { outcome: 'not-placed', cause: 'rejected' }],
  ])('takes status %i for what it is documented to mean', async (status, answer) => {
    respond = (response) => response.writeHead(status).end('{"number":"+8613800138000"}');
    const carrier = createWebhookCarrier({ url, secrets: [secrets[0]] });
    expect(await carrier.place(order())).toEqual(answer);
    await carrier.close();
  });

  it.each([301, 302, 307, 400, 401, 404, 409, 429, 500, 502, 503])(
    'does not know after status %i, follows nothing and repeats nothing',
    async (status) => {
      respond = (response) => response.writeHead(status, { location: '/elsewhere', 'retry-after': '0' }).end();
      const carrier = createWebhookCarrier({ url, secrets: [secrets[0]] });
      await expect(() => carrier.place(order())).toFailWith('ERR_CARRIER_UNKNOWN');
      expect(requests).toHaveLength(1);
      await carrier.close();
    },
  );

  it('does not know after a timeout, a hang-up or an abort, and keeps the number out of its errors', async () => {
    respond = () => {};
    const carrier = createWebhookCarrier({ url, secrets: [secrets[0]], timeoutMs: 300 });
    const error = await carrier.place(order()).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'ERR_CARRIER_UNKNOWN' });
    expect(JSON.stringify(error) + String((error as Error).stack) + String((error as Error).cause)).not.toContain('8000');
    await expect(() => carrier.place({ ...order(), signal: AbortSignal.timeout(50) })).toFailWith('ERR_CARRIER_UNKNOWN');
    respond = (_response, request) => request.socket.destroy();
    await expect(() => carrier.place(order())).toFailWith('ERR_CARRIER_UNKNOWN');
    await carrier.close();
  });

  it('knows that nothing was placed when no connection came about', async () => {
    await new Promise((resolve) => server.close(resolve));
    const carrier = createWebhookCarrier({ url, secrets: [secrets[0]] });
    expect(await carrier.place(order())).toEqual({ outcome: 'not-placed', cause: 'not-connected' });
    const nowhere = createWebhookCarrier({ url: 'https://dialler.invalid/orders', secrets: [secrets[0]] });
    expect(await nowhere.place(order())).toEqual({ outcome: 'not-placed', cause: 'not-connected' });
    await Promise.all([carrier.close(), nowhere.close()]);
    await new Promise<void>((resolve) => server.listen(0, resolve));
  });

  it('finds a call again by its id', async () => {
    const carrier = createWebhookCarrier({ url, secrets: [secrets[0]] });
    for (const [body, state] of [
      ['{"state":"placed"}', 'placed'],
      ['{"state":"not-placed"}', 'not-placed'],
      ['{"state":"ringing"}', 'unknown'],
      ['no', 'unknown'],
      ['null', 'unknown'],
      ['x'.repeat(200_000), 'unknown'],
    ] as const) {
      respond = (response) => response.end(body);
      expect(await carrier.find(order().callId)).toBe(state);
    }
    const { method, url: path, headers } = requests[0]!;
    expect(`${method} ${path}`).toBe(`GET /orders/${order().callId}`);
    new Webhook(secrets[0]).verify('', headers, { jsonParse: false });
    respond = (response) => response.writeHead(404).end();
    expect(await carrier.find(order().callId)).toBe('unknown'); // a wrong address is no proof that nothing was dialled
    await carrier.close();
  });

  it.each([
    'http://dialler.example/orders',
    'ftp://127.0.0.1/',
    'https://user:password@dialler.example/',
    'https://dialler.example/?token=1',
    'https://dialler.example/#x',
    'dialler.example',
    'http://127.0.0.1.example/',
    'http://10.0.0.1/',
  ])('refuses %s', async (bad) => {
    await expect(() => createWebhookCarrier({ url: bad, secrets: [secrets[0]] })).toFailWith('ERR_CARRIER_URL');
  });

  it('refuses secrets of another form, none and three', async () => {
    for (const bad of [[], ['whsec_short'], ['x'.repeat(60)], [...secrets, secrets[0]]]) {
      await expect(() => createWebhookCarrier({ url, secrets: bad })).toFailWith('ERR_CARRIER_SECRET');
    }
  });
});

describe('stateOf', () => {
  it('knows two states', () => {
    expect([stateOf('{"state":"placed"}'), stateOf('{"state":"not-placed"}'), stateOf('{}'), stateOf(undefined)]).toEqual([
      'placed',
      'not-placed',
      'unknown',
      'unknown',
    ]);
  });
});
