/**
 * Linkability: how well two recipients who put their lists side by side could tell that two rows are one customer, from what the lists show.
 *
 *     expected = Σ over classes v of m_v / max(a_v, b_v)  ÷  Σ m_v       a_v, b_v rows of the class in each list, m_v common customers
 *     certain  = classes with a_v = b_v = m_v = 1
 *
 * It measures lists at rest. Once people talk, vendors learn what people say; and being on a list tells the list's criterion.
 * @module
 */
import { coarserLabels } from './spans.js';
import { commonView, countClasses, labelsOf, maskWidth, type VisibleList, type VisibleRow } from './visible.js';

export interface Linkability {
  /** Share of the common customers that the best guess links rightly, on average. 0 when the lists share nobody. */
  readonly expected: number;
  /** Links that are no guess. */
  readonly certain: number;
  /** Customers in both lists who look alike in both: Σ m_v. */
  readonly common: number;
}

export interface LinkabilityBounds {
  readonly expected: number;
  readonly certain: number;
}

/** One in twenty expected, none certain. */
export const linkabilityBounds: LinkabilityBounds = Object.freeze({ expected: 1 / 20, certain: 0 });

/** Whether a measure keeps its bounds. */
export function withinBounds(
  { expected, certain }: Pick<Linkability, 'expected' | 'certain'>,
  bounds: LinkabilityBounds = linkabilityBounds,
): boolean {
  // A sum of many quotients may miss the bound it equals by a rounding; the last digits of a double are no privacy.
  return expected <= bounds.expected * (1 + 1e-12) && certain <= bounds.certain;
}

/**
 * Measures two lists on what both show: the shorter suffix of the mask, and the bands that both have, at the width of the coarser.
 *
 * @param a - one recipient's list; one row a customer
 * @param b - another recipient's
 */
export function linkability(a: VisibleList, b: VisibleList): Linkability {
  const { classes } = commonView([a, b]);
  const [inA, inB] = [classes[0]!, classes[1]!];
  const classOfA = new Map<string | number, string>();
  for (const [index, { customer }] of a.rows.entries()) classOfA.set(customer, inA[index]!);
  const [sizesA, sizesB] = [countClasses(inA), countClasses(inB)];
  const common = new Map<string, number>();
  b.rows.forEach(({ customer }, index) => {
    const key = inB[index]!;
    if (classOfA.get(customer) === key) common.set(key, (common.get(key) ?? 0) + 1);
  });
  let sum = 0;
  let customers = 0;
  let certain = 0;
  for (const [key, m] of common) {
    const [rowsA, rowsB] = [sizesA.get(key)!, sizesB.get(key)!];
    sum += m / Math.max(rowsA, rowsB);
    customers += m;
    if (rowsA === 1 && rowsB === 1) certain++;
  }
  return { expected: customers === 0 ? 0 : sum / customers, certain, common: customers };
}

export interface RecipientLinkability {
  /** Against each of the recipient's lists, in order. */
  readonly lists: readonly Linkability[];
  /** Against all of them together. */
  readonly union: Linkability;
  /** The worst of all, member by member. */
  readonly worst: Linkability;
}

/**
 * Measures a list against everything that one other recipient holds: each list, and the union of all. A customer on several lists of the
 * recipient counts once.
 *
 * The recipient's lists may show different things. The union is therefore measured once for every view that one of them has, over the lists
 * that show at least that, and the worst counts.
 */
export function linkabilityToRecipient(list: VisibleList, others: readonly VisibleList[]): RecipientLinkability {
  const lists = others.map((other) => linkability(list, other));
  if (others.length === 1) return { lists, union: lists[0]!, worst: lists[0]! };
  const union = others
    .map((view) =>
      linkability(
        list,
        unionOf(
          others.filter((other) => shows(other, view)),
          view,
        ),
      ),
    )
    .reduce(worse, NOTHING);
  return { lists, union, worst: lists.reduce(worse, union) };
}

const NOTHING: Linkability = Object.freeze({ expected: 0, certain: 0, common: 0 });

function worse(a: Linkability, b: Linkability): Linkability {
  return { expected: Math.max(a.expected, b.expected), certain: Math.max(a.certain, b.certain), common: Math.max(a.common, b.common) };
}

/** Whether a list shows at least what another does. */
function shows(list: VisibleList, view: VisibleList): boolean {
  return maskWidth(list) >= maskWidth(view) && view.bandNames.every((name) => labelsAt(list, view, name) !== undefined);
}

/** A list's labels of a band, brought to those of a coarser list; `undefined` when the list is the coarser one, or has no such band. */
function labelsAt(list: VisibleList, view: VisibleList, name: string): ReadonlyMap<string, string> | undefined {
  return list.bandNames.includes(name) ? coarserLabels(labelsOf(list, name), labelsOf(view, name)) : undefined;
}

/** The rows of several lists, cut down to what one of them shows; one row a customer. */
function unionOf(lists: readonly VisibleList[], view: VisibleList): VisibleList {
  const width = maskWidth(view);
  const rows = new Map<string | number, VisibleRow>();
  for (const list of lists) {
    const columns = view.bandNames.map((name) => list.bandNames.indexOf(name));
    const labels = view.bandNames.map((name) => labelsAt(list, view, name));
    for (const row of list.rows) {
      if (rows.has(row.customer)) continue;
      rows.set(row.customer, {
        customer: row.customer,
        digits: width === 0 ? '' : row.digits.slice(-width),
        bands: columns.map((column, band) => labels[band]?.get(row.bands[column] ?? '') ?? ''),
      });
    }
  }
  return { ...view, rows: [...rows.values()] };
}
