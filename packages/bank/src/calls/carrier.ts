/**
 * Carriers: the telephony that the bank controls. An adapter takes a number and an id and says whether it took the call;
 * this is the one line outside core and import at which a number is seen. Adapters: `@numbra/gateway`, carriers.
 *
 * Not a call's whole life: a carrier reports its end through `calls.ended`.
 * @module
 */
import type { Phone, Sensitive } from '@numbra/core';
import { PLACE_TIMEOUT_MS } from './limits.js';

export interface CarrierOrder {
  /** The call's id, and the carrier's own client reference: `find` must know the call by it. */
  readonly callId: string;
  readonly number: Sensitive<Phone>;
  /** What the customer's phone shows; one a campaign. */
  readonly callerId?: string;
  /** Aborts when nobody waits for the answer any more. The call may have been placed all the same. */
  readonly signal: AbortSignal;
}

export type CarrierAnswer =
  | { readonly outcome: 'placed' }
  /** Certainly nothing was dialled: refused before anything was sent, or by the carrier's documented synchronous rejection. */
  | { readonly outcome: 'not-placed'; readonly cause: string };

export interface Carrier {
  /** As in ledger entries: 1 to 64 of `A-Z a-z 0-9 . _ -`. */
  readonly name: string;
  /** Places one call. Called once a call, never again. A throw, or no answer in time, means that nobody knows. */
  place(order: CarrierOrder): Promise<CarrierAnswer>;
  /** What became of a call whose answer was lost. `not-placed` only if it will certainly never be placed. */
  find(callId: string): Promise<'placed' | 'not-placed' | 'unknown'>;
  /**
   * Ends a call, if it is under way; a call that was hung up before is `not-under-way`. A carrier without this cannot hang up. The end
   * itself is still reported through `calls.ended`.
   */
  hangUp?(callId: string, signal: AbortSignal): Promise<'done' | 'not-under-way' | 'unknown'>;
  /** Whether an order makes sense now. Asked before anything is authorized: while it says no, orders are refused and leave no trace. */
  isAvailable?(): boolean;
}

/** What is known after the carrier was asked. */
export type Placement = CarrierAnswer | { readonly outcome: 'unknown' };

/**
 * Asks the carrier once.
 *
 * @param timeoutMs - after that many milliseconds the answer is `unknown`, whatever comes later
 */
export async function placeOnce(
  carrier: Carrier,
  order: Omit<CarrierOrder, 'signal'>,
  timeoutMs: number = PLACE_TIMEOUT_MS,
): Promise<Placement> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Placement>((resolve) => {
    timer = setTimeout(() => {
      resolve({ outcome: 'unknown' });
      abort.abort();
    }, timeoutMs);
  });
  // Inside an async function, so that an adapter that throws at once is an answer too.
  const asked = (async (): Promise<Placement> => judge(await carrier.place({ ...order, signal: abort.signal })))();
  try {
    return await Promise.race([asked.catch((): Placement => ({ outcome: 'unknown' })), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** An adapter is somebody else's code: what is not clearly one of the two answers is none. */
function judge(answer: CarrierAnswer): Placement {
  if (answer?.outcome === 'placed') return { outcome: 'placed' };
  if (answer?.outcome === 'not-placed') return { outcome: 'not-placed', cause: causeCode(answer.cause) };
  return { outcome: 'unknown' };
}

const CAUSE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** A carrier's cause as a code of ours. Anything else, such as a sentence that might repeat the number, becomes `not-placed`. */
export function causeCode(cause: unknown): string {
  return typeof cause === 'string' && cause.length <= 64 && CAUSE.test(cause) && !/\d{4}/.test(cause) ? cause : 'not-placed';
}
