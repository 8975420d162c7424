/**
 * l-diversity: k rows that look alike and share one secret keep no secret. Counts the different values of an attribute that is not shown within
 * each visible class; a class whose members share one value tells it about everybody in it.
 * @see https://doi.org/10.1145/1217299.1217302 (Machanavajjhala et al. 2007)
 * @module
 */

export interface LDiversity {
  /** Different values in the poorest class; 0 for an empty list. */
  readonly distinct: number;
  /** e to the entropy of the poorest class: as many equally frequent values would tell as little. */
  readonly effective: number;
  /** Rows in classes with fewer than `l` different values. */
  readonly below: number;
  /** Classes of two rows and more whose members share one value. */
  readonly homogeneous: number;
}

/**
 * Measures l-diversity.
 *
 * @param rows - for each row its visible class and the value of the attribute that is not shown, exactly or as a band
 * @param l - what `below` is counted against
 */
export function lDiversity(rows: Iterable<readonly [shown: string, hidden: string]>, l: number): LDiversity {
  const classes = new Map<string, Map<string, number>>();
  for (const [shown, hidden] of rows) {
    const values = classes.get(shown) ?? new Map<string, number>();
    classes.set(shown, values);
    values.set(hidden, (values.get(hidden) ?? 0) + 1);
  }
  let distinct = Number.POSITIVE_INFINITY;
  let effective = Number.POSITIVE_INFINITY;
  let below = 0;
  let homogeneous = 0;
  for (const values of classes.values()) {
    let size = 0;
    for (const count of values.values()) size += count;
    let entropy = 0;
    for (const count of values.values()) entropy -= (count / size) * Math.log(count / size);
    distinct = Math.min(distinct, values.size);
    effective = Math.min(effective, Math.exp(entropy));
    if (values.size < l) below += size;
    if (values.size === 1 && size > 1) homogeneous++;
  }
  if (classes.size === 0) return { distinct: 0, effective: 0, below: 0, homogeneous: 0 };
  return { distinct, effective, below, homogeneous };
}
