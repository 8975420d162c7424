/**
 * Identifiers that the guard looks for exactly. Finds a value however its digits look and whatever stands between them, forwards and
 * backwards, also inside a longer run of digits; a name in any case, with spaces between its characters or not.
 * @module
 */
import type { Sensitive } from '../sensitive.js';
import { classTable, codesOf, foldTable, IGNORED, SEPARATOR } from './characters.js';
import { DigestSet, type Entry, rolled } from './digest-set.js';
import type { Finding, FindingKind, KnownValue } from './finding.js';
import { BREAK, type Numbers, TIGHT } from './numbers.js';

const KINDS: readonly FindingKind[] = ['phone', 'resident-id', 'bank-card', 'account', 'passport', 'iban', 'email', 'name'];
/** Kinds that are compared as text; the others as digits. */
const TEXT_KINDS: ReadonlySet<FindingKind> = new Set(['name', 'email', 'passport', 'iban']);
/** Below this many digits a value is found only when groups begin and end with it: any table holds short numbers by chance. */
const SHORTEST_ANYWHERE = 11;
const DIGITS = /^[0-9]{4,32}$/;
/** Longer than any identifier as it is written. */
const LONGEST_VALUE = 256;
const MAINLAND = '86';
const SHORTEST_MAINLAND = 12;
/** Spaces, middle dot, hyphen, apostrophe. */
const INSIDE_NAMES = new Set([0x20, 0xa0, 0x3000, 0xb7, 0x2d, 0x27]);

export class KnownValues {
  readonly #set: DigestSet;
  readonly #digitLengths: readonly number[];
  readonly #textLengths: readonly number[];
  /** 1 for each code unit that some known text ends with. */
  readonly #textEnds = new Uint8Array(0x10000);

  /**
   * @param key - bank key `guard`, 32 bytes
   */
  constructor(key: Uint8Array, values: Iterable<KnownValue>) {
    const entries: Entry[] = [];
    for (const { kind, value } of values) addSpellings(kind, value, entries);
    this.#set = new DigestSet(key, entries);
    this.#digitLengths = lengthsOf(entries, true);
    this.#textLengths = lengthsOf(entries, false);
    for (const { text, isDigits } of entries) if (!isDigits) this.#textEnds[text.charCodeAt(text.length - 1)] = 1;
  }

  /** Finds known phones, accounts, cards and ID numbers among the digits of a text. */
  findDigits(numbers: Numbers): Finding[] {
    const findings: Finding[] = [];
    const lengths = this.#digitLengths;
    if (lengths.length === 0 || numbers.digitCount < (lengths[0] as number)) return findings;
    const hashes = rollingHashes(numbers.value, numbers.digitCount, this.#set.base);
    const powers = lengths.map((length) => power(this.#set.base, length));
    const { first, level } = numbers;
    let segment = 0;
    let tightSegment = 0;
    for (let g = 0; g < numbers.groupCount; g++) {
      const begin = first[g] as number;
      const end = first[g + 1] as number;
      if ((level[g] as number) >= BREAK) segment = begin;
      if ((level[g] as number) > TIGHT) tightSegment = begin;
      for (let d = begin + 1; d <= end; d++) {
        for (let n = 0; n < lengths.length; n++) {
          const length = lengths[n] as number;
          const from = d - length;
          if (from < segment) break;
          if (length < SHORTEST_ANYWHERE && !(d === end && from >= tightSegment && beginsGroup(numbers, from))) continue;
          const hash = ((hashes[d] as number) - Math.imul(hashes[from] as number, powers[n] as number)) | 0;
          if (!this.#set.mayHave(hash, length)) continue;
          const label = this.#set.find(numbers.value.subarray(from, d).join(''), true);
          if (label !== undefined) findings.push(known(label, numbers.from[from] as number, numbers.to[d - 1] as number));
        }
      }
    }
    numbers.work.steps += numbers.digitCount * lengths.length;
    return findings;
  }

  /** Finds known names, passports, IBANs and e-mail addresses in a text. */
  findTexts({ text, codes, work }: Numbers): Finding[] {
    const findings: Finding[] = [];
    const lengths = this.#textLengths;
    if (lengths.length === 0 || !this.#mayEndIn(codes)) return findings;
    const { units, places } = canonicalUnits(codes);
    const hashes = rollingHashes(units, units.length, this.#set.base);
    const powers = lengths.map((length) => power(this.#set.base, length));
    for (let end = 1; end <= units.length; end++) {
      if (this.#textEnds[units[end - 1] as number] === 0) continue;
      for (let n = 0; n < lengths.length; n++) {
        const length = lengths[n] as number;
        const from = end - length;
        if (from < 0) break;
        const hash = ((hashes[end] as number) - Math.imul(hashes[from] as number, powers[n] as number)) | 0;
        if (!this.#set.mayHave(hash, length)) continue;
        const start = places[from] as number;
        const stop = (places[end - 1] as number) + 1;
        if (isInsideWord(text, start, stop)) continue;
        const label = this.#set.find(String.fromCharCode(...units.subarray(from, end)), false);
        if (label !== undefined) findings.push(known(label, start, stop));
      }
    }
    work.steps += units.length * lengths.length;
    return findings;
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

  /** A list of tokens holds no character that a Chinese name ends with: one look at each character settles it. */
  #mayEndIn(codes: Uint16Array): boolean {
    const ends = this.#textEnds;
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] as number;
      if (ends[code] === 1 || (code >= 0x41 && code <= 0x5a && ends[code | 0x20] === 1) || code >= FULL_WIDTH) return true;
    }
    return false;
  }
}

/** Characters from here on may fold to ASCII. */
const FULL_WIDTH = 0xff01;

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

function canonicalText(text: string): string {
  if (/^\p{Script=Han}+$/u.test(text)) return text;
  return String.fromCharCode(...canonicalUnits(codesOf(text)).units);
}

/** Letters in one case and width; invisible characters and what stands inside names left out. Of each unit its place in the text. */
function canonicalUnits(codes: Uint16Array): { units: Uint16Array; places: Uint32Array } {
  const classOf = classTable();
  const foldOf = foldTable();
  const length = codes.length - 1;
  const units = new Uint16Array(length);
  const places = new Uint32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) {
    const code = codes[i] as number;
    const kind = classOf[code] as number;
    if (kind === IGNORED || (kind === SEPARATOR && INSIDE_NAMES.has(code))) continue;
    const folded = foldOf[code] as number;
    units[count] = folded === 0 ? code : folded >= 0x41 ? folded | 0x20 : folded;
    places[count] = i;
    count += 1;
  }
  return { units: units.subarray(0, count), places: places.subarray(0, count) };
}

/** A Latin name is a whole word; in Chinese there are none. */
function isInsideWord(text: string, start: number, end: number): boolean {
  const isLetter = (at: number) => /^\p{Script=Latin}$/u.test(text[at] ?? '');
  return (isLetter(start) && isLetter(start - 1)) || (isLetter(end - 1) && isLetter(end));
}

function rollingHashes(values: ArrayLike<number>, count: number, base: number): Int32Array {
  const hashes = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) hashes[i + 1] = rolled(hashes[i] as number, base, values[i] as number);
  return hashes;
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
