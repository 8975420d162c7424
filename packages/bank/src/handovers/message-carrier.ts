/**
 * The message carrier: what the bank sends its customers short messages with. An adapter takes a number and a text and says whether it took
 * them. Adapters: `@numbra/gateway`, carriers.
 * @module
 */
import type { Phone, Sensitive } from '@numbra/core';
import { causeCode } from '../calls/carrier.js';

export interface MessageOrder {
  /** One a message, and the carrier's own client reference: it sends a second one with this id to nobody. */
  readonly messageId: string;
  readonly number: Sensitive<Phone>;
  readonly text: MessageText;
  /** Aborts when nobody waits for the answer any more. The message may have been sent all the same. */
  readonly signal: AbortSignal;
}

/** One message, in each language; the carrier knows which the customer reads. It holds a code: it belongs in no log. */
export interface MessageText {
  readonly zh: string;
  readonly en: string;
}

export type MessageAnswer =
  | { readonly outcome: 'sent' }
  /** Certainly nothing was sent. */
  | { readonly outcome: 'not-sent'; readonly cause: string };

export interface MessageCarrier {
  readonly name: string;
  /** Sends one message. Called once a message. A throw, or no answer in time, means that nobody knows. */
  send(order: MessageOrder): Promise<MessageAnswer>;
}

/** What is known after the carrier was asked. */
export type Sent = 'sent' | 'not-sent' | 'unknown';

const SEND_TIMEOUT_MS = 5_000;

/** Asks the carrier once. */
export async function sendOnce(carrier: MessageCarrier, order: Omit<MessageOrder, 'signal'>, timeoutMs = SEND_TIMEOUT_MS): Promise<Sent> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Sent>((resolve) => {
    timer = setTimeout(() => {
      resolve('unknown');
      abort.abort();
    }, timeoutMs);
  });
  const asked = (async (): Promise<Sent> => judge(await carrier.send({ ...order, signal: abort.signal })))();
  try {
    return await Promise.race([asked.catch((): Sent => 'unknown'), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** An adapter is somebody else's code: what is not clearly one of the two answers is none. */
function judge(answer: MessageAnswer): Sent {
  if (answer?.outcome === 'sent') return 'sent';
  return answer?.outcome === 'not-sent' && causeCode(answer.cause) !== '' ? 'not-sent' : 'unknown';
}
