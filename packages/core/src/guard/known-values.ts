/**
 * Identifiers that the guard looks for exactly. Finds a value however its digits look and whatever stands between them, forwards and
 * backwards, also inside a longer run of digits; a name in any case, with spaces between its characters or not.
 * @module
 */
import type { Sensitive } from '../sensitive.js';
import { classTable, foldTable, IGNORED, SEPARATOR } from './characters.js';
import { DigestSet, type Entry, rolled } from './digest-set.js';
import type { Finding, FindingKind, KnownValue } from './finding.js';
import { HashFilter } from './hash-filter.js';
import { BREAK, type Numbers, TIGHT } from './numbers.js';

const KINDS: readonly FindingKind[] = ['phone', 'resident-id', 'bank-card', 'account', 'passport', 'iban', 'email', 'name'];
/** Kinds that are compared as text; the others as digits. */
const TEXT_KINDS: ReadonlySet<FindingKind> = new Set(['name', 'email', 'passport', 'iban']);
/** Below this many digits a value is found only when groups begin and end with it: any table holds short numbers by chance. */
const SHORTEST_ANYWHERE = 11;
const DIGITS = /^[0-9]{4,32}$/;
/** Longer than any identifier as it is written. */
const LONGEST_VALUE = 256;
const MOST_SPARE_HASHES = 1 << 20;
const MAINLAND = '86';
const SHORTEST_MAINLAND = 12;
/** Spaces and invisible characters inside one name: more is other text. */
const MOST_SKIPPED = 16;
const FIRST_LETTER = 0x41;
const HAN = 0x2e80;
const FULL_WIDTH = 0xff01;
const LATIN = /^\p{Script=Latin}$/u;
/** Spaces, middle dot, hyphen, apostrophe. */
const INSIDE_NAMES = new Set([0x20, 0xa0, 0x3000, 0xb7, 0x2d, 0x27]);

export class KnownValues {
  readonly #set: DigestSet;
  readonly #shortestDigits: number;
  readonly #shortLengths: readonly number[];
  readonly #longLengths: readonly number[];
  /** Powers of the rolling hash's base, one for each long length. */
  readonly #weights: readonly number[];
  /** Last digits of the long values, as many as the shortest of them has. */
  readonly #tails: HashFilter;
  /** Kept from text to text; zeros in between. */
  #hashes = new Int32Array(0);
  readonly #isTextLength: Uint8Array;
  readonly #longestText: number;
  /** 1 for each code unit that some known text ends with, in any case and width. */
  readonly #textEnds = new Uint8Array(0x10000);

  /**
   * @param key - bank key `guard`, 32 bytes
   */
  constructor(key: Uint8Array, values: Iterable<KnownValue>) {
    const entries: Entry[] = [];
    for (const { kind, value } of values) addSpellings(kind, value, entries);
    this.#set = new DigestSet(key, entries);
    const digitLengths = lengthsOf(entries, true);
    this.#shortestDigits = digitLengths[0] ?? Number.POSITIVE_INFINITY;
    this.#shortLengths = digitLengths.filter((length) => length < SHORTEST_ANYWHERE);
    this.#longLengths = digitLengths.filter((length) => length >= SHORTEST_ANYWHERE);
    this.#weights = this.#longLengths.map((length) => power(this.#set.base, length));
    this.#tails = this.#tailsOf(entries);
    const textLengths = lengthsOf(entries, false);
    this.#longestText = textLengths[textLengths.length - 1] ?? 0;
    this.#isTextLength = new Uint8Array(this.#longestText + 1);
    for (const length of textLengths) this.#isTextLength[length] = 1;
    if (this.#longestText > 0) this.#markEnds(entries);
  }

  #tailsOf(entries: readonly Entry[]): HashFilter {
    const tail = this.#longLengths[0] ?? 0;
    const long = entries.filter(({ text, isDigits }) => isDigits && text.length >= SHORTEST_ANYWHERE);
    const tails = new HashFilter(long.length);
    for (const { text } of long) tails.add(this.#set.hashOfDigits(text.slice(-tail)));
    return tails;
  }

  #markEnds(entries: readonly Entry[]): void {
    const units = new Uint8Array(0x10000);
    for (const { text, isDigits } of entries) if (!isDigits) units[text.charCodeAt(text.length - 1)] = 1;
    for (let code = 0; code < units.length; code++) this.#textEnds[code] = units[unitOf(code)] as number;
  }

  /** Finds known phones, accounts, cards and ID numbers among the digits of a text. */
  findDigits(numbers: Numbers): Finding[] {
    const findings: Finding[] = [];
    if (numbers.digitCount < this.#shortestDigits) return findings;
    const hashes = this.#rollingHashes(numbers);
    if (this.#shortLengths.length > 0) this.#findShort(numbers, hashes, findings);
    if (this.#longLengths.length > 0) this.#findLong(numbers, hashes, findings);
    this.#forgetHashes(numbers.digitCount);
    return findings;
  }

  /** Values that may stand anywhere, also across groups: one look for all lengths at the last digits, which most places do not pass. */
  #findLong(numbers: Numbers, hashes: Int32Array, into: Finding[]): void {
    const { first, level, groupCount } = numbers;
    const tail = this.#longLengths[0] as number;
    const weight = this.#weights[0] as number;
    const ends: number[] = [];
    for (let g = 0, from = 0; g < groupCount; from = first[g] as number) {
      for (g += 1; g < groupCount && (level[g] as number) < BREAK; ) g += 1;
      this.#tails.addWindows(hashes, tail, weight, from, first[g] as number, ends);
      for (const end of ends) this.#addLong(numbers, hashes, from, end, into);
      ends.length = 0;
    }
    numbers.work.steps += numbers.digitCount;
  }

  #addLong(numbers: Numbers, hashes: Int32Array, segment: number, end: number, into: Finding[]): void {
    for (const [n, length] of this.#longLengths.entries()) {
      const from = end - length;
      if (from < segment) break;
      const hash = ((hashes[end] as number) - Math.imul(hashes[from] as number, this.#weights[n] as number)) | 0;
      if (this.#set.mayHave(hash, length)) this.#addKnown(numbers, from, end, into);
    }
    numbers.work.steps += this.#longLengths.length;
  }

  /** Values that groups begin and end with, and only separators inside. */
  #findShort(numbers: Numbers, hashes: Int32Array, into: Finding[]): void {
    const { first, level, groupCount } = numbers;
    let segment = 0;
    for (let g = 0; g < groupCount; g++) {
      if ((level[g] as number) > TIGHT) segment = first[g] as number;
      const end = first[g + 1] as number;
      for (const length of this.#shortLengths) {
        const from = end - length;
        if (from < segment) break;
        const hash = ((hashes[end] as number) - Math.imul(hashes[from] as number, power(this.#set.base, length))) | 0;
        if (this.#set.mayHave(hash, length) && beginsGroup(numbers, from)) this.#addKnown(numbers, from, end, into);
      }
    }
    numbers.work.steps += groupCount * this.#shortLengths.length;
  }

  #addKnown(numbers: Numbers, from: number, end: number, into: Finding[]): void {
    const label = this.#set.find(numbers.value.subarray(from, end).join(''), true);
    if (label !== undefined)
      into.push(known(label, numbers.from[from] as number, (numbers.from[end - 1] as number) + (numbers.width[end - 1] as number)));
  }

  /** At `i`, the rolling hash of the first `i` digits. */
  #rollingHashes({ value, digitCount }: Numbers): Int32Array {
    if (this.#hashes.length <= digitCount) this.#hashes = new Int32Array(digitCount + 1);
    const hashes = this.#hashes;
    const { base } = this.#set;
    let hash = 0;
    for (let i = 0; i < digitCount; i++) {
      hash = rolled(hash, base, value[i] as number);
      hashes[i + 1] = hash;
    }
    return hashes;
  }

  #forgetHashes(count: number): void {
    if (count > MOST_SPARE_HASHES) this.#hashes = new Int32Array(0);
    else this.#hashes.fill(0, 0, count + 1);
  }

  /**
   * Finds known names, passports, IBANs and e-mail addresses in a text. From each character that some known text ends with it reads
   * backwards, one more unit at a time, which the rolling hash allows.
   */
  findTexts({ text, codes, work }: Numbers): Finding[] {
    const findings: Finding[] = [];
    if (this.#longestText === 0) return findings;
    const ends = this.#textEnds;
    for (let i = 0; i < codes.length; i++) {
      if (ends[codes[i] as number] === 0 || isInsideWord(codes, i)) continue;
      const hit = this.#textEndingAt(text, codes, i);
      if (hit !== undefined) findings.push(hit);
      work.steps += this.#longestText;
    }
    work.steps += codes.length;
    return findings;
  }

  /** The longest known text that ends with character `last`. */
  #textEndingAt(text: string, codes: Uint16Array, last: number): Finding | undefined {
    const { base } = this.#set;
    const classOf = classTable();
    let hash = 0;
    let power = 1;
    let length = 0;
    let skipped = 0;
    let hit: Finding | undefined;
    for (let i = last; i >= 0 && length < this.#longestText && skipped <= MOST_SKIPPED; i--) {
      const code = codes[i] as number;
      if (isSkipped(code, classOf)) {
        skipped += 1;
        continue;
      }
      hash = (hash + Math.imul(unitOf(code) + 1, power)) | 0;
      power = Math.imul(power, base);
      length += 1;
      if (this.#isTextLength[length] !== 1 || !this.#set.mayHave(hash, length) || isInsideWord(codes, i - 1)) continue;
      const label = this.#set.find(canonicalText(text.slice(i, last + 1)), false);
      if (label !== undefined) hit = known(label, i, last + 1);
    }
    return hit;
  }

  /** Whether this whole value is known. */
  has(value: string): boolean {
    if (value.length > LONGEST_VALUE) return false;
    const digits = [value, value.replace(/^0/, ''), value.replace(/^(?:00)?86/, '')];
    return (
      digits.some((text) => DIGITS.test(text) && this.#set.find(text, true) !== undefined) ||
      this.#set.find(canonicalText(value), false) !== undefined
    );
  }
}

function known(label: number, start: number, end: number): Finding {
  return { kind: KINDS[label] as FindingKind, by: 'known', start, end };
}

/**
 * The spellings under which a value is looked for. A mainland phone without its country code, so that it is found with and without;
 * an ID number without its X; long digits backwards too.
 */
function addSpellings(kind: FindingKind, value: Sensitive<string>, into: Entry[]): void {
  const label = KINDS.indexOf(kind);
  value.use((raw) => {
    if (TEXT_KINDS.has(kind)) {
      const text = canonicalText(raw);
      if (text.length > 1) into.push({ text, isDigits: false, label });
      return;
    }
    const isMainland = kind === 'phone' && raw.length >= SHORTEST_MAINLAND && raw.startsWith(MAINLAND);
    const text = isMainland ? raw.slice(MAINLAND.length) : kind === 'resident-id' ? raw.replace(/[xX]$/, '') : raw;
    if (!DIGITS.test(text)) return;
    into.push({ text, isDigits: true, label });
    if (text.length >= SHORTEST_ANYWHERE) into.push({ text: reversed(text), isDigits: true, label });
  });
}

function reversed(text: string): string {
  let result = '';
  for (let i = text.length - 1; i >= 0; i--) result += text[i];
  return result;
}

/** A group begins here, or a trunk zero before it does. */
function beginsGroup(numbers: Numbers, d: number): boolean {
  const start = numbers.value[d - 1] === 0 ? d - 1 : d;
  return beginsExactly(numbers, d) || beginsExactly(numbers, start);
}

function beginsExactly({ first, groupCount }: Numbers, d: number): boolean {
  let low = 0;
  let high = groupCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((first[middle] as number) < d) low = middle + 1;
    else high = middle;
  }
  return first[low] === d;
}

/** Letters in one case and width; invisible characters and what stands inside names left out. */
function canonicalText(text: string): string {
  if (/^\p{Script=Han}+$/u.test(text)) return text;
  const classOf = classTable();
  let canonical = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isSkipped(code, classOf)) canonical += String.fromCharCode(unitOf(code));
  }
  return canonical;
}

function isSkipped(code: number, classOf: Uint8Array): boolean {
  const kind = classOf[code] as number;
  return kind === IGNORED || (kind === SEPARATOR && INSIDE_NAMES.has(code));
}

function unitOf(code: number): number {
  const folded = foldTable()[code] as number;
  return folded === 0 ? code : folded >= FIRST_LETTER ? folded | 0x20 : folded;
}

/** A Latin name is a whole word: letters on both sides of the place after character `i` make it the inside of one. In Chinese there are none. */
function isInsideWord(codes: Uint16Array, i: number): boolean {
  return isLatin(codes[i] ?? 0) && isLatin(codes[i + 1] ?? 0);
}

function isLatin(code: number): boolean {
  return (
    (code >= FIRST_LETTER && code < HAN && LATIN.test(String.fromCharCode(code))) ||
    (code >= FULL_WIDTH && (foldTable()[code] as number) >= FIRST_LETTER)
  );
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base);
  return result;
}

function lengthsOf(entries: readonly Entry[], isDigits: boolean): number[] {
  const lengths = new Set<number>();
  for (const entry of entries) if (entry.isDigits === isDigits) lengths.add(entry.text.length);
  return [...lengths].sort((a, b) => a - b);
}
