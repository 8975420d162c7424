/**
 * Runs of ASCII letters and digits (full width and look-alikes included), read digit by digit: plain digits, number words
 * (`one`, `double zero`, `yao`), look-alike letters in a number (`I38OOI38OOO`). Digits inside hashes, UUIDs and our own tokens are none.
 * @module
 */
import { ALIKE, classTable, foldTable, IGNORED, IS_DIGIT, IS_LETTER, IS_NOT_HEX, IS_UNLIKE, traitTable } from './characters.js';
import type { Numbers } from './numbers.js';
import { readWordDigits } from './words.js';

/** A hexadecimal run of this length in which letters come and go is a hash or an id of some machine. */
const SHORTEST_HASH = 16;
const UUID_CHARACTERS = 36;
const UUID_HEAD = 8;
/** A dial token's payload, and the steps in which longer references grow. */
const TOKEN_PAYLOAD_CHARACTERS = 48;
const TOKEN_PAYLOAD_STEP = 20;
/** A reference of the longest customer ids. */
const LONGEST_PAYLOAD_CHARACTERS = TOKEN_PAYLOAD_CHARACTERS + 16 * TOKEN_PAYLOAD_STEP;
/** A token of ours is ciphertext: eight plain digits in a row are hidden in what only looks like one. */
const DIGITS_THAT_NO_TOKEN_HAS = 8;

const ZERO = 0x30;
const NINE = 0x39;
const CAPITAL_T = 0x54;
const CAPITAL_Z = 0x5a;
const LOWER_F = 0x66;
const LOWER_X = 0x78;

/**
 * Reads the run that begins at `start` and adds its digits.
 *
 * @returns where the run ends
 */
export function readAlphanumerics(numbers: Numbers, start: number): number {
  const { codes } = numbers;
  const classOf = classTable();
  const traitsOf = traitTable();
  let end = start;
  let seen = 0;
  let length = 0;
  for (let i = start; traitsOf[codes[i] as number] !== 0; ) {
    const from = i;
    for (let traits = traitsOf[codes[i] as number] as number; traits !== 0; traits = traitsOf[codes[++i] as number] as number)
      seen |= traits;
    length += i - from;
    end = i;
    while (classOf[codes[i] as number] === IGNORED) i += 1;
  }
  numbers.work.steps += end - start;
  if ((seen & IS_DIGIT) === 0) return readLetters(numbers, start, end, seen);
  if ((seen & IS_LETTER) === 0) {
    const uuidEnd = end - start === UUID_HEAD ? endOfUuid(codes, start) : -1;
    if (uuidEnd > 0) return uuidEnd;
    if (length === end - start) numbers.addRun(start, end);
    else addDigits(numbers, start, end);
    return end;
  }
  return readMixed(numbers, start, end, seen, length);
}

/** A word: maybe a number word, or the zeros of a number (`OO`). */
function readLetters(numbers: Numbers, start: number, end: number, seen: number): number {
  if ((seen & IS_UNLIKE) === 0 && isZeros(numbers.codes, start, end)) addAlikes(numbers, start, end);
  else readWordDigits(numbers, start, end);
  return (seen & IS_NOT_HEX) === 0 && end - start === UUID_HEAD ? Math.max(end, endOfUuid(numbers.codes, start)) : end;
}

/** Letters and digits together: a UUID, our own token, a hash, a number with look-alikes, or a number that touches a word. */
function readMixed(numbers: Numbers, start: number, end: number, seen: number, length: number): number {
  const { text, codes } = numbers;
  numbers.work.steps += length;
  const skipped =
    end - start === 3
      ? endOfOwnToken(text, codes, start)
      : (seen & IS_NOT_HEX) === 0 && end - start === UUID_HEAD
        ? endOfUuid(codes, start)
        : -1;
  if (skipped > 0) return skipped;
  if (startsLikeIban(codes, start)) numbers.ibanStarts.push(start);
  const alikeEnd = endOfAlikes(codes, start, end, seen);
  if (alikeEnd > start && isMadeOfDigits(codes, start, alikeEnd) && isAlone(codes, start, end)) addAlikes(numbers, start, alikeEnd);
  else if ((seen & IS_NOT_HEX) !== 0 || length < SHORTEST_HASH || !isHash(codes, start, end)) addDigits(numbers, start, end);
  return end;
}

/** Where the digits and look-alikes of a run end: at its end, or before the X of an ID number. `start` when it has other letters, or is a time. */
function endOfAlikes(codes: Uint16Array, start: number, end: number, seen: number): number {
  const traitsOf = traitTable();
  let alikeEnd = end;
  if ((seen & IS_UNLIKE) !== 0) {
    if (((foldTable()[codes[end - 1] as number] as number) | 0x20) !== LOWER_X) return start;
    alikeEnd = end - 1;
    for (let i = start; i < alikeEnd; i++) if (((traitsOf[codes[i] as number] as number) & IS_UNLIKE) !== 0) return start;
  }
  return isTime(codes, start, end) ? start : alikeEnd;
}

/** `05T07` of a date and time, `32Z`: digits, one T or a Z at the end. */
function isTime(codes: Uint16Array, start: number, end: number): boolean {
  let letters = 0;
  let isT = false;
  for (let i = start; i < end; i++) {
    const code = codes[i] as number;
    if (code >= ZERO && code <= NINE) continue;
    letters += 1;
    if (code === CAPITAL_T && i - start >= 2 && end - i > 2) isT = true;
    else if (code !== CAPITAL_Z || i !== end - 1) return false;
  }
  return letters === 1 || (letters === 2 && isT);
}

/** Letters come and go, and not the same ones each time (which somebody put between the parts of a number). */
function isHash(codes: Uint16Array, start: number, end: number): boolean {
  const traitsOf = traitTable();
  let firstRun = -1;
  let run = -1;
  let hash = 0;
  for (let i = start; i <= end; i++) {
    if (i < end && ((traitsOf[codes[i] as number] as number) & IS_LETTER) !== 0) {
      hash = run === -1 ? (codes[i] as number) : Math.imul(hash, 31) + (codes[i] as number);
      run = i;
      continue;
    }
    if (run === -1) continue;
    if (firstRun === -1) firstRun = hash;
    else if (hash !== firstRun) return true;
    run = -1;
  }
  return false;
}

/** Two letters, two digits. */
function startsLikeIban(codes: Uint16Array, start: number): boolean {
  const traitsOf = traitTable();
  const at = (i: number) => (traitsOf[codes[start + i] ?? 0] as number) & (IS_LETTER | IS_DIGIT);
  return at(0) === IS_LETTER && at(1) === IS_LETTER && at(2) === IS_DIGIT && at(3) === IS_DIGIT;
}

/** A third of the run is real digits, or all its letters are one letter (`8OOO`). */
function isMadeOfDigits(codes: Uint16Array, start: number, end: number): boolean {
  const traitsOf = traitTable();
  const foldOf = foldTable();
  let digits = 0;
  let letter = 0;
  let isOneLetter = true;
  for (let i = start; i < end; i++) {
    const code = codes[i] as number;
    if (traitsOf[code] === IS_DIGIT) digits += 1;
    else if (traitsOf[code] !== 0) {
      const folded = (foldOf[code] as number) | 0x20;
      if (letter !== 0 && folded !== letter) isOneLetter = false;
      letter = folded;
    }
  }
  return digits * 3 >= end - start || isOneLetter;
}

/** Plain digits of a run; letters among them are a gap like any other. */
function addDigits(numbers: Numbers, start: number, end: number): void {
  const foldOf = foldTable();
  for (let i = start; i < end; i++) {
    const folded = foldOf[numbers.codes[i] as number] as number;
    if (folded >= 0x30 && folded <= 0x39) numbers.addDigit(folded - 0x30, i, i + 1, false);
  }
}

function addAlikes(numbers: Numbers, start: number, end: number): void {
  const foldOf = foldTable();
  for (let i = start; i < end; i++) {
    const folded = foldOf[numbers.codes[i] as number] as number;
    if (folded === 0) continue;
    const isDigit = folded <= 0x39;
    numbers.addDigit(isDigit ? folded - 0x30 : (ALIKE[folded] as number), i, i + 1, !isDigit);
  }
}

/** `OO`, `OOOO`: the end of a number of which other parts have digits. One O is a word. */
function isZeros(codes: Uint16Array, start: number, end: number): boolean {
  if (end - start < 2 || end - start > 8 || !isAlone(codes, start, end)) return false;
  const foldOf = foldTable();
  for (let i = start; i < end; i++) if (((foldOf[codes[i] as number] as number) | 0x20) !== 0x6f) return false;
  return true;
}

/** No letter of another alphabet touches it: the O of a Cyrillic word is no zero. */
function isAlone(codes: Uint16Array, start: number, end: number): boolean {
  return !isAlphabetic(codes[start - 1] ?? 0) && !isAlphabetic(codes[end] ?? 0);
}

/** Latin beyond ASCII, Greek, Cyrillic, Armenian. */
function isAlphabetic(code: number): boolean {
  return code >= 0xc0 && code <= 0x58f;
}

function endOfUuid(codes: Uint16Array, start: number): number {
  const end = start + UUID_CHARACTERS;
  if (end >= codes.length) return -1;
  for (let i = 0; i < UUID_CHARACTERS; i++) {
    const code = codes[start + i] as number;
    if (i === 8 || i === 13 || i === 18 || i === 23 ? code !== 0x2d : !isHex(code)) return -1;
  }
  return isHex(codes[end] as number) ? -1 : end;
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= LOWER_F);
}

/** Our own token, by prefix, alphabet and length; whether it opens is not asked here. */
function endOfOwnToken(text: string, codes: Uint16Array, start: number): number {
  if (!text.startsWith('nr1_', start) && !text.startsWith('nd1_', start)) return -1;
  let end = start + 4;
  let digitsInARow = 0;
  const most = Math.min(codes.length, end + LONGEST_PAYLOAD_CHARACTERS + 1);
  for (; end < most; end++) {
    const code = codes[end] as number;
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isDigit && !((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) && code !== 0x2d && code !== 0x5f) break;
    digitsInARow = isDigit ? digitsInARow + 1 : 0;
    if (digitsInARow >= DIGITS_THAT_NO_TOKEN_HAS) return -1;
  }
  const payload = end - start - 4;
  return payload >= TOKEN_PAYLOAD_CHARACTERS && (payload - TOKEN_PAYLOAD_CHARACTERS) % TOKEN_PAYLOAD_STEP === 0 ? end : -1;
}
