/**
 * What clients may ask before they ask for anything: authorization server metadata (RFC 8414) and protected resource
 * metadata (RFC 9728), for a bank with an HTTP server of its own. They name what this package does, and nothing it does not.
 * @module
 */
import { CAMPAIGN_TYPE } from './grant/campaign.js';
import { EXCHANGE_GRANT_TYPE } from './grant/exchange.js';

/** Where a server's parts are. Absent members are not offered. */
export interface ServerAddresses {
  readonly issuer: string;
  /** The resolver: where calls are placed, and the audience of grants. */
  readonly resource: string;
  readonly tokenEndpoint: string;
  readonly jwks: string;
  readonly introspectionEndpoint?: string;
  readonly revocationEndpoint?: string;
  /** Whether the token endpoint exchanges vendors' grants for agents'. */
  readonly exchange?: boolean;
}

/** What assertions, proofs and grants are signed with. */
export const signingAlgorithms = ['ES256', 'EdDSA'] as const;

const AUTHENTICATION = { methods: ['private_key_jwt'], algorithms: signingAlgorithms } as const;

/** @see https://www.rfc-editor.org/rfc/rfc8414#section-2 */
export function authorizationServerMetadata(at: ServerAddresses) {
  return {
    issuer: at.issuer,
    token_endpoint: at.tokenEndpoint,
    jwks_uri: at.jwks,
    // Required by the RFC; there is no authorization endpoint.
    response_types_supported: [],
    grant_types_supported: at.exchange === true ? ['client_credentials', EXCHANGE_GRANT_TYPE] : ['client_credentials'],
    ...endpoint('token', at.tokenEndpoint, false),
    ...endpoint('introspection', at.introspectionEndpoint),
    ...endpoint('revocation', at.revocationEndpoint),
    dpop_signing_alg_values_supported: signingAlgorithms,
    authorization_details_types_supported: [CAMPAIGN_TYPE],
    protected_resources: [at.resource],
    numbra_resolver: at.resource,
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9728#section-2 */
export function protectedResourceMetadata({ issuer, resource }: Pick<ServerAddresses, 'issuer' | 'resource'>) {
  return {
    resource,
    authorization_servers: [issuer],
    // A grant is bound to a key: it is never sent as Bearer.
    bearer_methods_supported: [],
    dpop_bound_access_tokens_required: true,
    dpop_signing_alg_values_supported: signingAlgorithms,
    authorization_details_types_supported: [CAMPAIGN_TYPE],
  };
}

function endpoint(name: string, url: string | undefined, named = true): Record<string, unknown> {
  if (url === undefined) return {};
  return {
    ...(named && { [`${name}_endpoint`]: url }),
    [`${name}_endpoint_auth_methods_supported`]: AUTHENTICATION.methods,
    [`${name}_endpoint_auth_signing_alg_values_supported`]: AUTHENTICATION.algorithms,
  };
}
