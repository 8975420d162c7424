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
import type { Carrier } from '@numbra/bank';
import type { Dispatcher } from 'undici';
import { fail } from '../errors.js';
import { createSignedSender, isBeforeSending, type SignedOptions, scrubbed } from './signed.js';

export type WebhookCarrierOptions = SignedOptions;

export interface WebhookCarrier extends Carrier {
  close(): Promise<void>;
}

const ANSWER_LIMIT_BYTES = 64 << 10;

/**
 * @throws `ERR_CARRIER_URL`, `ERR_CARRIER_SECRET`: nothing was sent
 */
export function createWebhookCarrier(options: WebhookCarrierOptions): WebhookCarrier {
  const sender = createSignedSender(options);
  const { href } = sender.url;
  const addressOf = (callId: string): string => `${href.replace(/\/$/, '')}/${encodeURIComponent(callId)}`;
  return {
    name: 'webhook',
    async place({ callId, number, callerId, signal }) {
      const body = number.use((digits) => JSON.stringify({ call_id: callId, number: `+${digits}`, caller_id: callerId }));
      let answer: Dispatcher.ResponseData;
      try {
        answer = await sender.send({ method: 'POST', url: href, id: callId, body, signal });
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
        const answer = await sender.send({ method: 'GET', url: addressOf(callId), id: callId, body: '' });
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
      const answer = await sender.send({ method: 'DELETE', url: addressOf(callId), id: callId, body, signal });
      await discard(answer);
      if (answer.statusCode >= 200 && answer.statusCode < 300) return 'done';
      return answer.statusCode === 404 || answer.statusCode === 409 ? 'not-under-way' : 'unknown';
    },
    close: () => sender.close(),
  };
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
