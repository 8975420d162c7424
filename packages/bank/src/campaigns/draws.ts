/**
 * Draws of a campaign that only the bank can make, and can make again: who pads a list, who is within its limit, on which day a row is
 * released. A first export that was killed and is started again is the same list.
 * @module
 */
import { createHmac } from 'node:crypto';
import { type Draw, keyedOrder } from '@numbra/policy/measures';
import type { BankContext } from '../context.js';

/** What a campaign's draws are made with. */
export function drawOf({ keys }: Pick<BankContext, 'keys'>, campaign: string): Draw {
  return {
    key: keys.draws,
    context: campaign,
    hmac: (key, message) => createHmac('sha256', key).update(message).digest(),
  };
}

/** At most so many of them, each set as likely as any other to whoever has not the key; in the order in which they stood. */
export function drawLimit<T extends { readonly customerId: string }>(from: readonly T[], limit: number, draw: Draw): readonly T[] {
  if (from.length <= limit) return from;
  const drawn = keyedOrder(
    from.map(({ customerId }) => customerId),
    'limit',
    draw,
  ).slice(0, limit);
  return drawn.sort((a, b) => a - b).map((position) => from[position] as T);
}
