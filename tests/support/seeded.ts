/**
 * Numbers by chance that every run repeats: a test, or a simulation, must not turn out otherwise by luck.
 * @module
 */

/** Numbers from 0 to below 1 that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A count at a rate (Knuth's method; for rates up to a few hundred). */
export function poisson(random: () => number, rate: number): number {
  const least = Math.exp(-rate);
  let n = 0;
  for (let product = random(); product > least; product *= random()) n++;
  return n;
}
