/**
 * What a recipient sees of a row, and nothing else of it: the digits that the mask shows, and the bands. References and dial tokens look the
 * same for everybody and link nothing across campaigns, so they are no part of a class.
 * @module
 */
import { PolicyError } from '../errors.js';
import { type BandSpans, jointLabels, type Labelled } from './spans.js';

export interface VisibleRow {
  /** Who it is, known to the bank alone: the measures count common customers by it. */
  readonly customer: string | number;
  /** The last digits that the mask shows, '' when it shows none. */
  readonly digits: string;
  /** Labels, in the order of the list's `bandNames`. */
  readonly bands: readonly string[];
}

/** A list as a recipient holds it: without knowing who anybody is. */
export interface ShownList {
  readonly bandNames: readonly string[];
  readonly rows: readonly Pick<VisibleRow, 'digits' | 'bands'>[];
  /** What labels cover that do not say it themselves, as `30-40` does. */
  readonly spans?: BandSpans;
}

export interface VisibleList extends ShownList {
  readonly bandNames: readonly string[];
  readonly rows: readonly VisibleRow[];
}

/** Separates the parts of a class; no label may hold it, so that two classes never share a key. */
const SEPARATOR = '\u001f';

/**
 * The visible class of a row: equal exactly for rows that look alike.
 *
 * @param width - last digits to compare, all by default
 * @throws `ERR_MEASURE_INPUT`: a label holds the control character U+001F
 */
export function visibleClass(row: Pick<VisibleRow, 'digits' | 'bands'>, width = row.digits.length): string {
  return classKey(width === 0 ? '' : row.digits.slice(-width), row.bands);
}

/** The key of a class with these digits and labels. */
export function classKey(digits: string, bands: readonly string[]): string {
  let key = digits;
  for (const label of bands) {
    if (label.includes(SEPARATOR)) throw new PolicyError('ERR_MEASURE_INPUT', {}, 'A label holds a control character.');
    key += SEPARATOR + label;
  }
  return key;
}

/** Counts rows by class. */
export function countClasses(classes: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of classes) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** The digits that every row of a list shows: the width of its mask. */
export function maskWidth(list: ShownList): number {
  let width = Number.POSITIVE_INFINITY;
  for (const { digits } of list.rows) width = Math.min(width, digits.length);
  return Number.isFinite(width) ? width : 0;
}

/** The labels of a band that a list holds, each once. */
export function labelsOf(list: ShownList, name: string): readonly Labelled[] {
  const column = list.bandNames.indexOf(name);
  const labels = new Set<string>();
  for (const { bands } of list.rows) if (column >= 0 && bands[column] !== undefined) labels.add(bands[column]);
  const known = list.spans?.[name];
  return [...labels].map((label) => ({ label, known }));
}

/**
 * What two lists both show: the shorter suffix, and the bands that both have, each no finer than in the coarser list.
 *
 * @returns for each list its rows' classes on that common view, in the order of its rows
 * @throws `ERR_MEASURE_INPUT`: a row has not as many labels as its list has band names
 */
export function commonView(lists: readonly ShownList[]): {
  readonly width: number;
  readonly bandNames: readonly string[];
  readonly classes: readonly (readonly string[])[];
} {
  const width = lists.length === 0 ? 0 : Math.min(...lists.map(maskWidth));
  const bandNames = (lists[0]?.bandNames ?? []).filter((name) => lists.every((list) => list.bandNames.includes(name)));
  const joint = bandNames.map((name) => jointLabels(lists.flatMap((list) => labelsOf(list, name))));
  const classes = lists.map((list) => {
    const columns = bandNames.map((name) => list.bandNames.indexOf(name));
    return list.rows.map((row, index) => {
      if (row.bands.length !== list.bandNames.length)
        throw new PolicyError('ERR_MEASURE_INPUT', {}, `Row ${index + 1} has not as many labels as the list has bands.`);
      return classKey(
        width === 0 ? '' : row.digits.slice(-width),
        columns.map((column, band) => joint[band]!.get(row.bands[column]!)!),
      );
    });
  });
  return { width, bandNames, classes };
}
