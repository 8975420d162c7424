/** A small bank on a real socket, which checks assertions and proofs with jose and nothing of ours. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { calculateJwkThumbprint, createLocalJWKSet, EmbeddedJWK, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVendorClient, type VendorClientOptions } from './client.js';
import { generateVendorKey } from './key.js';

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
type Reply = { status: number; body?: object | string; headers?: Record<string, string>; hangUp?: boolean };

const key = await generateVendorKey();
const OPTIONS = { agent: 'agent-7', idempotencyKey: 'order-1' };
const PLACED: Reply = { status: 201, body: { call_id: 'call_1', masked_phone: '*********00', state: 'placed' } };
const problem = (status: number, code: string, headers: Record<string, string> = {}): Reply => ({
  status,
  body: { type: `https://numbra.dev/problems/${code}`, title: 'x' },
  headers,
});

class TestBank {
  seen: Seen[] = [];
  jtis = new Set<string>();
  /** Answers of the resolver in turn; the last one stays. */
  replies: Reply[] = [PLACED];
  tokenReplies: Reply[] = [];
  nonce: { token?: string; resolver?: string } = {};
  now = new Date();
  issued = 0;
  metadata: (metadata: Record<string, unknown>) => unknown = (metadata) => metadata;
  server = createServer((request, response) => {
    this.answer(request, response).catch((error: unknown) => {
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: 'invalid_request', failed: String(error) }));
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  paths(path: string): Seen[] {
    return this.seen.filter((seen) => seen.path === path);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = { path: request.url ?? '', headers: request.headers, body: await text(request) };
    this.seen.push(seen);
    const reply = await this.reply(seen, request.method ?? '');
    if (reply.hangUp) return void request.socket.destroy();
    const body = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {});
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(body);
  }

  async reply(seen: Seen, method: string): Promise<Reply> {
    const url = this.url;
    if (seen.path === '/.well-known/oauth-authorization-server')
      return { status: 200, body: this.metadata({ issuer: url, token_endpoint: `${url}/oauth/token`, numbra_resolver: url }) as object };
    if (seen.path === '/oauth/token') return this.token(seen);
    const token = /^DPoP (.+)$/.exec(seen.headers.authorization ?? '')?.[1] ?? '';
    const proof = await this.proof(seen, method, token);
    const [jkt] = token.split(':');
    if (proof.jkt !== jkt) throw new Error('another key');
    const { resolver } = this.nonce;
    if (resolver !== undefined && proof.nonce !== resolver)
      return { status: 401, headers: { 'dpop-nonce': resolver, 'www-authenticate': 'DPoP error="use_dpop_nonce"' } };
    return this.replies.length > 1 ? (this.replies.shift() as Reply) : (this.replies[0] as Reply);
  }

  async token(seen: Seen): Promise<Reply> {
    const proof = await this.proof(seen, 'POST', undefined);
    const form = new URLSearchParams(seen.body);
    const keys = createLocalJWKSet(key.jwks as unknown as JSONWebKeySet);
    const { payload } = await jwtVerify(form.get('client_assertion') ?? '', keys, {
      issuer: 'vendor-42',
      subject: 'vendor-42',
      audience: this.url,
      maxTokenAge: 300,
      currentDate: this.now,
      requiredClaims: ['jti', 'exp'],
    });
    if (typeof payload.aud !== 'string') throw new Error('aud must be one string');
    this.once(payload.jti);
    const { token } = this.nonce;
    if (token !== undefined && proof.nonce !== token)
      return { status: 400, headers: { 'dpop-nonce': token }, body: { error: 'use_dpop_nonce' } };
    const scripted = this.tokenReplies.shift();
    if (scripted) return scripted;
    const details = JSON.parse(form.get('authorization_details') ?? '') as [{ campaign: string }];
    this.issued += 1;
    return {
      status: 200,
      body: {
        access_token: `${proof.jkt}:${details[0].campaign}:${this.issued}`,
        token_type: 'DPoP',
        expires_in: 300,
        authorization_details: details,
      },
    };
  }

  async proof(seen: Seen, htm: string, accessToken: string | undefined): Promise<{ jkt: string; nonce: unknown }> {
    const { payload, protectedHeader } = await jwtVerify(String(seen.headers.dpop), EmbeddedJWK, {
      typ: 'dpop+jwt',
      maxTokenAge: 60,
      currentDate: this.now,
    });
    const ath = accessToken === undefined ? undefined : createHash('sha256').update(accessToken).digest('base64url');
    expect(payload).toMatchObject({ htm, htu: `${this.url}${seen.path}` });
    expect(payload.ath).toBe(ath);
    this.once(payload.jti);
    return { jkt: await calculateJwkThumbprint(protectedHeader.jwk as object), nonce: payload.nonce };
  }

  once(jti: string | undefined): void {
    if (jti === undefined || this.jtis.has(jti)) throw new Error('seen before');
    this.jtis.add(jti);
  }
}

let bank: TestBank;
beforeEach(async () => {
  bank = new TestBank();
  await new Promise<void>((resolve) => bank.server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  bank.server.closeAllConnections();
  await new Promise((resolve) => bank.server.close(resolve));
});
const client = (more: Partial<VendorClientOptions> = {}) =>
  createVendorClient({
    issuer: bank.url,
    clientId: 'vendor-42',
    key: key.privateJwk,
    campaign: 'c-1',
    clock: () => bank.now.getTime(),
    ...more,
  });

describe('placing a call', () => {
  it('asks for a grant once, makes a fresh proof each time and sends nothing but token, reference and agent', async () => {
    const { calls } = client();
    expect(await calls.place('nd1_a', OPTIONS)).toEqual({ outcome: 'placed', callId: 'call_1', maskedPhone: '*********00' });
    await calls.place('nd1_b', { ...OPTIONS, idempotencyKey: 'order-2', reference: 'nr1_b' });
    expect(bank.paths('/oauth/token')).toHaveLength(1);
    const details = new URLSearchParams(bank.paths('/oauth/token')[0]?.body).get('authorization_details');
    expect(JSON.parse(details ?? '')).toEqual([{ type: 'numbra_campaign', campaign: 'c-1', actions: ['dial'] }]);
    const requests = bank.paths('/v1/calls');
    expect(requests.map(({ body }) => JSON.parse(body))).toEqual([
      { dial_token: 'nd1_a', agent: 'agent-7' },
      { dial_token: 'nd1_b', agent: 'agent-7', reference: 'nr1_b' },
    ]);
    expect(requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['order-1', 'order-2']);
  });

  it('asks for one grant when many calls begin at once, and one for each campaign', async () => {
    const { calls } = client();
    await Promise.all(Array.from({ length: 20 }, (_, i) => calls.place('nd1_a', { idempotencyKey: `k${i}` })));
    await calls.place('nd1_a', { idempotencyKey: 'other', campaign: 'c-2' });
    expect(bank.issued).toBe(2);
  });

  it('renews a grant before it ends', async () => {
    const { calls } = client();
    const later = (seconds: number) => {
      bank.now = new Date(bank.now.getTime() + seconds * 1000);
    };
    await calls.place('nd1_a', OPTIONS);
    later(280);
    await calls.place('nd1_a', OPTIONS);
    expect(bank.issued).toBe(1);
    later(15);
    await calls.place('nd1_a', OPTIONS);
    expect(bank.issued).toBe(2);
  });

  it('repeats with the nonces of token endpoint and resolver, and keeps them', async () => {
    bank.nonce = { token: 'nonce-a', resolver: 'nonce-b' };
    const { calls } = client();
    expect(await calls.place('nd1_a', OPTIONS)).toMatchObject({ outcome: 'placed' });
    expect(await calls.place('nd1_a', OPTIONS)).toMatchObject({ outcome: 'placed' });
    expect(bank.paths('/oauth/token')).toHaveLength(2);
    expect(bank.paths('/v1/calls')).toHaveLength(3);
  });

  it('returns a refusal as an answer, and does not repeat it', async () => {
    bank.replies = [problem(403, 'customer-unavailable')];
    expect(await client().calls.place('nd1_a', OPTIONS)).toRefuse('customer-unavailable');
    bank.replies = [problem(429, 'agent-limit', { 'retry-after': '1' })];
    expect(await client().calls.place('nd1_a', OPTIONS)).toRefuse('agent-limit');
    expect(bank.paths('/v1/calls')).toHaveLength(2);
  });

  it('asks for another grant when the resolver refuses the one in hand, once', async () => {
    const refused: Reply = { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } };
    bank.replies = [refused, PLACED];
    expect(await client().calls.place('nd1_a', OPTIONS)).toMatchObject({ outcome: 'placed' });
    expect(bank.issued).toBe(2);
    bank.replies = [refused];
    await expect(() => client().calls.place('nd1_a', OPTIONS)).toFailWith('ERR_CLIENT_GRANT_REFUSED');
    expect(bank.issued).toBe(4);
  });
});

describe('repeating', () => {
  it('sends the same key and body again after a broken connection and after 503', async () => {
    bank.replies = [{ status: 0, hangUp: true }, problem(503, 'store-unavailable', { 'retry-after': '0' }), PLACED];
    expect(await client().calls.place('nd1_a', OPTIONS)).toMatchObject({ outcome: 'placed' });
    const requests = bank.paths('/v1/calls');
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map(({ body, headers }) => `${headers['idempotency-key']} ${body}`)).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers.dpop)).size).toBe(3);
  });

  it('waits for an earlier request with the same key', async () => {
    bank.replies = [problem(409, 'idempotency-key-in-progress', { 'retry-after': '0' }), PLACED];
    expect(await client().calls.place('nd1_a', OPTIONS)).toMatchObject({ outcome: 'placed' });
  });

  it('ends after the attempts it was given', async () => {
    bank.replies = [problem(503, 'store-unavailable', { 'retry-after': '0' })];
    await expect(() => client({ attempts: 3 }).calls.place('nd1_a', OPTIONS)).toFailWith('ERR_CLIENT_UNAVAILABLE');
    expect(bank.paths('/v1/calls')).toHaveLength(3);
  });

  it('does not wait longer than it was told to', async () => {
    bank.replies = [problem(503, 'store-unavailable', { 'retry-after': '3600' })];
    await expect(() => client().calls.place('nd1_a', OPTIONS)).toFailWith('ERR_CLIENT_UNAVAILABLE');
    expect(bank.paths('/v1/calls')).toHaveLength(1);
  });

  it('says that the fate of a call is not known when the bank cannot be reached', async () => {
    await expect(() => client({ issuer: 'http://127.0.0.1:1', attempts: 1 }).calls.place('nd1_a', OPTIONS)).toFailWith(
      'ERR_CLIENT_NETWORK',
    );
  });

  it('makes a new assertion and a new proof for a repeated token request', async () => {
    bank.tokenReplies = [{ status: 503, headers: { 'retry-after': '0' } }];
    expect(await client().calls.place('nd1_a', OPTIONS)).toMatchObject({ outcome: 'placed' });
    expect(bank.paths('/oauth/token')).toHaveLength(2);
  });

  it('asks again at the next call after the bank refused a grant', async () => {
    bank.tokenReplies = [{ status: 401, body: { error: 'invalid_client' } }];
    const { calls } = client();
    await expect(() => calls.place('nd1_a', OPTIONS)).toFailWith('ERR_CLIENT_GRANT_REFUSED');
    expect(await calls.place('nd1_a', OPTIONS)).toMatchObject({ outcome: 'placed' });
  });

  it('stops when its caller does', async () => {
    bank.replies = [problem(503, 'store-unavailable', { 'retry-after': '20' })];
    const aborter = new AbortController();
    const placing = client().calls.place('nd1_a', { ...OPTIONS, signal: aborter.signal });
    setTimeout(() => aborter.abort(new Error('enough')), 200);
    await expect(placing).rejects.toThrow('enough');
  });
});

describe('what it does not do', () => {
  it('follow a redirect with grant and proof', async () => {
    bank.replies = [{ status: 307, headers: { location: `${bank.url}/elsewhere` } }];
    await expect(() => client().calls.place('nd1_a', OPTIONS)).toFailWith('ERR_CLIENT_ANSWER');
    expect(bank.paths('/elsewhere')).toHaveLength(0);
  });

  it.each([
    ['another issuer', (metadata: object) => ({ ...metadata, issuer: 'https://bank.example' })],
    ['an open line', (metadata: object) => ({ ...metadata, token_endpoint: 'http://bank.example/oauth/token' })],
    ['no resolver', (metadata: object) => ({ ...metadata, numbra_resolver: undefined })],
    ['nothing', () => null],
  ])('trust metadata that name %s', async (_name, change) => {
    bank.metadata = change;
    await expect(() => client().calls.place('nd1_a', OPTIONS)).toFailWith('ERR_CLIENT_METADATA');
    expect(bank.seen.every(({ path }) => path.startsWith('/.well-known/'))).toBe(true);
  });

  it('send anything when an argument is wrong', async () => {
    const { calls } = client();
    await expect(() => calls.place('', OPTIONS)).toFailWith('ERR_CLIENT_OPTION');
    await expect(() => calls.place('nd1_a', { idempotencyKey: 'two words' })).toFailWith('ERR_CLIENT_OPTION');
    await expect(() => calls.get('../admin')).toFailWith('ERR_CLIENT_OPTION');
    await expect(() => client({ issuer: 'http://bank.example' })).toFailWith('ERR_CLIENT_OPTION');
    await expect(() => createVendorClient({ issuer: bank.url, clientId: 'v', key: key.privateJwk }).calls.get('call_1')).toFailWith(
      'ERR_CLIENT_OPTION',
    );
    expect(bank.seen).toEqual([]);
  });
});

it('looks a call up', async () => {
  bank.replies = [{ status: 200, body: { call_id: 'call_1', masked_phone: '*********00', state: 'answered' } }];
  expect(await client().calls.get('call_1')).toEqual({ callId: 'call_1', maskedPhone: '*********00', state: 'answered' });
  bank.replies = [problem(404, 'not-found')];
  await expect(() => client().calls.get('call_2')).toFailWith('ERR_CLIENT_NOT_FOUND');
});
