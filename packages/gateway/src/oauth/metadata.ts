/**
 * What clients may ask first: authorization server metadata (RFC 8414), protected resource metadata (RFC 9728), keys.
 * @module
 */
import type { Bank } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import type { AddressBook, Addresses } from '../addresses.js';
import { JwksSchema, NoQuerySchema, ResourceMetadataSchema, ref, ServerMetadataSchema } from '../schemas.js';

/** What grants, assertions and proofs may be signed with. */
export const ALGORITHMS = ['ES256', 'EdDSA'];
export const DETAILS_TYPE = 'numbra_campaign';

export const TOKEN_PATH = '/oauth/token';
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Clients look again after this. */
const CACHE = 'public, max-age=300';

export function serverMetadata({ issuer, resource }: Addresses) {
  return {
    issuer,
    token_endpoint: `${issuer}${TOKEN_PATH}`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: [], // RFC 8414 requires the member; there is no authorization endpoint
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    dpop_signing_alg_values_supported: ALGORITHMS,
    authorization_details_types_supported: [DETAILS_TYPE],
    protected_resources: [resource],
    numbra_resolver: resource,
  };
}

export function resourceMetadata({ issuer, resource }: Addresses) {
  return {
    resource,
    authorization_servers: [issuer],
    bearer_methods_supported: [], // a grant is bound to a key: never Bearer
    dpop_bound_access_tokens_required: true,
    dpop_signing_alg_values_supported: ALGORITHMS,
    authorization_details_types_supported: [DETAILS_TYPE],
  };
}

export function metadataRoutes(app: FastifyInstance, { bank, addresses }: { readonly bank: Bank; readonly addresses: AddressBook }): void {
  const tags = ['metadata'];
  app.get(
    '/.well-known/oauth-authorization-server',
    {
      schema: { tags, summary: 'Authorization server metadata', querystring: NoQuerySchema, response: { 200: ref(ServerMetadataSchema) } },
    },
    async (_request, reply) => reply.header('cache-control', CACHE).send(serverMetadata(addresses.current)),
  );
  app.get(
    RESOURCE_METADATA_PATH,
    {
      schema: { tags, summary: 'Protected resource metadata', querystring: NoQuerySchema, response: { 200: ref(ResourceMetadataSchema) } },
    },
    async (_request, reply) => reply.header('cache-control', CACHE).send(resourceMetadata(addresses.current)),
  );
  app.get(
    '/.well-known/jwks.json',
    { schema: { tags, summary: 'Keys that verify grants', querystring: NoQuerySchema, response: { 200: ref(JwksSchema) } } },
    async (_request, reply) =>
      reply.header('cache-control', CACHE).type('application/jwk-set+json').send(JSON.stringify(bank.grants.keys())),
  );
}
