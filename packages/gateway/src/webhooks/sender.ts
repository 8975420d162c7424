/**
 * Sends what waits to be told to vendors (Standard Webhooks): signed, over TLS or on loopback, to addresses that the bank's operator
 * registered and the network rules allow. No redirect is followed; time and size are bounded. Several gateways share the work.
 *
 * ```
 * POST URL   {"type":"call.ended","timestamp":"…","data":{…}}
 * webhook-id: msg_…   webhook-timestamp: seconds   webhook-signature: v1,…        2xx: told · 410: never again · else later
 * ```
 * @see https://www.standardwebhooks.com
 * @module
 */
import type { lookup } from 'node:dns';
import type { Attempted, DueDelivery, Webhooks } from '@numbra/bank';
import { Webhook } from 'standardwebhooks';
import { request } from 'undici';
import { createOutbound, type Network } from '../http/outbound.js';

export interface WebhookOptions {
  /** Networks that a vendor's address may lie in; `public` by default, and `loopback` where the gateway itself is only there. */
  readonly networks?: readonly Network[];
  /** Hosts that may be told, and no others; every registered one by default. */
  readonly hosts?: readonly string[];
  /** How often what waits is looked for; 1,000 by default. */
  readonly everyMs?: number;
  /** For one attempt, connection included; 10,000 by default. */
  readonly timeoutMs?: number;
  /** For tests: the resolver. */
  readonly lookup?: typeof lookup;
}

export interface SenderOptions extends WebhookOptions {
  readonly webhooks: Webhooks;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

const AT_ONCE = 16;
const ANSWER_LIMIT_BYTES = 16 << 10;

export class WebhookSender {
  readonly #options: SenderOptions;
  readonly #dispatcher: ReturnType<typeof createOutbound>;
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#dispatcher = createOutbound({
      networks: new Set(options.networks ?? ['public']),
      connectTimeoutMs: Math.min(this.#timeoutMs, 3_000),
      ...(options.lookup && { lookup: options.lookup }),
    });
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.send(), this.#options.everyMs ?? 1_000).unref();
  }

  /** Sends everything that is due now. One round at a time. */
  send(): Promise<void> {
    this.#sending ??= this.#round()
      .catch(this.#options.onError)
      .finally(() => {
        this.#sending = undefined;
      });
    return this.#sending;
  }

  /** Waits for the attempts under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    await this.#dispatcher.close();
  }

  async #round(): Promise<void> {
    const { webhooks } = this.#options;
    for (;;) {
      const due = await webhooks.take(AT_ONCE);
      await Promise.all(due.map(async (delivery) => webhooks.settle(delivery, await this.#attempt(delivery))));
      if (due.length < AT_ONCE) return;
    }
  }

  async #attempt({ id, url, secret, body }: DueDelivery): Promise<Attempted> {
    const { hosts, clock } = this.#options;
    if (hosts !== undefined && !hosts.includes(new URL(url).hostname)) return { outcome: 'failed' };
    const at = new Date(clock());
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': new Webhook(secret).sign(id, at, body),
        },
        body,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      await answer.body.dump({ limit: ANSWER_LIMIT_BYTES }).catch(() => {});
      if (answer.statusCode >= 200 && answer.statusCode < 300) return { outcome: 'delivered', status: answer.statusCode };
      return answer.statusCode === 410 ? { outcome: 'gone' } : { outcome: 'failed', status: answer.statusCode };
    } catch {
      return { outcome: 'failed' };
    }
  }
}
