/**
 * The token endpoint: a vendor proves itself (client.ts), asks for one campaign (RFC 9396), and gets a grant bound to the
 * key of its proof (RFC 9449) or to its TLS client certificate (RFC 8705); or it exchanges such a grant for one of an agent
 * (RFC 8693). No other grant type.
 *
 * In this order: form → client → proof and nonce, or certificate → what is asked → assertion and proof recorded as used, in one
 * insert → the grant. Who fails anywhere before has used up nothing.
 * @module
 */
import type { Bank, IssuedGrant, ReplayKey } from '@numbra/bank';
import {
  ACCESS_TOKEN_TYPE,
  acceptsProofNonce,
  EXCHANGE_GRANT_TYPE,
  type GrantBinding,
  narrowCampaign,
  parseAskedCampaign,
  proofNonce,
  verifyProof,
} from '@numbra/grants';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AddressBook } from '../addresses.js';
import { GrantAnswerSchema, NoQuerySchema, OAuthErrorSchema, ref } from '../schemas.js';
import { type Authenticator, PROOF_REMEMBERED_MS } from './authenticate.js';
import { certificateOf, isRegistered } from './certificate.js';
import { type Client, type Clients, type Form, usedBefore } from './client.js';
import { OAuthRefusal, sendOAuthError } from './errors.js';
import { notExchangeable, parentOf } from './exchange.js';
import { TOKEN_PATH } from './metadata.js';

export interface TokenRouteOptions {
  readonly bank: Bank;
  readonly addresses: AddressBook;
  readonly authenticator: Authenticator;
  readonly clients: Clients;
  readonly clock: () => number;
}

const DETAILS_TYPE = 'numbra_campaign';
const GRANT_TYPES: readonly unknown[] = ['client_credentials', EXCHANGE_GRANT_TYPE];

/** What a grant will be bound to, proven in this request. */
interface Holder {
  readonly binding: GrantBinding;
  readonly thumbprint: string;
  readonly used: readonly ReplayKey[];
}

export function tokenRoute(app: FastifyInstance, options: TokenRouteOptions): void {
  const { clock, authenticator } = options;
  const schema = {
    tags: ['grants'],
    summary: 'Ask for a grant, or exchange one for an agent',
    description:
      'client_credentials or token exchange (RFC 8693), with private_key_jwt and DPoP, or a client certificate; ' +
      "authorization_details with exactly one numbra_campaign; for an exchange: subject_token and agent, the vendor's pseudonym for the person.",
    consumes: ['application/x-www-form-urlencoded'],
    querystring: NoQuerySchema,
    response: { 200: ref(GrantAnswerSchema), 400: ref(OAuthErrorSchema), 401: ref(OAuthErrorSchema), 503: ref(OAuthErrorSchema) },
  };
  app.post(TOKEN_PATH, { schema, errorHandler: sendOAuthError }, async (request, reply) => {
    // Also with a refusal: the next proof needs it.
    reply.header('dpop-nonce', proofNonce(await authenticator.nonceKey(), clock()));
    const form = formOf(request);
    const client = await options.clients.authenticate(request, form);
    const holder = await holderOf(options, request, client);
    checkTarget(options, form);
    return form['grant_type'] === EXCHANGE_GRANT_TYPE ? exchange(options, form, client, holder) : issue(options, form, client, holder);
  });
}

async function issue({ bank, addresses, clock }: TokenRouteOptions, form: Form, client: Client, holder: Holder) {
  const { issuer, resource } = addresses.current;
  const asked = parseAskedCampaign(form['authorization_details'] ?? '');
  const offered = await bank.grants.offer({ vendor: client.id, campaign: asked.campaign });
  if (offered === undefined) throw new OAuthRefusal('invalid_authorization_details', 'There is no such campaign for this client.');
  const granted = narrowCampaign(offered, asked);
  await recordUse(bank, client, holder);
  const { binding, thumbprint } = holder;
  return answer(await bank.grants.issue({ vendor: client.id, thumbprint, binding, issuer, audience: resource, granted }), binding, clock());
}

async function exchange({ bank, authenticator, clock }: TokenRouteOptions, form: Form, client: Client, holder: Holder) {
  const { parent, asked, agent } = await parentOf(authenticator, form, client.id);
  if (holder.binding !== 'dpop') throw new OAuthRefusal('invalid_dpop_proof', "An exchange needs a DPoP proof of the agent's key.");
  await recordUse(bank, client, holder);
  const made = await bank.grants.exchange({ parent, agent, thumbprint: holder.thumbprint, ...(asked !== undefined && { asked }) });
  if (made === undefined) throw notExchangeable();
  return { ...answer(made, 'dpop', clock()), issued_token_type: ACCESS_TOKEN_TYPE };
}

/** The key or certificate that the grant will be bound to. */
async function holderOf(
  { authenticator, addresses, clients, clock }: TokenRouteOptions,
  request: FastifyRequest,
  client: Client,
): Promise<Holder> {
  const { dpop = [] } = request.raw.headersDistinct;
  const now = clock();
  const certificate = dpop.length === 0 ? certificateOf(request) : undefined;
  if (certificate !== undefined) {
    if (!isRegistered(certificate, (await clients.vendor(client.id))?.certificate, now))
      throw new OAuthRefusal('invalid_client', 'The certificate is not one that this client is registered with.');
    return { binding: 'mtls', thumbprint: certificate.thumbprint, used: [] };
  }
  if (dpop.length !== 1) throw new OAuthRefusal('invalid_dpop_proof', 'Exactly one DPoP header is needed.');
  const nonceKey = await authenticator.nonceKey();
  const { thumbprint, replayKey } = await verifyProof(dpop[0]!, {
    htm: 'POST',
    htu: `${addresses.current.issuer}${TOKEN_PATH}`,
    acceptNonce: (nonce) => acceptsProofNonce(nonceKey, nonce, now),
    now,
  });
  return { binding: 'dpop', thumbprint, used: [{ key: replayKey, expiresAt: now + PROOF_REMEMBERED_MS }] };
}

/** Assertion and proof in one insert. */
async function recordUse(bank: Bank, client: Client, holder: Holder): Promise<void> {
  const fresh = await bank.grants.recordReplays([...client.used, ...holder.used]);
  if (!fresh.slice(0, client.used.length).every((first) => first)) throw usedBefore();
  if (!fresh.every((first) => first)) throw new OAuthRefusal('invalid_dpop_proof', 'The proof was used before.');
}

function answer({ accessToken, expiresAt, granted }: IssuedGrant, binding: GrantBinding, now: number) {
  return {
    access_token: accessToken,
    token_type: binding === 'dpop' ? 'DPoP' : 'Bearer',
    expires_in: Math.floor((expiresAt - now) / 1000),
    authorization_details: [{ type: DETAILS_TYPE, ...granted }],
  };
}

/** The form, once it is known to be a token request of a kind there is. */
function formOf(request: FastifyRequest): Form {
  const form = (request.body ?? {}) as Form; // forms are all that this scope parses
  if (form['grant_type'] === undefined) throw new OAuthRefusal('invalid_request', 'grant_type is missing.');
  if (!GRANT_TYPES.includes(form['grant_type']))
    throw new OAuthRefusal('unsupported_grant_type', 'Only client_credentials and token exchange.');
  if (form['scope'] !== undefined) throw new OAuthRefusal('invalid_scope', 'What is asked for stands in authorization_details.');
  return form;
}

/** RFC 8707 `resource`, and RFC 8693's `audience`, name this resolver or are left out. */
function checkTarget({ addresses }: TokenRouteOptions, form: Form): void {
  const { resource } = addresses.current;
  for (const target of [form['resource'], form['audience']])
    if (target !== undefined && target !== resource) throw new OAuthRefusal('invalid_target', 'Grants are for this resolver only.');
}
