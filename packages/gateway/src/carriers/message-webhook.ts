/**
 * The bank's own message service behind one URL: each message to a customer is one signed request (Standard Webhooks), over TLS or on
 * loopback.
 *
 * ```
 * POST URL   {"message_id":"handover_…","number":"+86…","text":{"zh":"…","en":"…"}}     2xx: taken · 422: certainly not sent · else unknown
 * webhook-id: message_id   webhook-timestamp: seconds   webhook-signature: v1,… [v1,…]
 * ```
 *
 * The service verifies the signature over the exact bytes, sends a message id once, in the customer's language, and keeps the text, which
 * holds a code, out of its logs. No redirect is followed and no message is repeated.
 * @see https://www.standardwebhooks.com
 * @module
 */
import type { lookup } from 'node:dns';
import type { MessageCarrier } from '@numbra/bank';
import { type Dispatcher, request } from 'undici';
import { fail } from '../errors.js';
import { createOutbound, type Network } from '../http/outbound.js';
import { isBeforeSending, parseSecrets, parseUrl, scrubbed } from './webhook.js';

export interface MessageWebhookOptions {
  /** `https://…`, or `http://` on loopback; no user, query or fragment. */
  readonly url: string;
  /** `whsec_…`; two while one replaces the other: both signatures are sent. */
  readonly secrets: readonly string[];
  /** Networks besides the URL's own kind: a service on the bank's own network needs `private`. `public` by default; loopback for an http URL. */
  readonly networks?: readonly Network[];
  /** For one message, connection included; 5,000 by default. */
  readonly timeoutMs?: number;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** For tests: the resolver. */
  readonly lookup?: typeof lookup;
}

export interface MessageWebhook extends MessageCarrier {
  close(): Promise<void>;
}

const ANSWER_LIMIT_BYTES = 16 << 10;

/**
 * @throws `ERR_CARRIER_URL`, `ERR_CARRIER_SECRET`: nothing was sent
 */
export function createMessageWebhook(options: MessageWebhookOptions): MessageWebhook {
  const url = parseUrl(options.url);
  const signers = parseSecrets(options.secrets);
  const { timeoutMs = 5_000, clock = Date.now } = options;
  const dispatcher = createOutbound({
    networks: new Set<Network>(options.networks ?? [url.protocol === 'http:' ? 'loopback' : 'public']),
    connectTimeoutMs: Math.min(timeoutMs, 3_000),
    ...(options.lookup && { lookup: options.lookup }),
  });
  return {
    name: 'message-webhook',
    async send({ messageId, number, text, signal }) {
      const body = number.use((digits) =>
        JSON.stringify({ message_id: messageId, number: `+${digits}`, text: { zh: text.zh, en: text.en } }),
      );
      const at = new Date(clock());
      let answer: Dispatcher.ResponseData;
      try {
        answer = await request(url.href, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'webhook-id': messageId,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
            'webhook-signature': signers.map((signer) => signer.sign(messageId, at, body)).join(' '),
          },
          body,
          dispatcher,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
      } catch (cause) {
        if (isBeforeSending(cause)) return { outcome: 'not-sent', cause: 'not-connected' };
        throw fail('ERR_MESSAGE_UNKNOWN', {}, { cause: scrubbed(cause) });
      }
      await answer.body.dump({ limit: ANSWER_LIMIT_BYTES }).catch(() => {});
      if (answer.statusCode >= 200 && answer.statusCode < 300) return { outcome: 'sent' };
      if (answer.statusCode === 422) return { outcome: 'not-sent', cause: 'rejected' };
      throw fail('ERR_MESSAGE_UNKNOWN');
    },
    close: () => dispatcher.close(),
  };
}
