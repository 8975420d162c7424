/**
 * Resident ID numbers among the digits of a text: 18 characters with their check character, the old form of 15 digits. Forwards and backwards.
 * @module
 */
import { isOldResidentId, isResidentId } from '../../identifiers/resident-id.js';
import { classTable, foldTable, IGNORED, SEPARATOR } from '../characters.js';
import type { Finding } from '../finding.js';
import { areGapsPlausible, isOneNumber, lastGroupOf, type Shapes } from '../gaps.js';
import type { Numbers } from '../numbers.js';
import { digitsText, isGluedToLetters } from '../runs.js';

const ID_CHARACTERS = 18;
const OLD_ID_DIGITS = 15;
const OLD_SHAPES: Shapes = new Set(['6-6-3', '6-9', '6-2-2-2-3', '3-3-6-3']);
/** Between the last digit and the X. */
const LONGEST_GAP_BEFORE_X = 3;

/** Finds the resident IDs. */
export function findResidentIds(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  for (let g = 0; g < numbers.groupCount; g++) {
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
  const id = digitsText(numbers, g, last);
  if (!isResidentId(id) && !isResidentId(reversed(id))) return undefined;
  return areGapsPlausible(numbers, g, last) ? { start: numbers.start(g), end: numbers.end(last), last } : undefined;
}

/** Seventeen digits and an X after them, or backwards an X before them. */
function idBeforeX(numbers: Numbers, g: number): Hit | undefined {
  const last = lastGroupOf(numbers, g, ID_CHARACTERS - 1);
  if (last < 0 || !areGapsPlausible(numbers, g, last)) return undefined;
  const digits = digitsText(numbers, g, last);
  const end = endOfX(numbers.text, numbers.end(last));
  if (end > 0 && isResidentId(`${digits}X`)) return { start: numbers.start(g), end, last };
  const start = numbers.start(g) - 1;
  const isXBefore = start >= 0 && ((foldTable()[numbers.text.charCodeAt(start)] as number) | 0x20) === 0x78;
  return isXBefore && isResidentId(`${reversed(digits)}X`) ? { start, end: numbers.end(last), last } : undefined;
}

function oldIdAt(numbers: Numbers, g: number): Hit | undefined {
  const last = lastGroupOf(numbers, g, OLD_ID_DIGITS);
  if (last < 0 || !isOldResidentId(digitsText(numbers, g, last))) return undefined;
  if (!isOneNumber(numbers, g, last, OLD_SHAPES) || isGluedToLetters(numbers, g, last)) return undefined;
  return { start: numbers.start(g), end: numbers.end(last), last };
}

/** @returns where the X ends, or -1 */
function endOfX(text: string, from: number): number {
  const classOf = classTable();
  const foldOf = foldTable();
  for (let i = from; i <= from + LONGEST_GAP_BEFORE_X && i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (((foldOf[code] as number) | 0x20) === 0x78) return i + 1;
    if (classOf[code] !== IGNORED && classOf[code] !== SEPARATOR) return -1;
  }
  return -1;
}

function reversed(digits: string): string {
  return [...digits].reverse().join('');
}
