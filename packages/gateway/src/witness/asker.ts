/**
 * Asks the bank's witnesses to cosign: beside the sequencer and never in its way. Each is asked for the checkpoint that the public is shown
 * next, once a few seconds until it has cosigned it; one that does not answer costs nobody anything.
 *
 * Connections go only to addresses that the operator registered, in networks that are allowed; no redirect is followed.
 * @module
 */
import type { Bank, OrderOptions, WitnessView } from '@numbra/bank';
import { witnessRefusals } from '@numbra/verify';
import { request } from 'undici';
import { createOutbound, type Network } from '../http/outbound.js';

export interface AskWitnessesOptions {
  /** Networks that a witness may lie in; `public` by default, and `loopback` where the gateway itself is only there. */
  readonly networks?: readonly Network[];
  /** How often it is looked whether something is to be cosigned; 2,000 by default. */
  readonly everyMs?: number;
  /** For one question, connection included; 5,000 by default. */
  readonly timeoutMs?: number;
}

export interface WitnessAskerOptions extends AskWitnessesOptions {
  readonly bank: Bank;
  readonly onError: (error: unknown) => void;
  readonly onRefused: (witness: string, code: string) => void;
}

const ANSWER_LIMIT_BYTES = 4_096;

interface Answer {
  readonly status: number;
  readonly text: string;
}

export class WitnessAsker {
  readonly #options: WitnessAskerOptions;
  readonly #dispatcher: ReturnType<typeof createOutbound>;
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> | undefined;

  constructor(options: WitnessAskerOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    this.#dispatcher = createOutbound({
      networks: new Set(options.networks ?? ['public']),
      connectTimeoutMs: Math.min(this.#timeoutMs, 3_000),
    });
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.ask(), this.#options.everyMs ?? 2_000).unref();
  }

  /** Asks every witness that has something to cosign. One round at a time; never throws. */
  ask(): Promise<void> {
    this.#asking ??= this.#round('public').finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Asks for a cosignature of the newest checkpoint: for a receipt that is made now. Never throws. */
  async askNow(): Promise<void> {
    await this.#asking;
    await this.#round('newest');
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#asking;
    await this.#dispatcher.close();
  }

  async #round(of: NonNullable<OrderOptions['of']>): Promise<void> {
    try {
      const witnesses = await this.#options.bank.ledger.witnesses.list();
      await Promise.all(witnesses.map((witness) => this.#one(witness, of)));
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #one({ name, refusal }: WitnessView, of: NonNullable<OrderOptions['of']>): Promise<void> {
    const { witnesses } = this.#options.bank.ledger;
    const first = await witnesses.order(name, { of });
    if (first === undefined) return;
    let { size } = first;
    let answer = await this.#send(first.url, first.body);
    // It knows another size than we believe (another gateway asked, or an answer was lost): prove from there.
    const known = answer?.status === 409 ? /^(0|[1-9]\d{0,15})\n$/.exec(answer.text)?.[1] : undefined;
    if (known !== undefined) {
      const again = await witnesses.order(name, { of, from: Number(known) });
      if (again !== undefined) {
        size = again.size;
        answer = await this.#send(again.url, again.body);
      }
    }
    if (answer?.status === 200 && (await witnesses.cosigned(name, size, answer.text))) return;
    const code = codeOf(answer);
    await witnesses.refused(name, code);
    if (code !== refusal) this.#options.onRefused(name, code);
  }

  async #send(url: string, body: string): Promise<Answer | undefined> {
    try {
      const answer = await request(`${url.replace(/\/$/, '')}/add-checkpoint`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      let text = '';
      for await (const chunk of answer.body.setEncoding('utf8')) {
        text += String(chunk);
        if (text.length > ANSWER_LIMIT_BYTES) return { status: answer.statusCode, text: '' };
      }
      return { status: answer.statusCode, text };
    } catch {
      return undefined;
    }
  }
}

/** What an answer that is no cosignature says, as kebab-case. */
function codeOf(answer: Answer | undefined): string {
  if (answer === undefined || answer.status >= 500) return 'unreachable';
  if (answer.status === 200) return 'cosignature-invalid';
  // Asked again with the very size that it named, a witness that still answers 409 has seen another root of that size.
  if (answer.status === 409) return 'forked';
  const known = Object.entries(witnessRefusals).find(([, { status }]) => status === answer.status);
  return known?.[0] ?? 'refused';
}
