/**
 * `numbra-vendor` before a real gateway: software without any cryptography places calls by it, and nobody else on the machine does.
 * The line between them may be cut, and the gateway replaced, while requests are under way.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, stat } from 'node:fs/promises';
import { request as sendRequest } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createGateway, type Gateway } from '@numbra/gateway';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ListRow, readAnswer, startGateway, type TestGateway } from './support/gateways.js';
import { engines } from './support/stores.js';
import { type Line, layLine, type Program, prepareWorkplace, readText, type Workplace } from './vendor-desk/support.js';

const TERMS = { purpose: 'marketing.insurance.term-life', budgetCalls: 500, perCustomer: 2, perAgentPerHour: 40 };

describe.each(engines)('numbra-vendor on %s', (engine) => {
  let line: Line;
  let bank: TestGateway;
  let gateway: Gateway;
  let work: Workplace;
  let program: Program;
  let rows: readonly ListRow[];
  let keys = 0;

  async function openGateway(): Promise<void> {
    gateway = await createGateway({
      bank: bank.bank,
      carrier: bank.carrier,
      issuer: line.url,
      watchEveryMs: 50,
      requests: { requests: 1_000_000 },
    });
    line.target = (await gateway.listen({ port: 0 })).url;
  }

  async function closeGateway(): Promise<void> {
    line.target = undefined;
    await gateway.close();
  }

  beforeAll(async () => {
    line = await layLine();
    bank = await startGateway(engine);
    work = await prepareWorkplace(line, bank.a);
    rows = bank.a.rows;
    await openGateway();
    program = await work.serve();
  });
  afterAll(async () => {
    await program.stop();
    await closeGateway();
    await bank.close();
    await line.close();
    await work.remove();
  });
  beforeEach(() => {
    line.seen.length = 0;
  });
  afterEach(() => {
    line.onTheWay = (_request, passOn) => passOn();
    bank.carrier.answer(async () => ({ outcome: 'placed' }));
  });

  /** What any language would send: no grant, no proof. */
  function ask(path: string, { method = 'POST', body, ...more }: AskOptions = {}): Promise<Response> {
    const { secret = program.secret, campaign = bank.a.campaign, key = `key-${++keys}`, at = program.at, headers = {} } = more;
    return fetch(`${at}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        'numbra-campaign': campaign,
        ...(method !== 'GET' && { 'idempotency-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }
  const order = (row: ListRow | undefined, more: AskOptions = {}) =>
    ask('/v1/calls', { body: { dial_token: row?.dialToken, agent: 'agent-7' }, ...more });
  const paths = (path: string) => line.seen.filter((seen) => seen.path === path);

  it('places a call for plain HTTP, tells its state and takes its outcome', async () => {
    const before = bank.carrier.orders.length;
    const placed = await order(rows[0]);
    expect(placed.status).toBe(201);
    const call = (await placed.json()) as { call_id: string };
    expect(call).toEqual({ call_id: expect.any(String), masked_phone: rows[0]?.maskedPhone, state: 'placed' });
    expect(bank.carrier.orders).toHaveLength(before + 1);

    const state = await ask(`/v1/calls/${call.call_id}`, { method: 'GET' });
    expect([state.status, await state.json()]).toEqual([200, expect.objectContaining({ call_id: call.call_id, state: 'placed' })]);
    const outcome = await ask(`/v1/calls/${call.call_id}/outcome`, { body: { outcome: 'not-interested' } });
    expect([outcome.status, await outcome.json()]).toEqual([200, { call_id: call.call_id, outcome: 'not-interested' }]);
    expect(paths('/v1/calls')[0]?.headers).toMatchObject({ authorization: expect.stringMatching(/^DPoP ey/), dpop: expect.any(String) });
  });

  it("passes the bank's answers on unchanged: status, problem, request id", async () => {
    const refused = await readAnswer(await order(undefined, { body: { dial_token: 'nd1_forged' } }));
    expect([refused.status, refused.code]).toEqual([403, 'token-invalid']);
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect(refused.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(Object.keys(refused.headers)).not.toContain('dpop-nonce');
    expect((await readAnswer(await ask('/v1/calls', { body: '{' }))).code).toBe('request-malformed');
    expect((await readAnswer(await ask('/v1/calls/call_none', { method: 'GET' }))).code).toBe('not-found');
    expect(line.seen.filter(({ path }) => path.startsWith('/v1/'))).toHaveLength(3);
  });

  it('sends one key once, and its answer again', async () => {
    const before = bank.carrier.orders.length;
    const first = await (await order(rows[1], { key: 'same' })).text();
    expect(await (await order(rows[1], { key: 'same' })).text()).toBe(first);
    expect((await readAnswer(await order(rows[2], { key: 'same' }))).code).toBe('idempotency-key-reused');
    expect(bank.carrier.orders).toHaveLength(before + 1);
  });

  it('sends again what got lost on the way, with a new proof, and dials once', async () => {
    const before = bank.carrier.orders.length;
    let lost = 0;
    line.onTheWay = async (seen, passOn) => {
      const answer = await passOn();
      return seen.path === '/v1/calls' && lost++ < 2 ? 'cut' : answer;
    };
    expect((await order(rows[3])).status).toBe(201);
    expect(bank.carrier.orders).toHaveLength(before + 1);
    const sent = paths('/v1/calls');
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(new Set(sent.map(({ headers }) => headers['dpop'])).size).toBe(3);
  });

  it('survives a replay: what somebody sent before it makes it sign anew, and dials once', async () => {
    const before = bank.carrier.orders.length;
    let copied = false;
    line.onTheWay = async (seen, passOn) => {
      if (seen.path !== '/v1/calls' || copied) return passOn();
      copied = true;
      await passOn();
      return passOn(); // the same proof a second time: the gateway refuses it
    };
    expect((await order(rows[4])).status).toBe(201);
    expect(bank.carrier.orders).toHaveLength(before + 1);
  });

  it('takes up the nonces of token endpoint and resolver', async () => {
    line.onTheWay = async (seen, passOn) => {
      const answer = await passOn();
      if (seen.path !== '/v1/calls' || nonceOf(seen.headers['dpop']) !== undefined) return answer;
      const nonce = String((await tokenNonce(line)) ?? '');
      return { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': nonce }, body: Buffer.alloc(0) };
    };
    const other = await work.serve();
    expect((await order(rows[5], { at: other.at })).status).toBe(201);
    expect(paths('/oauth/token').length).toBeGreaterThanOrEqual(2); // the gateway's own challenge
    const sent = paths('/v1/calls');
    expect(sent.map(({ headers }) => nonceOf(headers['dpop']) !== undefined)).toEqual([false, true]);
    expect((await order(rows[5], { at: other.at })).status).toBeLessThan(500);
    expect(paths('/v1/calls')).toHaveLength(3);
    await other.stop();
  });

  it('renews a grant that the gateway takes no more', async () => {
    expect((await order(rows[6])).status).toBe(201);
    const grant = String(paths('/v1/calls')[0]?.headers['authorization']);
    await bank.bank.grants.revoke(claimsOf(grant).authorization_details?.[0]?.identifier ?? '');
    const before = bank.carrier.orders.length;
    line.seen.length = 0;
    expect((await order(rows[17])).status).toBe(201);
    expect(bank.carrier.orders).toHaveLength(before + 1);
    expect(paths('/v1/calls').map(({ headers }) => headers['authorization'] === grant)).toEqual([true, false]);
  });

  it('waits for a gateway that is replaced in the middle, and dials nobody twice', async () => {
    const before = bank.carrier.orders.length;
    const placing = Promise.all(Array.from({ length: 8 }, (_, i) => order(rows[7 + i])));
    await closeGateway();
    await openGateway();
    const answers = await placing;
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(bank.carrier.orders).toHaveLength(before + 8);
  });

  it('says what it knows when the gateway stays away', async () => {
    const known = await work.serve();
    await order(rows[15], { at: known.at }); // a grant is in hand: the order itself gets lost
    const target = line.target;
    line.target = undefined;
    try {
      const lost = await readAnswer(await order(rows[16], { at: known.at }));
      expect([lost.status, lost.code, lost.headers['retry-after']]).toEqual([504, 'desk-answer-lost', '5']);
      const other = await work.serve();
      const none = await readAnswer(await order(rows[16], { at: other.at }));
      expect([none.status, none.code]).toEqual([503, 'desk-bank-unavailable']);
      await other.stop();
    } finally {
      line.target = target;
    }
    expect((await order(rows[16], { at: known.at })).status).toBe(201);
    await known.stop();
  });

  it('asks for no more than a request needs: dial to call, list to read the list', async () => {
    const list = await ask(`/v1/campaigns/${bank.a.campaign}/list?rows=2`, { method: 'GET' });
    expect(list.status).toBe(200);
    expect(((await list.json()) as { rows: unknown[] }).rows).toHaveLength(2);
    const lines = await ask(`/v1/campaigns/${bank.a.campaign}/list`, { method: 'GET', headers: { accept: 'application/x-ndjson' } });
    expect((await lines.text()).trimEnd().split('\n')).toHaveLength(rows.length);
    const asked = paths('/oauth/token').map(({ body }) => new URLSearchParams(String(body)).get('authorization_details'));
    expect(new Set(asked)).toEqual(new Set(['[{"type":"numbra_campaign","campaign":"c-a","actions":["list"]}]']));
  });

  it('countersigns the manifest that it is sent, and nothing else', async () => {
    await bank.bank.campaigns.create({ id: 'c-signed', vendor: 'vendor-a', ...TERMS });
    const made = await bank.bank.campaigns.export('c-signed', { file: join(work.folder, 'signed.csv') });
    if (made.outcome !== 'exported') throw new Error('not exported');
    const path = `/v1/exports/${made.export}/countersignature`;
    const signed = await ask(path, { campaign: 'c-signed', body: made.manifest });
    expect([signed.status, await signed.json()]).toEqual([200, { export: made.export, campaign: 'c-signed', acknowledged: true }]);
    const before = line.seen.length;
    for (const body of [made.manifest.replace(made.export, 'export_other'), made.manifest.replace('c-signed', 'c-other'), '"text"'])
      expect((await readAnswer(await ask(path, { campaign: 'c-signed', body }))).code).toBe('desk-manifest');
    expect(line.seen).toHaveLength(before);
  });

  it("streams a call's events as they come", async () => {
    const { call_id: id } = (await (await order(rows[20])).json()) as { call_id: string };
    const leaving = new AbortController();
    const answer = await fetch(`${program.at}/v1/calls/${id}/events`, {
      headers: { authorization: `Bearer ${program.secret}`, 'numbra-campaign': bank.a.campaign, accept: 'text/event-stream' },
      signal: leaving.signal,
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const reader = answer.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(': watching\n\n');
    leaving.abort();
    await expect(reader?.read()).rejects.toThrow(/abort/i);
    await expect.poll(() => program.log()).toContain('"event":"left","route":"GET /v1/calls/:id/events"');
  });

  it("answers itself for a campaign that is not the vendor's, and goes on with the others", async () => {
    expect((await readAnswer(await order(rows[21], { campaign: 'c-nobodys' }))).code).toBe('desk-grant-refused');
    expect((await order(rows[21])).status).toBe(201);
  });

  describe('at the door', () => {
    const refusals: readonly (readonly [string, number, string, AskOptions])[] = [
      ['a wrong secret', 401, 'desk-secret-wrong', { secret: 'x'.repeat(43) }],
      ['the secret in another scheme', 401, 'desk-secret-wrong', { headers: { authorization: 'DPoP sss' } }],
      ['a page of a browser', 403, 'desk-browser-refused', { headers: { origin: 'http://127.0.0.1:8427' } }],
      ['a page without an origin', 403, 'desk-browser-refused', { headers: { origin: 'null' } }],
      ['a fetch of a browser', 403, 'desk-browser-refused', { headers: { 'sec-fetch-site': 'none' } }],
      ['a form', 415, 'desk-media-type', { headers: { 'content-type': 'text/plain' } }],
      ['no campaign', 400, 'desk-campaign-missing', { campaign: ' ' }],
      ['no idempotency key', 400, 'desk-idempotency-key-missing', { key: '' }],
      ['a body of 17 KB', 413, 'desk-too-large', { body: { dial_token: 'n'.repeat(17 << 10) } }],
    ];
    it.each(refusals)('refuses %s, and asks the bank nothing', async (_name, status, code, options) => {
      const answer = await readAnswer(await order(rows[30], options));
      expect([answer.status, answer.code]).toEqual([status, code]);
      expect(line.seen).toEqual([]);
    });

    it('refuses a body without a declared length once it is too long, and says so', async () => {
      const { port } = new URL(program.at);
      const headers = {
        authorization: `Bearer ${program.secret}`,
        'numbra-campaign': 'c-a',
        'idempotency-key': 'k',
        'content-type': 'application/json',
      };
      const sent = sendRequest({ host: '127.0.0.1', port, method: 'POST', path: '/v1/calls', headers });
      const answered = new Promise<string>((resolve, reject) => {
        sent
          .on('response', (response) => text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject))
          .on('error', reject);
      });
      sent.write('x'.repeat(20 << 10)); // and no end
      expect(await answered).toMatch(/^413 .*desk-too-large/);
      sent.destroy();
      expect(line.seen).toEqual([]);
    });

    it.each(['bank.example', 'localhost', '127.0.0.1:1', 'localhost:8427.attacker.example'])('refuses the host %s', async (host) => {
      const { port } = new URL(program.at);
      const sent = sendRequest({
        host: '127.0.0.1',
        port,
        path: '/v1/calls/call_1',
        headers: { host, authorization: `Bearer ${program.secret}` },
      });
      const answer = await new Promise<string>((resolve, reject) => {
        sent
          .on('response', (response) => text(response).then(resolve, reject))
          .on('error', reject)
          .end();
      });
      expect(answer).toContain('desk-browser-refused');
      expect(line.seen).toEqual([]);
    });

    it.each([
      ['GET', '/oauth/token', 404],
      ['POST', '/v1/calls/../../oauth/token', 404],
      ['GET', '/v1/calls/%2e%2e', 404],
      ['GET', '/metrics', 404],
      ['GET', '/v1/calls/call_1?x=1', 404],
      ['PUT', '/v1/calls', 405],
      ['OPTIONS', '/v1/calls', 405],
    ])('passes on no %s %s', async (method, path, status) => {
      const { port } = new URL(program.at);
      const sent = sendRequest({ host: '127.0.0.1', port, method, path, headers: { authorization: `Bearer ${program.secret}` } });
      const answered = await new Promise<number>((resolve, reject) => {
        sent
          .on('response', (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          })
          .on('error', reject)
          .end();
      });
      expect(answered).toBe(status);
      expect(line.seen).toEqual([]);
    });
  });

  it('serves a Unix socket that only its user may open, and takes the place of one that was left over', async () => {
    const socket = join(work.folder, 'desk.sock');
    const first = await work.serve('--socket', socket);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    const answer = await new Promise<string>((resolve, reject) => {
      sendRequest({ socketPath: socket, path: '/v1/calls/call_none', headers: { 'numbra-campaign': bank.a.campaign } })
        .on('response', (response) => text(response).then(resolve, reject))
        .on('error', reject)
        .end();
    });
    expect(answer).toContain('/problems/not-found');
    await expect(work.serve('--socket', socket)).rejects.toThrow('ERR_PROGRAM_SOCKET_IN_USE');
    await first.stop();
    const killed = spawn(process.execPath, [
      '-e',
      'require("net").createServer().listen(process.argv[1], () => console.log("up"))',
      socket,
    ]);
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect((await stat(socket)).isSocket()).toBe(true);
    const second = await work.serve('--socket', socket, '--socket-mode', '660');
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
    await second.stop();
    await expect(work.serve('--socket', work.keyFile)).rejects.toThrow('ERR_PROGRAM_SOCKET_IN_USE');
    expect(await readText(work.keyFile)).toContain('P-256');
  });

  it.each([0o640, 0o604, 0o620])('refuses a key file of mode %o, and a secret of it', async (mode) => {
    for (const file of [work.keyFile, `${work.keyFile}.secret`]) {
      await chmod(file, mode);
      await expect(work.serve()).rejects.toThrow('ERR_PROGRAM_FILE_OPEN_TO_OTHERS');
      await chmod(file, 0o600);
    }
  });

  it('makes a key and a secret that only their user may read, and never over others', async () => {
    const key = join(work.folder, 'new.key');
    const made = await work.command('init', '--key', key);
    expect(made.status).toBe(0);
    const [jwk] = (JSON.parse(made.out) as { keys: [Record<string, string>] }).keys;
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    for (const file of [key, `${key}.secret`]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    const before = await readText(key);
    const again = await work.command('init', '--key', key);
    expect([again.status, again.err]).toEqual([1, expect.stringContaining('ERR_PROGRAM_FILE_EXISTS')]);
    expect(await readText(key)).toBe(before);
    expect(made.out + made.err).not.toContain((JSON.parse(before) as { d: string }).d);
  });

  it('places one call from the shell', async () => {
    const identity = ['--issuer', line.url, '--client-id', 'vendor-a', '--key', work.keyFile, '--campaign', bank.a.campaign];
    const placed = await work.command('call', rows[40]?.dialToken ?? '', ...identity, '--agent', 'agent-7', '--idempotency-key', 'shell-1');
    expect([placed.status, JSON.parse(placed.out)]).toEqual([0, expect.objectContaining({ state: 'placed' })]);
    const refused = await work.command('call', 'nd1_forged', ...identity);
    expect([refused.status, JSON.parse(refused.out)]).toEqual([1, expect.objectContaining({ status: 403 })]);
    expect(refused.err).toMatch(/^--idempotency-key \S{22}\n$/);
  });

  it('logs what happened, and no token, key or secret', async () => {
    const quiet = await work.serve();
    await order(rows[41], { at: quiet.at, key: 'a-key-to-look-for' });
    expect(await quiet.stop()).toBe(0);
    const events = quiet
      .log()
      .trimEnd()
      .split('\n')
      .map((logged) => JSON.parse(logged) as Record<string, unknown>);
    expect(events.map(({ event }) => event)).toEqual(['listening', 'answered', 'stopping', 'stopped']);
    expect(events[1]).toMatchObject({
      route: 'POST /v1/calls',
      status: 201,
      campaign: bank.a.campaign,
      sent: 1,
      requestId: expect.any(String),
    });
    const secrets = [
      rows[41]?.dialToken ?? '',
      program.secret,
      'a-key-to-look-for',
      'eyJ',
      (JSON.parse(await readText(work.keyFile)) as { d: string }).d,
    ];
    expect(secrets.filter((secret) => quiet.log().includes(secret))).toEqual([]);
  });

  it('ends streams when it stops', async () => {
    const stopping = await work.serve();
    const { call_id: id } = (await (await order(rows[42], { at: stopping.at })).json()) as { call_id: string };
    const events = await ask(`/v1/calls/${id}/events`, { method: 'GET', at: stopping.at });
    const reading = events.text();
    const ended = stopping.stop();
    await expect(reading).rejects.toThrow();
    expect(await ended).toBe(0);
  });

  it('takes 64 calls at once with one grant: each is sent once, and answered by the bank', async () => {
    const list = await bank.list('vendor-a', { id: 'c-many', ...TERMS });
    const before = bank.carrier.orders.length;
    line.seen.length = 0;
    const answers = await Promise.all(
      Array.from({ length: 64 }, async (_, i) => {
        const { dialToken } = list[i % list.length] as ListRow;
        return readAnswer(await order(undefined, { campaign: 'c-many', body: { dial_token: dialToken, agent: `agent-${i}` } }));
      }),
    );
    const placed = answers.filter(({ status }) => status === 201);
    expect(placed.length).toBeGreaterThan(0);
    expect(bank.carrier.orders).toHaveLength(before + placed.length);
    const refusals = new Set(answers.filter((answer) => !placed.includes(answer)).map(({ code }) => code));
    const expected = ['customer-unavailable', 'customer-cap', 'concurrency-limit', 'probing-limit'];
    expect([...refusals].filter((code) => !expected.includes(code ?? ''))).toEqual([]);
    expect(new Set(paths('/v1/calls').map(({ headers }) => headers['idempotency-key'])).size).toBe(64);
    expect(paths('/v1/calls')).toHaveLength(64);
    expect(paths('/oauth/token')).toHaveLength(1);
  });
});

interface AskOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly secret?: string;
  readonly campaign?: string;
  readonly key?: string;
  readonly at?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Claims {
  readonly nonce?: string;
  readonly authorization_details?: readonly { readonly identifier: string }[];
}

function claimsOf(token: string | string[] | undefined): Claims {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString() || '{}') as Claims;
}

const nonceOf = (proof: string | string[] | undefined): string | undefined => claimsOf(proof).nonce;

/** A nonce of the gateway: its token endpoint gives one with every answer. */
async function tokenNonce({ target }: Line): Promise<string | null> {
  const answer = await fetch(`${target}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=none',
  });
  return answer.headers.get('dpop-nonce');
}
