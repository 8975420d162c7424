/**
 * What clients may ask first: authorization server metadata (RFC 8414), protected resource metadata (RFC 9728), keys.
 * @module
 */
import type { Bank } from '@numbra/bank';
import { authorizationServerMetadata, protectedResourceMetadata } from '@numbra/grants';
import type { FastifyInstance } from 'fastify';
import type { AddressBook, Addresses } from '../addresses.js';
import { JwksSchema, NoQuerySchema, ResourceMetadataSchema, ref, ServerMetadataSchema } from '../schemas.js';

export const TOKEN_PATH = '/oauth/token';
export const INTROSPECTION_PATH = '/oauth/introspect';
export const REVOCATION_PATH = '/oauth/revoke';
export const JWKS_PATH = '/.well-known/jwks.json';
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Clients look again after this. */
const CACHE = 'public, max-age=300';

export interface MetadataRouteOptions {
  readonly bank: Bank;
  readonly addresses: AddressBook;
  /** Whether clients may use TLS certificates: the gateway ends TLS itself. */
  readonly certificates: boolean;
}

const serverMetadata = ({ issuer, resource }: Addresses, certificates: boolean) =>
  authorizationServerMetadata({
    issuer,
    resource,
    tokenEndpoint: `${issuer}${TOKEN_PATH}`,
    jwks: `${issuer}${JWKS_PATH}`,
    introspectionEndpoint: `${issuer}${INTROSPECTION_PATH}`,
    revocationEndpoint: `${issuer}${REVOCATION_PATH}`,
    exchange: true,
    certificates,
  });

export function metadataRoutes(app: FastifyInstance, { bank, addresses, certificates }: MetadataRouteOptions): void {
  const tags = ['metadata'];
  app.get(
    '/.well-known/oauth-authorization-server',
    {
      schema: { tags, summary: 'Authorization server metadata', querystring: NoQuerySchema, response: { 200: ref(ServerMetadataSchema) } },
    },
    async (_request, reply) => reply.header('cache-control', CACHE).send(serverMetadata(addresses.current, certificates)),
  );
  app.get(
    RESOURCE_METADATA_PATH,
    {
      schema: { tags, summary: 'Protected resource metadata', querystring: NoQuerySchema, response: { 200: ref(ResourceMetadataSchema) } },
    },
    async (_request, reply) => reply.header('cache-control', CACHE).send(protectedResourceMetadata({ ...addresses.current, certificates })),
  );
  app.get(
    JWKS_PATH,
    { schema: { tags, summary: 'Keys that verify grants', querystring: NoQuerySchema, response: { 200: ref(JwksSchema) } } },
    async (_request, reply) =>
      reply
        .header('cache-control', CACHE)
        .type('application/jwk-set+json')
        .send(JSON.stringify(await bank.grants.publishedKeys())),
  );
}
