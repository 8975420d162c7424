/**
 * Generalising and suppressing until a list keeps its bounds, at the least cost. Fewer digits, coarser bands, a band left out, and at last rows
 * left out: every combination is tried (there are few), and what the cheapest one costs is stated.
 * Optimal for the stated loss; for many columns or tall hierarchies use a tool made for it, such as ARX.
 * @module
 */
import { PolicyError } from '../errors.js';
import { classKey, maskWidth, type VisibleList, type VisibleRow } from './visible.js';

export interface GeneralizeBounds {
  /** Rows of the smallest class. */
  readonly k: number;
  /** Different hidden values in the poorest class; 1 by default. */
  readonly l?: number;
  /** Share of rows that may be left out, 0 by default. */
  readonly suppress?: number;
}

export interface GeneralizeInput {
  /** The labels of a band in their order, by band name: neighbours can be merged. A band without an order can only be left out. */
  readonly order?: Readonly<Record<string, readonly string[]>>;
  /** For `l`: the value of the attribute that is not shown, one a row. */
  readonly hidden?: readonly string[];
}

export interface GeneralizeCost {
  /** Digits of the mask given up. */
  readonly digits: number;
  /** For each band 0 (as it was) to 1 (left out): the mean share of its range that a label now spans. */
  readonly bands: Readonly<Record<string, number>>;
  readonly suppressedRows: number;
  /** Mean loss over digits and bands, 0 to 1; a row left out has lost everything. */
  readonly loss: number;
}

export interface Generalized {
  readonly list: VisibleList;
  /** Positions in the input of the rows left out. */
  readonly suppressed: readonly number[];
  /** Old labels to new ones, by band; a band that was left out is absent. */
  readonly labels: Readonly<Record<string, ReadonlyMap<string, string>>>;
  readonly cost: GeneralizeCost;
}

/**
 * Finds the least coarse list that keeps the bounds.
 *
 * @returns the list and its cost, or `undefined` when no combination keeps the bounds (fewer rows than k, or hidden values too alike)
 * @throws `ERR_MEASURE_INPUT`: `hidden` has another length than the rows, or a label is missing from its order
 */
export function generalize(list: VisibleList, bounds: GeneralizeBounds, input: GeneralizeInput = {}): Generalized | undefined {
  const { hidden } = input;
  if (hidden !== undefined && hidden.length !== list.rows.length)
    throw new PolicyError('ERR_MEASURE_INPUT', {}, 'There is not one hidden value a row.');
  const width = maskWidth(list);
  const ladders = list.bandNames.map((name, column) => ladderOf(list, column, input.order?.[name]));
  let best: { readonly node: Node; readonly judged: Judged } | undefined;
  for (const node of lattice(width, ladders)) {
    const judged = judge(list, node, bounds, hidden, width, ladders);
    // The first of equal ones stays: digits are given up last, then the bands in the list's order.
    if (judged !== undefined && (best === undefined || judged.loss < best.judged.loss - 1e-12)) best = { node, judged };
  }
  return best && finish(list, best.node, best.judged, width, ladders);
}

/** One step of a hierarchy: what each label becomes, and the share of the range that it then spans. */
interface Rung {
  readonly label: ReadonlyMap<string, string>;
  readonly loss: ReadonlyMap<string, number>;
}

interface Node {
  readonly digits: number;
  readonly rungs: readonly number[];
}

interface Judged {
  readonly suppressed: readonly number[];
  readonly loss: number;
}

const LEFT_OUT = '';

function ladderOf(list: VisibleList, column: number, order: readonly string[] | undefined): readonly Rung[] {
  const used = new Set(list.rows.map(({ bands }) => bands[column]!));
  const labels = order ?? [...used];
  for (const label of used)
    if (!labels.includes(label)) throw new PolicyError('ERR_MEASURE_INPUT', {}, 'A label is missing from the order of its band.');
  const rungs: Rung[] = [];
  for (let span = 1; span === 1 || (order !== undefined && span < labels.length); span *= 2) {
    const label = new Map<string, string>();
    const loss = new Map<string, number>();
    for (let from = 0; from < labels.length; from += span) {
      const group = labels.slice(from, from + span);
      for (const old of group) {
        label.set(old, group.length === 1 ? old : `${group[0]}..${group.at(-1)}`);
        loss.set(old, labels.length === 1 ? 0 : (group.length - 1) / (labels.length - 1));
      }
    }
    rungs.push({ label, loss });
  }
  rungs.push({ label: new Map(labels.map((old) => [old, LEFT_OUT])), loss: new Map(labels.map((old) => [old, 1])) });
  return rungs;
}

function* lattice(width: number, ladders: readonly (readonly Rung[])[]): Generator<Node> {
  const steps = ladders.map((rungs) => rungs.length);
  const combinations = steps.reduce((product, count) => product * count, 1);
  for (let digits = width; digits >= 0; digits--) {
    for (let index = 0; index < combinations; index++) {
      let rest = index;
      const rungs = steps.map((count) => {
        const rung = rest % count;
        rest = Math.floor(rest / count);
        return rung;
      });
      yield { digits, rungs };
    }
  }
}

function judge(
  list: VisibleList,
  node: Node,
  { k, l = 1, suppress = 0 }: GeneralizeBounds,
  hidden: readonly string[] | undefined,
  width: number,
  ladders: readonly (readonly Rung[])[],
): Judged | undefined {
  const classes = new Map<string, number[]>();
  for (const [position, row] of list.rows.entries()) {
    const key = keyAt(row, node, ladders);
    const found = classes.get(key);
    if (found === undefined) classes.set(key, [position]);
    else found.push(position);
  }
  const suppressed: number[] = [];
  for (const positions of classes.values()) {
    const values = hidden && new Set(positions.map((position) => hidden[position]));
    if (positions.length < k || (values !== undefined && values.size < l)) suppressed.push(...positions);
  }
  const { length } = list.rows;
  if (length === 0 || suppressed.length === length || suppressed.length > suppress * length) return undefined;
  const gone = new Set(suppressed);
  const parts = (width > 0 ? 1 : 0) + ladders.length;
  let loss = suppressed.length;
  for (const [position, row] of list.rows.entries()) {
    if (gone.has(position) || parts === 0) continue;
    let own = width > 0 ? (width - node.digits) / width : 0;
    for (const [column, rungs] of ladders.entries()) own += rungs[node.rungs[column]!]!.loss.get(row.bands[column]!)!;
    loss += own / parts;
  }
  return { suppressed, loss: loss / length };
}

function keyAt(row: VisibleRow, { digits, rungs }: Node, ladders: readonly (readonly Rung[])[]): string {
  return classKey(
    digits === 0 ? '' : row.digits.slice(-digits),
    row.bands.map((label, column) => ladders[column]![rungs[column]!]!.label.get(label)!),
  );
}

function finish(
  list: VisibleList,
  node: Node,
  { suppressed, loss }: Judged,
  width: number,
  ladders: readonly (readonly Rung[])[],
): Generalized {
  const kept = list.bandNames.flatMap((_, column) => (node.rungs[column] === ladders[column]!.length - 1 ? [] : [column]));
  const gone = new Set(suppressed);
  const rows: VisibleRow[] = [];
  const spans = list.bandNames.map(() => 0);
  for (const [position, row] of list.rows.entries()) {
    if (gone.has(position)) continue;
    for (const [column, rungs] of ladders.entries()) spans[column]! += rungs[node.rungs[column]!]!.loss.get(row.bands[column]!)!;
    rows.push({
      customer: row.customer,
      digits: node.digits === 0 ? '' : row.digits.slice(-node.digits),
      bands: kept.map((column) => ladders[column]![node.rungs[column]!]!.label.get(row.bands[column]!)!),
    });
  }
  return {
    list: { bandNames: kept.map((column) => list.bandNames[column]!), rows },
    suppressed,
    labels: Object.fromEntries(kept.map((column) => [list.bandNames[column]!, ladders[column]![node.rungs[column]!]!.label])),
    cost: {
      digits: width - node.digits,
      bands: Object.fromEntries(list.bandNames.map((name, column) => [name, spans[column]! / rows.length])),
      suppressedRows: suppressed.length,
      loss,
    },
  };
}
