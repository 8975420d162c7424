/**
 * Makes a list coarser until it keeps k and l: fewer digits, then merged or absent bands, at last rows left out.
 * @module
 */
import { type GeneralizeCost, generalize, type VisibleRow } from '@numbra/policy/measures';
import type { Band } from './bands.js';
import type { Candidate, Candidates } from './candidates.js';

/** A row of the list as it will be shown. */
export interface MeasuredRow {
  readonly candidate: Candidate;
  readonly bands: readonly string[];
  /** 0 …; 0 everywhere without pacing. */
  readonly day: number;
}

export interface Asked {
  readonly candidates: Candidates;
  readonly days: readonly number[];
  readonly dayCount: number;
  readonly bands: readonly Band[];
  readonly k: number;
  readonly l: number;
}

export interface Shown {
  readonly digits: number;
  readonly bandNames: readonly string[];
  readonly rows: readonly MeasuredRow[];
  readonly cost: GeneralizeCost;
  /** Old labels to new ones, by band. */
  readonly labels: Readonly<Record<string, ReadonlyMap<string, string>>>;
}

/** Rows that may be left out so that the others keep their bands. Never for a digit of the mask: a customer is worth more than that. */
const MOST_LEFT_OUT = 0.02;

/**
 * The least coarse list of at most so many digits and these bands that keeps k and l.
 *
 * @param share - of rows from outside the criterion; where leaving rows out would take those, none is left out
 */
export function coarsen(asked: Asked, width: number, bands: readonly Band[], share: number): Shown {
  const shown = coarsenTo(asked, width, bands, MOST_LEFT_OUT);
  const padding = shown.rows.filter(({ candidate }) => asked.candidates.padding.has(candidate.customer)).length;
  return padding < share * shown.rows.length ? coarsenTo(asked, width, bands, 0) : shown;
}

/** The least coarse list of at most so many digits and these bands that keeps k and l. */
function coarsenTo(
  { candidates: { rows: all }, days, dayCount, bands: every, k, l }: Asked,
  width: number,
  bands: readonly Band[],
  suppress: number,
): Shown {
  const columns = bands.map((band) => every.indexOf(band));
  const rows = all.map(
    ({ customer, digits, cells }): VisibleRow => ({
      customer,
      digits: width === 0 ? '' : digits.slice(-width),
      bands: columns.map((column) => cells[column] as string),
    }),
  );
  const of = <T>(value: (band: Band) => T) => Object.fromEntries(bands.map((band) => [band.name, value(band)]));
  const widest = all[0]?.digits.length ?? 0;
  const leftOut = of(() => 0);
  for (const band of every) if (!bands.includes(band)) leftOut[band.name] = 1;
  const found =
    width === 0 && bands.length === 0
      ? undefined
      : generalize(
          { bandNames: bands.map(({ name }) => name), rows },
          { k, l, suppress: bands.length === 0 ? 0 : suppress },
          {
            order: of(({ labels }) => labels),
            merge: of(({ nameOf }) => nameOf),
            ...(l > 1 && { hidden: bands.map(({ field }) => all.map(({ attributes }) => String(attributes[field] ?? ''))) }),
            ...(dayCount > 1 && { fixed: days.map(String) }),
            keep: 'bands',
          },
        );
  // A list that shows nothing but its tokens is one class, however short it is.
  if (found === undefined) {
    const cost = { digits: widest, bands: of(() => 1), suppressedRows: 0, loss: 1 };
    for (const band of every) cost.bands[band.name] = 1;
    const shown = all.map((candidate, i) => ({ candidate, bands: [], day: days[i] as number }));
    const nothing = widest === 0 && every.length === 0;
    return { digits: 0, bandNames: [], rows: shown, cost: nothing ? { ...cost, loss: 0 } : cost, labels: {} };
  }
  const gone = new Set(found.suppressed);
  const positions = all.flatMap((_, position) => (gone.has(position) ? [] : [position]));
  const digits = width - found.cost.digits;
  return {
    digits,
    bandNames: found.list.bandNames,
    rows: positions.map((position, i) => ({
      candidate: all[position] as Candidate,
      bands: found.list.rows[i]?.bands as readonly string[],
      day: days[position] as number,
    })),
    cost: { ...found.cost, digits: widest - digits, bands: { ...leftOut, ...found.cost.bands } },
    labels: found.labels,
  };
}
