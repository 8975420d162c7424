/** A foreign client, unmodified: https://github.com/panva/openid-client */
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../support/gateways.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

describe('openid-client', () => {
  let test: TestGateway;
  let config: client.Configuration;
  beforeAll(async () => {
    test = await startGateway('pglite');
    config = await client.discovery(
      new URL(test.url),
      test.a.id,
      undefined,
      client.PrivateKeyJwt({ key: test.a.key.privateKey as client.CryptoKey, kid: test.a.key.kid }),
      { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
    );
  });
  afterAll(() => test.close());

  const handle = async () => client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
  const details = () => JSON.stringify([{ type: 'numbra_campaign', campaign: test.a.campaign, actions: ['dial'] }]);

  it('discovers, gets a grant, places a call, exchanges, introspects and revokes', async () => {
    expect(config.serverMetadata()['numbra_resolver']).toBe(test.url);
    const DPoP = await handle();
    const grant = await client.clientCredentialsGrant(config, { authorization_details: details(), resource: test.url }, { DPoP });
    const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': 'openid-client' });
    const body = JSON.stringify({ dial_token: test.a.rows[0]!.dialToken });
    const url = new URL(`${test.url}/v1/calls`);
    const placed = await client.fetchProtectedResource(config, grant.access_token, url, 'POST', body, headers, { DPoP });
    expect(placed.status).toBe(201);

    const ofAgent = await handle();
    const asked = { subject_token: grant.access_token, subject_token_type: ACCESS_TOKEN, agent: 'agent-17' };
    const child = await client.genericGrantRequest(config, EXCHANGE, asked, { DPoP: ofAgent });
    expect(child.expires_in).toBeLessThanOrEqual(120);
    expect(await client.tokenIntrospection(config, child.access_token)).toMatchObject({ active: true, act: { sub: 'agent-17' } });
    await client.tokenRevocation(config, grant.access_token);
    expect(await client.tokenIntrospection(config, child.access_token)).toEqual({ active: false });
    await expect(
      client.fetchProtectedResource(config, child.access_token, url, 'POST', body, headers, { DPoP: ofAgent }),
    ).rejects.toMatchObject({ status: 401 });
  });

  it('is told why it is refused', async () => {
    const DPoP = await handle();
    const asked = { authorization_details: details(), resource: 'https://other.example' };
    await expect(client.clientCredentialsGrant(config, asked, { DPoP })).rejects.toMatchObject({ error: 'invalid_target', status: 400 });
  });
});
