import { hash, randomUUID, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { certificateThumbprint, generateGrantKey } from '@numbra/grants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { ASSERTION_TYPE, assertionOf, claimsOf, tokenProof } from '../../../../tests/support/oauth.js';
import { hasOpenssl, type KeyPair, pkiIn } from '../../../../tests/support/openssl.js';
import { isRegistered } from './certificate.js';

const thumbprintOf = ({ cert }: KeyPair): string => certificateThumbprint(new X509Certificate(cert).raw);

describe.skipIf(!hasOpenssl)('client certificates (needs openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'numbra-pki-'));
  let test: TestGateway;
  let pairs: Record<'server' | 'own' | 'stranger' | 'pki' | 'wildcard' | 'otherName' | 'otherCa' | 'rival', KeyPair>;
  let authority: KeyPair;

  beforeAll(async () => {
    const pki = pkiIn(folder);
    authority = pki.authority('Clients CA');
    pki.authority('Another CA');
    pairs = {
      server: pki.selfSigned('gateway', 'IP:127.0.0.1'),
      own: pki.selfSigned('vendor-own'),
      stranger: pki.selfSigned('stranger', 'DNS:client.vendor-pki.example'),
      pki: pki.signed('Clients CA', 'vendor-pki', 'DNS:client.vendor-pki.example'),
      wildcard: pki.signed('Clients CA', 'wildcard', 'DNS:*.vendor-pki.example'),
      otherName: pki.signed('Clients CA', 'client.vendor-pki.example', 'DNS:other.example'),
      otherCa: pki.signed('Another CA', 'other-ca', 'DNS:client.vendor-pki.example'),
      rival: pki.selfSigned('rival'),
    };
    test = await startGateway('pglite', { tls: { ...pairs.server, clientCa: authority.cert } });
    await test.database.query('UPDATE vendor SET certificate = $1 WHERE id = $2', [
      JSON.stringify({ method: 'self-signed', thumbprints: [thumbprintOf(pairs.own)] }),
      'vendor-a',
    ]);
    await test.database.query('UPDATE vendor SET certificate = $1 WHERE id = $2', [
      JSON.stringify({ method: 'pki', dnsName: 'client.vendor-pki.example' }),
      'vendor-b',
    ]);
  });
  afterAll(async () => {
    await test?.close();
    rmSync(folder, { recursive: true });
  });

  interface Sending {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
    readonly tls?: ConnectionOptions;
  }

  /** One request on a connection of its own. */
  function send(pair: KeyPair | undefined, path: string, { method = 'POST', headers = {}, body, tls = {} }: Sending): Promise<Answer> {
    const agent = new Agent({ ca: pairs.server.cert, ...(pair && { key: pair.key, cert: pair.cert }), ...tls });
    return new Promise((resolve, reject) => {
      const sent = request(`${test.url}${path}`, { method, headers, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          agent.destroy();
          const parsed = text === '' ? {} : (JSON.parse(text) as { type?: string; error?: string });
          const code = parsed.error ?? parsed.type?.split('/').at(-1);
          resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body: text, code });
        });
      });
      sent.on('error', reject).end(body);
    });
  }

  const formOf = (client_id: string, campaign: string, more: Record<string, string> = {}): string =>
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_id,
      authorization_details: JSON.stringify([{ type: 'numbra_campaign', campaign }]),
      ...more,
    }).toString();
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
  const ask = (pair: KeyPair | undefined, id: string, campaign: string, tls?: ConnectionOptions) =>
    send(pair, '/oauth/token', { headers: FORM, body: formOf(id, campaign), ...(tls && { tls }) });
  const call = (pair: KeyPair | undefined, headers: Record<string, string>, token: string) =>
    send(pair, '/v1/calls', {
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
      body: JSON.stringify({ dial_token: token }),
    });

  /** Vendor b's rows of customers whom vendor a calls in no test here: a customer on a call is unavailable to others. */
  async function rowsOfOthers() {
    const members = await test.database.query<{ hash: Uint8Array; customer: bigint }>('SELECT dial_hash AS hash, customer FROM member');
    const customers = new Map(members.map(({ hash: digest, customer }) => [Buffer.from(digest).toString('hex'), customer]));
    const customerOf = ({ dialToken }: { dialToken: string }) => customers.get(hash('sha256', dialToken, 'hex'));
    const called = [test.a.rows[0]!, test.a.rows[5]!].map(customerOf);
    return test.b.rows.filter((row) => !called.includes(customerOf(row)));
  }

  it('are offered in the metadata', async () => {
    const server = await send(undefined, '/.well-known/oauth-authorization-server', { method: 'GET' });
    expect(JSON.parse(server.body)).toMatchObject({
      tls_client_certificate_bound_access_tokens: true,
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
    });
    const resource = await send(undefined, '/.well-known/oauth-protected-resource', { method: 'GET' });
    expect(JSON.parse(resource.body)).toMatchObject({ bearer_methods_supported: ['header'], dpop_bound_access_tokens_required: false });
  });

  it.each([
    ['self-signed, known by its SHA-256', 'own', 'vendor-a', 'c-a'],
    ['signed by a trusted authority, known by its DNS name', 'pki', 'vendor-b', 'c-b'],
  ] as const)('%s: authenticates, binds the grant, and the grant works on its connections only', async (_name, which, vendor, campaign) => {
    const answer = await ask(pairs[which], vendor, campaign);
    expect(answer.status, answer.body).toBe(200);
    const { access_token: token, token_type: type } = JSON.parse(answer.body) as { access_token: string; token_type: string };
    expect(type).toBe('Bearer');
    expect(claimsOf(token)['cnf']).toEqual({ 'x5t#S256': thumbprintOf(pairs[which]) });
    const rows = vendor === 'vendor-a' ? test.a.rows : await rowsOfOthers();
    const bearer = { authorization: `Bearer ${token}` };
    expect((await call(pairs[which], bearer, rows[0]!.dialToken)).status).toBe(201);
    for (const pair of [undefined, pairs.rival, pairs.otherCa])
      expect(await call(pair, bearer, rows[1]!.dialToken)).toMatchObject({ status: 401, code: 'grant-invalid' });
    // Neither with the scheme of keys, nor with a proof beside it.
    const dpop = await test.proof(test.a, token, 'POST', '/v1/calls');
    for (const headers of [
      { authorization: `DPoP ${token}`, dpop },
      { ...bearer, dpop },
    ])
      expect(await call(pairs[which], headers, rows[1]!.dialToken)).toMatchObject({ status: 401, code: 'grant-invalid' });
  });

  it.each([
    ['no certificate', undefined, 'vendor-a'],
    ['another certificate', 'rival', 'vendor-a'],
    ["another vendor's", 'pki', 'vendor-a'],
    ['the right name, signed by itself', 'stranger', 'vendor-b'],
    ['the right name, signed by another authority', 'otherCa', 'vendor-b'],
    ['a wildcard for the name', 'wildcard', 'vendor-b'],
    ['the name in the subject only', 'otherName', 'vendor-b'],
    ['a vendor that nobody registered', 'own', 'vendor-z'],
  ] as const)('%s: refused, with one answer', async (_name, which, vendor) => {
    const answer = await ask(which && pairs[which], vendor, 'c-a');
    expect(answer).toMatchObject({ status: 401, code: 'invalid_client' });
    expect(answer.body).toBe((await ask(undefined, 'vendor-z', 'c-a')).body);
  });

  it('bind the grant of a client that proves itself by an assertion, too', async () => {
    const by = async (pair: KeyPair) =>
      send(pair, '/oauth/token', {
        headers: FORM,
        body: formOf('vendor-a', 'c-a', { client_assertion_type: ASSERTION_TYPE, client_assertion: await assertionOf(test.url, test.a) }),
      });
    expect(claimsOf(JSON.parse((await by(pairs.own)).body).access_token)['cnf']).toHaveProperty('x5t#S256');
    expect(await by(pairs.rival)).toMatchObject({ status: 401, code: 'invalid_client' });
  });

  it('leave grants bound to keys as they are: a key-bound grant is not taken as Bearer', async () => {
    const key = await generateGrantKey();
    const body = formOf('vendor-a', 'c-a', {
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await assertionOf(test.url, test.a),
    });
    const answer = await send(undefined, '/oauth/token', { headers: { ...FORM, dpop: await tokenProof(test, key) }, body });
    const { access_token: token, token_type: type } = JSON.parse(answer.body) as { access_token: string; token_type: string };
    expect(type).toBe('DPoP');
    const dial = test.a.rows[5]!.dialToken;
    expect(await call(pairs.own, { authorization: `Bearer ${token}` }, dial)).toMatchObject({ status: 401, code: 'grant-invalid' });
    const dpop = await test.proof({ ...test.a, key }, token, 'POST', '/v1/calls');
    expect((await call(undefined, { authorization: `DPoP ${token}`, dpop }, dial)).status).toBe(201);
  });

  it('come over TLS 1.3 or not at all', async () => {
    await expect(ask(pairs.own, 'vendor-a', 'c-a', { maxVersion: 'TLSv1.2' })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_SSL|ECONNRESET|EPROTO/),
    });
  });

  it('are judged by the time of each request, not of the handshake', () => {
    const certificate = new X509Certificate(pairs.own.cert);
    const presented = { certificate, thumbprint: thumbprintOf(pairs.own), trusted: false };
    const registered = { method: 'self-signed' as const, thumbprints: [thumbprintOf(pairs.own)] };
    expect(isRegistered(presented, registered, Date.now())).toBe(true);
    expect(isRegistered(presented, registered, Date.parse(certificate.validTo) + 1)).toBe(false);
    expect(isRegistered(presented, registered, Date.parse(certificate.validFrom) - 1)).toBe(false);
    expect(isRegistered(presented, undefined, Date.now())).toBe(false);
  });
});

describe.skipIf(!hasOpenssl)('a gateway that trusts no authority (needs openssl)', () => {
  it('knows no certificate by its name, whoever signed it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'numbra-pki-'));
    const pki = pkiIn(folder);
    pki.authority('CA');
    const client = new X509Certificate(pki.signed('CA', 'client', 'DNS:client.vendor.example').cert);
    const presented = { certificate: client, thumbprint: certificateThumbprint(client.raw), trusted: false };
    expect(isRegistered(presented, { method: 'pki', dnsName: 'client.vendor.example' }, Date.now())).toBe(false);
    expect(isRegistered({ ...presented, trusted: true }, { method: 'pki', dnsName: 'client.vendor.example' }, Date.now())).toBe(true);
    rmSync(folder, { recursive: true });
  });
});
