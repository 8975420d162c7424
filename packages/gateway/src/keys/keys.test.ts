import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bank, type KeyService, openGatewayBank } from '@numbra/bank';
import { createGateway, type Gateway } from '@numbra/gateway';
import { createProof } from '@numbra/grants';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDatabase } from '../../../../tests/support/databases.js';
import {
  type Answer,
  readAnswer,
  startGateway,
  type TestCarrier,
  type TestGateway,
  type TestVendor,
  testCarrier,
  thumbprintOf,
} from '../../../../tests/support/gateways.js';
import { callAdmin } from '../admin/client.js';
import type { AdminServer } from '../admin/server.js';
import { connectKeys } from './client.js';
import { listenKeys } from './server.js';

/** The process with the keyring, and a gateway that is given nothing but the socket. */
describe('a gateway that is given only a key service', () => {
  let holder: TestGateway;
  let folder: string;
  let socket: string;
  let server: AdminServer | undefined;
  let keys: KeyService;
  let bank: Bank;
  let gateway: Gateway;
  let carrier: TestCarrier;
  let url: string;

  beforeAll(async () => {
    holder = await startGateway('postgres');
    folder = await mkdtemp(join(tmpdir(), 'numbra-keys-'));
    socket = join(folder, 'run', 'keys.sock');
    server = await listenKeys(socket, holder.bank.keyService);
    keys = connectKeys(socket, { timeoutMs: 2_000 });
    bank = await openGatewayBank({ database: holder.database, keys });
    carrier = testCarrier();
    gateway = await createGateway({ bank, carrier });
    ({ url } = await gateway.listen({ port: 0 }));
  });
  afterEach(async () => {
    server ??= await listenKeys(socket, holder.bank.keyService);
    vi.restoreAllMocks();
  });
  afterAll(async () => {
    await gateway.close();
    await bank.close();
    await server?.close();
    await holder.close();
    await rm(folder, { recursive: true });
  });

  async function grantOf(vendor: TestVendor, campaign = vendor.campaign): Promise<string> {
    const granted = await bank.grants.offer({ vendor: vendor.id, campaign });
    if (granted === undefined) throw new Error('no such campaign');
    return (await bank.grants.issue({ vendor: vendor.id, thumbprint: thumbprintOf(vendor.key), issuer: url, audience: url, granted }))
      .accessToken;
  }

  async function send(
    vendor: TestVendor,
    token: string,
    method: string,
    path: string,
    body?: unknown,
    key: string = randomUUID(),
  ): Promise<Answer> {
    const dpop = await createProof({
      key: vendor.key,
      htm: method,
      htu: `${url}${path.split('?', 1)[0]}`,
      accessToken: token,
      now: Date.now(),
      jti: randomUUID(),
    });
    const json = { 'content-type': 'application/json', 'idempotency-key': key };
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `DPoP ${token}`, dpop, ...(body !== undefined && json) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return readAnswer(answer);
  }
  const dial = (vendor: TestVendor, token: string, row: number) =>
    send(vendor, token, 'POST', '/v1/calls', { dial_token: vendor.rows[row]?.dialToken });
  const listen = async () => {
    server = await listenKeys(socket, holder.bank.keyService);
  };
  const stop = async () => {
    await server?.close();
    server = undefined;
  };

  it('issues grants, which stand in the ledger, and places calls', async () => {
    const token = await grantOf(holder.a);
    const answer = await dial(holder.a, token, 0);
    expect(answer.status).toBe(201);
    expect(carrier.orders).toHaveLength(1);
    const [{ entries } = { entries: 0 }] = await holder.database.query<{ entries: number }>(
      `SELECT count(*)::integer AS entries FROM issued_grant WHERE vendor = 'vendor-a'`,
    );
    expect(entries).toBeGreaterThan(0);
    await bank.ledger.sequence();
    expect(await bank.ledger.oldestPendingMs()).toBe(0);
    expect(await bank.ledger.checkpoint()).toContain(bank.ledger.origin);
  });

  it('reads lists, keeps notes and signs answers through the service', async () => {
    const token = await grantOf(holder.a);
    const list = await send(holder.a, token, 'GET', `/v1/campaigns/${holder.a.campaign}/list?rows=5`);
    expect(JSON.parse(list.body).rows).toHaveLength(5);
    const call = JSON.parse((await dial(holder.a, token, 1)).body) as { call_id: string };
    const outcome = await send(holder.a, token, 'POST', `/v1/calls/${call.call_id}/outcome`, {
      outcome: 'interested',
      note: '张三 asks for terms',
    });
    expect(outcome.status).toBe(200);
    const [kept] = await holder.bank.calls.outcomes(call.call_id);
    expect(kept?.note).toContain('asks for terms');
    expect(kept?.note).not.toContain('张三');
    expect(await bank.grants.statusList(url, 0)).toMatch(/^ey/);
    expect(await bank.grants.signIntrospection({ active: false }, { issuer: url, audience: 'x' })).toMatch(/^ey/);
  });

  it('verifies with a new key after a rotation where the keyring is', async () => {
    const before = await grantOf(holder.a);
    await holder.bank.grants.rotateKey();
    const after = await grantOf(holder.a);
    expect((await dial(holder.a, before, 2)).status).toBe(201);
    expect((await dial(holder.a, after, 3)).status).toBe(201);
  });

  it('has no way to the keys that are withheld', async () => {
    expect(Object.keys(keys).sort()).toEqual(
      [
        'ask',
        'assertCurrent',
        'bankKey',
        'beginHandover',
        'campaignKeys',
        'confirmHandover',
        'counts',
        'exchange',
        'issue',
        'openNumeric',
        'readList',
        'recordOutcome',
        'sequence',
        'signIntrospection',
        'statusList',
        'takeDeliveries',
      ].sort(),
    );
    for (const name of ['store', 'root', 'shred', 'decoys', '__proto__', 'constructor']) {
      await expect(() => keys.bankKey(name as 'index')).toFailWith('ERR_KEY_WITHHELD');
    }
    for (const operation of ['root', 'shred-key', 'unwrap', 'export', 'campaign.export', 'keys.rotate', '__proto__']) {
      await expect(() => callAdmin(socket, operation, {})).toFailWith('ERR_ADMIN_OPERATION');
    }
    for (const params of [null, { name: 'index', more: 1 }, { name: 7 }, []]) {
      await expect(() => callAdmin(socket, 'bank-key', params)).toFailWith('ERR_ADMIN_REQUEST');
    }
    const { withheld } = await keys.counts();
    expect(withheld).toBeGreaterThanOrEqual(6);
  });

  it("refuses an operator's acts", async () => {
    const campaign = {
      id: 'c-other',
      vendor: 'vendor-a',
      purpose: 'marketing.insurance.term-life',
      budgetCalls: 1,
      perCustomer: 1,
      perAgentPerHour: 1,
    };
    await expect(() => bank.campaigns.create(campaign)).toFailWith('ERR_KEY_WITHHELD');
    await expect(() => bank.campaigns.export(holder.a.campaign, { file: join(folder, 'list.csv') })).toFailWith('ERR_KEY_WITHHELD');
    await expect(() => bank.campaigns.shred(holder.a.campaign)).toFailWith('ERR_KEY_WITHHELD');
    await expect(() => bank.grants.rotateKey()).toFailWith('ERR_KEY_WITHHELD');
    await expect(() => bank.customers.import([{ customerId: 'C9', name: '李四', phone: '13800139999' }])).toFailWith('ERR_KEY_WITHHELD');
    await expect(() => bank.webhooks.add({ vendor: 'vendor-a', url: 'https://vendor.example/told' })).toFailWith('ERR_KEY_WITHHELD');
    expect(await holder.bank.campaigns.get('c-other')).toBeUndefined();
    expect(await holder.bank.webhooks.list()).toEqual([]);
  });

  it('is issued no grant beyond what campaign and policy offer', async () => {
    const granted = await bank.grants.offer({ vendor: 'vendor-a', campaign: holder.a.campaign });
    const order = { vendor: 'vendor-a', thumbprint: thumbprintOf(holder.a.key), issuer: url, audience: url };
    if (granted === undefined) throw new Error('no offer');
    const wider = { ...granted, budget: { ...granted.budget, calls: granted.budget.calls + 1 } };
    await expect(() => bank.grants.issue({ ...order, granted: wider })).toFailWith('ERR_DETAILS_WIDER');
    await expect(() => bank.grants.issue({ ...order, vendor: 'vendor-b', granted })).toFailWith('ERR_KEY_WITHHELD');
  });

  it('drops keys on a notification: nothing of a shredded campaign opens, nothing is dialled', async () => {
    const rows = await holder.list('vendor-a', { id: 'c-shredded' });
    const vendor = { ...holder.a, campaign: 'c-shredded', rows };
    const token = await grantOf(vendor);
    expect((await dial(vendor, token, 4)).status).toBe(201);
    const asked = vi.spyOn(holder.bank.keyService, 'campaignKeys');
    const dialled = carrier.orders.length;
    await holder.bank.campaigns.shred('c-shredded');
    await vi.waitFor(async () => {
      expect((await dial(vendor, token, 5)).code).toBe('campaign-closed');
      expect(asked).toHaveBeenCalledWith('c-shredded');
    });
    expect((await keys.campaignKeys('c-shredded'))?.generations).toEqual([]);
    expect(await keys.campaignKeys('c-none')).toBeUndefined();
    expect(carrier.orders).toHaveLength(dialled);
  });

  it('hands out no key of a campaign that is closed', async () => {
    await holder.list('vendor-b', { id: 'c-closed' });
    expect((await keys.campaignKeys('c-closed'))?.generations).toHaveLength(1);
    await holder.bank.campaigns.close('c-closed');
    expect((await keys.campaignKeys('c-closed'))?.generations).toEqual([]);
  });

  it('answers 503 and dials nothing while the service is down, and recovers by itself', async () => {
    const rows = await holder.list('vendor-b', { id: 'c-down' });
    const vendor = { ...holder.b, campaign: 'c-down', rows };
    const token = await grantOf(vendor);
    await stop();
    const dialled = carrier.orders.length;
    const key = randomUUID();
    const body = { dial_token: rows[0]?.dialToken };
    const answer = await send(vendor, token, 'POST', '/v1/calls', body, key);
    expect(answer).toMatchObject({ status: 503, code: 'unavailable' });
    expect(answer.headers['retry-after']).toBeDefined();
    expect(carrier.orders).toHaveLength(dialled);
    await expect(() => grantOf(vendor)).toFailWith('ERR_KEY_SERVICE_UNREACHABLE');
    await listen();
    expect((await send(vendor, token, 'POST', '/v1/calls', body, key)).status).toBe(201);
    expect(carrier.orders).toHaveLength(dialled + 1);
  });

  it('gives up on a service that does not answer', async () => {
    const silent = connectKeys(socket, { timeoutMs: 50 });
    let tooLate = (): void => {};
    vi.spyOn(holder.bank.keyService, 'counts').mockReturnValue(
      new Promise((_, reject) => {
        tooLate = () => reject(new Error('too late'));
      }),
    );
    await expect(() => silent.counts()).toFailWith('ERR_KEY_SERVICE_UNREACHABLE');
    tooLate();
  });

  it('has a socket of its owner alone, or of a group, and asks no other', async () => {
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    const shared = join(folder, 'shared');
    await mkdir(shared, { mode: 0o750 });
    await expect(() => listenKeys(join(shared, 'keys.sock'), holder.bank.keyService)).toFailWith('ERR_ADMIN_FOLDER_OPEN');
    const open = await listenKeys(join(shared, 'keys.sock'), holder.bank.keyService, { access: 'group' });
    expect((await stat(join(shared, 'keys.sock'))).mode & 0o777).toBe(0o660);
    await expect(connectKeys(join(shared, 'keys.sock')).counts()).resolves.toBeDefined();
    await chmod(shared, 0o770);
    await expect(() => connectKeys(join(shared, 'keys.sock')).counts()).toFailWith('ERR_KEY_SERVICE_FOLDER');
    await open.close();
    await expect(() => listenKeys(join(shared, 'keys.sock'), holder.bank.keyService, { access: 'group' })).toFailWith(
      'ERR_ADMIN_FOLDER_OPEN',
    );
    await expect(() => connectKeys(join(folder, 'none', 'keys.sock')).counts()).toFailWith('ERR_KEY_SERVICE_UNREACHABLE');
  });

  it('cannot open a bank where there is none', async () => {
    const { url: empty, drop } = await createDatabase();
    const { openPostgres } = await import('@numbra/bank');
    const database = await openPostgres(empty);
    await expect(() => openGatewayBank({ database, keys })).toFailWith('ERR_BANK_MISSING');
    await database.close();
    await drop();
  });
});
