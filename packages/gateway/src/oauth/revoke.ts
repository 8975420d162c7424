/**
 * Revocation (RFC 7009) by a vendor of its own: by token, or by the identifier that its grants carry in
 * authorization_details. A vendor's grant ends with every agent grant made from it; an agent's grant ends alone. An unknown
 * or somebody else's token is answered as one that was revoked.
 * @module
 */
import type { FastifyInstance } from 'fastify';
import { NoQuerySchema, OAuthErrorSchema, ref } from '../schemas.js';
import type { Form } from './client.js';
import { OAuthRefusal, sendOAuthError } from './errors.js';
import type { GrantRouteOptions } from './introspect.js';
import { REVOCATION_PATH } from './metadata.js';

export function revocationRoute(app: FastifyInstance, { bank, authenticator, clients }: GrantRouteOptions): void {
  const schema = {
    tags: ['grants'],
    summary: 'Revoke a grant of your own',
    description: 'RFC 7009: token; or grant, the identifier in authorization_details. Effective on every gateway within a second.',
    consumes: ['application/x-www-form-urlencoded'],
    querystring: NoQuerySchema,
    response: {
      200: { type: 'null', description: 'Revoked, or nothing of yours' },
      400: ref(OAuthErrorSchema),
      401: ref(OAuthErrorSchema),
      503: ref(OAuthErrorSchema),
    },
  };
  app.post(REVOCATION_PATH, { schema, errorHandler: sendOAuthError }, async (request, reply) => {
    const form = (request.body ?? {}) as Form;
    const client = await clients.authenticate(request, form);
    const { token, grant: identifier } = form;
    if ((token === undefined) === (identifier === undefined)) throw new OAuthRefusal('invalid_request', 'Either token or grant is needed.');
    await clients.recordUse(client);
    if (identifier !== undefined) await bank.grants.revoke({ identifier, vendor: client.id });
    const grant = token === undefined ? undefined : await authenticator.lookAt(token);
    if (grant !== undefined && 'campaign' in grant && grant.clientId === client.id) {
      if (grant.actor === undefined) await bank.grants.revoke({ identifier: grant.campaign.identifier, vendor: client.id });
      else await bank.grants.revokeAgent(grant.jti, client.id);
      authenticator.forget(grant);
    }
    return reply.code(200).header('content-length', '0').send();
  });
}
