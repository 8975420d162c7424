/**
 * Outbox: sends what waits in the store to addresses that the bank's operator registered, over TLS or on loopback, where the network rules
 * allow. No redirect is followed; time and size are bounded. One round at a time, and several gateways share the work.
 *
 * What is sent, and what an answer means, is the subclass's: webhooks, handovers.
 * @module
 */
import type { lookup } from 'node:dns';
import { request } from 'undici';
import { createOutbound, type Network } from './outbound.js';

export interface OutboxOptions {
  /** Networks that an address may lie in; `public` by default, and `loopback` where the gateway itself is only there. */
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

export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const AT_ONCE = 16;
const ANSWER_LIMIT_BYTES = 16 << 10;
const CONNECT_MS = 3_000;

/** @typeParam Due - what waits, taken by this gateway for some time */
export abstract class Outbox<Due> {
  readonly #options: OutboxOptions & { readonly onError: (error: unknown) => void };
  readonly #dispatcher: ReturnType<typeof createOutbound>;
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: OutboxOptions & { readonly onError: (error: unknown) => void }) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#dispatcher = createOutbound({
      networks: new Set(options.networks ?? ['public']),
      connectTimeoutMs: Math.min(this.#timeoutMs, CONNECT_MS),
      ...(options.lookup && { lookup: options.lookup }),
    });
  }

  /** Takes what is due, at most so many. */
  protected abstract take(most: number): Promise<readonly Due[]>;
  /** Sends one and records how it went. */
  protected abstract deliver(due: Due): Promise<void>;
  /** What comes before a round. */
  protected async prepare(_most: number): Promise<void> {}

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

  /** Whether a host may be sent to. */
  protected allows(url: string): boolean {
    const { hosts } = this.#options;
    return hosts === undefined || hosts.includes(new URL(url).hostname);
  }

  /** POSTs; the answer's status, or `undefined` when none came. */
  protected async post({ url, headers, body }: Outgoing): Promise<number | undefined> {
    try {
      const answer = await request(url, {
        method: 'POST',
        headers,
        body,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      await answer.body.dump({ limit: ANSWER_LIMIT_BYTES }).catch(() => {});
      return answer.statusCode;
    } catch {
      return undefined;
    }
  }

  async #round(): Promise<void> {
    await this.prepare(AT_ONCE);
    for (;;) {
      const due = await this.take(AT_ONCE);
      await Promise.all(due.map((one) => this.deliver(one)));
      if (due.length < AT_ONCE) return;
    }
  }
}

export const isSuccess = (status: number | undefined): boolean => status !== undefined && status >= 200 && status < 300;
