/**
 * Accusing by decoys: how likely is it that a vendor who had nothing to do with a leak scores as this one does? The bound needs no marking
 * assumption and no asymptotics: it holds for every set of lines that were seen, whoever chose them, as long as the choice did not depend on
 * the innocent vendor's code.
 *
 * The score is Škorić's symmetric one over the lines that were seen. It says whose list it was, not whose hand.
 * @module
 * @see https://doi.org/10.1007/s10623-008-9217-z
 */
import { fail } from '../errors.js';
import { biasOf } from './code.js';

/** A vendor is accused when an innocent one scores like it with at most this probability. */
export const EPSILON = 1e-6;

/** What was seen of a leak, and whom it points at. */
export interface Accusation<V> {
  readonly vendor: V;
  readonly score: number;
  /** Lines seen that its lists carry, and lines seen that they do not. */
  readonly carried: number;
  readonly foreign: number;
  /** At most this is the probability that an innocent vendor scores as high. */
  readonly probability: number;
  /** `probability` ≤ ε. */
  readonly accused: boolean;
}

/**
 * Scores every vendor against the lines that were seen.
 *
 * @param seen - lines that turned up, each once
 * @param carries - the code: whether a vendor's lists carry a line
 * @param epsilon - for each vendor; over all of them a false accusation is at most as likely as ε times their number
 * @returns all vendors, the most suspect first
 * @throws `ERR_DECOY_LINE`: a line was given twice, or is none
 */
export function accuse<V>(
  vendors: readonly V[],
  seen: readonly number[],
  carries: (vendor: V, line: number) => boolean,
  epsilon: number = EPSILON,
): Accusation<V>[] {
  if (new Set(seen).size !== seen.length || seen.some((line) => !Number.isSafeInteger(line) || line < 0)) throw fail('ERR_DECOY_LINE');
  const biases = new Map<number, number>();
  for (const line of seen) biases.set(biasOf(line), (biases.get(biasOf(line)) ?? 0) + 1);
  return vendors
    .map((vendor) => {
      let score = 0;
      let carried = 0;
      for (const line of seen) {
        const has = carries(vendor, line);
        const [ifCarried, ifNot] = scoresOf(biasOf(line));
        score += has ? ifCarried : ifNot;
        if (has) carried += 1;
      }
      const probability = innocentBound(score, biases);
      return { vendor, score, carried, foreign: seen.length - carried, probability, accused: probability <= epsilon };
    })
    .sort((a, b) => b.score - a.score);
}

/** What a seen line adds to the score of a vendor whose lists carry it, and of one whose lists do not: of mean 0 and variance 1. */
function scoresOf(p: number): readonly [ifCarried: number, ifNot: number] {
  return [Math.sqrt((1 - p) / p), -Math.sqrt(p / (1 - p))];
}

/** A score beyond e^−700 cannot be told from impossible in a double. */
const STEEPEST = 64;
const STEPS = 100;

/**
 * Chernoff: the probability of an innocent score of at least `score` is at most the minimum over t > 0 of e^(−t·score)·Π(p·e^(ta) + (1−p)·e^(tb)).
 * Its logarithm is convex in t, so that the minimum is found by halving.
 *
 * @param biases - how many lines of each bias were seen
 */
export function innocentBound(score: number, biases: ReadonlyMap<number, number>): number {
  if (score <= 0) return 1;
  let low = 0;
  let high = STEEPEST;
  for (let step = 0; step < STEPS; step++) {
    const t = (low + high) / 2;
    if (slope(t, score, biases) > 0) high = t;
    else low = t;
  }
  return Math.min(1, Math.exp(exponent((low + high) / 2, score, biases)));
}

function exponent(t: number, score: number, biases: ReadonlyMap<number, number>): number {
  let sum = -t * score;
  for (const [p, count] of biases) {
    const [a, b] = scoresOf(p);
    // e^(ta) taken out: it is the large one.
    sum += count * (t * a + Math.log(p + (1 - p) * Math.exp(t * (b - a))));
  }
  return sum;
}

function slope(t: number, score: number, biases: ReadonlyMap<number, number>): number {
  let sum = -score;
  for (const [p, count] of biases) {
    const [a, b] = scoresOf(p);
    const rest = (1 - p) * Math.exp(t * (b - a));
    sum += (count * (p * a + rest * b)) / (p + rest);
  }
  return sum;
}
