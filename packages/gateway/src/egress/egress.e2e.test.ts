import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { createGateway, createLogger } from '@numbra/gateway';
import { generateGrantKey } from '@numbra/grants';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, type TestBank, testPolicy } from '../../../../tests/support/banks.js';
import { testCustomers } from '../../../../tests/support/customers.js';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { addVendors, createCampaign } from '../../../../tests/support/lists.js';
import { AddressBook } from '../addresses.js';
import { answerRoutes } from '../answers/routes.js';
import { evaluationRoutes } from '../authzen/routes.js';
import { CallAnswers } from '../calls/answers.js';
import { RequestMeter } from '../calls/requests.js';
import { callRoutes } from '../calls/routes.js';
import { deletionRoute } from '../campaigns/deletion-route.js';
import { campaignRoutes } from '../campaigns/routes.js';
import { handoverRoutes } from '../handovers/routes.js';
import { createApp } from '../http/app.js';
import { healthRoutes } from '../http/health.js';
import { ledgerRoutes } from '../ledger/routes.js';
import { createOAuthServer } from '../oauth/server.js';
import { problems } from '../problems/table.js';
import { WebhookSender } from '../webhooks/sender.js';
import { findRaw } from './find-raw.js';

const RAW = '13800138000';
const HIDDEN = Buffer.from(`call ${RAW} today`).toString('base64url');
const jws = (claims: object) =>
  [JSON.stringify({ alg: 'ES256', typ: 'at+jwt' }), JSON.stringify(claims), 'x'.repeat(64)]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

/** The tests' policy, which one person may change. */
const changeablePolicy = async (): Promise<string> =>
  `${(await testPolicy()).replace(/^approvals:.*\n/m, '')}approvals: { policy: { people: 0 } }\n`;

/** Every shape in which an answer leaves. */
const plants: Readonly<Record<string, (reply: FastifyReply) => FastifyReply>> = {
  'a member of a body': (reply) => reply.send({ call_id: 'call_AAAAAAAAAAAAAAAA', note: RAW }),
  'two neighbouring members': (reply) => reply.send({ a: RAW.slice(0, 5), b: RAW.slice(5) }),
  text: (reply) => reply.type('text/plain').serializer(String).send(`to ${RAW}`),
  bytes: (reply) => reply.type('application/octet-stream').send(Buffer.from(`to ${RAW}`)),
  'bytes that are no text': (reply) =>
    reply.type('application/octet-stream').send(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(RAW), Buffer.from([0x80])])),
  'a header': (reply) => reply.header('x-note', RAW).send({}),
  'an address': (reply) => reply.header('location', `/v1/calls/${RAW}`).send({}),
  'a path before an id': (reply) => reply.header('location', `/v1/${RAW.slice(0, 7)}/${RAW.slice(7)}/call_AAAAAAAAAAAAAAAA`).send({}),
  'a cookie': (reply) => reply.header('set-cookie', ['a=1', `b=${RAW}`]).send({}),
  'a file’s name': (reply) => reply.header('content-disposition', `attachment; filename="${RAW}.csv"`).send({}),
  'the body of an error': (reply) => reply.code(403).type('application/problem+json').serializer(String).send(`{"detail":"${RAW}"}`),
  'the claims of a grant': (reply) => reply.send({ access_token: jws({ sub: RAW, jti: 'a' }) }),
  'an id that is none': (reply) => reply.send({ call_id: `call_${Buffer.from(RAW).toString('base64url')}A` }),
  'an encoded member': (reply) => reply.send({ next: HIDDEN }),
  'a line of many': (reply) => reply.type('application/x-ndjson').send(Readable.from([`{"a":"${RAW}"}\n`])),
  'an event': (reply) => reply.type('text/event-stream').send(Readable.from([`event: call\ndata: {"to":"${RAW}"}\n\n`])),
  'a line cut in two': (reply) =>
    reply.type('application/x-ndjson').send(Readable.from([`{"a":"${RAW.slice(0, 6)}`, `${RAW.slice(6)}"}\n`])),
};

interface Route {
  readonly method: string;
  readonly url: string;
}

describe('what is bound for a vendor', () => {
  let test: TestBank;
  let app: FastifyInstance;
  let log = '';
  const routes: Route[] = [];
  let plant: (reply: FastifyReply) => FastifyReply;

  beforeAll(async () => {
    test = await createTestBank('pglite');
    const { bank } = test;
    const sink = new Writable({
      write(chunk, _encoding, done) {
        log += String(chunk);
        done();
      },
    });
    const logger = createLogger({ destination: sink });
    app = await createApp({ logger, version: '0', open: () => true });
    // In place of every route, authentication included: the answer that careless code would give.
    app.addHook('onRequest', async (_request, reply) => plant(reply));
    app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push({ method: each, url });
    });
    const addresses = new AddressBook('https://bank.example', undefined);
    const oauth = createOAuthServer({ bank, addresses, clock: Date.now, logger, certificates: false }, {});
    await oauth.register(app);
    const { authenticator, vendorKeys } = oauth;
    const guard = { onRequest: [], preHandler: async () => {} };
    const answers = new CallAnswers(authenticator, Date.now);
    const calls = bank.openCalls({});
    callRoutes(app, { calls, authenticator, meter: new RequestMeter({}, Date.now), clock: Date.now });
    campaignRoutes(app, { bank, guard, answers, vendorKeys });
    deletionRoute(app, { bank, vendorKeys });
    answerRoutes(app, { bank, guard, answers });
    handoverRoutes(app, { bank, guard, answers });
    evaluationRoutes(app, { bank, guard });
    ledgerRoutes(app, { bank, authenticator });
    healthRoutes(app, { look: async () => ({ open: true, database: true, ledger: true, carrier: true, keys: true }) });
    await app.ready();
  });
  afterAll(async () => {
    await app.close();
    await test.drop();
  });

  it('leaves by these routes and by no other', async () => {
    const gateway = await createGateway({ bank: test.bank });
    await gateway.app.ready();
    const tree = (each: FastifyInstance) => each.printRoutes({ commonPrefix: false }).split('\n').sort();
    // The document of the interface is of no vendor, and the test's own application serves it as well.
    expect(tree(app)).toEqual(tree(gateway.app));
    expect(routes.length).toBeGreaterThan(20);
    await gateway.close();
  });

  it.each(Object.entries(plants))('is held back by every route when it holds a number: %s', async (shape, answer) => {
    plant = answer;
    for (const { method, url } of [...routes, { method: 'GET', url: '/nothing/here' }]) {
      if (method === 'HEAD') continue; // its body is the one of GET, not sent
      log = '';
      const path = url.replace(/:(id|list)/g, 'x').replace('*', '0/000');
      const held = await app
        .inject({ method: method as 'GET', url: path })
        .then(({ statusCode, headers, body, rawPayload }) => ({ statusCode, text: JSON.stringify(headers) + body + rawPayload.toString() }))
        // Broken off in the middle, after what was harmless.
        .catch(() => ({ statusCode: 500, text: '' }));
      const place = `${method} ${url}`;
      expect([place, held.text.includes(RAW), held.text.includes(HIDDEN)]).toEqual([place, false, false]);
      expect([place, held.text.includes(RAW.slice(6))]).toEqual([place, false]);
      if (held.text !== '' && !shape.includes('cut')) expect([place, held.statusCode]).toEqual([place, 500]);
      expect(log).toContain('alert: the egress guard held an answer back');
      expect(log).toMatch(/"found":\[\{"kind":"phone","place":"(body|header [a-z-]+)"\}/);
      expect(log).not.toContain(RAW);
    }
  });

  it('passes when it is what the gateway says: our ids, tokens, grants, masks and times', async () => {
    const random = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url');
    for (let i = 0; i < 3_000; i++) {
      const call = `call_${random(12)}`;
      const texts = [
        JSON.stringify({ call_id: call, masked_phone: '*********38', state: 'placed' }),
        `/v1/calls/${call}`,
        JSON.stringify({ columns: ['reference'], rows: [[`nr1_${random(36)}`, `nd1_${random(36)}`, '*********00', '30-40']] }),
        JSON.stringify({
          access_token: jws({ iat: 1_795_423_090 + i, exp: 1_795_423_390 + i, jti: random(16), cnf: { jkt: random(32) } }),
        }),
        JSON.stringify({ type: 'call.ended', timestamp: '2026-11-25T08:01:00Z', data: { call_id: call, talk_seconds: 120 } }),
        `bank.example/ledger\n${5_305_994 + i}\n${Buffer.from(random(32), 'base64url').toString('base64')}\n\n— bank.example/ledger ${random(68)}\n`,
        String(1_795_423_090 + i),
      ];
      expect(findRaw(texts.map((text) => ({ place: String(i), text })))).toEqual([]);
    }
  });

  it('is fixed where no route answers: every problem is clean', () => {
    for (const [code, { title, detail }] of Object.entries(problems)) {
      expect(findRaw([{ place: code, text: `${code} ${title} ${detail}` }])).toEqual([]);
    }
  });
});

describe('what the bank hands over by other ways', () => {
  let test: TestGateway;
  let folder: string;
  beforeAll(async () => {
    test = await startGateway('pglite', { webhooks: { everyMs: 2 ** 30 }, policy: await changeablePolicy() });
    folder = await mkdtemp(join(tmpdir(), 'numbra-egress-'));
  });
  afterAll(async () => {
    await test.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['the body', `UPDATE webhook_delivery SET body = '{"type":"call.ended","data":{"to":"${RAW}"}}'`, 'body'],
    ['the address', `UPDATE webhook_endpoint SET url = 'http://127.0.0.1:1/${RAW}'`, 'address'],
    ['a header', `UPDATE webhook_delivery SET id = 'msg_${RAW}'`, 'header webhook-id'],
  ])('is held back from a webhook, and not tried again: %s', async (_place, planted, place) => {
    for (const { id } of await test.bank.webhooks.list()) await test.bank.webhooks.remove(id);
    await test.database.query('DELETE FROM webhook_delivery');
    const { id: endpoint } = await test.bank.webhooks.add({ vendor: test.a.id, url: 'http://127.0.0.1:1/told' });
    await test.database.query(
      `INSERT INTO webhook_delivery (id, endpoint, body, created_at, next_at) VALUES ('msg_AAAAAAAAAAAAAAAA', $1, '{}', now(), now())`,
      [endpoint],
    );
    await test.database.query(planted);
    const held: unknown[] = [];
    const { webhooks } = test.bank;
    const sender = new WebhookSender({
      webhooks,
      clock: Date.now,
      networks: ['loopback'],
      onError: (error) => Promise.reject(error),
      onHeld: (_delivery, found) => held.push(...found),
    });
    await sender.send();
    await sender.close();
    expect(held).toEqual([{ kind: 'phone', place }]);
    expect(await webhooks.dead()).toMatchObject([{ attempts: 1 }]);
    expect(await webhooks.take(1)).toEqual([]);
  });

  it('is refused where a webhook’s address, a vendor or a campaign is named', async () => {
    const { bank } = test;
    await expect(() => bank.webhooks.add({ vendor: test.a.id, url: `https://vendor.example/${RAW}` })).toFailWith('ERR_WEBHOOK_URL');
    const jwks = { keys: [(await generateGrantKey()).publicJwk] };
    await expect(() => bank.vendors.add({ id: RAW, jwks })).toFailWith('ERR_VENDOR_NAME');
    await expect(() => createCampaign(bank, `c-${RAW}`)).toFailWith('ERR_CAMPAIGN_NAME');
    expect(await bank.campaigns.get(`c-${RAW}`)).toBeUndefined();
  });

  it('comes in with no note: refused, or kept without it where the policy says so', async () => {
    const { bank, a } = test;
    await bank.policies.adopt(`${await changeablePolicy()}notes: redact\n`);
    let ended = '';
    for (const { dialToken } of a.rows) {
      const answer = await test.call(a, { dial_token: dialToken });
      if (answer.status !== 201) continue;
      ended = (JSON.parse(answer.body) as { call_id: string }).call_id;
      break;
    }
    const note = `call ${RAW}, or 一三八零零一三八零零零; card 4111 1111 1111 1111`;
    const say = () => test.call(a, { outcome: 'other', note }, { path: `/v1/calls/${ended}/outcome` });
    expect(await say()).toMatchObject({ status: 200 });
    expect(await bank.calls.outcomes(ended)).toMatchObject([{ note: 'call [phone], or [phone]; card [bank-card]' }]);
    await bank.policies.adopt(await changeablePolicy());
    expect(await say()).toMatchObject({ status: 422, code: 'note-refused' });
    expect(await bank.calls.outcomes(ended)).toHaveLength(1);
  });

  it('is refused in a list’s file, in its name, on its pages, and in what waits for its day', async () => {
    const own = await createTestBank('pglite', {
      policy: (await changeablePolicy())
        .replace('  balance: { class: C2 }\n', '  balance: { class: C2 }\n  age: { class: C2 }\n')
        .replace('purposes:\n', `bands:\n  age_band: { field: age, edges: [40], labels: [young, old], k: 20 }\npurposes:\n`)
        .replace(
          'refusals:',
          `  marketing.insurance.cards:
    consent: marketing.insurance
    legal_basis: consent
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 }, bands: [age_band] }
    recipients: [vendor-a, vendor-b]
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
    caps: { per_customer: { campaign: 9 }, per_agent_per_hour: 40, concurrent: 50 }
    pacing: { days: 2 }
refusals:`,
        ),
    });
    const { bank, database } = own;
    await addVendors(bank);
    const customers = testCustomers(400).map((customer, i) => ({
      ...customer,
      attributes: { ...customer.attributes, age: 20 + (i % 40) },
    }));
    await bank.customers.import(customers);
    const purpose = 'marketing.insurance.cards';
    await createCampaign(bank, 'c-clean', { purpose });
    const clean = join(folder, 'c-clean-2026-11-25.csv');
    expect(await bank.campaigns.export('c-clean', { file: clean })).toMatchObject({ outcome: 'exported', rows: 200 });
    const written = await readdir(folder);

    const name = customers[0]?.name as string;
    for (const file of [`${RAW}.csv`, `${customers[3]?.phone}.csv`, `list for ${name}.csv`]) {
      await expect(() => bank.campaigns.export('c-clean', { file: join(folder, file) })).toFailWith('ERR_EXPORT_FILE_NAME');
    }
    await database.query(`UPDATE member SET bands = $1 WHERE row_number = (SELECT min(row_number) FROM member)`, [RAW]);
    await expect(() => bank.campaigns.export('c-clean', { file: join(folder, 'again.csv') })).toFailWith('ERR_EXPORT_RAW_VALUE');
    await expect(() => bank.campaigns.readList({ campaign: 'c-clean', vendor: 'vendor-a' })).toFailWith('ERR_EXPORT_RAW_VALUE');
    // A name is found because it is a listed customer's: no pattern tells it from a label.
    await database.query(`UPDATE member SET bands = $1 WHERE bands = $2`, [name, RAW]);
    await expect(() => bank.campaigns.readList({ campaign: 'c-clean', vendor: 'vendor-a' })).toFailWith('ERR_EXPORT_RAW_VALUE');
    await database.query(`UPDATE member SET bands = 'young' WHERE bands = $1`, [name]);
    await database.query(`UPDATE waiting_member SET bands = $1, release_day = '2000-01-01'`, [RAW]);
    await expect(() => bank.campaigns.export('c-clean', { file: join(folder, 'waits.csv') })).toFailWith('ERR_EXPORT_RAW_VALUE');

    // A label of the policy's own is no exception.
    const policy = (bank.policies as { current(): { document: unknown } }).current().document;
    await bank.policies.adopt(JSON.stringify(policy).replace('"young"', `"${RAW}"`));
    await createCampaign(bank, 'c-label', { purpose });
    await expect(() => bank.campaigns.export('c-label', { file: join(folder, 'label.csv') })).toFailWith('ERR_EXPORT_RAW_VALUE');
    expect(await readdir(folder)).toEqual(written);
    await own.drop();
  });
});
