import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { WebhookSender } from './sender.js';

interface Told {
  readonly headers: Record<string, string>;
  readonly body: string;
}

describe.each(engines)('webhooks on %s', (engine) => {
  let test: TestGateway;
  let server: Server;
  let url: string;
  let told: Told[] = [];
  let status = 204;
  let row = 0;

  beforeAll(async () => {
    // Nothing is sent by itself: each test says when.
    test = await startGateway(engine, { webhooks: { everyMs: 2 ** 30 } });
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        told.push({ headers: request.headers as Record<string, string>, body });
        response.writeHead(status, status === 302 ? { location: `${url}/elsewhere` } : {}).end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`;
  });
  afterAll(async () => {
    await test.close();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  beforeEach(async () => {
    for (const { id } of await test.bank.webhooks.list()) await test.bank.webhooks.remove(id);
    await test.database.query('DELETE FROM webhook_delivery');
    told = [];
    status = 204;
  });

  function sender(networks: ('loopback' | 'public')[] = ['loopback'], hosts?: string[]): WebhookSender {
    const { webhooks } = test.bank;
    return new WebhookSender({ webhooks, clock: Date.now, onError: (error) => Promise.reject(error), networks, ...(hosts && { hosts }) });
  }
  /** A call of vendor A's that is over. */
  async function endCall(): Promise<string> {
    for (;;) {
      const answer = await test.call(test.a, { dial_token: test.a.rows[row++]!.dialToken });
      if (answer.status !== 201) continue;
      const { call_id } = JSON.parse(answer.body) as { call_id: string };
      await test.bank.calls.ended(call_id, { result: 'answered', talkSeconds: 41 });
      return call_id;
    }
  }
  const states = async () =>
    (await test.database.query<{ state: string; attempts: number }>('SELECT state, attempts FROM webhook_delivery ORDER BY id')).map(
      ({ state, attempts }) => `${state} ${attempts}`,
    );
  const due = () => test.database.query('UPDATE webhook_delivery SET next_at = created_at');

  it('tell the end of a call, signed so that any implementation verifies it', async () => {
    const { secret } = await test.bank.webhooks.add({ vendor: test.a.id, url });
    await test.bank.webhooks.add({ vendor: test.b.id, url });
    const call = await endCall();
    const one = sender();
    await one.send();
    expect(told).toHaveLength(1);
    const verified = new Webhook(secret).verify(told[0]!.body, told[0]!.headers);
    expect(verified).toEqual({
      type: 'call.ended',
      timestamp: expect.stringMatching(/:00Z$/),
      data: { call_id: call, campaign: test.a.campaign, state: 'answered', at: expect.stringMatching(/:00Z$/), talk_seconds: 50 },
    });
    expect(() => new Webhook(secret).verify(`${told[0]!.body} `, told[0]!.headers)).toThrow();
    await one.send();
    expect(told).toHaveLength(1);
    expect(await states()).toEqual(['delivered 1']);
    const [stored] = await test.database.query<{ text: string }>(
      'SELECT e::text AS text FROM webhook_endpoint e WHERE removed_at IS NULL LIMIT 1',
    );
    expect(stored!.text).not.toContain(secret.slice(6));
    await one.close();
  });

  it('are sent again by the table, with the same id, and end as dead letters that a hand replays', async () => {
    await test.bank.webhooks.add({ vendor: test.a.id, url });
    await endCall();
    status = 500;
    const one = sender();
    for (let attempt = 1; attempt <= 10; attempt++) {
      await one.send();
      await one.send(); // not before its time
      expect(told).toHaveLength(attempt);
      await due();
    }
    await one.send();
    expect(told).toHaveLength(10);
    expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const [dead] = await test.bank.webhooks.dead();
    expect(dead).toMatchObject({ vendor: test.a.id, attempts: 10, answered: 500 });
    status = 200;
    expect(await test.bank.webhooks.replay('msg_other')).toBe(0);
    expect(await test.bank.webhooks.replay(dead!.id)).toBe(1);
    await one.send();
    expect(told).toHaveLength(11);
    expect(await test.bank.webhooks.dead()).toEqual([]);
    await one.close();
  });

  it('go to two who send at once only once', async () => {
    await test.bank.webhooks.add({ vendor: test.a.id, url });
    for (let i = 0; i < 3; i++) await endCall();
    const both = [sender(), sender()];
    await Promise.all(both.map((one) => one.send()));
    expect(told).toHaveLength(3);
    for (const one of both) await one.close();
  });

  it('follow no redirect, reach no network that is not allowed, and no host outside the list', async () => {
    await test.bank.webhooks.add({ vendor: test.a.id, url });
    await endCall();
    status = 302;
    const senders = [sender(), sender(['public']), sender(['loopback'], ['vendor.example'])];
    for (const one of senders) {
      await one.send();
      await due();
      await one.close();
    }
    expect(told.map(({ headers }) => headers['webhook-id'])).toHaveLength(1);
    expect(await states()).toEqual(['pending 3']);
  });

  it('stop where the vendor says that it is gone', async () => {
    await test.bank.webhooks.add({ vendor: test.a.id, url });
    await endCall();
    status = 410;
    const one = sender();
    await one.send();
    expect(await test.bank.webhooks.list()).toEqual([]);
    await endCall();
    await one.send();
    expect(told).toHaveLength(1);
    await one.close();
  });

  it.each([
    'http://vendor.example/x',
    'https://user@vendor.example',
    'https://vendor.example/#x',
    'https://vendor.example/?x',
    'ftp://x',
    'x',
  ])('are not registered at %s', async (address) => {
    await expect(() => test.bank.webhooks.add({ vendor: test.a.id, url: address })).toFailWith('ERR_WEBHOOK_URL');
    await expect(() => test.bank.webhooks.add({ vendor: 'nobody', url })).toFailWith('ERR_WEBHOOK_VENDOR');
    expect(await test.bank.webhooks.list()).toEqual([]);
  });
});
