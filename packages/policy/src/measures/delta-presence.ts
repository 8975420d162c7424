/**
 * δ-presence: how much it tells to be on the list. Somebody who knows a customer's shown attributes from elsewhere learns, from the sizes of the
 * customer's class in the list and in the whole population, how probable it is that the customer is listed; and being listed tells the
 * list's criterion, unless part of the list was drawn from outside it (padding.ts).
 * @see https://doi.org/10.1145/1247480.1247554 (Nergiz, Atzori, Clifton 2007)
 * @module
 */
import { PolicyError } from '../errors.js';

export interface DeltaPresence {
  /** The least and the greatest probability of being listed, over the classes of the population. */
  readonly least: number;
  readonly most: number;
  /** Customers who are certainly listed: their whole class is. */
  readonly certain: number;
}

/**
 * Measures δ-presence.
 *
 * @param list - rows by visible class
 * @param population - all customers from whom the list was selected, by the same class; those on the list among them
 * @throws `ERR_MEASURE_INPUT`: a class holds more rows in the list than in the population
 */
export function deltaPresence(list: ReadonlyMap<string, number>, population: ReadonlyMap<string, number>): DeltaPresence {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  let certain = 0;
  for (const [key, rows] of list)
    if (rows > (population.get(key) ?? 0))
      throw new PolicyError('ERR_MEASURE_INPUT', {}, 'The list holds rows that the population does not.');
  for (const [key, size] of population) {
    if (size === 0) continue;
    const share = (list.get(key) ?? 0) / size;
    least = Math.min(least, share);
    most = Math.max(most, share);
    if (share === 1) certain += size;
  }
  return { least: Number.isFinite(least) ? least : 0, most, certain };
}

/**
 * How sure being listed makes somebody that a customer meets the list's criterion.
 *
 * @param rows - rows of the list
 * @param padding - those among them that were drawn from outside the criterion
 * @returns a probability, 1 without padding; 0 for an empty list
 */
export function criterionCertainty(rows: number, padding: number): number {
  return rows === 0 ? 0 : (rows - padding) / rows;
}
