/**
 * A circuit breaker around a carrier: after so many orders in a row whose fate is unknown, or that did not reach it, no more are
 * authorized for a while; then one is let through to see. It is looked at before anything is authorized (`isAvailable`), so what it
 * keeps off leaves no trace and may be sent again under its key.
 *
 * No retry: an order is given once.
 * @see https://github.com/connor4312/cockatiel
 * @module
 */
import type { Carrier, CarrierAnswer, CarrierOrder } from '@numbra/bank';
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';

export interface BreakerOptions {
  /** Failures in a row; 5 by default. */
  readonly failures?: number;
  /** How long nothing is ordered; 10,000 by default. */
  readonly pauseMs?: number;
}

/** What is known of an order that failed, through the breaker and out again. */
class Failed extends Error {
  readonly answer: CarrierAnswer | undefined;

  constructor(answer?: CarrierAnswer, cause?: unknown) {
    super('order failed', { cause });
    this.answer = answer;
  }
}

/** Causes that say that the carrier itself was not there; a rejected order is an answer. */
const NOT_THERE: ReadonlySet<string> = new Set(['not-connected']);

/** The same carrier behind a breaker. */
export function withBreaker(carrier: Carrier, { failures = 5, pauseMs = 10_000 }: BreakerOptions = {}): Carrier {
  const breaker = circuitBreaker(handleAll, { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: pauseMs });
  let brokenAt = Number.NEGATIVE_INFINITY;
  breaker.onBreak(() => {
    brokenAt = performance.now();
  });

  async function order(given: CarrierOrder): Promise<CarrierAnswer> {
    // It waited for another order to try the carrier, and nobody waits for it any more.
    if (given.signal.aborted) return { outcome: 'not-placed', cause: 'carrier-unavailable' };
    let answer: CarrierAnswer;
    try {
      answer = await untilAborted(carrier.place(given), given.signal);
    } catch (cause) {
      throw new Failed(undefined, cause);
    }
    if (answer.outcome === 'not-placed' && NOT_THERE.has(answer.cause)) throw new Failed(answer);
    return answer;
  }

  return {
    name: carrier.name,
    find: (callId) => carrier.find(callId),
    ...(carrier.hangUp !== undefined && { hangUp: (callId: string, signal: AbortSignal) => carrier.hangUp!(callId, signal) }),
    isAvailable() {
      if (carrier.isAvailable?.() === false) return false;
      if (breaker.state === CircuitState.Closed) return true;
      // While one order tries the carrier, no other is authorized.
      return breaker.state === CircuitState.Open && performance.now() - brokenAt >= pauseMs;
    },
    async place(given) {
      try {
        return await breaker.execute(() => order(given));
      } catch (error) {
        // Authorized just before the breaker opened: the carrier was not asked.
        if (error instanceof BrokenCircuitError) return { outcome: 'not-placed', cause: 'carrier-unavailable' };
        if (error instanceof Failed && error.answer !== undefined) return error.answer;
        throw error;
      }
    },
  };
}

/** An adapter that never answers is a failure too, from when nobody waits for it any more. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const given = () => reject(new Failed());
    signal.addEventListener('abort', given, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', given));
  });
}
