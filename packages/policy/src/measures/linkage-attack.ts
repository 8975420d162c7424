/**
 * The linkage attack itself: two recipients put their lists side by side and join them on what both show. `joinOnVisible` is all they can do, for
 * they do not know who anybody is; `attack` plays their best guess and, because the bank knows, counts how often it is right.
 * On average `attack` is right for the share that `linkability` computes.
 * @module
 */
import { commonView, type ShownList, type VisibleList } from './visible.js';

export interface Join {
  /** What both lists show. */
  readonly digits: number;
  readonly bandNames: readonly string[];
  /** Visible classes that occur in both. */
  readonly classes: number;
  /** Pairs of rows that look alike. */
  readonly pairs: number;
  /** Pairs that look like no other row of either list: positions in the first and in the second list. */
  readonly unique: readonly (readonly [a: number, b: number])[];
}

/** Joins two lists on everything that both show. */
export function joinOnVisible(a: ShownList, b: ShownList): Join {
  const { width, bandNames, shared } = groups(a, b);
  const unique: [number, number][] = [];
  let pairs = 0;
  for (const [rowsA, rowsB] of shared) {
    pairs += rowsA.length * rowsB.length;
    if (rowsA.length === 1 && rowsB.length === 1) unique.push([rowsA[0]!, rowsB[0]!]);
  }
  return { digits: width, bandNames, classes: shared.length, pairs, unique };
}

export interface AttackResult {
  /** Links that the attackers claim. */
  readonly claimed: number;
  /** Those that are right. */
  readonly right: number;
  /** Common customers who look alike in both lists. */
  readonly common: number;
}

/**
 * Plays the attack once: within each shared class every row of the smaller side is linked with a different row of the larger, at random.
 *
 * @param random - numbers from 0 up to, not including, 1
 */
export function attack(a: VisibleList, b: VisibleList, random: () => number): AttackResult {
  let claimed = 0;
  let right = 0;
  let common = 0;
  for (const [rowsA, rowsB] of groups(a, b).shared) {
    const inB = new Set(rowsB.map((position) => b.rows[position]!.customer));
    common += rowsA.filter((position) => inB.has(a.rows[position]!.customer)).length;
    const [few, many] = rowsA.length <= rowsB.length ? [rowsA, rowsB] : [rowsB, rowsA];
    const [listOfFew, listOfMany] = few === rowsA ? [a, b] : [b, a];
    const pool = [...many];
    for (const [taken, position] of few.entries()) {
      const pick = taken + Math.floor(random() * (pool.length - taken));
      [pool[taken], pool[pick]] = [pool[pick]!, pool[taken]!];
      claimed++;
      if (listOfFew.rows[position]!.customer === listOfMany.rows[pool[taken]!]!.customer) right++;
    }
  }
  return { claimed, right, common };
}

/**
 * Reads a list as it was delivered.
 *
 * @param header - the column names of its first line; every column but the tokens and `masked_phone` is a band
 * @param rows - the cells of the other lines
 * @returns the list; of a masked phone, all digits that are not masked count as shown
 */
export function shownList(header: readonly string[], rows: Iterable<readonly string[]>): ShownList {
  const mask = header.indexOf('masked_phone');
  const bandColumns = header.flatMap((name, column) => (NO_BANDS.has(name) ? [] : [column]));
  const shown = [...rows].map((cells) => ({
    digits: (cells[mask] ?? '').replace(/[^0-9]/g, ''),
    bands: bandColumns.map((column) => cells[column] ?? ''),
  }));
  return { bandNames: bandColumns.map((column) => header[column]!), rows: shown };
}

const NO_BANDS: ReadonlySet<string> = new Set(['reference', 'dial_token', 'masked_phone', 'numeric_token']);

function groups(a: ShownList, b: ShownList) {
  const { width, bandNames, classes } = commonView([a, b]);
  const byClass = (keys: readonly string[]) => {
    const rows = new Map<string, number[]>();
    for (const [position, key] of keys.entries()) {
      const found = rows.get(key);
      if (found === undefined) rows.set(key, [position]);
      else found.push(position);
    }
    return rows;
  };
  const [inA, inB] = [byClass(classes[0]!), byClass(classes[1]!)];
  const shared = [...inA].flatMap(([key, rows]): (readonly [number[], number[]])[] => (inB.has(key) ? [[rows, inB.get(key)!]] : []));
  return { width, bandNames, shared };
}
