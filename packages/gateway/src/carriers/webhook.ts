/**
 * The bank's own dialler behind one URL: each order is one signed request (Standard Webhooks), over TLS or on loopback.
 *
 * ```
 * POST URL            {"call_id":"…","number":"+86…","caller_id":"…"}     2xx: placed · 422: not placed, for certain · else unknown
 * GET  URL/CALL_ID                                                       200 {"state":"placed"|"not-placed"} · else unknown
 * DELETE URL/CALL_ID  {"call_id":"…","hang_up":true}                      2xx: hung up · 404, 409: not under way · else unknown
 * webhook-id: CALL_ID   webhook-timestamp: seconds   webhook-signature: v1,… [v1,…]
 * ```
 *
 * The dialler verifies the signature over the exact bytes, dials a call id once, and having said `not-placed` never dials
 * that id. No redirect is followed and no order is repeated. See outbound.ts for where connections may go.
 * @see https://www.standardwebhooks.com
 * @module
 */
import type { lookup } from 'node:dns';
import type { Carrier } from '@numbra/bank';
import { Webhook } from 'standardwebhooks';
import { type Dispatcher, request } from 'undici';
import { fail } from '../errors.js';
import { createOutbound, type Network } from '../http/outbound.js';

export interface WebhookCarrierOptions {
  /** `https://…`, or `http://` on loopback; no user, query or fragment. */
  readonly url: string;
  /** `whsec_…`; two while one replaces the other: both signatures are sent. */
  readonly secrets: readonly string[];
  /** Networks besides the URL's own kind: a dialler on the bank's own network needs `private`. `public` by default; loopback for an http URL. */
  readonly networks?: readonly Network[];
  /** For one order, connection included; 5,000 by default. */
  readonly timeoutMs?: number;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** For tests: the resolver. */
  readonly lookup?: typeof lookup;
}

export interface WebhookCarrier extends Carrier {
  close(): Promise<void>;
}

const ANSWER_LIMIT_BYTES = 64 << 10;
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/**
 * @throws `ERR_CARRIER_URL`, `ERR_CARRIER_SECRET`: nothing was sent
 */
export function createWebhookCarrier(options: WebhookCarrierOptions): WebhookCarrier {
  const base = parseUrl(options.url);
  const signers = parseSecrets(options.secrets);
  const timeoutMs = options.timeoutMs ?? 5_000;
  const clock = options.clock ?? Date.now;
  const networks = new Set<Network>(options.networks ?? [base.protocol === 'http:' ? 'loopback' : 'public']);
  const dispatcher = createOutbound({
    networks,
    connectTimeoutMs: Math.min(timeoutMs, 3_000),
    ...(options.lookup && { lookup: options.lookup }),
  });

  async function send(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    callId: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const at = new Date(clock());
    const headers = {
      'webhook-id': callId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signers.map((signer) => signer.sign(callId, at, body)).join(' '),
      ...(method !== 'GET' && { 'content-type': 'application/json' }),
    };
    return request(url, {
      method,
      headers,
      body: method === 'GET' ? null : body,
      dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  }

  return {
    name: 'webhook',
    async place({ callId, number, callerId, signal }) {
      const body = number.use((digits) => JSON.stringify({ call_id: callId, number: `+${digits}`, caller_id: callerId }));
      let answer: Dispatcher.ResponseData;
      try {
        answer = await send('POST', base.href, callId, body, signal);
      } catch (cause) {
        if (isBeforeSending(cause)) return { outcome: 'not-placed', cause: 'not-connected' };
        throw fail('ERR_CARRIER_UNKNOWN', {}, { cause: scrubbed(cause) });
      }
      await discard(answer);
      if (answer.statusCode >= 200 && answer.statusCode < 300) return { outcome: 'placed' };
      if (answer.statusCode === 422) return { outcome: 'not-placed', cause: 'rejected' };
      throw fail('ERR_CARRIER_UNKNOWN');
    },
    async find(callId) {
      try {
        const url = `${base.href.replace(/\/$/, '')}/${encodeURIComponent(callId)}`;
        const answer = await send('GET', url, callId, '', new AbortController().signal);
        if (answer.statusCode !== 200) {
          await discard(answer);
          return 'unknown';
        }
        return stateOf(await readLimited(answer));
      } catch {
        return 'unknown';
      }
    },
    async hangUp(callId, signal) {
      // A body of its own, so that the signature of a look is never one of a hang-up.
      const body = JSON.stringify({ call_id: callId, hang_up: true });
      const answer = await send('DELETE', `${base.href.replace(/\/$/, '')}/${encodeURIComponent(callId)}`, callId, body, signal);
      await discard(answer);
      if (answer.statusCode >= 200 && answer.statusCode < 300) return 'done';
      return answer.statusCode === 404 || answer.statusCode === 409 ? 'not-under-way' : 'unknown';
    },
    close: () => dispatcher.close(),
  };
}

/** An address that the bank's own messages go to. @throws `ERR_CARRIER_URL` */
export function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || !(url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname))))
    throw fail('ERR_CARRIER_URL');
  return url;
}

/** @throws `ERR_CARRIER_SECRET` */
export function parseSecrets(secrets: readonly string[]): Webhook[] {
  if (secrets.length < 1 || secrets.length > 2 || !secrets.every((secret) => SECRET.test(secret))) throw fail('ERR_CARRIER_SECRET');
  return secrets.map((secret) => new Webhook(secret));
}

/** Judges what the dialler says of a call. */
export function stateOf(text: string | undefined): 'placed' | 'not-placed' | 'unknown' {
  try {
    const { state } = JSON.parse(text ?? '') as { state?: unknown };
    return state === 'placed' || state === 'not-placed' ? state : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Failures that come before the first byte of the order: the dialler cannot have it. Everything else leaves that open. */
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

/** The answer of an order counts by its status alone. */
async function discard(answer: Dispatcher.ResponseData): Promise<void> {
  await answer.body.dump({ limit: ANSWER_LIMIT_BYTES }).catch(() => {});
}

async function readLimited(answer: Dispatcher.ResponseData): Promise<string | undefined> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > ANSWER_LIMIT_BYTES) {
      answer.body.destroy();
      return undefined;
    }
  }
  return text;
}
