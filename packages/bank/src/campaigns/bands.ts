/**
 * The bands of a list: which cell a customer has, in which order the labels stand, and what neighbours are called that were merged.
 * @module
 */
import { bandOf } from '@numbra/core';
import type { Policy } from '@numbra/policy';

/** The cell of a customer whose banded attribute is not known. */
export const NO_BAND = '';

export interface Band {
  readonly name: string;
  /** The attribute that it shows coarsely. */
  readonly field: string;
  readonly k: number;
  readonly l: number;
  /** In the order of the values. */
  readonly labels: readonly string[];
  cellOf(attributes: Readonly<Record<string, number | string>>): string;
  /** The label of `labels[from]` to `labels[to]` merged, both inside. */
  nameOf(from: number, to: number): string;
}

/** The policy's bands of these names, in this order. */
export function readBands(policy: Policy, names: readonly string[]): readonly Band[] {
  return names.flatMap((name) => {
    const definition = policy.bands[name];
    if (definition === undefined) return [];
    const { field, edges, labels, k, l } = definition;
    // Some value of each band: below the first edge, then the edges themselves.
    const values = [(edges[0] ?? 0) - 1, ...edges];
    const all = values.map((value) => bandOf(value, edges, labels));
    return {
      name,
      field,
      k,
      l,
      labels: all,
      cellOf(attributes) {
        const value = Object.hasOwn(attributes, field) ? attributes[field] : undefined;
        return typeof value === 'number' ? bandOf(value, edges, labels) : NO_BAND;
      },
      nameOf(from, to) {
        if (labels !== undefined) return `${labels[from]}..${labels[to]}`;
        // Merged neighbours are the band that there is without the edges between them.
        return bandOf(
          values[from] as number,
          edges.filter((_, edge) => edge < from || edge >= to),
        );
      },
    };
  });
}

/** Every cell that a list's band columns may hold, merged neighbours among them. */
export function bandLabels(policy: Policy, names: readonly string[]): ReadonlySet<string> {
  const cells = new Set([NO_BAND]);
  for (const { labels, nameOf } of readBands(policy, names)) {
    for (const label of labels) cells.add(label);
    for (let span = 2; span < labels.length; span *= 2)
      for (let from = 0; from < labels.length; from += span) {
        const to = Math.min(from + span, labels.length) - 1;
        if (to > from) cells.add(nameOf(from, to));
      }
  }
  return cells;
}
