/**
 * Phones among the digits of a text: mainland mobiles and landlines, Hong Kong, Macao, Taiwan, and any country's number that
 * says it is international (`+` or `00`). Forwards, and mobiles also backwards.
 *
 * Not found: a local number without area code (eight digits may be anything). Hotlines and short codes are not phones here.
 * @module
 */
import { areDecimals, isAmount } from '../benign.js';
import { classTable, IGNORED } from '../characters.js';
import type { Finding } from '../finding.js';
import { isListSign, isOneNumber, isUsualShape, lastGroupOf, type Shapes, shapes } from '../gaps.js';
import { FIELD, LOOSE, type Numbers, TIGHT } from '../numbers.js';
import { isGluedToLetters } from '../spans.js';
import { AREAS, type CallingCode, callingCodes, MOBILE_BLOCKS } from './numbering-plans.js';

const MOBILE_DIGITS = 11;
const MOBILE_SHAPES = shapes('3-4-4 3-8 7-4 4-7 4-4-3 4-3-4 3-3-5 3-5-3 8-3');
/** Prefixes that people dial or write before a mobile, by their first digit: trunk zero, country code, carriers' cheap-call codes. */
const MOBILE_PREFIXES: readonly (readonly (readonly number[])[])[] = [
  ['0', '086', '0086'],
  ['', '17951', '12593', '17909', '17911'],
  [],
  [],
  [],
  [],
  [],
  [],
  ['86'],
  [],
].map((prefixes) => prefixes.map((prefix) => [...prefix].map(Number)));

const LANDLINE_SHAPES = shapes('3-8 3-4-4 4-7 4-8 4-3-4 4-4-4 4-4-3 2-8 2-4-4 3-7 3-3-4 2-2-8 2-3-8 2-3-7 2-2-4-4 2-3-4-4');

const NEIGHBOUR_SHAPES = shapes('3-4-4 3-8 7-4 7-3 3-9 3-3-3-3 3-3-6 3-1-4-4 3-1-8 4-3-3 4-6 3-1-3-4');

/** Without `+`: a Taiwan mobile or a small town's landline, trunk zero included. */
const SHORTEST_NATIONAL = 10;
const SHORTEST_INTERNATIONAL = 7;
const LONGEST_INTERNATIONAL = 15;
const MOST_GROUPS = 8;

/** Finds the phones. */
export function findPhones(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  for (let g = 0; g < numbers.groupCount; g++) {
    const ends = numbers.freeEnds[g] as number;
    if (ends >>> SHORTEST_INTERNATIONAL === 0) continue;
    const last = ends >>> SHORTEST_NATIONAL === 0 ? abroadAt(numbers, g) : phoneAt(numbers, g);
    if (last < 0) continue;
    findings.push({ kind: 'phone', by: 'pattern', start: startWithPlus(numbers, g), end: numbers.end(last) });
    g = last;
  }
  numbers.work.steps += numbers.groupCount;
  return findings;
}

/** @returns the last group of the phone that begins with group `g`, or -1 */
function phoneAt(numbers: Numbers, g: number): number {
  const d = numbers.first[g] as number;
  switch (numbers.value[d]) {
    case 0: {
      const last = mobileAt(numbers, g, d);
      if (last >= 0) return last;
      if (areDecimals(numbers, g) || isGluedToLetters(numbers, g, g)) return -1;
      const abroad =
        numbers.value[d + 1] === 0 && numbers.length(g) >= 2 && numbers.level[g] !== TIGHT ? internationalAt(numbers, g, 2) : -1;
      if (abroad >= 0) return abroad;
      const landline = landlineAt(numbers, g, d, 1);
      return landline >= 0 ? landline : first(taiwanMobileAt(numbers, g, d), () => reversedAt(numbers, g, d));
    }
    case 1: {
      const last = mobileAt(numbers, g, d);
      if (last >= 0) return last;
      break;
    }
    case 8: {
      const last = mobileAt(numbers, g, d);
      if (last >= 0) return last;
      const neighbour = neighbourAt(numbers, g, d);
      if (neighbour >= 0) return neighbour;
      if (numbers.value[d + 1] === 6) {
        const landline = landlineAt(numbers, g, d + 2, 0, 2);
        if (landline > g) return landline;
      }
      break;
    }
    default:
  }
  const abroad = abroadAt(numbers, g);
  return abroad >= 0 ? abroad : reversedAt(numbers, g, d);
}

function abroadAt(numbers: Numbers, g: number): number {
  return hasPlus(numbers, g) ? internationalAt(numbers, g, 0) : -1;
}

function first(last: number, otherwise: () => number): number {
  return last >= 0 ? last : otherwise();
}

function mobileAt(numbers: Numbers, g: number, d: number): number {
  for (const prefix of MOBILE_PREFIXES[numbers.value[d] as number] as readonly (readonly number[])[]) {
    if (!startsWith(numbers, d, prefix) || !isMobileBlock(numbers, d + prefix.length)) continue;
    const last = lastGroupOf(numbers, g, prefix.length + MOBILE_DIGITS);
    if (last >= 0 && isWhole(numbers, g, last, MOBILE_SHAPES, prefix.length)) return last;
  }
  return -1;
}

function isMobileBlock(numbers: Numbers, d: number): boolean {
  if (d + MOBILE_DIGITS > numbers.digitCount) return false;
  return MOBILE_BLOCKS[(numbers.value[d] as number) * 100 + (numbers.value[d + 1] as number) * 10 + (numbers.value[d + 2] as number)] === 1;
}

/**
 * A landline whose area code begins at digit `area - zero`; `zero` is 1 when the trunk zero is written.
 *
 * @param skipped - digits of a country code before it
 */
function landlineAt(numbers: Numbers, g: number, d: number, zero: 0 | 1, skipped = 0): number {
  const at = d + zero;
  const two = (numbers.value[at] as number) * 10 + (numbers.value[at + 1] as number);
  const three = two * 10 + (numbers.value[at + 2] as number);
  const areaDigits = AREAS[two] === 1 && two >= 10 && two < 30 ? 2 : three >= 100 && AREAS[three] === 1 ? 3 : 0;
  if (areaDigits === 0) return -1;
  const subscriber = numbers.value[at + areaDigits] as number;
  if (subscriber < 2 || subscriber > 8) return -1;
  for (const digits of areaDigits === 2 ? [8] : [8, 7]) {
    const last = lastGroupOf(numbers, g, skipped + zero + areaDigits + digits);
    if (last >= 0 && isWhole(numbers, g, last, LANDLINE_SHAPES, skipped === numbers.length(g) ? skipped : 0)) return last;
  }
  return -1;
}

/** Hong Kong, Macao and Taiwan with their code, written without `+`. */
function neighbourAt(numbers: Numbers, g: number, d: number): number {
  const code = (numbers.value[d] as number) * 100 + (numbers.value[d + 1] as number) * 10 + (numbers.value[d + 2] as number);
  const next = numbers.value[d + 3] as number;
  const wanted =
    (code === 852 && next >= 2) || (code === 853 && (next === 6 || next === 2 || next === 8))
      ? [11]
      : code === 886 && next >= 2
        ? [12, 11]
        : [];
  for (const digits of wanted) {
    const last = lastGroupOf(numbers, g, digits);
    if (last >= 0 && isWhole(numbers, g, last, NEIGHBOUR_SHAPES)) return last;
  }
  return -1;
}

function taiwanMobileAt(numbers: Numbers, g: number, d: number): number {
  if (numbers.value[d + 1] !== 9) return -1;
  const last = lastGroupOf(numbers, g, 10);
  return last >= 0 && isWhole(numbers, g, last, NEIGHBOUR_SHAPES) ? last : -1;
}

/** A number that says its country: the calling code, then as many digits as that country's plan has. */
function internationalAt(numbers: Numbers, g: number, skipped: number): number {
  const d = (numbers.first[g] as number) + skipped;
  const code = callingCodeAt(numbers, d);
  if (code === undefined) return -1;
  let digits = numbers.length(g) - skipped;
  let found = -1;
  for (let last = g; last < numbers.groupCount && last - g < MOST_GROUPS && digits <= LONGEST_INTERNATIONAL; ) {
    if (numbers.claimed[last] === 1) break;
    if (digits >= SHORTEST_INTERNATIONAL && isNational(numbers, d + code.digits, digits - code.digits, code)) found = last;
    last += 1;
    const level = numbers.level[last] as number;
    if (last >= numbers.groupCount || (level > TIGHT && level !== LOOSE && level !== FIELD) || isListSign(numbers, last)) break;
    digits += numbers.length(last);
    numbers.work.steps += 1;
  }
  return found >= 0 && !isAmount(numbers, g, found) ? found : -1;
}

function isNational(numbers: Numbers, d: number, digits: number, { code, lengths }: CallingCode): boolean {
  if (!lengths.has(digits)) return false;
  if (code === 86) return digits >= 10 && digits <= 11 && (isMobileBlock(numbers, d) || isArea(numbers, d));
  // North American plan: area and exchange begin with 2 to 9.
  if (code === 1) return (numbers.value[d] as number) >= 2 && (numbers.value[d + 3] as number) >= 2;
  return true;
}

function isArea(numbers: Numbers, d: number): boolean {
  const two = (numbers.value[d] as number) * 10 + (numbers.value[d + 1] as number);
  return (two >= 10 && two < 30 && AREAS[two] === 1) || AREAS[two * 10 + (numbers.value[d + 2] as number)] === 1;
}

function callingCodeAt(numbers: Numbers, d: number): CallingCode | undefined {
  let code = 0;
  for (let digits = 1; digits <= 3 && d + digits <= numbers.digitCount; digits++) {
    code = code * 10 + (numbers.value[d + digits - 1] as number);
    const found = callingCodes().get(code);
    if (found !== undefined && found.digits === digits) return found;
  }
  return undefined;
}

/** A mobile written backwards, with its country code or without. */
function reversedAt(numbers: Numbers, g: number, d: number): number {
  if (areDecimals(numbers, g)) return -1;
  const { value } = numbers;
  // Times in milliseconds begin like this and may end in 68.
  const isTime = value[d] === 1 && (value[d + 1] as number) >= 6 && (value[d + 1] as number) <= 8;
  const end = d + MOBILE_DIGITS;
  if (value[end - 1] === 1 && end <= numbers.digitCount) {
    const last = reversedEnd(numbers, g, end, MOBILE_DIGITS);
    if (last >= 0) return last;
  }
  const longer = end + 2;
  if (isTime || value[longer - 1] !== 8 || value[longer - 2] !== 6 || longer > numbers.digitCount) return -1;
  return reversedEnd(numbers, g, end, MOBILE_DIGITS + 2);
}

/** @param end - after the digit that is the mobile's first */
function reversedEnd(numbers: Numbers, g: number, end: number, wanted: number): number {
  const { value } = numbers;
  if (MOBILE_BLOCKS[(value[end - 1] as number) * 100 + (value[end - 2] as number) * 10 + (value[end - 3] as number)] !== 1) return -1;
  const last = lastGroupOf(numbers, g, wanted);
  // Only as a whole, digit by digit, or in the usual groups: other codes are cut in many ways.
  if (last < 0 || (last > g && last < g + MOBILE_DIGITS - 1 && !isUsualShape(numbers, g, last, MOBILE_SHAPES))) return -1;
  return isWhole(numbers, g, last, MOBILE_SHAPES) && !isGluedToLetters(numbers, g, last) ? last : -1;
}

function isWhole(numbers: Numbers, g: number, last: number, shapes: Shapes, skipped = 0): boolean {
  // Two groups and a point are a decimal number.
  if (last === g + 1 && areDecimals(numbers, last)) return false;
  return (
    numbers.claimed[g] === 0 &&
    isOneNumber(numbers, g, last, shapes, skipped) &&
    !isMostlyLetters(numbers, g, last) &&
    !isAmount(numbers, g, last)
  );
}

/** Look-alike letters make a number only among real digits, unless all are number words. */
function isMostlyLetters(numbers: Numbers, g: number, last: number): boolean {
  let letters = 0;
  let digits = 0;
  let isWords = true;
  for (let i = g; i <= last; i++) {
    const length = numbers.length(i);
    const fromLetters = numbers.fromLetters[i] as number;
    digits += length;
    letters += fromLetters;
    if (fromLetters > 0 && (fromLetters < length || numbers.end(i) - numbers.start(i) < 2 * length)) isWords = false;
  }
  return !isWords && letters * 3 > digits * 2;
}

function startsWith(numbers: Numbers, d: number, prefix: readonly number[]): boolean {
  for (let i = 0; i < prefix.length; i++) if (numbers.value[d + i] !== prefix[i]) return false;
  return true;
}

function hasPlus(numbers: Numbers, g: number): boolean {
  return startWithPlus(numbers, g) < numbers.start(g);
}

/** Where the number begins with its `+`, if there is one right before it. */
function startWithPlus(numbers: Numbers, g: number): number {
  const start = numbers.start(g);
  const classOf = classTable();
  let at = start - 1;
  while (at >= 0 && start - at < 4 && classOf[numbers.codes[at] as number] === IGNORED) at -= 1;
  const code = numbers.codes[at] ?? 0;
  return code === 0x2b || code === 0xff0b || code === 0xfe62 ? at : start;
}
