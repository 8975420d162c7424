/**
 * How phones begin: the mainland's mobile blocks and area codes, and the calling codes of all countries with the lengths of their numbers.
 * Tables of bytes, because they are asked at every group of digits.
 * @module
 */
import { getCountries, getCountryCallingCode, Metadata } from 'libphonenumber-js/max';

/** First three digits of mainland mobiles, as in identifiers/phone.ts, with 161 and 174 (in part satellite). */
export const MOBILE_BLOCKS = new Uint8Array(1000);
for (const block of '130-139 145 147 150-153 155-159 161 162 165-167 170-178 180-193 195-199'.split(' ')) claim(MOBILE_BLOCKS, block);

/** Mainland area codes without their trunk zero. */
export const AREAS = new Uint8Array(1000);
for (const block of (
  '10 20-25 27-29 310-319 335 349-359 370-379 391-398 410-419 421 427 429 431-439 451-459 464 467-479 482 483 510-519 523 527 530-539 543 546 550-566 570-580 591-599 ' +
  '631-635 660 662 663 668 691 692 701 710-719 722 724 728 730-739 743-746 750-760 762 763 766 768-779 790-799 812 813 816-818 825-827 830-839 851-859 870-879 881 883 ' +
  '886-888 891-898 901-909 911-919 930-939 941 943 951-955 970-979 990-999'
).split(' ')) {
  claim(AREAS, block);
}

/** A calling code and what follows it. */
export interface CallingCode {
  readonly code: number;
  readonly digits: number;
  readonly lengths: ReadonlySet<number>;
}

let codes: ReadonlyMap<number, CallingCode> | undefined;

/** Calling codes and how many digits follow each, from libphonenumber's plans. */
export function callingCodes(): ReadonlyMap<number, CallingCode> {
  if (codes !== undefined) return codes;
  const table = new Map<number, CallingCode & { lengths: Set<number> }>();
  const metadata = new Metadata();
  for (const country of getCountries()) {
    const text = getCountryCallingCode(country);
    metadata.selectNumberingPlan(country);
    const entry = table.get(Number(text)) ?? { code: Number(text), digits: text.length, lengths: new Set<number>() };
    for (const length of metadata.numberingPlan?.possibleLengths() ?? []) entry.lengths.add(length);
    table.set(entry.code, entry);
  }
  codes = table;
  return table;
}

function claim(table: Uint8Array, block: string): void {
  const [from, to = from] = block.split('-').map(Number) as [number, number?];
  for (let n = from; n <= to; n++) table[n] = 1;
}
