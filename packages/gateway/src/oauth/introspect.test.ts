import { generateGrantKey } from '@numbra/grants';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { comparable, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { assertionOf, claimsOf, exchange, postForm } from '../../../../tests/support/oauth.js';

const server = { id: 'core-banking', key: await generateGrantKey() };
const INACTIVE = { active: false };

describe.each(engines)('introspection on %s', (engine) => {
  let test: TestGateway;
  let grant: string;
  beforeAll(async () => {
    test = await startGateway(engine, { resourceServers: [{ id: server.id, jwks: { keys: [server.key.publicJwk] } }] });
    grant = await test.grant(test.a);
  });
  afterAll(() => test.close());

  const ask = (token: string | undefined, by: Parameters<typeof postForm>[3] = { by: server }) =>
    postForm(test, '/oauth/introspect', { token }, by);

  it('tells a resource server of the bank everything that a grant says', async () => {
    const answer = await ask(grant);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(answer.body)).toEqual({ active: true, token_type: 'DPoP', ...claimsOf(grant) });
    const child = JSON.parse((await exchange(test, { key: server.key, form: { subject_token: grant } })).body).access_token;
    expect(JSON.parse((await ask(child)).body)).toMatchObject({ active: true, act: { sub: 'agent-17' } });
  });

  it('tells a vendor of its own grants, and of all others what it tells of none', async () => {
    expect(JSON.parse((await ask(grant, { by: test.a })).body)).toMatchObject({ active: true, client_id: test.a.id });
    const revoked = await test.grant(test.a);
    await test.bank.grants.revoke((claimsOf(revoked)['authorization_details'] as [{ identifier: string }])[0].identifier);
    const answers = [];
    for (const token of [await test.grant(test.b), revoked, 'x', `${grant}x`, `${grant.slice(0, -4)}AAAA`, ''])
      answers.push(await ask(token, { by: test.a }));
    for (const answer of answers) {
      expect(JSON.parse(answer.body)).toEqual(INACTIVE);
      expect(comparable(answer)).toEqual(comparable(answers[0]!));
    }
  });

  it('signs the answer when asked to (RFC 9701), for who asked', async () => {
    const accept = 'application/token-introspection+jwt';
    const answer = await ask(grant, { by: server, headers: { accept } });
    expect(answer.headers['content-type']).toBe(accept);
    const { payload, protectedHeader } = await jwtVerify(answer.body, createLocalJWKSet(test.bank.grants.keys() as never), {
      issuer: test.url,
      audience: server.id,
      typ: 'token-introspection+jwt',
    });
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload['token_introspection']).toMatchObject({ active: true, jti: claimsOf(grant).jti });
    const nothing = await ask('x', { by: server, headers: { accept } });
    const signed = await jwtVerify(nothing.body, createLocalJWKSet(test.bank.grants.keys() as never));
    expect(signed.payload['token_introspection']).toEqual(INACTIVE);
  });

  it('is for known clients only, once an assertion', async () => {
    expect(await ask(grant, {})).toMatchObject({ status: 401, code: 'invalid_client' });
    expect(await ask(grant, { by: { id: 'nobody', key: server.key } })).toMatchObject({ status: 401, code: 'invalid_client' });
    expect(await ask(grant, { by: { id: test.a.id, key: server.key } })).toMatchObject({ status: 401, code: 'invalid_client' });
    expect(await ask(undefined)).toMatchObject({ status: 400, code: 'invalid_request' });
    const form = {
      token: grant,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertionOf(test.url, server),
    };
    expect((await postForm(test, '/oauth/introspect', form)).status).toBe(200);
    expect(await postForm(test, '/oauth/introspect', form)).toMatchObject({ status: 401, code: 'invalid_client' });
    expect(await ask(grant, { by: server, headers: { authorization: 'Basic eDp5' } })).toMatchObject({
      status: 401,
      code: 'invalid_client',
    });
  });

  it('gives a resource server no grants, and lets it revoke none', async () => {
    const details = JSON.stringify([{ type: 'numbra_campaign', campaign: test.a.campaign }]);
    const asked = { grant_type: 'client_credentials', authorization_details: details };
    expect(await postForm(test, '/oauth/token', asked, { by: server })).toMatchObject({ status: 401, code: 'invalid_client' });
    expect(await postForm(test, '/oauth/revoke', { token: grant }, { by: server })).toMatchObject({ status: 401, code: 'invalid_client' });
    expect(JSON.parse((await ask(grant)).body)).toMatchObject({ active: true });
  });
});
