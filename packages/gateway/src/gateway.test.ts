import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBank, openPostgres } from '@numbra/bank';
import { generateGrantKey } from '@numbra/grants';
import { describe, expect, inject, it } from 'vitest';
import { createTestBank, engines } from '../../../tests/support/banks.js';
import { startGateway } from '../../../tests/support/gateways.js';
import { callAdmin } from './admin/client.js';
import { createLoopbackCarrier } from './carriers/loopback.js';
import { createGateway } from './gateway.js';

describe.each(engines)('a gateway on %s', (engine) => {
  it('finishes the calls under way when it closes, settles and sequences them, and takes no new ones', async () => {
    const test = await startGateway(engine, { sequenceEveryMs: 60_000 });
    const grant = await test.grant(test.a);
    let release = (): void => {};
    let asked = (): void => {};
    const dialling = new Promise<void>((resolve) => {
      asked = resolve;
    });
    test.carrier.answer(async () => {
      asked();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { outcome: 'placed' };
    });
    const call = test.call(test.a, { dial_token: test.a.rows[0]!.dialToken }, { grant });
    await dialling;
    const closing = test.gateway.close();
    await expect(fetch(`${test.url}/readyz`)).rejects.toThrow();
    release();
    const answer = await call;
    expect(answer.status).toBe(201);
    await closing;
    expect(await test.bank.ledger.oldestPendingMs()).toBe(0);
    const { size } = await test.bank.ledger.verify();
    const types = [];
    for (let i = 0; i < size; i++) types.push((JSON.parse(await test.bank.ledger.entry(i)) as { type: string }).type);
    expect(types.slice(-2)).toEqual(['call.authorized', 'call.placed']);
    await test.close();
  });
});

it('answers 503 while the database is away, keeps nothing under the key, and works again by itself', async () => {
  const test = await startGateway('postgres');
  const grant = await test.grant(test.a);
  const [{ name } = { name: '' }] = await test.database.query<{ name: string }>('SELECT current_database() AS name');
  const admin = await openPostgres(inject('postgresUrl'));
  const order = () => test.call(test.a, { dial_token: test.a.rows[0]!.dialToken }, { grant, key: 'the-same' });
  await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  for (let i = 0; i < 3; i++) {
    const answer = await order();
    expect(answer).toMatchObject({ status: 503, code: 'unavailable' });
    expect(answer.headers['retry-after']).toBe('2');
  }
  expect((await fetch(`${test.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${test.url}/healthz`)).status).toBe(200);
  expect(test.carrier.orders).toHaveLength(0);
  await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  await expect.poll(async () => (await fetch(`${test.url}/readyz`)).status, { timeout: 10_000 }).toBe(200);
  expect((await order()).status).toBe(201);
  expect((await order()).status).toBe(201);
  expect(test.carrier.orders).toHaveLength(1);
  await expect.poll(() => test.bank.ledger.oldestPendingMs(), { timeout: 10_000 }).toBe(0);
  await admin.close();
  await test.close();
});

describe('a gateway', () => {
  it('refuses a busy port with a code, and leaves the bank as it was', async () => {
    const { bank, drop } = await createTestBank('pglite');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const gateway = await createGateway({ bank });
    await expect(() => gateway.listen({ port })).toFailWith('ERR_GATEWAY_PORT_BUSY');
    await gateway.close();
    const far = await createGateway({ bank });
    await expect(() => far.listen({ host: '203.0.113.1', port: 0 })).toFailWith('ERR_GATEWAY_ADDRESS');
    await far.close();
    await new Promise((resolve) => other.close(resolve));
    await drop();
  });

  it('refuses addresses that vendors could not trust', async () => {
    const { bank, drop } = await createTestBank('pglite');
    for (const issuer of [
      'http://bank.example',
      'https://bank.example/',
      'https://bank.example/x',
      'https://u@bank.example',
      'bank',
      'https://bank.example?x',
    ]) {
      await expect(() => createGateway({ bank, issuer })).toFailWith('ERR_GATEWAY_URL');
      await expect(() => createGateway({ bank, issuer: 'https://bank.example', resource: issuer })).toFailWith('ERR_GATEWAY_URL');
    }
    const gateway = await createGateway({ bank });
    await expect(() => gateway.listen({ host: '0.0.0.0', port: 0 })).toFailWith('ERR_GATEWAY_URL');
    await gateway.close();
    const named = await createGateway({ bank, issuer: 'https://bank.example', resource: 'https://resolver.bank.example' });
    const { url } = await named.listen({ port: 0 });
    const metadata = await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json();
    expect(metadata).toMatchObject({
      issuer: 'https://bank.example',
      token_endpoint: 'https://bank.example/oauth/token',
      numbra_resolver: 'https://resolver.bank.example',
    });
    await named.close();
    await drop();
  });

  it('does not serve a bank that was restored from an older copy', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'numbra-restored-'));
    const checkpointFile = join(folder, 'checkpoint');
    const { bank, database, keyring, drop } = await createTestBank('pglite', { checkpointFile });
    await bank.ledger.sequence();
    const [older] = await database.query<{ size: number; root: Uint8Array; tail: string }>(
      'SELECT size::int AS size, root, tail::text AS tail FROM ledger_head',
    );
    await bank.vendors.add({ id: 'vendor-a', jwks: { keys: [(await generateGrantKey()).publicJwk] } });
    await bank.ledger.sequence();
    await database.query('UPDATE ledger_head SET size = $1, root = $2, tail = $3::text::bigint[]', [older!.size, older!.root, older!.tail]);
    await database.query('DELETE FROM ledger_checkpoint WHERE size > $1', [older!.size]);

    const restored = await openBank({ database, keyring, checkpointFile });
    const gateway = await createGateway({ bank: restored });
    await expect(() => gateway.listen({ port: 0 })).toFailWith('ERR_LEDGER_OLDER_COPY');
    await gateway.close();
    await restored.close();
    await drop();
    await rm(folder, { recursive: true });
  });

  it('performs commands of this machine while it serves', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'numbra-gateway-admin-'));
    const { bank, drop } = await createTestBank('pglite');
    const gateway = await createGateway({ bank, carrier: createLoopbackCarrier() });
    await gateway.listen({ port: 0 });
    const socket = join(folder, 'run', 'admin.sock');
    await gateway.listenAdmin(socket, { 'customers.count': () => bank.customers.count() });
    expect(await callAdmin(socket, 'customers.count')).toMatchObject({ customers: 0 });
    await gateway.close();
    await expect(() => callAdmin(socket, 'customers.count')).toFailWith('ERR_ADMIN_UNREACHABLE');
    await drop();
    await rm(folder, { recursive: true });
  });
});
