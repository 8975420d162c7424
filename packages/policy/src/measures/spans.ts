/**
 * What labels of bands cover. Two lists may show one band at different widths, since each was made as coarse as it had to be; whoever joins them
 * reads the finer labels as the coarser ones: `30-40` is part of `<60`.
 * @module
 */

/** From a value up to, not including, another; either may be infinite. */
export type Span = readonly [from: number, below: number];

/** What each label covers, by band. */
export type BandSpans = Readonly<Record<string, ReadonlyMap<string, Span>>>;

const NUMBER = '-?[0-9]+(?:\\.[0-9]+)?';
const BETWEEN = new RegExp(`^(${NUMBER})-(${NUMBER})$`);
const OPEN = new RegExp(`^(<|>=)(${NUMBER})$`);

/**
 * What a label covers.
 *
 * @param known - for labels that do not say it themselves
 * @returns `undefined` for a text that is neither known nor an interval such as `<30`, `30-40`, `>=60`
 */
export function spanOf(label: string, known?: ReadonlyMap<string, Span>): Span | undefined {
  const given = known?.get(label);
  if (given !== undefined) return given;
  const between = BETWEEN.exec(label);
  if (between !== null) return [Number(between[1]), Number(between[2])];
  const open = OPEN.exec(label);
  if (open === null) return undefined;
  const edge = Number(open[2]);
  return open[1] === '<' ? [Number.NEGATIVE_INFINITY, edge] : [edge, Number.POSITIVE_INFINITY];
}

/** A label of one list, and what is known of that list's labels. */
export interface Labelled {
  readonly label: string;
  readonly known?: ReadonlyMap<string, Span> | undefined;
}

/**
 * The finest labels to which all of these can be brought: those that overlap become one.
 *
 * @returns for each label what it becomes
 */
export function jointLabels(labels: Iterable<Labelled>): ReadonlyMap<string, string> {
  const joint = new Map<string, string>();
  const spans = new Map<string, Span>();
  for (const { label, known } of labels) {
    const span = spanOf(label, known);
    if (span === undefined) joint.set(label, label);
    else spans.set(label, span);
  }
  let name = '';
  let end = Number.NEGATIVE_INFINITY;
  for (const [label, [from, below]] of [...spans].sort(([, a], [, b]) => compare(a[0], b[0]) || compare(b[1], a[1]))) {
    if (from >= end) name = label;
    end = from >= end ? below : Math.max(end, below);
    joint.set(label, name);
  }
  return joint;
}

/**
 * Brings labels to those of a coarser list.
 *
 * @returns for each label the one that it is part of, or itself where it is apart from all; `undefined` when one of them overlaps several, or is wider
 */
export function coarserLabels(labels: Iterable<Labelled>, coarser: Iterable<Labelled>): ReadonlyMap<string, string> | undefined {
  const wide = [...coarser].map(({ label, known }) => ({ label, span: spanOf(label, known) }));
  const found = new Map<string, string>();
  for (const { label, known } of labels) {
    const span = spanOf(label, known);
    const touched = span === undefined ? [] : wide.filter((other) => other.span !== undefined && overlaps(span, other.span));
    const [only] = touched;
    if (touched.length > 1 || (span !== undefined && only?.span !== undefined && !isWithin(span, only.span))) return undefined;
    found.set(label, only?.label ?? label);
  }
  return found;
}

function overlaps(a: Span, b: Span): boolean {
  return a[0] < b[1] && b[0] < a[1];
}

function isWithin(a: Span, b: Span): boolean {
  return a[0] >= b[0] && a[1] <= b[1];
}

/** Of numbers that may be infinite: their difference is none. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
