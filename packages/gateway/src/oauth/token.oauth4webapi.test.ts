/** A foreign client, unmodified: https://github.com/panva/oauth4webapi */
import { generateGrantKey } from '@numbra/grants';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

const insecure = { [oauth.allowInsecureRequests]: true };

describe.each(engines)('oauth4webapi on %s', (engine) => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startGateway(engine);
  });
  afterAll(() => test.close());

  it('discovers the server, obtains a grant bound to its key, and places a call with it', async () => {
    const { url, a, bank } = test;
    const issuer = new URL(url);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
    expect(as['numbra_resolver']).toBe(url);

    const keys = await oauth.generateKeyPair('ES256', { extractable: true });
    const jwk = (await crypto.subtle.exportKey('jwk', keys.publicKey)) as { kty: string; crv: string; x: string; y: string };
    await bank.vendors.add({ id: 'vendor-c', jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y, kid: 'k1' }] } as never });
    const client: oauth.Client = { client_id: 'vendor-c' };
    const dpop = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    const authentication = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'k1' });

    const ask = async (campaign: string, by: oauth.Client, auth: oauth.ClientAuth, proof: oauth.DPoPHandle) => {
      const parameters = new URLSearchParams({
        authorization_details: JSON.stringify([{ type: 'numbra_campaign', campaign, actions: ['dial'], budget: { calls: 3 } }]),
      });
      const request = () => oauth.clientCredentialsGrantRequest(as, by, auth, parameters, { DPoP: proof, ...insecure });
      try {
        return await oauth.processClientCredentialsResponse(as, by, await request());
      } catch (error) {
        if (!oauth.isDPoPNonceError(error)) throw error;
        return oauth.processClientCredentialsResponse(as, by, await request());
      }
    };

    // It is nobody's campaign for this client, whether it exists or not.
    for (const campaign of ['c-a', 'c-nowhere']) {
      await expect(ask(campaign, client, authentication, dpop)).rejects.toMatchObject({
        error: 'invalid_authorization_details',
        status: 400,
      });
    }

    const vendorA: oauth.Client = { client_id: a.id };
    const keyOfA = oauth.PrivateKeyJwt({ key: a.key.privateKey as oauth.CryptoKey, kid: a.key.kid });
    const answer = await ask(a.campaign, vendorA, keyOfA, dpop);
    expect(answer.token_type).toBe('dpop');
    expect(answer.expires_in).toBeLessThanOrEqual(300);
    expect(answer.authorization_details).toMatchObject([
      { type: 'numbra_campaign', campaign: a.campaign, actions: ['dial'], budget: { calls: 3 } },
    ]);

    const call = () =>
      oauth.protectedResourceRequest(
        answer.access_token,
        'POST',
        new URL(`${url}/v1/calls`),
        new Headers({ 'content-type': 'application/json', 'idempotency-key': 'foreign-1' }),
        JSON.stringify({ dial_token: a.rows[0]!.dialToken }),
        { DPoP: dpop, ...insecure },
      );
    const placed = await call();
    expect(placed.status).toBe(201);

    // As a resource server's validator it accepts what we issue and how we are asked.
    const request = new Request(`${url}/v1/calls/x`, {
      headers: {
        authorization: `DPoP ${answer.access_token}`,
        dpop: await test.proof({ ...a }, answer.access_token, 'GET', '/v1/calls/x'),
      },
    });
    await expect(oauth.validateJwtAccessToken(as, request, url, insecure)).rejects.toThrow(); // a proof of another key
    const bound = await test.grant(a);
    const own = new Request(`${url}/v1/calls/x`, {
      headers: { authorization: `DPoP ${bound}`, dpop: await test.proof(a, bound, 'GET', '/v1/calls/x') },
    });
    const claims = await oauth.validateJwtAccessToken(as, own, url, insecure);
    expect(claims).toMatchObject({ iss: url, sub: a.id, client_id: a.id, aud: url });
  });

  it('is refused with the wrong key, and as nobody', async () => {
    const { url, a } = test;
    const as = { issuer: url, token_endpoint: `${url}/oauth/token` } as oauth.AuthorizationServer;
    const stranger = await generateGrantKey();
    const dpop = oauth.DPoP({ client_id: a.id } as oauth.Client, await oauth.generateKeyPair('ES256'));
    for (const client_id of [a.id, 'vendor-nobody']) {
      const auth = oauth.PrivateKeyJwt({ key: stranger.privateKey as oauth.CryptoKey, kid: stranger.kid });
      const response = await oauth.clientCredentialsGrantRequest(as, { client_id }, auth, {}, { DPoP: dpop, ...insecure });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({ error: 'invalid_client', error_description: expect.any(String) });
    }
  });
});
