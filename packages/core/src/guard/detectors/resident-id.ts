/**
 * Resident ID numbers among the digits of a text: 18 characters with their check character, the old form of 15 digits. Forwards and backwards.
 * @module
 */
import { isOldResidentId, isProvince, isResidentId } from '../../identifiers/resident-id.js';
import { areDecimals, isAmount } from '../benign.js';
import { classTable, FIELD_END, foldTable, IGNORED, LETTER, LINE_END, MASK, SEPARATOR } from '../characters.js';
import type { Finding } from '../finding.js';
import { endsAfter, isOneNumber, isProvenNumber, lastGroupOf, shapes } from '../gaps.js';
import { type Numbers, WORDS } from '../numbers.js';
import { digitsText, isGluedToLetters } from '../spans.js';

const ID_CHARACTERS = 18;
const OLD_ID_DIGITS = 15;
/** What the check character X counts. */
const X = 10;
const ENDS = (1 << ID_CHARACTERS) | (1 << (ID_CHARACTERS - 1)) | (1 << OLD_ID_DIGITS);
const SHAPES = shapes(
  '6-8-4 6-4-4-4 3-3-4-4-4 6-4-2-2-4 6-12 14-4 4-4-4-4-2 6-6-6 3-3-3-3-3-3 10-8 9-9 6-8-3 6-4-4-3 3-3-4-4-3 6-4-2-2-3 6-11 14-3 4-4-4-4-1 4-4-4-5 6-6-5 10-7',
);
const OLD_SHAPES = shapes('6-6-3 6-9 6-2-2-2-3 3-3-6-3');
/** Months and days, as four digits. */
const DAYS = new Uint8Array(10_000);
for (let month = 1; month <= 12; month++) DAYS.fill(1, month * 100 + 1, month * 100 + 32);
/** Between the last digit and the X. */
const LONGEST_GAP_BEFORE_X = 3;

/** Finds the resident IDs. */
export function findResidentIds(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  for (let g = 0; g < numbers.groupCount; g++) {
    if (((numbers.ends[g] as number) & ENDS) === 0) continue;
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
  if (!endsAfter(numbers, g, ID_CHARACTERS)) return undefined;
  const d = numbers.first[g] as number;
  const isForwards = mayBeId(numbers, d, 1);
  if (!isForwards && !mayBeId(numbers, d + ID_CHARACTERS - 1, -1)) return undefined;
  if (!(isForwards ? passesCheck(numbers, d, 1) : passesCheck(numbers, d + ID_CHARACTERS - 1, -1))) return undefined;
  const last = lastGroupOf(numbers, g, ID_CHARACTERS);
  if (!isProvenNumber(numbers, g, last, SHAPES)) return undefined;
  const id = digitsText(numbers, g, last);
  return isResidentId(isForwards ? id : reversed(id)) ? { start: numbers.start(g), end: numbers.end(last), last } : undefined;
}

/** Seventeen digits and an X after them, or backwards an X before them. */
function idBeforeX(numbers: Numbers, g: number): Hit | undefined {
  if (!endsAfter(numbers, g, ID_CHARACTERS - 1)) return undefined;
  const d = numbers.first[g] as number;
  if (mayBeId(numbers, d, 1)) {
    if (!passesCheck(numbers, d, 1, X)) return undefined;
    const last = lastGroupOf(numbers, g, ID_CHARACTERS - 1);
    const end = endOfX(numbers, last);
    const isId = end > 0 && isProvenNumber(numbers, g, last, SHAPES) && isResidentId(`${digitsText(numbers, g, last)}X`);
    return isId ? { start: numbers.start(g), end, last } : undefined;
  }
  if (!mayBeId(numbers, d + ID_CHARACTERS - 2, -1)) return undefined;
  const start = numbers.start(g) - 1;
  if (!isX(numbers.codes[start] ?? 0)) return undefined;
  const last = lastGroupOf(numbers, g, ID_CHARACTERS - 1);
  const isId = isProvenNumber(numbers, g, last, SHAPES) && isResidentId(`${reversed(digitsText(numbers, g, last))}X`);
  return isId ? { start, end: numbers.end(last), last } : undefined;
}

/** Century, month and day, read from digit `d` in steps of `step`: most numbers fail here. */
function mayBeId({ value }: Numbers, d: number, step: 1 | -1): boolean {
  const century = (value[d + 6 * step] as number) * 10 + (value[d + 7 * step] as number);
  return (century === 19 || century === 20) && isDay(value, d + 10 * step, step);
}

function isDay(value: Uint8Array, d: number, step: 1 | -1): boolean {
  const month = (value[d] as number) * 10 + (value[d + step] as number);
  return DAYS[month * 100 + (value[d + 2 * step] as number) * 10 + (value[d + 3 * step] as number)] === 1;
}

/** A province, or the 9 of a foreigner's permanent residence. */
function mayBeRegion(value: Uint8Array, d: number, step: 1 | -1): boolean {
  return value[d] === 9 || isProvince((value[d] as number) * 10 + (value[d + step] as number));
}

/** The province, and ISO 7064 MOD 11-2 over seventeen digits and a check character, which is the next digit unless it is given. */
function passesCheck({ value }: Numbers, d: number, step: 1 | -1, check = value[d + (ID_CHARACTERS - 1) * step] as number): boolean {
  if (!mayBeRegion(value, d, step)) return false;
  let sum = 0;
  for (let i = 0; i < ID_CHARACTERS - 1; i++) sum = 2 * sum + (value[d + i * step] as number);
  return (2 * sum + check) % 11 === 1;
}

function oldIdAt(numbers: Numbers, g: number): Hit | undefined {
  if (!endsAfter(numbers, g, OLD_ID_DIGITS)) return undefined;
  const d = numbers.first[g] as number;
  if (!isDay(numbers.value, d + 8, 1) || !mayBeRegion(numbers.value, d, 1)) return undefined;
  const last = lastGroupOf(numbers, g, OLD_ID_DIGITS);
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
