/** A second issuer, as a bank's Keycloak would be: its own keys, its own claims. */

import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateGrantKey } from '@numbra/grants';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

const [serverKey, stranger, holder] = await Promise.all([generateGrantKey(), generateGrantKey(), generateGrantKey()]);

describe('a bank with an authorization server of its own', () => {
  let keyServer: Server;
  let issuer: string;
  let test: TestGateway;
  beforeAll(async () => {
    keyServer = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [serverKey.publicJwk] })),
    );
    await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/realms/bank`;
    test = await startGateway('pglite', {
      authorizationServer: {
        issuer,
        jwksUri: `${issuer}/protocol/openid-connect/certs`,
        networks: ['loopback'],
        map: ({ campaign, calls }) =>
          typeof campaign !== 'string'
            ? undefined
            : { campaign, actions: ['dial'], ...(typeof calls === 'number' && { budget: { calls } }) },
      },
    });
  });
  afterAll(async () => {
    await test.close();
    keyServer.closeAllConnections();
    await new Promise((resolve) => keyServer.close(resolve));
  });

  /** As Keycloak writes them: `azp`, a list of audiences, claims that mean nothing here. */
  function token(
    change: Record<string, unknown> = {},
    { key = serverKey, header = {} }: { key?: typeof serverKey; header?: object } = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      azp: 'vendor-a',
      aud: [test.url, 'account'],
      sub: randomUUID(),
      typ: 'Bearer',
      acr: '1',
      jti: randomUUID(),
      iat: now,
      exp: now + 120,
      cnf: { jkt: holder.kid },
      campaign: 'c-a',
      ...change,
    };
    return new SignJWT(claims).setProtectedHeader({ alg: key.algorithm, typ: 'JWT', kid: serverKey.kid, ...header }).sign(key.privateKey);
  }
  let next = 0;
  const call = async (grant: string, key = holder): Promise<Answer> =>
    test.call({ ...test.a, key }, { dial_token: test.a.rows[next++ % 50]!.dialToken }, { grant });

  it('places calls with its tokens, within the limits of campaign, policy and token', async () => {
    const grant = await token({ calls: 1 });
    expect((await call(grant)).status).toBe(201);
    expect(await call(grant)).toMatchObject({ status: 403, code: 'budget-used' });
    const named = await token({ act: { sub: 'agent-9' } });
    expect((await call(named)).status).toBe(201);
    expect((await test.database.query('SELECT pseudonym FROM agent'))[0]).toEqual({ pseudonym: 'agent-9' });
    expect((await call(await test.grant(test.a), test.a.key)).status).toBe(201); // our own are taken all the same
  });

  it.each<[string, () => Promise<string>]>([
    ['another key', () => token({}, { key: stranger })],
    ['an unknown kid', () => token({}, { header: { kid: 'unknown' } })],
    ['another audience', () => token({ aud: ['account'] })],
    ['no binding', () => token({ cnf: undefined })],
    ['another vendor’s campaign', () => token({ campaign: 'c-b' })],
    ['no campaign', () => token({ campaign: undefined })],
    ['a campaign that does not exist', () => token({ campaign: 'c-nowhere' })],
    ['more calls than the campaign has', () => token({ calls: 501 })],
    ['no client', () => token({ azp: undefined })],
    ['a life of an hour', () => token({ exp: Math.floor(Date.now() / 1000) + 3600 })],
    ['its end reached', () => token({ iat: Math.floor(Date.now() / 1000) - 200, exp: Math.floor(Date.now() / 1000) - 80 })],
    ['typ refresh', () => token({}, { header: { typ: 'Refresh' } })],
    ['a jku', () => token({}, { header: { jku: 'https://attacker.example' } })],
    ['our issuer and its key', () => token({ iss: test.url })],
  ])('refuses its token with %s', async (_name, make) => {
    expect(await call(await make())).toMatchObject({ status: 401, code: 'grant-invalid' });
  });

  it('refuses its token with another holder’s proof, and as Bearer', async () => {
    expect(await call(await token(), stranger)).toMatchObject({ status: 401, code: 'proof-invalid' });
    const response = await fetch(`${test.url}/v1/calls/x`, { headers: { authorization: `Bearer ${await token()}` } });
    expect(response.status).toBe(401);
  });

  it('does not exchange its tokens, nor introspect them', async () => {
    const { exchange, postForm } = await import('../../../../tests/support/oauth.js');
    expect((await exchange(test, { key: stranger, form: { subject_token: await token() } })).status).toBe(400);
    expect((await postForm(test, '/oauth/introspect', { token: await token() }, { by: test.a })).body).toBe('{"active":false}');
  });
});
