/**
 * Leaks as vendors would make them who put their lists together: what tests and the benchmark play, to count who is found and who is wronged.
 * @module
 */

/** How a coalition chooses which of its rows it lets out. */
export const leakStrategies = ['union', 'intersection', 'majority', 'random'] as const;
export type LeakStrategy = (typeof leakStrategies)[number];

/**
 * The lines that turn up when vendors leak together.
 *
 * @param lists - the lines of each leaking vendor's list
 * @param fraction - the share of the chosen rows that is let out
 * @param random - numbers from 0 up to, not including, 1
 */
export function leakOf(lists: readonly (readonly number[])[], strategy: LeakStrategy, fraction: number, random: () => number): number[] {
  const holders = new Map<number, number>();
  for (const list of lists) for (const line of list) holders.set(line, (holders.get(line) ?? 0) + 1);
  const chosen = [...holders].filter(([, count]) => {
    if (strategy === 'intersection') return count === lists.length;
    if (strategy === 'majority') return 2 * count > lists.length;
    // Each row of the list that a die names: a line is let out as often as it is held.
    if (strategy === 'random') return random() < count / lists.length;
    return true;
  });
  return chosen.filter(() => random() < fraction).map(([line]) => line);
}
