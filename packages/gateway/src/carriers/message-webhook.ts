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
import type { MessageCarrier } from '@numbra/bank';
import type { Dispatcher } from 'undici';
import { fail } from '../errors.js';
import { createSignedSender, isBeforeSending, type SignedOptions, scrubbed } from './signed.js';

export type MessageWebhookOptions = SignedOptions;

export interface MessageWebhook extends MessageCarrier {
  close(): Promise<void>;
}

const ANSWER_LIMIT_BYTES = 16 << 10;

/**
 * @throws `ERR_CARRIER_URL`, `ERR_CARRIER_SECRET`: nothing was sent
 */
export function createMessageWebhook(options: MessageWebhookOptions): MessageWebhook {
  const sender = createSignedSender(options);
  return {
    name: 'message-webhook',
    async send({ messageId, number, text, signal }) {
      const body = number.use((digits) =>
        JSON.stringify({ message_id: messageId, number: `+${digits}`, text: { zh: text.zh, en: text.en } }),
      );
      let answer: Dispatcher.ResponseData;
      try {
        answer = await sender.send({ method: 'POST', url: sender.url.href, id: messageId, body, signal });
      } catch (cause) {
        if (isBeforeSending(cause)) return { outcome: 'not-sent', cause: 'not-connected' };
        throw fail('ERR_MESSAGE_UNKNOWN', {}, { cause: scrubbed(cause) });
      }
      await answer.body.dump({ limit: ANSWER_LIMIT_BYTES }).catch(() => {});
      if (answer.statusCode >= 200 && answer.statusCode < 300) return { outcome: 'sent' };
      if (answer.statusCode === 422) return { outcome: 'not-sent', cause: 'rejected' };
      throw fail('ERR_MESSAGE_UNKNOWN');
    },
    close: () => sender.close(),
  };
}
