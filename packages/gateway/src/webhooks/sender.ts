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
import type { Attempted, DueDelivery, Webhooks } from '@numbra/bank';
import { Webhook } from 'standardwebhooks';
import { type Bound, findRaw, type Raw } from '../egress/find-raw.js';
import { isSuccess, Outbox, type OutboxOptions } from '../http/outbox.js';

export type WebhookOptions = OutboxOptions;

export interface SenderOptions extends WebhookOptions {
  readonly webhooks: Webhooks;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
  /** Told of a delivery that the egress guard held back. */
  readonly onHeld?: (delivery: string, found: readonly Raw[]) => void;
}

const GONE = 410;

export class WebhookSender extends Outbox<DueDelivery> {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    super(options);
    this.#options = options;
  }

  protected override take(most: number): Promise<readonly DueDelivery[]> {
    return this.#options.webhooks.take(most);
  }

  protected override async deliver(delivery: DueDelivery): Promise<void> {
    await this.#options.webhooks.settle(delivery, await this.#attempt(delivery));
  }

  async #attempt({ id, url, secret, body }: DueDelivery): Promise<Attempted> {
    if (!this.allows(url)) return { outcome: 'failed' };
    const at = new Date(this.#options.clock());
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    };
    const found = findRaw(boundOf(url, headers, body));
    if (found.length > 0) {
      this.#options.onHeld?.(id, found);
      return { outcome: 'held' };
    }
    const status = await this.post({ url, headers, body });
    if (isSuccess(status)) return { outcome: 'delivered', status: status as number };
    if (status === GONE) return { outcome: 'gone' };
    return { outcome: 'failed', ...(status !== undefined && { status }) };
  }
}

/** Everything of an order that the vendor's side reads. */
function* boundOf(url: string, headers: Readonly<Record<string, string>>, body: string): Generator<Bound> {
  yield { place: 'address', text: url };
  for (const [name, text] of Object.entries(headers)) yield { place: `header ${name}`, text };
  yield { place: 'body', text: body };
}
