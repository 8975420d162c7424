/**
 * Passport numbers: the mainland's (E or G and eight digits, E with a second letter and seven), and any country's where the text says
 * that it is one.
 *
 * A bare number of another country has no check digit and no shape of its own: it is found only beside the word.
 * @module
 */
import { classTable, foldTable, IGNORED, SEPARATOR } from '../characters.js';
import type { Finding } from '../finding.js';
import { isOneNumber, lastGroupOf, shapes } from '../gaps.js';
import type { Numbers } from '../numbers.js';

const SHAPES = shapes('4-4 2-3-3 2-2-2-2 3-3-2 3-4 2-6 3-5 4-3 3-3-3');
const CUE = /(?:passport|护照|護照)[^\n\d]{0,8}$/i;
/** Part of every cue; looked for in the whole text first, which `includes` does at memory speed. */
const CUE_PARTS = ['assport', 'ASSPORT', '护照', '護照'];
const CUE_CHARACTERS = 24;
const FIRST_LETTER = 0x41;
const LONGEST_GAP_AFTER_LETTER = 2;
/** Lengths of foreign passports' digits after zero to two letters. */
const CUED_DIGITS = [9, 8, 7, 6];
/** Six to nine digits. */
const ENDS = 0b1111 << 6;

/** Finds the passports. */
export function findPassports(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  const hasCue = CUE_PARTS.some((part) => numbers.text.includes(part));
  for (let g = 0; g < numbers.groupCount; g++) {
    if (((numbers.freeEnds[g] as number) & ENDS) === 0) continue;
    const hit = passportAt(numbers, g, hasCue);
    if (hit === undefined) continue;
    findings.push({ kind: 'passport', by: 'pattern', start: hit.start, end: numbers.end(hit.last) });
    g = hit.last;
  }
  numbers.work.steps += numbers.groupCount;
  return findings;
}

function passportAt(numbers: Numbers, g: number, hasCue: boolean): { start: number; last: number } | undefined {
  const { codes, text } = numbers;
  const lookAlike = startsWithG(numbers, g) ? 1 : 0;
  const start = lookAlike === 1 ? numbers.start(g) : lettersBefore(codes, numbers.start(g));
  if (start < numbers.start(g) || lookAlike === 1) {
    const letters = letterText(codes, start, lookAlike === 1 ? start + 1 : numbers.start(g));
    const wanted = letters === 'E' || letters === 'G' ? 8 + lookAlike : /^E[A-HJ-NP-Z]$/.test(letters) ? 7 : 0;
    const last = wanted > 0 ? lastGroupOf(numbers, g, wanted) : -1;
    if (last >= 0 && isWhole(numbers, g, last, lookAlike)) return { start, last };
  }
  if (!hasCue || !CUE.test(text.slice(Math.max(0, start - CUE_CHARACTERS), start))) return undefined;
  for (const digits of CUED_DIGITS) {
    const last = lastGroupOf(numbers, g, digits);
    if (last >= 0 && isWhole(numbers, g, last, 0)) return { start, last };
  }
  return undefined;
}

/** `G12345678` reads as nine digits, the G being a 6. */
function startsWithG(numbers: Numbers, g: number): boolean {
  return numbers.fromLetters[g] === 1 && foldTable()[numbers.codes[numbers.start(g)] as number] === 0x47;
}

/** Where the one or two letters right before `at` begin; `at` itself when there are none, or more (the end of a word). */
function lettersBefore(codes: Uint16Array, at: number): number {
  const classOf = classTable();
  const foldOf = foldTable();
  let i = at - 1;
  while (i >= 0 && at - 1 - i < LONGEST_GAP_AFTER_LETTER && isGap(classOf[codes[i] as number] as number)) i -= 1;
  let start = at;
  for (let letters = 0; i >= 0; i--) {
    const code = codes[i] as number;
    if (classOf[code] === IGNORED) continue;
    const folded = foldOf[code] as number;
    if (folded < FIRST_LETTER) return folded === 0 ? start : at;
    letters += 1;
    if (letters === 3) return at;
    start = i;
  }
  return start;
}

function isGap(kind: number): boolean {
  return kind === IGNORED || kind === SEPARATOR;
}

function letterText(codes: Uint16Array, from: number, to: number): string {
  const foldOf = foldTable();
  let letters = '';
  for (let i = from; i < to; i++) {
    const folded = foldOf[codes[i] as number] as number;
    if (folded >= FIRST_LETTER) letters += String.fromCharCode(folded & ~0x20);
  }
  return letters;
}

function isWhole(numbers: Numbers, g: number, last: number, skipped: number): boolean {
  const after = foldTable()[numbers.codes[numbers.end(last)] as number];
  return after === 0 && numbers.claimed[g] === 0 && isOneNumber(numbers, g, last, SHAPES, skipped);
}
