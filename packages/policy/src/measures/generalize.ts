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
  /** Names a span of neighbours, by band name: positions in the order, both inside. `first..last` by default. */
  readonly merge?: Readonly<Record<string, (from: number, to: number) => string>>;
  /** For `l`: attributes that are not shown, each with one value a row. Every class must hold `l` values of each. */
  readonly hidden?: readonly (readonly string[])[];
  /** One a row: what is seen of it and cannot be made coarser, such as the day of its release. */
  readonly fixed?: readonly string[];
  /** `bands`: digits are given up before any band is touched, and never saved at the cost of a band or a row. By default all cost alike. */
  readonly keep?: 'bands';
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
 * Finds the least coarse list that keeps the bounds. An empty label is a value that is not known: it merges with nothing.
 *
 * @returns the list and its cost, or `undefined` when no combination keeps the bounds (fewer rows than k, or hidden values too alike)
 * @throws `ERR_MEASURE_INPUT`: `hidden` or `fixed` has another length than the rows, or a label is missing from its order
 */
export function generalize(list: VisibleList, bounds: GeneralizeBounds, input: GeneralizeInput = {}): Generalized | undefined {
  const { hidden = [], fixed } = input;
  for (const values of [...hidden, ...(fixed === undefined ? [] : [fixed])])
    if (values.length !== list.rows.length) throw new PolicyError('ERR_MEASURE_INPUT', {}, 'There is not one value a row.');
  const width = maskWidth(list);
  const ladders = list.bandNames.map((name, column) => ladderOf(list, column, input.order?.[name], input.merge?.[name]));
  const finest = finestClasses(list, width, bounds.l ?? 1, hidden, fixed);
  let best: { readonly node: Node; readonly judged: Judged } | undefined;
  for (const node of lattice(width, ladders)) {
    const judged = judge(finest, list.rows.length, node, bounds, width, ladders, input.keep);
    // The first of equal ones stays: digits are given up last, then the bands in the list's order.
    if (judged !== undefined && (best === undefined || judged.rank < best.judged.rank - 1e-12)) best = { node, judged };
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
  /** Classes that are left out. */
  readonly below: readonly FinestClass[];
  readonly loss: number;
  /** What is least for the best. */
  readonly rank: number;
}

/** Rows that look alike as the list stands; every coarser class is a union of these, so that a combination is judged without looking at rows. */
interface FinestClass {
  readonly digits: string;
  readonly bands: readonly string[];
  readonly fixed: string;
  readonly positions: number[];
  /** Up to `l` values of each hidden attribute: more are never asked for. */
  readonly hidden: readonly Set<string>[];
}

/** With `keep: 'bands'`: more than all digits together can cost. */
const BANDS_FIRST = 1_000;

const LEFT_OUT = '';
const UNKNOWN = '';

function finestClasses(
  list: VisibleList,
  width: number,
  l: number,
  hidden: readonly (readonly string[])[],
  fixed: readonly string[] | undefined,
): readonly FinestClass[] {
  const classes = new Map<string, FinestClass>();
  for (const [position, { digits, bands }] of list.rows.entries()) {
    const shown = width === 0 ? '' : digits.slice(-width);
    const own = fixed?.[position] ?? '';
    const key = classKey(shown, [...bands, own]);
    let found = classes.get(key);
    if (found === undefined) {
      found = { digits: shown, bands, fixed: own, positions: [], hidden: hidden.map(() => new Set()) };
      classes.set(key, found);
    }
    found.positions.push(position);
    for (const [attribute, seen] of found.hidden.entries()) if (seen.size < l) seen.add(hidden[attribute]![position]!);
  }
  return [...classes.values()];
}

function ladderOf(
  list: VisibleList,
  column: number,
  order: readonly string[] | undefined,
  merge: (from: number, to: number) => string = (from, to) => `${order?.[from]}..${order?.[to]}`,
): readonly Rung[] {
  const used = new Set(list.rows.map(({ bands }) => bands[column]!));
  const labels = (order ?? [...used]).filter((label) => label !== UNKNOWN);
  for (const label of used)
    if (label !== UNKNOWN && !labels.includes(label))
      throw new PolicyError('ERR_MEASURE_INPUT', {}, 'A label is missing from the order of its band.');
  const rungs: Rung[] = [];
  for (let span = 1; span === 1 || (order !== undefined && span < labels.length); span *= 2) {
    const label = new Map([[UNKNOWN, UNKNOWN]]);
    const loss = new Map([[UNKNOWN, 0]]);
    for (let from = 0; from < labels.length; from += span) {
      const group = labels.slice(from, from + span);
      for (const old of group) {
        label.set(old, group.length === 1 ? old : merge(from, from + group.length - 1));
        loss.set(old, labels.length === 1 ? 0 : (group.length - 1) / (labels.length - 1));
      }
    }
    rungs.push({ label, loss });
  }
  const all = [...labels, UNKNOWN];
  rungs.push({ label: new Map(all.map((old) => [old, LEFT_OUT])), loss: new Map(all.map((old) => [old, 1])) });
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
  finest: readonly FinestClass[],
  length: number,
  node: Node,
  { k, l = 1, suppress = 0 }: GeneralizeBounds,
  width: number,
  ladders: readonly (readonly Rung[])[],
  keep: 'bands' | undefined,
): Judged | undefined {
  const classes = new Map<string, { rows: number; readonly parts: FinestClass[] }>();
  for (const part of finest) {
    const key = keyAt(part, node, ladders);
    const found = classes.get(key);
    if (found === undefined) classes.set(key, { rows: part.positions.length, parts: [part] });
    else {
      found.rows += part.positions.length;
      found.parts.push(part);
    }
  }
  const below: FinestClass[] = [];
  let gone = 0;
  let digitLoss = 0;
  let bandLoss = 0;
  for (const { rows, parts } of classes.values()) {
    if (rows < k || !isDiverse(parts, l)) {
      below.push(...parts);
      gone += rows;
      continue;
    }
    if (width > 0) digitLoss += (rows * (width - node.digits)) / width;
    for (const { positions, bands } of parts)
      for (const [column, rungs] of ladders.entries()) bandLoss += positions.length * rungs[node.rungs[column]!]!.loss.get(bands[column]!)!;
  }
  if (length === 0 || gone === length || gone > suppress * length) return undefined;
  const columns = Math.max(1, (width > 0 ? 1 : 0) + ladders.length);
  const loss = (gone + (digitLoss + bandLoss) / columns) / length;
  const rank = keep === 'bands' ? (gone + bandLoss / columns) * BANDS_FIRST + digitLoss / length : loss;
  return { below, loss, rank };
}

function isDiverse(parts: readonly FinestClass[], l: number): boolean {
  if (l <= 1) return true;
  return parts[0]!.hidden.every((_, attribute) => {
    const values = new Set<string>();
    for (const { hidden } of parts) for (const value of hidden[attribute]!) values.add(value);
    return values.size >= l;
  });
}

function keyAt({ digits, bands, fixed }: FinestClass, node: Node, ladders: readonly (readonly Rung[])[]): string {
  const labels = bands.map((label, column) => ladders[column]![node.rungs[column]!]!.label.get(label)!);
  return classKey(node.digits === 0 ? '' : digits.slice(-node.digits), [...labels, fixed]);
}

function finish(list: VisibleList, node: Node, { below, loss }: Judged, width: number, ladders: readonly (readonly Rung[])[]): Generalized {
  const suppressed = below.flatMap(({ positions }) => positions).sort((a, b) => a - b);
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
