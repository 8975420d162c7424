/**
 * Bank cards among the digits of a text: 13 to 19 digits of a known network with a right Luhn digit. Forwards, and UnionPay cards also backwards.
 * @module
 */
import { isBankCard } from '../../identifiers/bank-account.js';
import { areDecimals, isAmount } from '../benign.js';
import type { Finding } from '../finding.js';
import { isOneNumber, lastGroupOf, shapes } from '../gaps.js';
import type { Numbers } from '../numbers.js';
import { digitsText, isGluedToLetters } from '../spans.js';

const SHORTEST = 13;
const LONGEST = 19;
const ENDS = (1 << (LONGEST + 1)) - (1 << SHORTEST);
const SHORTEST_BACKWARDS = 16;
/** First two digits of every network's cards, as in identifiers/bank-account.ts: two numbers in three have others. */
const HEADS = new Uint8Array(100);
for (const [from, to] of [[22, 27], [30], [34, 55], [60], [62], [64, 65], [81], [95]] as const) HEADS.fill(1, from, (to ?? from) + 1);
const SHAPES = shapes(
  '4-4-4-4 4-4-4-4-3 4-4-4-4-2 4-4-4-4-1 4-4-4-3 4-4-4-2 4-4-4-1 4-4-4-5 4-4-4-6 4-4-4-7 4-6-5 4-6-4 6-13 6-10 8-8 6-4-4-5 6-6-7 6-4-6 8-4-4 6-8-4 6-8-5 6-8-3 6-8-2 4-4-8 4-4-11 4-12 4-15',
);

/** Finds the bank cards. */
export function findBankCards(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  for (let g = 0; g < numbers.groupCount; g++) {
    if (((numbers.freeEnds[g] as number) & ENDS) === 0) continue;
    const last = cardAt(numbers, g);
    if (last < 0) continue;
    findings.push({ kind: 'bank-card', by: 'pattern', start: numbers.start(g), end: numbers.end(last) });
    g = last;
  }
  numbers.work.steps += numbers.groupCount;
  return findings;
}

/** @returns the last group of the longest card that begins with group `g`, or -1 */
function cardAt(numbers: Numbers, g: number): number {
  const d = numbers.first[g] as number;
  const ends = numbers.freeEnds[g] as number;
  const hasHead = HEADS[(numbers.value[d] as number) * 10 + (numbers.value[d + 1] as number)] === 1;
  numbers.work.steps += LONGEST - SHORTEST;
  for (let digits = LONGEST; digits >= SHORTEST; digits--) {
    if (((ends >>> digits) & 1) === 0) continue;
    const isForwards = hasHead && passesLuhn(numbers.value, d, digits, 1);
    const isBackwards = mayBeBackwards(numbers, d, digits);
    if (!isForwards && !isBackwards) continue;
    const last = lastGroupOf(numbers, g, digits);
    if (!isOneNumber(numbers, g, last, SHAPES)) continue;
    const text = digitsText(numbers, g, last);
    if (!(isForwards && isBankCard(text)) && !(isBackwards && isBankCard([...text].reverse().join('')))) continue;
    return isGluedToLetters(numbers, g, last) || isAmount(numbers, g, last) || areDecimals(numbers, g) ? -1 : last;
  }
  return -1;
}

/** Ends as a UnionPay card begins, or in sixteen digits as Visa and Mastercard do; and begins neither with a year nor as a time in microseconds. */
function mayBeBackwards({ value }: Numbers, d: number, digits: number): boolean {
  const last = value[d + digits - 1] as number;
  const lastButOne = value[d + digits - 2] as number;
  const isUnionPay = last === 6 && lastButOne === 2 && digits >= SHORTEST_BACKWARDS;
  const isOther = digits === SHORTEST_BACKWARDS && (last === 4 || (last === 5 && lastButOne >= 1 && lastButOne <= 5));
  const head = (value[d] as number) * 10 + (value[d + 1] as number);
  return (isUnionPay || isOther) && (head < 16 || head > 20) && passesLuhn(value, d, digits, digits % 2 === 0 ? 0 : 1);
}

/** @param doubled - parity, counted from the end, of the digits that are doubled: 1 forwards; backwards it depends on how many there are */
function passesLuhn(value: Uint8Array, d: number, digits: number, doubled: 0 | 1): boolean {
  let sum = 0;
  for (let i = 0; i < digits; i++) {
    const digit = value[d + digits - 1 - i] as number;
    sum += (i & 1) === doubled ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
  }
  return sum % 10 === 0;
}
