/**
 * Sends what customers agreed to have passed on to its recipients: sealed by the bank, over TLS or on loopback, to the address that the
 * bank's operator registered and the network rules allow. No redirect is followed; time and size are bounded. Several gateways share
 * the work.
 *
 * ```
 * POST URL   content-type: application/jose   idempotency-key: handover_…   the JWE        2xx: delivered · else later
 * ```
 *
 * The recipient takes a second one with the same key for done: the first one's answer was lost.
 * @module
 */
import type { DueHandover, HandoverAttempted, Handovers } from '@numbra/bank';
import { isSuccess, Outbox, type OutboxOptions } from '../http/outbox.js';

export type HandoverSendOptions = OutboxOptions;

export interface HandoverSenderOptions extends HandoverSendOptions {
  readonly handovers: Pick<Handovers, 'take' | 'settle' | 'lapse'>;
  readonly onError: (error: unknown) => void;
}

export class HandoverSender extends Outbox<DueHandover> {
  readonly #handovers: HandoverSenderOptions['handovers'];

  constructor(options: HandoverSenderOptions) {
    super(options);
    this.#handovers = options.handovers;
  }

  protected override async prepare(most: number): Promise<void> {
    await this.#handovers.lapse(most);
  }

  protected override take(most: number): Promise<readonly DueHandover[]> {
    return this.#handovers.take(most);
  }

  protected override async deliver(handover: DueHandover): Promise<void> {
    await this.#handovers.settle(handover, await this.#attempt(handover));
  }

  async #attempt({ id, url, sealed }: DueHandover): Promise<HandoverAttempted> {
    if (!this.allows(url)) return { outcome: 'failed' };
    const status = await this.post({ url, headers: { 'content-type': 'application/jose', 'idempotency-key': id }, body: sealed });
    return { outcome: isSuccess(status) ? 'delivered' : 'failed', ...(status !== undefined && { status }) };
  }
}
