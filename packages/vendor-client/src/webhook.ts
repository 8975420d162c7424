/**
 * Checks what arrives at the vendor's webhook (Standard Webhooks): that the bank sent these very bytes, and lately. Sign and time are
 * all there is to check; whether a message came before is for the receiver to remember, by its `id`.
 * @see https://www.standardwebhooks.com
 * @module
 */
import { VendorClientError } from './errors.js';

/** What happened to a call. */
export interface WebhookMessage {
  /** The same in every attempt: keep it, and take a second one for done. */
  readonly id: string;
  /** `call.ended` */
  readonly type: string;
  /** For `call.ended`: `call_id`, `campaign`, `state`, `at`, `talk_seconds`. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WebhookOptions {
  /** `whsec_…` as the bank gave it; two while one replaces the other. */
  readonly secrets: readonly string[];
  /** How far the message's time may lie from now; 300 by default. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/**
 * Verifies one message.
 *
 * @param headers - of the request: `webhook-id`, `webhook-timestamp`, `webhook-signature`
 * @param body - the bytes as they came, before any parsing, as text
 * @throws `ERR_CLIENT_WEBHOOK`: not from the bank, changed, or too old; answer 400 and do nothing
 */
export async function verifyWebhook(
  headers: { get(name: string): string | null },
  body: string,
  { secrets, toleranceSeconds = 300, clock = Date.now }: WebhookOptions,
): Promise<WebhookMessage> {
  const id = headers.get('webhook-id') ?? '';
  const timestamp = headers.get('webhook-timestamp') ?? '';
  const signatures = (headers.get('webhook-signature') ?? '').split(' ').filter((one) => one.startsWith('v1,'));
  const age = Math.abs(clock() / 1000 - Number(timestamp));
  if (id === '' || !/^[0-9]{1,12}$/.test(timestamp) || !(age <= toleranceSeconds)) throw new VendorClientError('ERR_CLIENT_WEBHOOK');
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey('raw', bytesOf(secret.replace(/^whsec_/, '')), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ]);
    for (const signature of signatures) {
      // Compares in constant time.
      if (await crypto.subtle.verify('HMAC', key, bytesOf(signature.slice(3)), signed)) return messageOf(id, body);
    }
  }
  throw new VendorClientError('ERR_CLIENT_WEBHOOK');
}

function messageOf(id: string, body: string): WebhookMessage {
  const { type, data } = JSON.parse(body) as { type: string; data: Record<string, unknown> };
  return { id, type, data };
}

/** Base64; what is none becomes no bytes, which verify nothing. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(1);
  }
}
