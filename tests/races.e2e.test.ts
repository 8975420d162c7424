/**
 * Two gateways on one PostgreSQL, 64 requests at once, over HTTP: exactly one wins, and the others get the right answer. At the end the
 * same race without the lock on the customer: it must let more than one through, or these tests could not fail.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bank, createBank, type Database, type NewCampaign, openBank, openPostgres } from '@numbra/bank';
import { createGateway, type Gateway } from '@numbra/gateway';
import { createProof, exportGrantKey, type GrantKey, generateGrantKey } from '@numbra/grants';
import { importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testKeyring } from './support/banks.js';
import { createDatabase } from './support/databases.js';
import { type Answer, readAnswer, type TestCarrier, testCarrier } from './support/gateways.js';

const AT_ONCE = 64;
const CUSTOMERS = 100;
const ISSUER = 'https://bank.example';

const POLICY = `
numbra: 1
bank: demo-bank
time_zone: Asia/Shanghai
fields: { name: { class: C2 }, phone: { class: C3 } }
purposes:
  marketing:
    abstract: true
    consent: marketing
    legal_basis: consent
    recipients: [vendor-a]
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 } }
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
  marketing.free: {}
  marketing.capped: { caps: { per_customer: { purpose: { calls: 1, days: 60 } } } }
refusals: { sticky: false, per_day: 100000 }
linkability: { expected: 1, certain: 1000000 }
`;

interface List {
  readonly campaign: string;
  readonly tokens: readonly string[];
  readonly grant: string;
}

describe('two gateways on one PostgreSQL, 64 requests at once', () => {
  let database: Database;
  let bank: Bank;
  let urls: string[];
  let carrier: TestCarrier;
  let key: GrantKey;
  let folder: string;
  let end: () => Promise<void>;

  beforeAll(async () => {
    const { url, drop } = await createDatabase();
    database = await openPostgres(url);
    bank = await createBank({ database, keyring: testKeyring(), name: 'demo-bank', policy: POLICY });
    const other = await openPostgres(url);
    const banks = [bank, await openBank({ database: other, keyring: testKeyring() })];
    key = await generateGrantKey();
    await bank.vendors.add({ id: 'vendor-a', jwks: { keys: [key.publicJwk] } });
    await bank.customers.import(
      Array.from({ length: CUSTOMERS }, (_, i) => ({
        customerId: `C${String(i).padStart(6, '0')}`,
        name: '张三',
        phone: `1380013${String(8000 + i)}`,
        consents: ['marketing'],
      })),
    );
    folder = await mkdtemp(join(tmpdir(), 'numbra-races-'));
    carrier = testCarrier();
    const gateways: Gateway[] = [];
    for (const one of banks) gateways.push(await createGateway({ bank: one, carrier, issuer: ISSUER, sequenceEveryMs: 50 }));
    urls = await Promise.all(gateways.map(async (gateway) => (await gateway.listen({ port: 0 })).url));
    end = async () => {
      for (const gateway of gateways) await gateway.close();
      for (const one of banks) await one.close();
      await database.close();
      await other.close();
      await drop();
      await rm(folder, { recursive: true });
    };
  });
  afterAll(() => end());

  async function list(campaign: string, terms: Partial<NewCampaign> = {}): Promise<List> {
    const usual = { purpose: 'marketing.free', budgetCalls: 500, perCustomer: 100, perAgentPerHour: 1_000 };
    await bank.campaigns.create({ id: campaign, vendor: 'vendor-a', ...usual, ...terms });
    const file = join(folder, `${campaign}.csv`);
    const result = await bank.campaigns.export(campaign, { file });
    if (result.outcome !== 'exported') throw new Error(result.code);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(1);
    const granted = await bank.grants.offer({ vendor: 'vendor-a', campaign });
    if (granted === undefined) throw new Error('no such campaign');
    const order = { vendor: 'vendor-a', thumbprint: key.kid, issuer: ISSUER, audience: ISSUER, granted };
    const { accessToken: grant } = await bank.grants.issue(order);
    return { campaign, grant, tokens: lines.map((line) => line.split(',')[1] as string) };
  }
  const proofFor = (grant: string): Promise<string> =>
    createProof({ key, htm: 'POST', htu: `${ISSUER}/v1/calls`, accessToken: grant, now: Date.now(), jti: randomUUID() });

  interface Order {
    readonly body: object;
    readonly key: string;
    readonly dpop: string;
  }
  const orderOf = async ({ grant }: List, body: object, idempotencyKey: string = randomUUID()): Promise<Order> => ({
    body,
    key: idempotencyKey,
    dpop: await proofFor(grant),
  });

  /** Sends all at once, half to each gateway, and counts what comes back. */
  async function race(
    grant: string,
    orders: readonly Order[],
  ): Promise<{ counts: Record<string, number>; answers: Answer[]; orders: number }> {
    const before = carrier.orders.length;
    const answers = await Promise.all(
      orders.map(async ({ body, key: idempotencyKey, dpop }, i) =>
        readAnswer(
          await fetch(`${urls[i % 2]}/v1/calls`, {
            method: 'POST',
            headers: { authorization: `DPoP ${grant}`, dpop, 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
            body: JSON.stringify(body),
          }),
        ),
      ),
    );
    return { counts: count(answers), answers, orders: carrier.orders.length - before };
  }
  const count = (answers: readonly Answer[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { status, code } of answers) counts[code ?? status] = (counts[code ?? status] ?? 0) + 1;
    return counts;
  };
  const times = <T>(make: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: AT_ONCE }, (_, i) => make(i)));
  const taken = async (campaign: string) => {
    const { budgetCalls, budgetRemaining } = (await bank.campaigns.get(campaign))!;
    return budgetCalls - budgetRemaining;
  };

  it('one proof is one request', async () => {
    const one = await list('c-proof');
    const dpop = await proofFor(one.grant);
    const { counts, orders } = await race(
      one.grant,
      one.tokens.slice(0, AT_ONCE).map((dial_token) => ({ body: { dial_token }, key: randomUUID(), dpop })),
    );
    expect(counts).toEqual({ 201: 1, 'proof-invalid': 63 });
    expect([orders, await taken(one.campaign)]).toEqual([1, 1]);
  });

  it('one assertion is one grant', async () => {
    await list('c-assertion');
    const signer = await importJWK((await exportGrantKey(key)) as unknown as Parameters<typeof importJWK>[0], key.algorithm);
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'JWT' })
      .setIssuer('vendor-a')
      .setSubject('vendor-a')
      .setAudience(ISSUER)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(signer);
    const ask = async (i: number, nonce?: string): Promise<Answer> =>
      readAnswer(
        await fetch(`${urls[i % 2]}/oauth/token`, {
          method: 'POST',
          headers: {
            dpop: await createProof({
              key,
              htm: 'POST',
              htu: `${ISSUER}/oauth/token`,
              now: Date.now(),
              jti: randomUUID(),
              ...(nonce !== undefined && { nonce }),
            }),
          },
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: assertion,
            authorization_details: JSON.stringify([{ type: 'numbra_campaign', campaign: 'c-assertion', actions: ['dial'] }]),
          }),
        }),
      );
    const first = await ask(0); // refused for the nonce that it does not have yet, so nothing is burnt
    expect(first.code).toBe('use_dpop_nonce');
    const answers = await times((i) => ask(i, first.headers['dpop-nonce']));
    expect(count(answers)).toEqual({ 200: 1, invalid_client: 63 });
  });

  it('the last unit of a budget is one call', async () => {
    const one = await list('c-budget', { budgetCalls: 1 });
    const { counts, orders } = await race(one.grant, await times((i) => orderOf(one, { dial_token: one.tokens[i] })));
    expect(counts).toEqual({ 201: 1, 'budget-used': 63 });
    expect([orders, await taken(one.campaign)]).toEqual([1, 1]);
  });

  it('a cap of one on one customer is one call', async () => {
    const one = await list('c-cap', { purpose: 'marketing.capped' });
    const { counts, orders } = await race(one.grant, await times(() => orderOf(one, { dial_token: one.tokens[0] })));
    expect(counts).toEqual({ 201: 1, 'customer-unavailable': 63 });
    expect([orders, await taken(one.campaign)]).toEqual([1, 1]);
  });

  it('the last call of an agent is one call', async () => {
    const one = await list('c-agent', { perAgentPerHour: 1 });
    const { counts, orders, answers } = await race(
      one.grant,
      await times((i) => orderOf(one, { dial_token: one.tokens[i], agent: 'agent-last' })),
    );
    expect(counts).toEqual({ 201: 1, 'agent-limit': 63 });
    expect(orders).toBe(1);
    for (const { status, headers } of answers) if (status === 429) expect(headers['retry-after']).toBe('60');
  });

  it('one idempotency key is one call, and everybody is told of that one', async () => {
    const one = await list('c-key');
    const { counts, orders, answers } = await race(one.grant, await times(() => orderOf(one, { dial_token: one.tokens[0] }, 'the-key')));
    expect((counts[201] ?? 0) + (counts['idempotency-key-in-use'] ?? 0)).toBe(AT_ONCE);
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body)).size).toBe(1);
    expect([orders, await taken(one.campaign)]).toEqual([1, 1]);
  });

  it('one idempotency key with two bodies is one call, and the other body is refused', async () => {
    const one = await list('c-bodies');
    // Each body goes to both gateways.
    const { counts, orders } = await race(
      one.grant,
      await times((i) => orderOf(one, { dial_token: one.tokens[Math.floor(i / 2) % 2] }, 'two-bodies')),
    );
    expect(counts['idempotency-key-reused']).toBe(32);
    expect((counts[201] ?? 0) + (counts['idempotency-key-in-use'] ?? 0)).toBe(32);
    expect([orders, await taken(one.campaign)]).toEqual([1, 1]);
  });

  it('control: without the lock before the count, more than one goes through a cap of one', async () => {
    const one = await list('c-control', { purpose: 'marketing.capped' });
    const lock = 'PERFORM 1 FROM customer c WHERE c.id = ANY (customers) ORDER BY c.id FOR NO KEY UPDATE;';
    const [whole] = await database.query<{ text: string }>(`SELECT pg_get_functiondef('calls_read'::regproc) AS text`);
    expect(whole!.text).toContain(lock);
    await database.query(whole!.text.replace(lock, ''));
    try {
      let most = 0;
      for (const dial_token of one.tokens.slice(1, 40)) {
        const { counts } = await race(one.grant, await times(() => orderOf(one, { dial_token })));
        most = Math.max(most, counts[201] ?? 0);
        if (most > 1) break;
      }
      expect(most).toBeGreaterThan(1);
    } finally {
      await database.query(whole!.text);
    }
  });
});
