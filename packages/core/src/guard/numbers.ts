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
  OTHER,
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
/** So far that no digit of the text joins to it. */
const BEFORE_TEXT = -LONGEST_GAP - 1;
const MOST_TIGHT_SEPARATORS = 4;
const SIGNATURE_SEED = 17;
/** Of a gap of one character, before its code is added. */
const FIRST_SIGNATURE = SIGNATURE_SEED * 31;
/** What a gap of one character is, by its class. */
const LEVELS = new Uint8Array(OTHER + 1).fill(WORDS);
LEVELS[SEPARATOR] = TIGHT;
LEVELS[MASK] = TIGHT;
LEVELS[LINE_END] = LOOSE;
LEVELS[FIELD_END] = FIELD;
const FEWEST_PLACES = 32;

const ZERO = 0x30;
const NINE = 0x39;
const HYPHEN = 0x2d;
const UUID_HEAD = 8;

/** Circled, bracketed and dotted digits. */
const FIRST_ENCLOSED = 0x2460;
const isEnclosed = (code: number): boolean =>
  (code >= FIRST_ENCLOSED && code <= 0x24ff) || (code >= 0x2776 && code <= 0x2793) || (code >= 0x3220 && code <= 0x3289);

/** The digits of a text. Arrays are as long as the longest text so far, or grow; only the first `digitCount` and `groupCount` entries count. */
export class Numbers {
  digitCount = 0;
  /** 0 to 9. */
  value: Uint8Array;
  /** Place of each digit in the text. */
  from: Uint32Array;
  /** UTF-16 code units of each digit: 1 but for words and digits above U+FFFF. */
  width: Uint8Array;

  groupCount = 0;
  /** Index of each group's first digit; `first[groupCount]` is `digitCount`. */
  first: Uint32Array;
  /** Where each group begins and ends in the text. */
  begin: Uint32Array;
  finish: Uint32Array;
  /** What lies before the group: one of the constants above. */
  level: Uint8Array;
  /** Tells gaps apart: equal gaps have equal signatures. */
  signature: Uint32Array;
  /** The one character between the group and the one before it, 0 when there are more or none. */
  sign: Uint16Array;
  /** Digits of the group that were letters: look-alikes or number words. */
  fromLetters: Uint8Array;
  /** The group belongs to a date, a time, an amount: it is no part of a split number. */
  claimed: Uint8Array;
  /** Which lengths a number that begins with the group may have: bit `n` when a group ends `n` digits on and no wall stands between, bit 31 for all from there. */
  ends: Uint32Array;
  /** The same, and claimed groups are walls too. */
  freeEnds: Uint32Array;
  /** Places where two letters and two digits begin a run. */
  readonly ibanStarts: number[] = [];
  /** Where the last digit so far ends. */
  lastEnd = BEFORE_TEXT;

  text = '';
  /** UTF-16 code units of the text, and a zero after them. */
  codes: Uint16Array = new Uint16Array(1);
  work: Work;
  #lastSignature = 0;
  /** What `codes` is cut from. */
  #codes = new Uint16Array(0);

  constructor(text: string, work: Work) {
    this.value = new Uint8Array(0);
    this.from = new Uint32Array(0);
    this.width = new Uint8Array(0);
    const groups = FEWEST_PLACES + (text.length >> 4);
    this.first = new Uint32Array(groups);
    this.begin = new Uint32Array(groups);
    this.finish = new Uint32Array(groups);
    this.level = new Uint8Array(groups);
    this.signature = new Uint32Array(groups);
    this.sign = new Uint16Array(groups);
    this.fromLetters = new Uint8Array(groups);
    this.claimed = new Uint8Array(groups);
    this.ends = new Uint32Array(groups);
    this.freeEnds = new Uint32Array(groups);
    this.work = work;
    this.reset(text, work);
  }

  /** Makes ready for another text; arrays are kept, so that a scan of a short text allocates next to nothing. */
  reset(text: string, work: Work): void {
    if (this.#codes.length <= text.length) this.#makeRoom(text.length + 1);
    this.codes = writeCodes(text, this.#codes);
    this.fromLetters.fill(0, 0, this.groupCount + 1);
    this.claimed.fill(0, 0, this.groupCount + 1);
    this.text = text;
    this.work = work;
    this.digitCount = 0;
    this.groupCount = 0;
    this.lastEnd = BEFORE_TEXT;
    this.ibanStarts.length = 0;
  }

  /** Digits in group `g`. */
  length(g: number): number {
    return (this.first[g + 1] as number) - (this.first[g] as number);
  }

  /** Where group `g` begins in the text. */
  start(g: number): number {
    return this.begin[g] as number;
  }

  /** Where group `g` ends in the text. */
  end(g: number): number {
    return this.finish[g] as number;
  }

  /** The number that the digits of group `g` make; of long groups, of their last nine digits. */
  amount(g: number): number {
    let amount = 0;
    const end = this.first[g + 1] as number;
    for (let d = Math.max(this.first[g] as number, end - 9); d < end; d++) amount = amount * 10 + (this.value[d] as number);
    return amount;
  }

  addDigit(value: number, from: number, to: number, isLetter: boolean): void {
    this.#closeGap(from);
    const d = this.digitCount;
    this.value[d] = value;
    this.from[d] = from;
    this.width[d] = to - from;
    const g = this.groupCount - 1;
    if (isLetter) this.fromLetters[g] = Math.min(255, (this.fromLetters[g] as number) + 1);
    this.#setEnd(d + 1, to);
  }

  /** Adds a run of digits that stand right next to each other: no gap to look at but the first. */
  addRun(start: number, end: number): void {
    this.#closeGap(start);
    const foldOf = foldTable();
    const { value, from, width, codes } = this;
    let d = this.digitCount;
    for (let i = start; i < end; i++) {
      value[d] = (foldOf[codes[i] as number] as number) - ZERO;
      from[d] = i;
      width[d] = 1;
      d += 1;
    }
    this.#setEnd(d, end);
  }

  /**
   * Adds a run of nothing but ASCII digits, as most are.
   *
   * @returns where it ends, or -1, nothing added, when it has letters or may be the head of a UUID
   */
  addPlainRun(start: number): number {
    const { value, from, width, codes } = this;
    let d = this.digitCount;
    let end = start;
    let code = codes[end] as number;
    while (code >= ZERO && code <= NINE) {
      value[d] = code - ZERO;
      from[d] = end;
      width[d] = 1;
      d += 1;
      code = codes[++end] as number;
    }
    if (traitTable()[code] !== 0 || classTable()[code] === IGNORED) return -1;
    if (code === HYPHEN && end - start === UUID_HEAD) return -1;
    this.#closeGap(start);
    this.#setEnd(d, end);
    return end;
  }

  #setEnd(digitCount: number, end: number): void {
    this.digitCount = digitCount;
    this.first[this.groupCount] = digitCount;
    this.finish[this.groupCount - 1] = end;
    this.lastEnd = end;
  }

  /** Begins a group at a digit that is about to be added, unless it stands right next to the last one. */
  #closeGap(from: number): void {
    const start = this.lastEnd;
    if (from - start === 1) {
      // Most numbers that are written apart have one character in between.
      this.work.steps += 1;
      const code = this.codes[start] as number;
      const kind = classTable()[code] as number;
      if (kind !== IGNORED) {
        this.#addGroup(LEVELS[kind] as number, FIRST_SIGNATURE + code, code, from);
        return;
      }
    }
    this.#lastSignature = 0;
    const level = this.#gap(start, from) || this.#enclosedGap(from);
    if (level !== JOINED) this.#addGroup(level, this.#lastSignature, 0, from);
  }

  #addGroup(level: number, signature: number, sign: number, begin: number): void {
    const g = this.groupCount;
    if (g + 2 >= this.first.length) this.#growGroups();
    this.level[g] = level;
    this.signature[g] = signature;
    this.sign[g] = sign;
    this.first[g] = this.digitCount;
    this.begin[g] = begin;
    this.groupCount = g + 1;
  }

  /** What lies after the last group. */
  close(): void {
    const g = this.groupCount;
    this.level[g] = BREAK;
    this.signature[g] = 0;
    this.sign[g] = 0;
  }

  /** What lies between two digits that have no character in between, an invisible one, or several. */
  #gap(start: number, end: number): number {
    if (end - start <= 1) return JOINED;
    if (end - start > LONGEST_GAP) return BREAK;
    const classOf = classTable();
    let separators = 0;
    let lineEnds = 0;
    let masks = 0;
    let fields = 0;
    let others = 0;
    let signature = SIGNATURE_SEED;
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

  /** A text has no more digits than characters. */
  #makeRoom(characters: number): void {
    this.#codes = new Uint16Array(characters);
    this.value = new Uint8Array(characters + FEWEST_PLACES);
    this.from = new Uint32Array(characters);
    this.width = new Uint8Array(characters);
  }

  #growGroups(): void {
    this.first = grown(this.first);
    this.begin = grown(this.begin);
    this.finish = grown(this.finish);
    this.level = grown(this.level);
    this.signature = grown(this.signature);
    this.sign = grown(this.sign);
    this.fromLetters = grown(this.fromLetters);
    this.claimed = grown(this.claimed);
    this.ends = grown(this.ends);
    this.freeEnds = grown(this.freeEnds);
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
      const end = code <= NINE ? numbers.addPlainRun(i) : -1;
      i = end > 0 ? end : readAlphanumerics(numbers, i);
    } else if (kind <= 9) {
      if (!isCount(codes, i, numbers.lastEnd)) numbers.addDigit(kind, i, i + 1, false);
      i += 1;
    } else {
      const digit = digitAbove(text.codePointAt(i) as number);
      if (digit >= 0) numbers.addDigit(digit, i, i + 2, false);
      i += 2;
    }
  }
  numbers.close();
  work.steps += length;
  return numbers;
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}
