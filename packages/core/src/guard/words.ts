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
const LETTER_X = 0x78;
const REPEAT = 10;
const LONGEST_WORD = 6;
/** Glued digits: more are no number. */
const LONGEST_RUN = 120;

/** All words as a tree: 26 followers a node, and what a word that ends there means (its digit, `REPEAT` and times, or -1). */
const LETTERS = 26;
const FIRST_LETTER = 0x61;
const followers: number[] = new Array(LETTERS).fill(0);
const meanings: number[] = [-1];
for (const [word, digit] of WORDS) addWord(word, digit);
for (const [word, times] of REPEATS) addWord(word, REPEAT + times);

function addWord(word: string, meaning: number): void {
  let node = 0;
  for (const letter of word) {
    const at = node * LETTERS + letter.charCodeAt(0) - FIRST_LETTER;
    if (followers[at] === 0) {
      followers[at] = meanings.length;
      meanings.push(-1);
      followers.push(...new Array(LETTERS).fill(0));
    }
    node = followers[at] as number;
  }
  meanings[node] = meaning;
}

/**
 * Adds the digits of a run of letters, if the whole run is number words.
 *
 * @param start - of the run, in the numbers' text
 * @param end - of the run
 */
export function readWordDigits(numbers: Numbers, start: number, end: number): void {
  if (end - start > LONGEST_RUN || followers[((foldTable()[numbers.codes[start] as number] as number) | 0x20) - FIRST_LETTER] === 0) return;
  const digits: WordDigit[] = [];
  let repeat = 1;
  let from = start;
  for (let at = start; at < end; ) {
    // The check character of an ID number that is spelled out.
    if (at === end - 1 && at > start && ((numbers.codes[at] as number) | 0x20) === LETTER_X) break;
    const word = wordAt(numbers.codes, at, end);
    numbers.work.steps += LONGEST_WORD;
    if (word === undefined) return;
    at = word.end;
    if (word.meaning > REPEAT) repeat = word.meaning - REPEAT;
    else {
      digits.push({ value: word.meaning, repeat, from, to: at });
      repeat = 1;
      from = at;
    }
  }
  if (digits.length === 0 || repeat !== 1) return;
  for (const [n, digit] of digits.entries()) {
    const { value, repeat: times, from: first, to } = n === 0 && digit.repeat === 1 ? repeatedBefore(numbers.text, digit) : digit;
    for (let k = 0; k < times; k++) numbers.addDigit(value, k === 0 ? first : to, to, true);
  }
}

/** The longest word of ours that begins here. */
function wordAt(codes: Uint16Array, start: number, end: number): { readonly meaning: number; readonly end: number } | undefined {
  const foldOf = foldTable();
  let node = 0;
  let meaning = -1;
  let wordEnd = start;
  for (let i = start; i < end; i++) {
    const folded = foldOf[codes[i] as number] as number;
    if (folded === 0) continue; // an invisible character
    node = followers[node * LETTERS + (folded | 0x20) - FIRST_LETTER] ?? 0;
    if (node === 0) break;
    if (meanings[node] === -1) continue;
    meaning = meanings[node] as number;
    wordEnd = i + 1;
  }
  return meaning === -1 ? undefined : { meaning, end: wordEnd };
}

interface WordDigit {
  readonly value: number;
  readonly repeat: number;
  readonly from: number;
  readonly to: number;
}

/** `double` and `triple` as words of their own, right before the digit, are part of it. */
function repeatedBefore(text: string, digit: WordDigit): WordDigit {
  const before = text
    .slice(Math.max(0, digit.from - LONGEST_WORD - 1), digit.from)
    .trimEnd()
    .toLowerCase();
  for (const [word, repeat] of REPEATS) {
    if (before.endsWith(word)) return { ...digit, repeat, from: Math.max(0, digit.from - LONGEST_WORD - 1) + before.length - word.length };
  }
  return digit;
}
