/**
 * A running gateway with customers, two vendors and their lists, over real HTTP.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Bank, Carrier, CarrierAnswer, CarrierOrder, Database, NewCampaign } from '@numbra/bank';
import type { Keyring } from '@numbra/core';
import { createGateway, createLogger, type Gateway, type GatewayOptions } from '@numbra/gateway';
import { createProof, type GrantedCampaign, type GrantKey, generateGrantKey } from '@numbra/grants';
import { createTestBank, type Engine } from './banks.js';

export interface ListRow {
  readonly reference: string;
  readonly dialToken: string;
  readonly maskedPhone: string;
}

/** A carrier that remembers whom it dialled, and answers as it is told. */
export interface TestCarrier extends Carrier {
  readonly orders: { readonly callId: string; readonly number: string }[];
  readonly hungUp: string[];
  answer(how: (order: CarrierOrder) => Promise<CarrierAnswer>): void;
}

export interface TestVendor {
  readonly id: string;
  readonly key: GrantKey;
  readonly rows: readonly ListRow[];
  readonly campaign: string;
}

export interface TestGateway {
  readonly bank: Bank;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly gateway: Gateway;
  readonly url: string;
  readonly carrier: TestCarrier;
  readonly a: TestVendor;
  readonly b: TestVendor;
  /** Everything that was logged, as text. */
  log(): string;
  /** A grant for a vendor's campaign, issued by the bank without the token endpoint. */
  grant(vendor: TestVendor, options?: GrantOptions): Promise<string>;
  /** A proof for a request with a grant. */
  proof(
    vendor: TestVendor,
    grant: string,
    method: string,
    path: string,
    change?: Partial<Parameters<typeof createProof>[0]>,
  ): Promise<string>;
  /** Orders a call by hand. */
  call(vendor: TestVendor, body: unknown, options?: CallOptions): Promise<Answer>;
  /** Creates, exports and reads another list. */
  list(vendor: string, campaign: Partial<NewCampaign> & { readonly id: string }): Promise<ListRow[]>;
  close(): Promise<void>;
}

export interface GrantOptions {
  readonly key?: GrantKey;
  readonly campaign?: string;
  /** Narrower than what is offered. */
  readonly actions?: GrantedCampaign['actions'];
}

export interface CallOptions {
  readonly grant?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly path?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The last part of a problem's type. */
  readonly code: string | undefined;
}

export function testCarrier(): TestCarrier {
  let how: (order: CarrierOrder) => Promise<CarrierAnswer> = async () => ({ outcome: 'placed' });
  const orders: { callId: string; number: string }[] = [];
  const hungUp: string[] = [];
  return {
    name: 'test',
    orders,
    hungUp,
    async hangUp(callId) {
      if (hungUp.includes(callId) || !orders.some((order) => order.callId === callId)) return 'not-under-way';
      hungUp.push(callId);
      return 'done';
    },
    answer(next) {
      how = next;
    },
    async place(order) {
      orders.push({ callId: order.callId, number: order.number.use(String) });
      return how(order);
    },
    async find(callId) {
      return orders.some((order) => order.callId === callId) ? 'placed' : 'not-placed';
    },
  };
}

const CUSTOMERS = 60;
export const customerPhone = (i: number): string => `1380013${String(8000 + i)}`;

/** @param engine - a database of its own on an engine, or an empty one at an address */
export async function startGateway(
  engine: Engine | { readonly url: string },
  { policy, ...options }: Partial<GatewayOptions> & { readonly policy?: string } = {},
): Promise<TestGateway> {
  const { bank, database, keyring, drop } = await createTestBank(engine, policy === undefined ? {} : { policy });
  const folder = await mkdtemp(join(tmpdir(), 'numbra-gateway-'));
  await bank.customers.import(
    Array.from({ length: CUSTOMERS }, (_, i) => ({
      customerId: `C${String(i).padStart(6, '0')}`,
      name: '张三',
      phone: customerPhone(i),
      consents: ['marketing.insurance'],
    })),
  );

  async function list(vendor: string, campaign: Partial<NewCampaign> & { readonly id: string }): Promise<ListRow[]> {
    await bank.campaigns.create({
      vendor,
      purpose: 'marketing.insurance.term-life',
      budgetCalls: 500,
      perCustomer: 2,
      perAgentPerHour: 40,
      ...campaign,
    });
    const file = join(folder, `${campaign.id}.csv`);
    const result = await bank.campaigns.export(campaign.id, { file });
    if (result.outcome !== 'exported') throw new Error(`not exported: ${result.code}`);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(1);
    return lines.map((line) => {
      const [reference = '', dialToken = '', maskedPhone = ''] = line.split(',');
      return { reference, dialToken, maskedPhone };
    });
  }
  async function vendor(id: string, campaign: string): Promise<TestVendor> {
    const key = await generateGrantKey();
    await bank.vendors.add({ id, jwks: { keys: [key.publicJwk] } });
    return { id, key, campaign, rows: await list(id, { id: campaign }) };
  }
  const a = await vendor('vendor-a', 'c-a');
  const b = await vendor('vendor-b', 'c-b');

  const carrier = testCarrier();
  let logged = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const gateway = await createGateway({
    bank,
    carrier,
    logger: createLogger({ level: 'debug', destination }),
    sequenceEveryMs: 50,
    ...options,
  });
  const { url } = await gateway.listen({ port: 0 });

  const started: TestGateway = {
    bank,
    database,
    keyring,
    gateway,
    url,
    carrier,
    a,
    b,
    log: () => logged,
    list,
    async grant(holder, { key = holder.key, campaign = holder.campaign, actions } = {}) {
      const granted = await bank.grants.offer({ vendor: holder.id, campaign });
      if (granted === undefined) throw new Error('no such campaign');
      const order = {
        vendor: holder.id,
        thumbprint: thumbprintOf(key),
        issuer: url,
        audience: url,
        granted: { ...granted, ...(actions && { actions }) },
      };
      return (await bank.grants.issue(order)).accessToken;
    },
    proof: (holder, grant, method, path, change) =>
      createProof({
        key: holder.key,
        htm: method,
        htu: `${url}${path}`,
        accessToken: grant,
        now: Date.now(),
        jti: randomUUID(),
        ...change,
      }),
    async call(holder, body, { grant, key = randomUUID(), headers = {}, method = 'POST', path = '/v1/calls' } = {}) {
      const token = grant ?? (await started.grant(holder));
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `DPoP ${token}`,
          dpop: await started.proof(holder, token, method, path),
          ...(method === 'POST' && { 'content-type': 'application/json', 'idempotency-key': key }),
          ...headers,
        },
        ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return readAnswer(answer);
    },
    async close() {
      await gateway.close();
      await drop();
      await rm(folder, { recursive: true });
    },
  };
  return started;
}

/** The kid of a generated key is its thumbprint. */
export const thumbprintOf = (key: GrantKey): string => key.kid;

export async function readAnswer(response: Response): Promise<Answer> {
  const body = await response.text();
  let code: string | undefined;
  try {
    const { type, error } = JSON.parse(body) as { type?: string; error?: string };
    code = error ?? type?.slice(type.lastIndexOf('/') + 1);
  } catch {
    code = undefined;
  }
  return { status: response.status, headers: Object.fromEntries(response.headers), body, code };
}

/** What may differ between two answers that tell the same. */
export function comparable({ status, headers, body }: Answer): unknown {
  const { date: _date, 'x-request-id': _id, ratelimit: _left, ...rest } = headers;
  return { status, headers: rest, body };
}
