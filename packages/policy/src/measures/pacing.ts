/**
 * Pacing: a list released in daily batches drawn at random. A call on the day a deposit matures tells the vendor that it did; a call on a day that
 * a key drew tells nothing. Draw once, over the members that the first export fixed: a second draw over fewer members is another one.
 *
 * What remains: the list as a whole still follows its selection, so its first day should not be the day of the event.
 * @module
 */
import { PolicyError } from '../errors.js';
import { type Draw, keyedOrder } from './keyed-order.js';

/**
 * Draws the day of each row.
 *
 * @param references - one a row, all different
 * @param days - days over which the list is released, 1 or more
 * @returns for each row its day, 0 to `days` − 1; the days' sizes differ by one at most
 * @throws `ERR_MEASURE_INPUT`: `days` is no whole number from 1
 */
export function drawDays(references: readonly string[], days: number, draw: Draw): number[] {
  if (!Number.isSafeInteger(days) || days < 1) throw new PolicyError('ERR_MEASURE_INPUT', {}, 'The days must be a whole number from 1.');
  const drawn = new Array<number>(references.length);
  for (const [rank, position] of keyedOrder(references, 'pacing', draw).entries())
    drawn[position] = Math.floor((rank * days) / references.length);
  return drawn;
}
