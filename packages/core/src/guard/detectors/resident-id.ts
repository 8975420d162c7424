/**
 * Resident ID numbers among the digits of a text: 18 characters with their check character, the old form of 15 digits. Forwards and backwards.
 * @module
 */
import { isOldResidentId, isResidentId } from '../../identifiers/resident-id.js';
import { areDecimals, isAmount } from '../benign.js';
import { classTable, FIELD_END, foldTable, IGNORED, LETTER, LINE_END, MASK, SEPARATOR } from '../characters.js';
import type { Finding } from '../finding.js';
import { isOneNumber, isProvenNumber, lastGroupOf, shapes } from '../gaps.js';
import { type Numbers, WORDS } from '../numbers.js';
import { digitsText, isGluedToLetters } from '../spans.js';

const ID_CHARACTERS = 18;
const OLD_ID_DIGITS = 15;
const SHAPES = shapes(
  '6-8-4 6-4-4-4 3-3-4-4-4 6-4-2-2-4 6-12 14-4 4-4-4-4-2 6-6-6 3-3-3-3-3-3 10-8 9-9 6-8-3 6-4-4-3 3-3-4-4-3 6-4-2-2-3 6-11 14-3 4-4-4-4-1 4-4-4-5 6-6-5 10-7',
);
const OLD_SHAPES = shapes('6-6-3 6-9 6-2-2-2-3 3-3-6-3');
/** Between the last digit and the X. */
const LONGEST_GAP_BEFORE_X = 3;

/** Finds the resident IDs. */
export function findResidentIds(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  for (let g = 0; g < numbers.groupCount; g++) {
    if ((numbers.reach[g] as number) < OLD_ID_DIGITS) continue;
    const hit = idAt(numbers, g) ?? idBeforeX(numbers, g) ?? oldIdAt(numbers, g);
    if (hit === undefined) continue;
    findings.push({ kind: 'resident-id', by: 'pattern', start: hit.start, end: hit.end });
    g = hit.last;
  }
  numbers.work.steps += numbers.groupCount;
  return findings;
}

interface Hit {
  readonly start: number;
  readonly end: number;
  readonly last: number;
}

function idAt(numbers: Numbers, g: number): Hit | undefined {
  const last = lastGroupOf(numbers, g, ID_CHARACTERS);
  if (last < 0) return undefined;
  const d = numbers.first[g] as number;
  const isForwards = mayBeId(numbers, d, 1);
  if (!isForwards && !mayBeId(numbers, d + ID_CHARACTERS - 1, -1)) return undefined;
  if (!isProvenNumber(numbers, g, last, SHAPES)) return undefined;
  const id = digitsText(numbers, g, last);
  return isResidentId(isForwards ? id : reversed(id)) ? { start: numbers.start(g), end: numbers.end(last), last } : undefined;
}

/** Seventeen digits and an X after them, or backwards an X before them. */
function idBeforeX(numbers: Numbers, g: number): Hit | undefined {
  const last = lastGroupOf(numbers, g, ID_CHARACTERS - 1);
  if (last < 0) return undefined;
  const d = numbers.first[g] as number;
  if (mayBeId(numbers, d, 1)) {
    const end = endOfX(numbers, last);
    const isId = end > 0 && isProvenNumber(numbers, g, last, SHAPES) && isResidentId(`${digitsText(numbers, g, last)}X`);
    return isId ? { start: numbers.start(g), end, last } : undefined;
  }
  const start = numbers.start(g) - 1;
  if (!mayBeId(numbers, d + ID_CHARACTERS - 2, -1) || !isX(numbers.codes[start] ?? 0)) return undefined;
  const isId = isProvenNumber(numbers, g, last, SHAPES) && isResidentId(`${reversed(digitsText(numbers, g, last))}X`);
  return isId ? { start, end: numbers.end(last), last } : undefined;
}

/** Century and month, read from digit `d` in steps of `step`: most numbers fail here. */
function mayBeId(numbers: Numbers, d: number, step: 1 | -1): boolean {
  const { value } = numbers;
  const century = (value[d + 6 * step] as number) * 10 + (value[d + 7 * step] as number);
  return (century === 19 || century === 20) && (value[d + 10 * step] as number) <= 1 && (value[d + 12 * step] as number) <= 3;
}

function oldIdAt(numbers: Numbers, g: number): Hit | undefined {
  const last = lastGroupOf(numbers, g, OLD_ID_DIGITS);
  const d = numbers.first[g] as number;
  const { value } = numbers;
  if (last < 0 || (value[d + 8] as number) > 1 || (value[d + 10] as number) > 3 || value[d] === 0) return undefined;
  if (
    !isOneNumber(numbers, g, last, OLD_SHAPES) ||
    isGluedToLetters(numbers, g, last) ||
    areDecimals(numbers, g) ||
    isAmount(numbers, g, last)
  )
    return undefined;
  if (!isOldResidentId(digitsText(numbers, g, last))) return undefined;
  return { start: numbers.start(g), end: numbers.end(last), last };
}

/** @returns where the X after group `last` ends, or -1 */
function endOfX(numbers: Numbers, last: number): number {
  const { codes } = numbers;
  const classOf = classTable();
  const from = numbers.end(last);
  // Where letters stand between all digits, one stands before the X.
  const isGlued = last > 0 && numbers.level[last] === WORDS;
  for (let i = from; i <= from + LONGEST_GAP_BEFORE_X && i < codes.length; i++) {
    const code = codes[i] as number;
    if (isX(code)) return i + 1;
    const kind = classOf[code] as number;
    const isGap =
      kind === IGNORED || kind === SEPARATOR || kind === LINE_END || kind === MASK || kind === FIELD_END || (isGlued && kind === LETTER);
    if (!isGap) return -1;
  }
  return -1;
}

function isX(code: number): boolean {
  return ((foldTable()[code] as number) | 0x20) === 0x78;
}

function reversed(digits: string): string {
  return [...digits].reverse().join('');
}
