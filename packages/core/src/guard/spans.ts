/**
 * Small questions that several detectors ask about a run of groups.
 * @module
 */
import { foldTable } from './characters.js';
import type { Numbers } from './numbers.js';

/** The digits of groups `g` to `last` as text. */
export function digitsText(numbers: Numbers, g: number, last: number): string {
  const from = numbers.first[g] as number;
  const to = numbers.first[last + 1] as number;
  let digits = '';
  for (let d = from; d < to; d++) digits += numbers.value[d];
  numbers.work.steps += to - from;
  return digits;
}

/** A capital letter or an underscore touches it, or a single small letter: part of a code (`SF1380…`), not of a sentence (`card6222…`). */
export function isGluedToLetters(numbers: Numbers, g: number, last: number): boolean {
  const start = numbers.start(g);
  const end = numbers.end(last);
  return isCodeLetter(numbers.codes, start - 1, -1) || isCodeLetter(numbers.codes, end, 1);
}

function isCodeLetter(codes: Uint16Array, at: number, step: -1 | 1): boolean {
  const foldOf = foldTable();
  const letter = foldOf[codes[at] ?? 0] as number;
  if (letter === 0x5f || (letter >= 0x41 && letter <= 0x5a)) return true;
  const next = foldOf[codes[at + step] ?? 0] as number;
  return letter >= 0x61 && !(next >= 0x61 && next <= 0x7a);
}
