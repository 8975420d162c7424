/**
 * A carrier for trying out: it is told the number and keeps it to itself. Nothing rings.
 * @module
 */
import type { Carrier } from '@numbra/bank';

export interface LoopbackCarrier extends Carrier {
  /** Orders that it was given so far. */
  readonly orders: number;
}

/** Every order is placed; `find` knows those of this process. */
export function createLoopbackCarrier(): LoopbackCarrier {
  const placed = new Set<string>();
  const hungUp = new Set<string>();
  return {
    name: 'loopback',
    get orders() {
      return placed.size;
    },
    async place({ callId }) {
      placed.add(callId);
      return { outcome: 'placed' };
    },
    async hangUp(callId) {
      if (!placed.has(callId) || hungUp.has(callId)) return 'not-under-way';
      hungUp.add(callId);
      return 'done';
    },
    async find(callId) {
      return placed.has(callId) ? 'placed' : 'not-placed';
    },
  };
}
