/**
 * Introspection (RFC 7662): what a grant is worth now, as JSON or, when asked for, signed (RFC 9701). The bank's resource
 * servers may ask about every grant, a vendor about its own. Unknown, ended, revoked and somebody else's are one answer.
 * @module
 */
import type { Bank } from '@numbra/bank';
import { INTROSPECTION_MEDIA_TYPE, introspectGrant } from '@numbra/grants';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AddressBook } from '../addresses.js';
import { IntrospectionSchema, NoQuerySchema, OAuthErrorSchema, ref } from '../schemas.js';
import type { AnyGrant, Authenticator } from './authenticate.js';
import type { Client, Clients, Form } from './client.js';
import { OAuthRefusal, sendOAuthError } from './errors.js';
import { INTROSPECTION_PATH } from './metadata.js';

export interface GrantRouteOptions {
  readonly bank: Bank;
  readonly addresses: AddressBook;
  readonly authenticator: Authenticator;
  readonly clients: Clients;
  readonly clock: () => number;
}

export function introspectionRoute(app: FastifyInstance, { bank, addresses, authenticator, clients, clock }: GrantRouteOptions): void {
  const schema = {
    tags: ['grants'],
    summary: 'Ask what a grant is worth',
    description: `RFC 7662; with Accept: ${INTROSPECTION_MEDIA_TYPE} the answer is a signed JWT (RFC 9701).`,
    consumes: ['application/x-www-form-urlencoded'],
    querystring: NoQuerySchema,
    response: { 200: ref(IntrospectionSchema), 400: ref(OAuthErrorSchema), 401: ref(OAuthErrorSchema), 503: ref(OAuthErrorSchema) },
  };
  app.post(INTROSPECTION_PATH, { schema, errorHandler: sendOAuthError }, async (request, reply) => {
    const form = (request.body ?? {}) as Form;
    const client = await clients.authenticate(request, form, 'too');
    const token = form['token'];
    if (token === undefined) throw new OAuthRefusal('invalid_request', 'token is missing.');
    await clients.recordUse(client);
    const grant = await authenticator.lookAt(token);
    const answer = introspectGrant(grant !== undefined && mayKnow(client, grant) ? grant : undefined, clock());
    reply.header('vary', 'accept');
    if (!wantsJwt(request)) return reply.send(answer);
    const signed = await bank.grants.signIntrospection(answer, { issuer: addresses.current.issuer, audience: client.id });
    return reply.type(INTROSPECTION_MEDIA_TYPE).serializer(String).send(signed);
  });
}

const mayKnow = (client: Client, grant: AnyGrant): boolean => client.kind === 'resource-server' || grant.clientId === client.id;

/** The media type by name: a browser's wildcard means JSON. */
function wantsJwt(request: FastifyRequest): boolean {
  const accepted = (request.headers.accept ?? '').split(',').map((range) => range.split(';', 1)[0]!.trim().toLowerCase());
  return accepted.includes(INTROSPECTION_MEDIA_TYPE);
}
