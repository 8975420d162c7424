/**
 * How far a bank's lines reach: whom they would find. The figures are those of simulations (the benchmark `decoys` plays them again).
 * @module
 */
import { biasOf } from './code.js';

export interface DecoyReach {
  /** Vendors who leak together and are found. 0: nobody is. */
  readonly coalition: number;
  /** The share of their list that they leak at least. */
  readonly fraction: number;
}

/** A list carries no more: decoys take an agent's time. */
export const LARGEST_SHARE = 0.01;

const REACH: readonly (DecoyReach & { readonly lines: number })[] = [
  { lines: 1_440, coalition: 3, fraction: 0.5 },
  { lines: 960, coalition: 2, fraction: 0.5 },
  { lines: 600, coalition: 3, fraction: 1 },
  { lines: 180, coalition: 1, fraction: 1 },
];

/** Whom so many lines find. */
export function reachOf(lines: number): DecoyReach {
  const { coalition, fraction } = REACH.find((row) => row.lines <= lines) ?? { coalition: 0, fraction: 1 };
  return { coalition, fraction };
}

/**
 * The most lines that lists of so many rows take: of all lines a list carries some, and those may be one row of a hundred.
 *
 * @param rows - rows of a list, customers alone
 */
export function mostLines(rows: number): number {
  let expected = 0;
  let lines = 0;
  while (expected + biasOf(lines) <= LARGEST_SHARE * rows) expected += biasOf(lines++);
  return lines;
}
