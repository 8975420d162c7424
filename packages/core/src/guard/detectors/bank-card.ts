/**
 * Bank cards among the digits of a text: 13 to 19 digits of a known network with a right Luhn digit. Forwards, and UnionPay cards also backwards.
 * @module
 */
import { isBankCard } from '../../identifiers/bank-account.js';
import { areDecimals, isAmount } from '../benign.js';
import type { Finding } from '../finding.js';
import { isOneNumber, shapes } from '../gaps.js';
import { type Numbers, WALL } from '../numbers.js';
import { digitsText, isGluedToLetters } from '../spans.js';

const SHORTEST = 13;
const LONGEST = 19;
const SHORTEST_BACKWARDS = 16;
const SHAPES = shapes(
  '4-4-4-4 4-4-4-4-3 4-4-4-4-2 4-4-4-4-1 4-4-4-3 4-4-4-2 4-4-4-1 4-4-4-5 4-4-4-6 4-4-4-7 4-6-5 4-6-4 6-13 6-10 8-8 6-4-4-5 6-6-7 6-4-6 8-4-4 6-8-4 6-8-5 6-8-3 6-8-2 4-4-8 4-4-11 4-12 4-15',
);

/** Finds the bank cards. */
export function findBankCards(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  for (let g = 0; g < numbers.groupCount; g++) {
    if ((numbers.freeReach[g] as number) < SHORTEST) continue;
    const last = cardAt(numbers, g);
    if (last < 0) continue;
    findings.push({ kind: 'bank-card', by: 'pattern', start: numbers.start(g), end: numbers.end(last) });
    g = last;
  }
  numbers.work.steps += numbers.groupCount;
  return findings;
}

function cardAt(numbers: Numbers, g: number): number {
  const { first, level, groupCount } = numbers;
  const d = first[g] as number;
  let found = -1;
  for (let last = g; last < groupCount; last++) {
    if (last > g && (level[last] as number) >= WALL) break;
    const digits = (first[last + 1] as number) - d;
    numbers.work.steps += 1;
    if (digits > LONGEST) break;
    if (digits < SHORTEST) continue;
    const isForwards = mayBeForwards(numbers, d, digits);
    const isBackwards = mayBeBackwards(numbers, d, digits);
    if (!(isForwards || isBackwards) || !isOneNumber(numbers, g, last, SHAPES)) continue;
    const text = digitsText(numbers, g, last);
    if ((isForwards && isBankCard(text)) || (isBackwards && isBankCard([...text].reverse().join('')))) found = last;
  }
  return found >= 0 && !isGluedToLetters(numbers, g, found) && !isAmount(numbers, g, found) && !areDecimals(numbers, g) ? found : -1;
}

/** Nine in ten fail at the Luhn digit. */
function mayBeForwards({ value }: Numbers, d: number, digits: number): boolean {
  const head = value[d] as number;
  return head > 1 && head !== 7 && passesLuhn(value, d, digits, 1);
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
