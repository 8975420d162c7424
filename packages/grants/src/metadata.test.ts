import { describe, expect, it } from 'vitest';
import { audience, issuer } from './bank.fixture.js';
import { authorizationServerMetadata, protectedResourceMetadata } from './metadata.js';

const at = { issuer, resource: audience, tokenEndpoint: `${issuer}/oauth/token`, jwks: `${issuer}/.well-known/jwks.json` };

describe('metadata', () => {
  it('of the server offers what is there, and nothing else', () => {
    expect(authorizationServerMetadata(at)).toEqual({
      issuer,
      token_endpoint: at.tokenEndpoint,
      jwks_uri: at.jwks,
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'EdDSA'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
      authorization_details_types_supported: ['numbra_campaign'],
      protected_resources: [audience],
      numbra_resolver: audience,
    });
    const more = authorizationServerMetadata({ ...at, exchange: true, introspectionEndpoint: `${issuer}/oauth/introspect` });
    expect(more).toMatchObject({
      grant_types_supported: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      introspection_endpoint: `${issuer}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: ['private_key_jwt'],
    });
    expect(more).not.toHaveProperty('revocation_endpoint');
  });

  it('of the resource takes no bearer', () => {
    expect(protectedResourceMetadata(at)).toMatchObject({
      resource: audience,
      authorization_servers: [issuer],
      bearer_methods_supported: [],
      dpop_bound_access_tokens_required: true,
    });
  });
});
