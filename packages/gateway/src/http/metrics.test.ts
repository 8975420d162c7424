import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { listenMetrics } from './metrics-listener.js';

let world: TestGateway;
beforeAll(async () => {
  world = await startGateway('postgres', { breaker: { failures: 1, pauseMs: 60_000 } });
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => world.close());

/** The value of one series; `undefined`: there is none. */
async function series(name: string, labels = ''): Promise<number | undefined> {
  const text = await world.gateway.metrics();
  const line = text.split('\n').find((each) => each.startsWith(`${name}${labels} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

const readyz = async () => (await fetch(`${world.url}/readyz`)).status;
/** What was seen is kept for half a second. */
const later = () => new Promise((resolve) => setTimeout(resolve, 550));

describe('metrics', () => {
  it('count calls by state and refusals by group, with the time of a dial', async () => {
    const before = (await series('numbra_calls_total', '{state="placed"}')) ?? 0;
    expect((await world.call(world.a, { dial_token: world.a.rows[0]?.dialToken })).status).toBe(201);
    await world.call(world.a, { dial_token: world.b.rows[0]?.dialToken });
    expect(await series('numbra_calls_total', '{state="placed"}')).toBe(before + 1);
    expect(await series('numbra_refusals_total', '{group="token"}')).toBe(1);
    expect(await series('numbra_refusals_total', '{group="customer"}')).toBe(0);
    expect(await series('numbra_dial_seconds_count', '{outcome="answered"}')).toBe(2);
  });

  it('count failed authentications by reason', async () => {
    await fetch(`${world.url}/v1/calls`, { method: 'POST', headers: { authorization: 'DPoP forged', dpop: 'forged' } });
    const text = await world.gateway.metrics();
    expect(text).toMatch(/numbra_authentication_failures_total\{reason="ERR_[A-Z_]+"\} 1/);
  });

  it('tell how the ledger, the grants and the key service are', async () => {
    expect(await series('numbra_ledger_oldest_pending_seconds')).toBeLessThan(60);
    expect(await series('numbra_grants_kept')).toBeGreaterThan(0);
    expect(await series('numbra_webhooks_dead')).toBe(0);
    expect(await series('numbra_calls_unknown')).toBe(0);
    expect(await series('numbra_key_service_total', '{what="withheld"}')).toBe(0);
    expect(await series('numbra_ready', '{check="database"}')).toBe(1);
  });

  it('name nobody', async () => {
    await world.call(world.a, { dial_token: world.a.rows[1]?.dialToken, agent: 'agent-seventeen' }, { key: randomUUID() });
    const text = await world.gateway.metrics();
    for (const name of [
      'vendor-a',
      'vendor-b',
      'c-a',
      'c-b',
      'agent-seventeen',
      'nd1_',
      'nr1_',
      'grant_',
      'call_',
      '138001',
      'marketing',
    ]) {
      expect(text).not.toContain(name);
    }
  });

  it('are not on the public address', async () => {
    expect((await fetch(`${world.url}/metrics`)).status).toBe(404);
  });

  it('are read on loopback, under its own name', async () => {
    const { url } = await world.gateway.listenMetrics({ port: 0 });
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('numbra_calls_total');
    const ready = await fetch(`${url}/readyz`);
    expect(await ready.json()).toEqual({ ready: true, checks: { open: true, database: true, ledger: true, carrier: true, keys: true } });
    expect((await fetch(`${url}/`)).status).toBe(404);
    const rebound = await new Promise<number | undefined>((resolve, reject) => {
      request(`${url}/metrics`, { headers: { host: 'attacker.example' } }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(rebound).toBe(421);
    const { port } = new URL(url);
    await expect(() => world.gateway.listenMetrics({ port: Number(port) })).toFailWith('ERR_GATEWAY_PORT_BUSY');
    await expect(() =>
      listenMetrics({ host: '0.0.0.0', port: 0 }, { metrics: async () => '', contentType: '' } as never, async () => ({}) as never),
    ).toFailWith('ERR_METRICS_ADDRESS');
  });
});

describe('readiness', () => {
  it('is there when everything is', async () => {
    await later();
    expect(await readyz()).toBe(200);
  });

  it('ends when the store takes no writes', async () => {
    await later();
    vi.spyOn(world.bank, 'isWritable').mockResolvedValue(false);
    expect(await readyz()).toBe(503);
    expect(await world.gateway.readiness()).toMatchObject({ database: false, ledger: true });
    expect(world.log()).toContain('"missing":["database"]');
  });

  it('ends when the database or the key service does not answer', async () => {
    await later();
    vi.spyOn(world.bank, 'isWritable').mockRejectedValue(new Error('gone'));
    vi.spyOn(world.bank.keyService, 'counts').mockRejectedValue(new Error('gone'));
    expect(await world.gateway.readiness()).toMatchObject({ database: false, keys: false });
  });

  it('ends, with an alert told once, when an entry waits for its position for 60 seconds', async () => {
    await later();
    const waited = vi.spyOn(world.bank.ledger, 'oldestPendingMs').mockResolvedValue(60_000);
    expect(await readyz()).toBe(503);
    await later();
    expect(await readyz()).toBe(503);
    expect(await series('numbra_alerts_total', '{alert="ledger-unsequenced"}')).toBe(1);
    expect(world.log().split('no position in the ledger').length - 1).toBe(1);
    waited.mockRestore();
    await later();
    expect(await readyz()).toBe(200);
  });

  it('ends while the carrier does not answer', async () => {
    world.carrier.answer(async () => {
      throw new Error('gone');
    });
    expect((await world.call(world.a, { dial_token: world.a.rows[2]?.dialToken })).status).toBe(201);
    await later();
    expect(await readyz()).toBe(503);
    expect(await world.gateway.readiness()).toMatchObject({ carrier: false, database: true });
    expect(await series('numbra_calls_total', '{state="unknown"}')).toBe(1);
  });
});
