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
import type { lookup } from 'node:dns';
import type { DueHandover, HandoverAttempted, Handovers } from '@numbra/bank';
import { request } from 'undici';
import { createOutbound, type Network } from '../http/outbound.js';

export interface HandoverSendOptions {
  /** Networks that a recipient's address may lie in; `public` by default, and `loopback` where the gateway itself is only there. */
  readonly networks?: readonly Network[];
  /** Hosts that may be sent to, and no others; every registered one by default. */
  readonly hosts?: readonly string[];
  /** How often what waits is looked for; 1,000 by default. */
  readonly everyMs?: number;
  /** For one attempt, connection included; 10,000 by default. */
  readonly timeoutMs?: number;
  /** For tests: the resolver. */
  readonly lookup?: typeof lookup;
}

export interface HandoverSenderOptions extends HandoverSendOptions {
  readonly handovers: Pick<Handovers, 'take' | 'settle'>;
  readonly onError: (error: unknown) => void;
}

const AT_ONCE = 16;
const ANSWER_LIMIT_BYTES = 16 << 10;

export class HandoverSender {
  readonly #options: HandoverSenderOptions;
  readonly #dispatcher: ReturnType<typeof createOutbound>;
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: HandoverSenderOptions) {
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
    const { handovers } = this.#options;
    for (;;) {
      const due = await handovers.take(AT_ONCE);
      await Promise.all(due.map(async (handover) => handovers.settle(handover, await this.#attempt(handover))));
      if (due.length < AT_ONCE) return;
    }
  }

  async #attempt({ id, url, sealed }: DueHandover): Promise<HandoverAttempted> {
    const { hosts } = this.#options;
    if (hosts !== undefined && !hosts.includes(new URL(url).hostname)) return { outcome: 'failed' };
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/jose', 'idempotency-key': id },
        body: sealed,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      await answer.body.dump({ limit: ANSWER_LIMIT_BYTES }).catch(() => {});
      const delivered = answer.statusCode >= 200 && answer.statusCode < 300;
      return { outcome: delivered ? 'delivered' : 'failed', status: answer.statusCode };
    } catch {
      return { outcome: 'failed' };
    }
  }
}
