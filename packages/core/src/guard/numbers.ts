/**
 * A text as the digits in it: each digit's value and place, gathered into groups, and what stands between the groups.
 * One pass over the character codes; whatever a digit looks like (１, 一, 壹, 幺, ①, १, `one`, the O of `I38OO`), from here on it is 0 to 9.
 *
 * Decides nothing. What groups of digits may be is the detectors' matter.
 * @module
 */

import { readAlphanumerics } from './alphanumerics.js';
import {
  classTable,
  digitAbove,
  FIELD_END,
  foldTable,
  IGNORED,
  LINE_END,
  MASK,
  SEPARATOR,
  SURROGATE,
  traitTable,
  writeCodes,
} from './characters.js';
import type { Work } from './finding.js';
import { isCount } from './numerals.js';

/** What lies between a digit and the one before it, from nothing to too much. */
export const JOINED = 0;
export const TIGHT = 1;
/** Line ends, or more separators than people put inside a number. */
export const LOOSE = 2;
export const WORDS = 3;
/** Two or more signs that stand for hidden characters. */
export const MASKED = 4;
export const FIELD = 5;
/** Words that do not connect digits: only known values are found across it. Set by gaps.ts. */
export const WALL = 6;
/** Nothing joins across it. */
export const BREAK = 7;

/** Characters between two digits of one number; more is other text. */
const LONGEST_GAP = 24;
const MOST_TIGHT_SEPARATORS = 4;
const FEWEST_PLACES = 32;

/** Circled, bracketed and dotted digits. */
const FIRST_ENCLOSED = 0x2460;
const isEnclosed = (code: number): boolean =>
  (code >= FIRST_ENCLOSED && code <= 0x24ff) || (code >= 0x2776 && code <= 0x2793) || (code >= 0x3220 && code <= 0x3289);

/** The digits of a text. Arrays grow; only the first `digitCount` and `groupCount` entries count. */
export class Numbers {
  digitCount = 0;
  /** 0 to 9. */
  value: Uint8Array;
  /** Place of each digit in the text. */
  from: Uint32Array;
  to: Uint32Array;

  groupCount = 0;
  /** Index of each group's first digit; `first[groupCount]` is `digitCount`. */
  first: Uint32Array;
  /** What lies before the group: one of the constants above. */
  level: Uint8Array;
  /** Tells gaps apart: equal gaps have equal signatures. */
  signature: Uint32Array;
  /** Digits of the group that were letters: look-alikes or number words. */
  fromLetters: Uint8Array;
  /** The group belongs to a date, a time, an amount: it is no part of a split number. */
  claimed: Uint8Array;
  /** Digits from the group's first to the next wall, at most 255: what is too short for a detector need not be looked at. */
  reach: Uint8Array;
  /** The same, and claimed groups are walls too. */
  freeReach: Uint8Array;
  /** Places where two letters and two digits begin a run. */
  readonly ibanStarts: number[] = [];

  text = '';
  /** UTF-16 code units of the text, and a zero after them. */
  codes: Uint16Array = new Uint16Array(1);
  work: Work;
  /** What `codes` is cut from. */
  #codes = new Uint16Array(0);

  constructor(text: string, work: Work) {
    const digits = FEWEST_PLACES + (text.length >> 2);
    this.value = new Uint8Array(digits);
    this.from = new Uint32Array(digits);
    this.to = new Uint32Array(digits);
    const groups = FEWEST_PLACES + (text.length >> 4);
    this.first = new Uint32Array(groups);
    this.level = new Uint8Array(groups);
    this.signature = new Uint32Array(groups);
    this.fromLetters = new Uint8Array(groups);
    this.claimed = new Uint8Array(groups);
    this.reach = new Uint8Array(groups);
    this.freeReach = new Uint8Array(groups);
    this.work = work;
    this.reset(text, work);
  }

  /** Makes ready for another text; arrays are kept, so that a scan of a short text allocates next to nothing. */
  reset(text: string, work: Work): void {
    if (this.#codes.length <= text.length) this.#codes = new Uint16Array(text.length + 1);
    this.codes = writeCodes(text, this.#codes);
    this.fromLetters.fill(0, 0, this.groupCount + 1);
    this.claimed.fill(0, 0, this.groupCount + 1);
    this.text = text;
    this.work = work;
    this.digitCount = 0;
    this.groupCount = 0;
    this.ibanStarts.length = 0;
  }

  /** Digits in group `g`. */
  length(g: number): number {
    return (this.first[g + 1] as number) - (this.first[g] as number);
  }

  /** Where group `g` begins in the text. */
  start(g: number): number {
    return this.from[this.first[g] as number] as number;
  }

  /** Where group `g` ends in the text. */
  end(g: number): number {
    return this.to[(this.first[g + 1] as number) - 1] as number;
  }

  /** Where the last digit so far ends, or -1. */
  get lastEnd(): number {
    return this.digitCount === 0 ? -1 : (this.to[this.digitCount - 1] as number);
  }

  /** The number that the digits of group `g` make; of long groups, of their last nine digits. */
  amount(g: number): number {
    let amount = 0;
    const end = this.first[g + 1] as number;
    for (let d = Math.max(this.first[g] as number, end - 9); d < end; d++) amount = amount * 10 + (this.value[d] as number);
    return amount;
  }

  addDigit(value: number, from: number, to: number, isLetter: boolean): void {
    const d = this.digitCount;
    if (d === this.value.length) this.#growDigits();
    const gap = d === 0 ? BREAK : this.#gap(this.to[d - 1] as number, from) || this.#enclosedGap(from);
    if (gap !== JOINED) this.#addGroup(gap);
    this.value[d] = value;
    this.from[d] = from;
    this.to[d] = to;
    this.digitCount = d + 1;
    const g = this.groupCount - 1;
    if (isLetter) this.fromLetters[g] = Math.min(255, (this.fromLetters[g] as number) + 1);
    this.first[g + 1] = d + 1;
  }

  /** Adds a run of digits that stand right next to each other: no gap to look at but the first. */
  addRun(start: number, end: number): void {
    const foldOf = foldTable();
    this.addDigit((foldOf[this.codes[start] as number] as number) - 0x30, start, start + 1, false);
    while (this.digitCount + end - start > this.value.length) this.#growDigits();
    const { value, from, to, codes } = this;
    let d = this.digitCount;
    for (let i = start + 1; i < end; i++) {
      value[d] = (foldOf[codes[i] as number] as number) - 0x30;
      from[d] = i;
      to[d] = i + 1;
      d += 1;
    }
    this.digitCount = d;
    this.first[this.groupCount] = d;
  }

  #lastSignature = 0;

  #addGroup(level: number): void {
    const g = this.groupCount;
    if (g + 2 >= this.first.length) this.#growGroups();
    this.level[g] = level;
    this.signature[g] = this.#lastSignature;
    this.first[g] = this.digitCount;
    this.level[g + 1] = BREAK;
    this.signature[g + 1] = 0;
    this.groupCount = g + 1;
  }

  #gap(start: number, end: number): number {
    this.#lastSignature = 0;
    if (start === end) return JOINED;
    if (end - start > LONGEST_GAP) return BREAK;
    const classOf = classTable();
    if (end - start === 1) return this.#oneCharacterGap(this.codes[start] as number);
    let separators = 0;
    let lineEnds = 0;
    let masks = 0;
    let fields = 0;
    let others = 0;
    let signature = 17;
    for (let i = start; i < end; i++) {
      const code = this.codes[i] as number;
      const kind = classOf[code] as number;
      if (kind === IGNORED) continue;
      signature = Math.imul(signature, 31) + code;
      if (kind === SEPARATOR) separators += 1;
      else if (kind === LINE_END) lineEnds += 1;
      else if (kind === MASK) masks += 1;
      else if (kind === FIELD_END) fields += 1;
      else others += 1;
    }
    this.work.steps += end - start;
    this.#lastSignature = signature >>> 0;
    if (fields > 0) return others === 0 && masks === 0 && separators <= MOST_TIGHT_SEPARATORS ? FIELD : BREAK;
    if (others > 0) return WORDS;
    if (masks > 1) return MASKED;
    if (lineEnds > 0 || separators + masks > MOST_TIGHT_SEPARATORS) return LOOSE;
    return separators + masks > 0 ? TIGHT : JOINED;
  }

  /** The ① of a list stands right before the number. */
  #enclosedGap(from: number): number {
    const before = this.codes[from - 1] as number;
    if (before < FIRST_ENCLOSED) return JOINED;
    return isEnclosed(before) !== isEnclosed(this.codes[from] as number) ? TIGHT : JOINED;
  }

  #oneCharacterGap(code: number): number {
    this.work.steps += 1;
    const kind = classTable()[code] as number;
    if (kind === IGNORED) return JOINED;
    this.#lastSignature = (Math.imul(17, 31) + code) >>> 0;
    if (kind === SEPARATOR || kind === MASK) return TIGHT;
    if (kind === LINE_END) return LOOSE;
    return kind === FIELD_END ? FIELD : WORDS;
  }

  #growDigits(): void {
    this.value = grown(this.value);
    this.from = grown(this.from);
    this.to = grown(this.to);
  }

  #growGroups(): void {
    this.first = grown(this.first);
    this.level = grown(this.level);
    this.signature = grown(this.signature);
    this.fromLetters = grown(this.fromLetters);
    this.claimed = grown(this.claimed);
    this.reach = grown(this.reach);
    this.freeReach = grown(this.freeReach);
  }
}

/** One set of arrays waits for the next scan. Texts inside a text are read while its own is in use, and get another. */
let spare: Numbers | undefined;
const LARGEST_SPARE_CHARACTERS = 1 << 22;

/** Wipes the arrays and gives them back. The numbers must not be used afterwards. */
export function releaseNumbers(numbers: Numbers): void {
  if (numbers.codes.length <= LARGEST_SPARE_CHARACTERS) spare = numbers;
  numbers.codes.fill(0);
  numbers.value.fill(0, 0, numbers.digitCount);
  numbers.text = '';
}

function newNumbers(text: string, work: Work): Numbers {
  const numbers = spare;
  if (numbers === undefined) return new Numbers(text, work);
  spare = undefined;
  numbers.reset(text, work);
  return numbers;
}

/** Reads the digits of a text. */
export function readNumbers(text: string, work: Work): Numbers {
  const numbers = newNumbers(text, work);
  const classOf = classTable();
  const traitsOf = traitTable();
  const { codes } = numbers;
  const { length } = text;
  for (let i = 0; i < length; ) {
    const code = codes[i] as number;
    const kind = classOf[code] as number;
    if (kind > SURROGATE) {
      i += 1;
    } else if (traitsOf[code] !== 0) {
      i = readAlphanumerics(numbers, i);
    } else if (kind <= 9) {
      if (!isCount(codes, i, numbers.lastEnd)) numbers.addDigit(kind, i, i + 1, false);
      i += 1;
    } else {
      const digit = digitAbove(text.codePointAt(i) as number);
      if (digit >= 0) numbers.addDigit(digit, i, i + 2, false);
      i += 2;
    }
  }
  work.steps += length;
  return numbers;
}

function grown<T extends Uint8Array | Uint32Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}
