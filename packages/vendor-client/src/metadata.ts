/**
 * Where the bank's token endpoint and resolver are: RFC 8414 metadata, asked once.
 * @module
 */
import type { Answer, Verdict } from './answers.js';
import { VendorClientError } from './errors.js';

export interface Endpoints {
  readonly tokenEndpoint: string;
  /** Without a slash at its end. */
  readonly resolver: string;
  /** The bank's public keys. */
  readonly jwksUri?: string;
}

/** The metadata's address: the well-known part stands between host and path (RFC 8414 § 3.1). */
export function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`;
}

export function judgeMetadata(answer: Answer, issuer: string, resource: string | undefined): Verdict<Endpoints> {
  const refused = new VendorClientError('ERR_CLIENT_METADATA', { status: answer.status });
  if ([429, 502, 503, 504].includes(answer.status)) return { next: 'wait', seconds: undefined, error: refused };
  let metadata: Record<string, unknown>;
  try {
    metadata = JSON.parse(answer.body);
  } catch {
    return { next: 'fail', error: refused };
  }
  const tokenEndpoint = metadata?.token_endpoint;
  const resolver = resource ?? metadata?.numbra_resolver;
  if (answer.status !== 200 || metadata.issuer !== issuer || !isAddress(tokenEndpoint) || !isAddress(resolver))
    return { next: 'fail', error: refused };
  const { jwks_uri: jwksUri } = metadata;
  return { next: 'done', value: { tokenEndpoint, resolver: resolver.replace(/\/+$/, ''), ...(isAddress(jwksUri) && { jwksUri }) } };
}

/** https, or http on this machine: a grant request on an open line could be kept from its receiver and used. */
export function isAddress(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, username, search, hash } = new URL(value);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return username === '' && search === '' && hash === '' && (protocol === 'https:' || (protocol === 'http:' && loopback));
}
