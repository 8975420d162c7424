/**
 * Bank cards among the digits of a text: 13 to 19 digits of a known network with a right Luhn digit. Forwards, and UnionPay cards also backwards.
 * @module
 */
import { isBankCard } from '../../identifiers/bank-account.js';
import { isAmount } from '../benign.js';
import type { Finding } from '../finding.js';
import { isOneNumber, type Shapes } from '../gaps.js';
import { type Numbers, WALL } from '../numbers.js';
import { digitsText, isGluedToLetters } from '../runs.js';

const SHORTEST = 13;
const LONGEST = 19;
const SHAPES: Shapes = new Set([
  '4-4-4-4',
  '4-4-4-4-3',
  '4-4-4-4-2',
  '4-4-4-4-1',
  '6-13',
  '6-10',
  '8-8',
  '4-6-5',
  '4-6-4',
  '4-4-4-7',
  '4-4-4-5',
  '4-4-4-6',
  '4-4-4-3',
  '4-4-4-2',
  '4-4-4-1',
  '6-4-4-5',
  '6-6-7',
  '4-4-8',
  '4-4-11',
  '4-12',
  '4-15',
  '8-4-4',
  '6-4-6',
]);

/** Finds the bank cards. */
export function findBankCards(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  for (let g = 0; g < numbers.groupCount; g++) {
    const last = cardAt(numbers, g);
    if (last < 0) continue;
    findings.push({ kind: 'bank-card', by: 'pattern', start: numbers.start(g), end: numbers.end(last) });
    g = last;
  }
  numbers.work.steps += numbers.groupCount;
  return findings;
}

function cardAt(numbers: Numbers, g: number): number {
  let digits = 0;
  let found = -1;
  for (let last = g; last < numbers.groupCount && (last === g || (numbers.level[last] as number) < WALL); last++) {
    digits += numbers.length(last);
    numbers.work.steps += 1;
    if (digits > LONGEST) break;
    if (digits < SHORTEST || numbers.claimed[last] === 1) continue;
    if (isCard(digitsText(numbers, g, last)) && isOneNumber(numbers, g, last, SHAPES)) found = last;
  }
  return found >= 0 && !isGluedToLetters(numbers, g, found) && !isAmount(numbers, g, found) ? found : -1;
}

function isCard(digits: string): boolean {
  if (isBankCard(digits)) return true;
  return digits.endsWith('26') && digits.length >= 16 && isBankCard([...digits].reverse().join(''));
}
