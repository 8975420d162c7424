/**
 * Digits written out as words: English as it is read aloud over a phone (`one three eight double zero`), and pinyin (`yao san ba`).
 * Glued words count (`onethreeeight`); a word that only begins like a digit (`oneself`, `seventeen`) does not.
 * @module
 */
import { foldTable } from './characters.js';
import type { Numbers } from './numbers.js';

const WORDS: ReadonlyMap<string, number> = new Map(
  [
    ['zero', 'oh', 'nought', 'nil', 'ling', 'dong'],
    ['one', 'yi', 'yao'],
    ['two', 'er', 'liang'],
    ['three', 'san'],
    ['four', 'si'],
    ['five', 'wu'],
    ['six', 'liu'],
    ['seven', 'qi', 'guai'],
    ['eight', 'ba'],
    ['nine', 'niner', 'jiu', 'gou'],
  ].flatMap((words, digit) => words.map((word) => [word, digit] as const)),
);
const REPEATS: ReadonlyMap<string, number> = new Map([
  ['double', 2],
  ['triple', 3],
  ['treble', 3],
]);
const SHORTEST_WORD = 2;
const LONGEST_WORD = 6;
/** First letters of the words above: most words of a text end here. */
const INITIALS = new Uint8Array(128);
for (const word of [...WORDS.keys(), ...REPEATS.keys()]) INITIALS[word.charCodeAt(0)] = 1;
/** Glued digits: more are no number. */
const LONGEST_RUN = 120;

/**
 * Adds the digits of a run of letters, if the whole run is number words.
 *
 * @param start - of the run, in the numbers' text
 * @param end - of the run
 */
export function readWordDigits(numbers: Numbers, start: number, end: number): void {
  const length = end - start;
  if (length < SHORTEST_WORD || length > LONGEST_RUN) return;
  const foldOf = foldTable();
  if (INITIALS[(foldOf[numbers.codes[start] as number] as number) | 0x20] !== 1) return;
  const letters = lowerCased(numbers.codes, start, end);
  if (letters === undefined) return;
  const parts = digitsOf(letters);
  numbers.work.steps += length * LONGEST_WORD;
  if (parts === undefined) return;
  const first = parts[0] as WordDigit;
  if (first.from === 0 && first.repeat === 1) parts[0] = { ...first, repeat: repeatBefore(numbers.text, start) };
  for (const { value, repeat, from, to } of parts) {
    for (let n = 0; n < repeat; n++) numbers.addDigit(value, start + (n === 0 ? from : to), start + to, true);
  }
}

interface WordDigit {
  readonly value: number;
  readonly repeat: number;
  readonly from: number;
  readonly to: number;
}

/** `double` and `triple` as words of their own, right before the digit. */
function repeatBefore(text: string, start: number): number {
  const before = text
    .slice(Math.max(0, start - LONGEST_WORD - 1), start)
    .trimEnd()
    .toLowerCase();
  for (const [word, times] of REPEATS) if (before.endsWith(word)) return times;
  return 1;
}

/** Longest word first at each place; a repeat must have its digit in the same run. */
function digitsOf(letters: string): WordDigit[] | undefined {
  const digits: WordDigit[] = [];
  let repeat = 1;
  let from = 0;
  for (let at = 0; at < letters.length; ) {
    let length = Math.min(LONGEST_WORD, letters.length - at);
    for (; length >= SHORTEST_WORD; length--) {
      const word = letters.slice(at, at + length);
      const value = WORDS.get(word);
      const times = REPEATS.get(word);
      if (value === undefined && times === undefined) continue;
      if (value !== undefined) {
        digits.push({ value, repeat, from, to: at + length });
        repeat = 1;
        from = at + length;
      } else repeat = times as number;
      break;
    }
    if (length < SHORTEST_WORD) return undefined;
    at += length;
  }
  return repeat === 1 ? digits : undefined;
}

function lowerCased(codes: Uint16Array, start: number, end: number): string | undefined {
  const foldOf = foldTable();
  let letters = '';
  for (let i = start; i < end; i++) {
    const folded = foldOf[codes[i] as number] as number;
    if (folded === 0) return undefined;
    letters += String.fromCharCode(folded | 0x20);
  }
  return letters;
}
