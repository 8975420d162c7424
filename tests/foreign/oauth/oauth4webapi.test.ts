/** A foreign client and a foreign resource server, unmodified: https://github.com/panva/oauth4webapi */
import { generateGrantKey } from '@numbra/grants';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../support/banks.js';
import { startGateway, type TestGateway } from '../../support/gateways.js';

const insecure = { [oauth.allowInsecureRequests]: true };
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const serverKey = await generateGrantKey();

describe.each(engines)('oauth4webapi on %s', (engine) => {
  let test: TestGateway;
  let as: oauth.AuthorizationServer;
  let client: oauth.Client;
  let auth: oauth.ClientAuth;
  beforeAll(async () => {
    test = await startGateway(engine, { resourceServers: [{ id: 'core-banking', jwks: { keys: [serverKey.publicJwk] } }] });
    const issuer = new URL(test.url);
    as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
    client = { client_id: test.a.id };
    auth = oauth.PrivateKeyJwt({ key: test.a.key.privateKey as oauth.CryptoKey, kid: test.a.key.kid });
  });
  afterAll(() => test.close());

  /** Once more with the server's nonce, as RFC 9449 § 8 has it. */
  async function withNonce<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return ask();
    }
  }
  async function vendorGrant(): Promise<string> {
    const dpop = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    const parameters = {
      authorization_details: JSON.stringify([{ type: 'numbra_campaign', campaign: test.a.campaign }]),
      resource: test.url,
    };
    const answer = await withNonce(async () =>
      oauth.processClientCredentialsResponse(
        as,
        client,
        await oauth.clientCredentialsGrantRequest(as, client, auth, parameters, { DPoP: dpop, ...insecure }),
      ),
    );
    return answer.access_token;
  }
  async function agentGrant(parent: string, dpop: oauth.DPoPHandle): Promise<oauth.TokenEndpointResponse> {
    const parameters = { subject_token: parent, subject_token_type: ACCESS_TOKEN, agent: 'agent-17' };
    return withNonce(async () =>
      oauth.processGenericTokenEndpointResponse(
        as,
        client,
        await oauth.genericTokenEndpointRequest(as, client, auth, EXCHANGE, parameters, { DPoP: dpop, ...insecure }),
      ),
    );
  }

  it('exchanges a grant for an agent’s, calls with it, and as a resource server accepts it', async () => {
    const dpop = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    const answer = await agentGrant(await vendorGrant(), dpop);
    expect(answer).toMatchObject({ token_type: 'dpop', issued_token_type: ACCESS_TOKEN });
    expect(answer.expires_in).toBeLessThanOrEqual(120);
    const placed = await oauth.protectedResourceRequest(
      answer.access_token,
      'POST',
      new URL(`${test.url}/v1/calls`),
      new Headers({ 'content-type': 'application/json', 'idempotency-key': 'foreign-agent' }),
      JSON.stringify({ dial_token: test.a.rows[0]!.dialToken }),
      { DPoP: dpop, ...insecure },
    );
    expect(placed.status).toBe(201);

    const headers = new Headers({ authorization: `DPoP ${answer.access_token}` });
    // The proof that its own client makes, read by its own validator.
    let proof = '';
    await oauth
      .protectedResourceRequest(answer.access_token, 'GET', new URL(`${test.url}/v1/calls/x`), undefined, undefined, {
        DPoP: dpop,
        ...insecure,
        [oauth.customFetch]: async (_url: string, options: { headers: Record<string, string> }) => {
          proof = options.headers['dpop'] ?? '';
          return new Response(null, { status: 204 });
        },
      } as never)
      .catch(() => {});
    headers.set('dpop', proof);
    const claims = await oauth.validateJwtAccessToken(as, new Request(`${test.url}/v1/calls/x`, { headers }), test.url, insecure);
    expect(claims).toMatchObject({ client_id: test.a.id, act: { sub: 'agent-17' } });
  });

  it('introspects as JSON and signed, and revokes', async () => {
    const grant = await vendorGrant();
    const ask = async (by: oauth.Client, byAuth: oauth.ClientAuth, signed: boolean) => {
      const response = await oauth.introspectionRequest(as, by, byAuth, grant, { requestJwtResponse: signed, ...insecure });
      const answer = await oauth.processIntrospectionResponse(as, by, response);
      if (signed) await oauth.validateApplicationLevelSignature(as, response, insecure);
      return answer;
    };
    const server: oauth.Client = { client_id: 'core-banking', introspection_signed_response_alg: 'ES256' };
    const serverAuth = oauth.PrivateKeyJwt({ key: serverKey.privateKey as oauth.CryptoKey, kid: serverKey.kid });
    expect(await ask(client, auth, false)).toMatchObject({ active: true, client_id: test.a.id });
    expect(await ask(server, serverAuth, true)).toMatchObject({ active: true, token_type: 'DPoP' });
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, grant, insecure));
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, grant, insecure));
    expect(await ask(server, serverAuth, true)).toEqual({ active: false });
  });
});
