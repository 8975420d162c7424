/**
 * How surprising is a day? Two tails, each of the distribution that the days before predict, so that what is not known of a person's or
 * vendor's rate widens it: few days before, few alarms.
 *
 * - A count of a day, given counts of earlier days: under a Poisson rate with Jeffreys' prior the next count is negative binomial with
 *   r = sum + ½ and success probability days / (days + 1).
 * - A part of a day's tries, given earlier parts: under a binomial share with Jeffreys' prior the next part is beta-binomial with
 *   α = part + ½ and β = whole − part + ½.
 *
 * An alarm at tail ≤ α is then a false one with probability ≤ α a day where the assumption holds: days are alike. Where a person's days
 * differ more than chance has it (weekends), leave those days out of the comparison.
 * @module
 * @see https://en.wikipedia.org/wiki/Posterior_predictive_distribution
 */

/** Earlier days that a day is compared with. */
export interface History {
  readonly days: number;
  /** Of all of them together. */
  readonly sum: number;
}

/** A part of a whole, both of all earlier days together. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

const JEFFREYS = 0.5;
/** Terms smaller than this part of the sum change nothing that is compared. */
const NEGLIGIBLE = 1e-17;

/**
 * The probability of a count this large or larger.
 *
 * @param count - of the day
 * @returns 0 to 1; 1 where there is no earlier day
 */
export function countTail(count: number, { days, sum }: History): number {
  if (days === 0 || count <= 0) return 1;
  const r = sum + JEFFREYS;
  const p = days / (days + 1);
  return tailOf(
    count,
    Number.POSITIVE_INFINITY,
    (k) => logGamma(k + r) - logGamma(r) - logGamma(k + 1) + r * Math.log(p) + k * Math.log1p(-p),
  );
}

/**
 * The probability of a part this large or larger among the day's tries.
 *
 * @param part - of the day
 * @param whole - of the day
 * @returns 0 to 1; 1 where nothing came before
 */
export function shareTail(part: number, whole: number, before: Share): number {
  if (before.whole === 0 || part <= 0) return 1;
  const a = before.part + JEFFREYS;
  const b = before.whole - before.part + JEFFREYS;
  return tailOf(part, whole, (k) => logChoose(whole, k) + logBeta(k + a, whole - k + b) - logBeta(a, b));
}

/** Sum of exp(term) from `from` to `to`. Terms that still rise are summed as well; behind the mode they fall at least geometrically. */
function tailOf(from: number, to: number, term: (k: number) => number): number {
  let sum = 0;
  let last = 0;
  for (let k = from; k <= to; k++) {
    const value = Math.exp(term(k));
    sum += value;
    if (value <= last && value < NEGLIGIBLE * Math.max(sum, Number.MIN_VALUE / NEGLIGIBLE)) break;
    last = value;
    if (sum >= 1) return 1;
  }
  return Math.min(1, sum);
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);
const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Lanczos, g = 7, n = 9 (Godfrey's coefficients): 15 digits. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;
const G = 7;

/** The logarithm of the gamma function, x > 0. */
export function logGamma(x: number): number {
  // Reflection, where the series is bad.
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const t = z + G + 0.5;
  let series: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) series += (LANCZOS[i] as number) / (z + i);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}
