/**
 * The bands of a list: which cell a customer has, in which order the labels stand, and what neighbours are called that were merged.
 * @module
 */
import { bandOf } from '@numbra/core';
import type { Policy } from '@numbra/policy';
import type { BandSpans, Span } from '@numbra/policy/measures';

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
  /** Every label that a list may hold, merged neighbours among them, and the values that it covers. */
  readonly spans: ReadonlyMap<string, Span>;
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
    const nameOf = (from: number, to: number): string => {
      if (labels !== undefined) return `${labels[from]}..${labels[to]}`;
      // Merged neighbours are the band that there is without the edges between them.
      return bandOf(
        values[from] as number,
        edges.filter((_, edge) => edge < from || edge >= to),
      );
    };
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
      nameOf,
      spans: spansOf(all, edges, nameOf),
    };
  });
}

/** As measures/generalize.ts merges neighbours: two, four, eight …, from the lowest on. */
function spansOf(labels: readonly string[], edges: readonly number[], nameOf: Band['nameOf']): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  for (let span = 1; span === 1 || span < labels.length; span *= 2)
    for (let from = 0; from < labels.length; from += span) {
      const to = Math.min(from + span, labels.length) - 1;
      const covered: Span = [edges[from - 1] ?? Number.NEGATIVE_INFINITY, edges[to] ?? Number.POSITIVE_INFINITY];
      spans.set(to === from ? (labels[from] as string) : nameOf(from, to), covered);
    }
  return spans;
}

/** What labels of bands cover, by band: for measures of lists that show one band at different widths. */
export function bandSpans(policy: Policy, names: readonly string[]): BandSpans {
  return Object.fromEntries(readBands(policy, names).map(({ name, spans }) => [name, spans]));
}

/** Every cell that a list's band columns may hold, merged neighbours among them. */
export function bandLabels(policy: Policy, names: readonly string[]): ReadonlySet<string> {
  const cells = new Set([NO_BAND]);
  for (const { spans } of readBands(policy, names)) for (const label of spans.keys()) cells.add(label);
  return cells;
}
