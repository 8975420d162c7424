/**
 * Lines of a report: what is counted under one heading, and the positions in the ledger that support the count.
 * @module
 */

/** Positions as text: `5-9,12`. Somebody with an audit grant looks each of them up. */
export class Positions {
  readonly #ranges: [number, number][] = [];

  add(position: number): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && last[1] === position - 1) last[1] = position;
    else if (last === undefined || last[1] !== position) this.#ranges.push([position, position]);
  }

  toString(): string {
    return this.#ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
  }
}

/** Lines by their headings, in the order in which they first came. */
export class Lines<H extends object, C extends string> {
  readonly #lines = new Map<string, { heading: H; counts: Map<C, number>; positions: Positions }>();

  /** Counts one entry (or `by` of what it counts) under a heading. */
  count(heading: H, what: C, position: number, by = 1): void {
    const key = JSON.stringify(heading);
    const line = this.#lines.get(key) ?? { heading, counts: new Map<C, number>(), positions: new Positions() };
    this.#lines.set(key, line);
    line.counts.set(what, (line.counts.get(what) ?? 0) + by);
    line.positions.add(position);
  }

  /** The lines; every one has every count, those that never came as 0. */
  list(...counts: readonly C[]): (H & Readonly<Record<C, number>> & { readonly positions: string })[] {
    return [...this.#lines.values()].map(({ heading, counts: found, positions }) => ({
      ...heading,
      ...(Object.fromEntries(counts.map((what) => [what, found.get(what) ?? 0])) as Record<C, number>),
      positions: positions.toString(),
    }));
  }
}
