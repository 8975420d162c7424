/**
 * Decoys on a list: which of the lines that came through the selection stand on this vendor's list, and what their rows show.
 *
 * They are left out of every measure, so a decoy stands on a list only where its visible class holds customers enough already: a class
 * of its own would name it.
 * @module
 */
import type { Name } from '@numbra/core';
import { type DecoyReach, LARGEST_SHARE, mostLines, reachOf } from '@numbra/core/decoys';
import { classKey } from '@numbra/policy/measures';
import type { Candidate } from '../campaigns/candidates.js';
import type { MeasuredRow } from '../campaigns/measure.js';
import type { BankContext } from '../context.js';
import { withDecoyCode } from './lines.js';

/** A decoy that came through selection, consent and decision. */
export interface DecoyCandidate {
  readonly candidate: Candidate;
  readonly line: number;
}

/** What an export says about its decoys. Stays in the bank. */
export interface DecoysOnList {
  /** Lines that the code was asked about for this list. */
  readonly lines: number;
  /** Of those, lines that stand on it. */
  readonly carried: number;
  /** Lines that came through the selection and were left out, since a list carries at most one decoy in a hundred rows. */
  readonly cut: number;
  /** The most lines that lists of this length take. */
  readonly most: number;
  /** Whom so many lines find. */
  readonly reach: DecoyReach;
}

/** How a list of customers looks that decoys join. */
export interface ShownList {
  readonly rows: readonly MeasuredRow[];
  readonly digits: number;
  readonly bandNames: readonly string[];
  /** Old labels to new ones, by band. */
  readonly labels: Readonly<Record<string, ReadonlyMap<string, string>>>;
  /** Bands of a candidate's cells, in their order. */
  readonly cellNames: readonly string[];
  readonly dayCount: number;
}

/**
 * Chooses and shows decoys.
 *
 * @param days - the day on which each decoy's row is released, drawn before, as many as `decoys`
 */
export async function decoysOnList(
  context: Pick<BankContext, 'keyring'>,
  vendor: string,
  decoys: readonly DecoyCandidate[],
  days: readonly number[],
  list: ShownList,
): Promise<{ readonly rows: readonly MeasuredRow[]; readonly report: DecoysOnList }> {
  const classOf = classesOf(list);
  const there = new Set(list.rows.map(classOf));
  const shown = decoys
    .map(({ candidate, line }, i) => ({ line, row: { candidate, bands: bandsOf(candidate, list), day: days[i] as number } }))
    .filter(({ row }) => there.has(classOf(row)))
    .sort((a, b) => a.line - b.line);
  const room = Math.floor(LARGEST_SHARE * list.rows.length);
  return withDecoyCode(context, (code) => {
    const rows: MeasuredRow[] = [];
    let lines = 0;
    for (const { line, row } of shown) {
      // A cast: a vendor's id is a name, checked when it was added.
      const carries = code.carries(vendor as Name, line);
      if (carries && rows.length === room) break;
      lines += 1;
      if (carries) rows.push(row);
    }
    const report = {
      lines,
      carried: rows.length,
      cut: shown.length - lines,
      most: mostLines(list.rows.length),
      reach: reachOf(lines),
    };
    return { rows, report };
  });
}

function bandsOf({ cells }: Candidate, { bandNames, labels, cellNames }: ShownList): readonly string[] {
  return bandNames.map((name) => {
    const cell = cells[cellNames.indexOf(name)] as string;
    return labels[name]?.get(cell) ?? cell;
  });
}

/** What a row shows, its day included. */
function classesOf({ digits, bandNames, dayCount }: ShownList): (row: MeasuredRow) => string {
  const paced = dayCount > 1 && (digits > 0 || bandNames.length > 0);
  return ({ candidate, bands, day }) =>
    classKey(digits === 0 ? '' : candidate.digits.slice(-digits), paced ? [...bands, String(day)] : [...bands]);
}
