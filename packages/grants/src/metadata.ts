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
  /** Whether clients may prove themselves, and grants be bound, by TLS client certificates (RFC 8705). */
  readonly certificates?: boolean;
}

/** What assertions, proofs and grants are signed with. */
export const signingAlgorithms = ['ES256', 'EdDSA'] as const;

const BY_CERTIFICATE = ['tls_client_auth', 'self_signed_tls_client_auth'] as const;

/** @see https://www.rfc-editor.org/rfc/rfc8414#section-2 */
export function authorizationServerMetadata(at: ServerAddresses) {
  return {
    issuer: at.issuer,
    token_endpoint: at.tokenEndpoint,
    jwks_uri: at.jwks,
    // Required by the RFC; there is no authorization endpoint.
    response_types_supported: [],
    grant_types_supported: at.exchange === true ? ['client_credentials', EXCHANGE_GRANT_TYPE] : ['client_credentials'],
    ...endpoint(at, 'token', at.tokenEndpoint, false),
    ...endpoint(at, 'introspection', at.introspectionEndpoint),
    // How answers may be signed (RFC 9701 § 7).
    ...(at.introspectionEndpoint !== undefined && { introspection_signing_alg_values_supported: signingAlgorithms }),
    ...endpoint(at, 'revocation', at.revocationEndpoint),
    ...(at.certificates === true && { tls_client_certificate_bound_access_tokens: true }),
    dpop_signing_alg_values_supported: signingAlgorithms,
    authorization_details_types_supported: [CAMPAIGN_TYPE],
    protected_resources: [at.resource],
    numbra_resolver: at.resource,
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9728#section-2 */
export function protectedResourceMetadata({
  issuer,
  resource,
  certificates = false,
}: Pick<ServerAddresses, 'issuer' | 'resource' | 'certificates'>) {
  return {
    resource,
    authorization_servers: [issuer],
    // A grant is bound to a key: what is sent as Bearer is bound to the certificate of its connection (RFC 8705 § 3).
    bearer_methods_supported: certificates ? ['header'] : [],
    dpop_bound_access_tokens_required: !certificates,
    ...(certificates && { tls_client_certificate_bound_access_tokens: true }),
    dpop_signing_alg_values_supported: signingAlgorithms,
    authorization_details_types_supported: [CAMPAIGN_TYPE],
  };
}

function endpoint({ certificates }: ServerAddresses, name: string, url: string | undefined, named = true): Record<string, unknown> {
  if (url === undefined) return {};
  return {
    ...(named && { [`${name}_endpoint`]: url }),
    [`${name}_endpoint_auth_methods_supported`]: certificates === true ? ['private_key_jwt', ...BY_CERTIFICATE] : ['private_key_jwt'],
    [`${name}_endpoint_auth_signing_alg_values_supported`]: signingAlgorithms,
  };
}
