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
export const JWKS_PATH = '/.well-known/jwks.json';
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Clients look again after this. */
const CACHE = 'public, max-age=300';

const serverMetadata = ({ issuer, resource }: Addresses) =>
  authorizationServerMetadata({ issuer, resource, tokenEndpoint: `${issuer}${TOKEN_PATH}`, jwks: `${issuer}${JWKS_PATH}` });

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
    async (_request, reply) => reply.header('cache-control', CACHE).send(protectedResourceMetadata(addresses.current)),
  );
  app.get(
    JWKS_PATH,
    { schema: { tags, summary: 'Keys that verify grants', querystring: NoQuerySchema, response: { 200: ref(JwksSchema) } } },
    async (_request, reply) =>
      reply.header('cache-control', CACHE).type('application/jwk-set+json').send(JSON.stringify(bank.grants.keys())),
  );
}
