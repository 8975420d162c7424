/**
 * k-anonymity of what a recipient sees: how many rows look alike. A row in a class of k is one of k for anybody who knows only what the list
 * shows. It says nothing about what the members of a class have in common: see l-diversity.ts.
 * @see https://doi.org/10.1142/S0218488502001648 (Sweeney 2002)
 * @module
 */
import { countClasses } from './visible.js';

/** Rows in the smallest class, by default. */
export const DEFAULT_K = 20;

export interface KAnonymity {
  readonly rows: number;
  readonly classes: number;
  /** Rows of the smallest class; 0 for an empty list. */
  readonly smallest: number;
  /** Rows in classes smaller than k. */
  readonly below: number;
  /** Rows that look like no other: classes of one. */
  readonly unique: number;
}

/**
 * Measures k-anonymity.
 *
 * @param classes - the class of each row (`visibleClass`), or rows by class
 * @param k - what `below` is counted against
 */
export function kAnonymity(classes: ReadonlyMap<string, number> | Iterable<string>, k: number = DEFAULT_K): KAnonymity {
  const counts = classes instanceof Map ? (classes as ReadonlyMap<string, number>) : countClasses(classes as Iterable<string>);
  let rows = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let below = 0;
  let unique = 0;
  for (const count of counts.values()) {
    rows += count;
    if (count < smallest) smallest = count;
    if (count < k) below += count;
    if (count === 1) unique++;
  }
  return { rows, classes: counts.size, smallest: counts.size === 0 ? 0 : smallest, below, unique };
}

/**
 * The width of the mask: as many last digits, at most `maxDigits`, as keep the smallest class of (digits × bands) at k rows; else fewer; else none.
 *
 * @param rows - the real rows of the list (decoys left out), each with its last `maxDigits` digits or more
 * @param k - rows of the smallest class
 * @returns digits to show, 0 to `maxDigits`. 0 also when even the bands alone fall below k: then `kAnonymity` says so.
 */
export function chooseMaskWidth(
  rows: Iterable<{ readonly digits: string; readonly bands: readonly string[] }>,
  k: number = DEFAULT_K,
  maxDigits = 2,
): number {
  // One pass over the rows at the widest mask; narrower ones merge its classes.
  let classes = new Map<string, { digits: string; bands: string; count: number }>();
  for (const { digits, bands } of rows) {
    const shown = maxDigits === 0 ? '' : digits.slice(-maxDigits);
    const labels = bands.join('\u001f');
    const key = `${shown}\u001f${labels}`;
    const found = classes.get(key);
    if (found === undefined) classes.set(key, { digits: shown, bands: labels, count: 1 });
    else found.count++;
  }
  if (classes.size === 0) return 0;
  for (let width = maxDigits; width > 0; width--) {
    let smallest = Number.POSITIVE_INFINITY;
    for (const { count } of classes.values()) if (count < smallest) smallest = count;
    if (smallest >= k) return width;
    const merged: typeof classes = new Map();
    for (const { digits, bands, count } of classes.values()) {
      const shown = width === 1 ? '' : digits.slice(-(width - 1));
      const key = `${shown}\u001f${bands}`;
      const found = merged.get(key);
      if (found === undefined) merged.set(key, { digits: shown, bands, count });
      else found.count += count;
    }
    classes = merged;
  }
  return 0;
}
