/**
 * Signed requests (Standard Webhooks) to a service of the bank's own behind one URL, over TLS or on loopback. No redirect is followed and nothing
 * is repeated. See http/outbound.ts for where connections may go.
 * @see https://www.standardwebhooks.com
 * @module
 */
import type { lookup } from 'node:dns';
import { Webhook } from 'standardwebhooks';
import { type Dispatcher, request } from 'undici';
import { fail } from '../errors.js';
import { createOutbound, type Network } from '../http/outbound.js';

export interface SignedOptions {
  /** `https://…`, or `http://` on loopback; no user, query or fragment. */
  readonly url: string;
  /** `whsec_…`; two while one replaces the other: both signatures are sent. */
  readonly secrets: readonly string[];
  /** Networks besides the URL's own kind: a service on the bank's own network needs `private`. `public` by default; loopback for an http URL. */
  readonly networks?: readonly Network[];
  /** For one request, connection included; 5,000 by default. */
  readonly timeoutMs?: number;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** For tests: the resolver. */
  readonly lookup?: typeof lookup;
}

export interface SignedRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  /** What `webhook-id` is. */
  readonly id: string;
  /** What is signed; not sent with GET. */
  readonly body: string;
  readonly signal?: AbortSignal;
}

export interface SignedSender {
  readonly url: URL;
  send(order: SignedRequest): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/** @throws `ERR_CARRIER_URL`, `ERR_CARRIER_SECRET`: nothing was sent */
export function createSignedSender(options: SignedOptions): SignedSender {
  const base = parseUrl(options.url);
  const signers = parseSecrets(options.secrets);
  const { timeoutMs = 5_000, clock = Date.now } = options;
  const dispatcher = createOutbound({
    networks: new Set<Network>(options.networks ?? [base.protocol === 'http:' ? 'loopback' : 'public']),
    connectTimeoutMs: Math.min(timeoutMs, 3_000),
    ...(options.lookup && { lookup: options.lookup }),
  });
  return {
    url: base,
    async send({ method, url, id, body, signal }) {
      const at = new Date(clock());
      const timeout = AbortSignal.timeout(timeoutMs);
      return request(url, {
        method,
        headers: {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': signers.map((signer) => signer.sign(id, at, body)).join(' '),
          ...(method !== 'GET' && { 'content-type': 'application/json' }),
        },
        body: method === 'GET' ? null : body,
        dispatcher,
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
    },
    close: () => dispatcher.close(),
  };
}

/** An address that the bank's own messages go to. @throws `ERR_CARRIER_URL` */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || !(url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname))))
    throw fail('ERR_CARRIER_URL');
  return url;
}

/** @throws `ERR_CARRIER_SECRET` */
function parseSecrets(secrets: readonly string[]): Webhook[] {
  if (secrets.length < 1 || secrets.length > 2 || !secrets.every((secret) => SECRET.test(secret))) throw fail('ERR_CARRIER_SECRET');
  return secrets.map((secret) => new Webhook(secret));
}

/** Failures that come before the first byte: the service cannot have what was sent. Everything else leaves that open. */
export function isBeforeSending(error: unknown): boolean {
  const { code, syscall, errors } = error as { code?: unknown; syscall?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return errors.every(isBeforeSending); // both families were tried
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  return typeof code === 'string' && BEFORE_SENDING.has(code);
}

const BEFORE_SENDING = new Set([
  'ERR_CARRIER_ADDRESS_REFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  // https://nodejs.org/api/tls.html#x509-certificate-error-codes: the handshake failed
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** What may be kept of a foreign error: its kind. Its message may hold what was sent. */
export function scrubbed(error: unknown): Error {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return Object.assign(new Error(typeof code === 'string' ? code : String(name)), { name: String(name), code });
}
