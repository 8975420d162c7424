/**
 * The token endpoint: a vendor proves itself by a signed assertion (private_key_jwt, RFC 7523), asks for one campaign
 * (RFC 9396), and gets a grant bound to the key of its proof (RFC 9449). The client credentials grant of RFC 6749 § 4.4,
 * and no other.
 *
 * In this order: form → assertion → proof and nonce → what is asked → assertion and proof recorded as used, in one insert →
 * the grant. Who fails anywhere before has used up nothing.
 * @module
 */
import type { Bank } from '@numbra/bank';
import {
  acceptsProofNonce,
  type KeySet,
  narrowCampaign,
  parseAskedCampaign,
  proofNonce,
  readKeySet,
  verifyClientAssertion,
  verifyProof,
} from '@numbra/grants';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AddressBook } from '../addresses.js';
import { GrantAnswerSchema, NoQuerySchema, OAuthErrorSchema, ref } from '../schemas.js';
import { type Authenticator, PROOF_REMEMBERED_MS } from './authenticate.js';
import { OAuthRefusal, sendOAuthError } from './errors.js';
import { TOKEN_PATH } from './metadata.js';

export interface TokenRouteOptions {
  readonly bank: Bank;
  readonly addresses: AddressBook;
  readonly authenticator: Authenticator;
  readonly clock: () => number;
}

const DETAILS_TYPE = 'numbra_campaign';

/** Another gateway's clock may be behind: to it the assertion is still good. */
const CLOCKS_DIFFER_MS = 10_000;

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type Form = Readonly<Record<string, string>>;

export function tokenRoute(app: FastifyInstance, options: TokenRouteOptions): void {
  const { clock, authenticator } = options;
  const schema = {
    tags: ['grants'],
    summary: 'Ask for a grant',
    description: 'client_credentials with private_key_jwt and DPoP; authorization_details with exactly one numbra_campaign.',
    consumes: ['application/x-www-form-urlencoded'],
    querystring: NoQuerySchema,
    response: { 200: ref(GrantAnswerSchema), 400: ref(OAuthErrorSchema), 401: ref(OAuthErrorSchema), 503: ref(OAuthErrorSchema) },
  };
  app.post(TOKEN_PATH, { schema, errorHandler: sendOAuthError }, async (request, reply) => {
    // Also with a refusal: the next proof needs it.
    reply.header('dpop-nonce', proofNonce(await authenticator.nonceKey(), clock()));
    return issue(options, request);
  });
}

async function issue(options: TokenRouteOptions, request: FastifyRequest) {
  const { bank, addresses, authenticator, clock } = options;
  const { issuer, resource } = addresses.current;
  const form = formOf(request);
  const now = clock();

  const client = await verifyClientAssertion(form['client_assertion'] ?? '', { issuer, clientKeys: (id) => keysOf(bank, id), now });
  if (form['client_id'] !== undefined && form['client_id'] !== client.clientId)
    throw new OAuthRefusal('invalid_client', 'client_id is another client.');

  const { dpop = [] } = request.raw.headersDistinct;
  if (dpop.length !== 1) throw new OAuthRefusal('invalid_dpop_proof', 'Exactly one DPoP header is needed.');
  const nonceKey = await authenticator.nonceKey();
  const proof = await verifyProof(dpop[0]!, {
    htm: 'POST',
    htu: `${issuer}${TOKEN_PATH}`,
    acceptNonce: (nonce) => acceptsProofNonce(nonceKey, nonce, now),
    now,
  });

  if (form['resource'] !== undefined && form['resource'] !== resource)
    throw new OAuthRefusal('invalid_target', 'Grants are for this resolver only.');
  const asked = parseAskedCampaign(form['authorization_details'] ?? '');
  const offered = await bank.grants.offer({ vendor: client.clientId, campaign: asked.campaign });
  if (offered === undefined) throw new OAuthRefusal('invalid_authorization_details', 'There is no such campaign for this client.');
  const granted = narrowCampaign(offered, asked);

  const fresh = await bank.grants.recordReplays([
    { key: client.replayKey, expiresAt: client.expiresAt + CLOCKS_DIFFER_MS },
    { key: proof.replayKey, expiresAt: now + PROOF_REMEMBERED_MS },
  ]);
  if (fresh[0] !== true) throw new OAuthRefusal('invalid_client', 'The client assertion was used before.');
  if (fresh[1] !== true) throw new OAuthRefusal('invalid_dpop_proof', 'The proof was used before.');

  const grant = await bank.grants.issue({ vendor: client.clientId, thumbprint: proof.thumbprint, issuer, audience: resource, granted });
  return {
    access_token: grant.accessToken,
    token_type: 'DPoP',
    expires_in: Math.floor((grant.expiresAt - now) / 1000),
    authorization_details: [{ type: DETAILS_TYPE, ...grant.granted }],
  };
}

/** The form, once it is known to be a token request of the one kind there is. */
function formOf(request: FastifyRequest): Form {
  const form = (request.body ?? {}) as Form; // forms are all that this scope parses
  if (request.headers.authorization !== undefined || form['client_secret'] !== undefined)
    throw new OAuthRefusal('invalid_client', 'Clients authenticate by private_key_jwt.');
  if (form['grant_type'] === undefined) throw new OAuthRefusal('invalid_request', 'grant_type is missing.');
  if (form['grant_type'] !== 'client_credentials') throw new OAuthRefusal('unsupported_grant_type', 'Only client_credentials.');
  if (form['scope'] !== undefined) throw new OAuthRefusal('invalid_scope', 'What is asked for stands in authorization_details.');
  if (form['client_assertion_type'] !== ASSERTION_TYPE)
    throw new OAuthRefusal('invalid_client', 'Clients authenticate by private_key_jwt.');
  return form;
}

async function keysOf(bank: Bank, clientId: string): Promise<KeySet | undefined> {
  const vendor = await bank.vendors.get(clientId);
  return vendor === undefined || vendor.revokedAt !== undefined ? undefined : readKeySet(vendor.jwks);
}
