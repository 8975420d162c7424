/**
 * Padding: a share of a list drawn from outside its criterion, so that being listed does not prove the criterion. Those drawn are called like all
 * others, and must have consented like all others.
 * @module
 */
import { PolicyError } from '../errors.js';
import { type Draw, keyedOrder } from './keyed-order.js';

/**
 * Rows to add so that they make up a share of the whole list.
 *
 * @param rows - rows that meet the criterion
 * @param share - 0 up to, not including, 1
 * @throws `ERR_MEASURE_INPUT`: a number is out of range
 */
export function paddingRows(rows: number, share: number): number {
  if (!Number.isSafeInteger(rows) || rows < 0 || !(share >= 0 && share < 1))
    throw new PolicyError('ERR_MEASURE_INPUT', {}, 'Rows are a count, and the share is at least 0 and under 1.');
  if (rows === 0) return 0;
  let added = Math.round((share * rows) / (1 - share));
  // The quotient may miss a whole number by a rounding, in either direction.
  while (added / (rows + added) < share) added++;
  while (added > 0 && (added - 1) / (rows + added - 1) >= share) added--;
  return added;
}

/**
 * The most rows within the criterion that so few outside it can hide.
 *
 * @param outside - customers outside the criterion who could be called
 * @param share - over 0, under 1
 * @throws `ERR_MEASURE_INPUT`: a number is out of range
 */
export function mostPadded(outside: number, share: number): number {
  if (!Number.isSafeInteger(outside) || outside < 0 || !(share > 0 && share < 1))
    throw new PolicyError('ERR_MEASURE_INPUT', {}, 'The customers are a count, and the share is over 0 and under 1.');
  let rows = Math.floor((outside * (1 - share)) / share) + 1;
  while (rows > 0 && paddingRows(rows, share) > outside) rows--;
  return rows;
}

/**
 * Draws the padding.
 *
 * @param outside - customers outside the criterion who could be called, one text each
 * @returns positions in `outside`, `count` of them, or all when there are fewer
 */
export function drawPadding(outside: readonly string[], count: number, draw: Draw): number[] {
  return keyedOrder(outside, 'padding', draw).slice(0, count);
}
