/**
 * Identifiers that the guard looks for exactly: kept as digests under the guard's key, so that its memory holds no raw value.
 * A rolling hash over the text's digits and letters asks a Bloom filter; what passes is digested and looked up.
 *
 * Finds a value however its digits look and whatever stands between them, forwards and backwards, also inside a longer run of digits.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Sensitive } from '../sensitive.js';
import { createAesCipher } from '../tokens/block-cipher.js';
import { classTable, foldTable, IGNORED, SEPARATOR } from './characters.js';
import type { Finding, FindingKind, KnownValue, Work } from './finding.js';
import { BREAK, type Numbers, TIGHT } from './numbers.js';

const KINDS: readonly FindingKind[] = ['phone', 'resident-id', 'bank-card', 'account', 'passport', 'iban', 'email', 'name'];
const BLOCK = 16;
/** Below this many digits a value is found only when groups begin and end with it: any table holds short numbers by chance. */
const SHORTEST_ANYWHERE = 11;
const LONGEST_DIGITS = 32;
/** A name's canonical bytes that fit two blocks beside their length and type. */
const LONGEST_PLAIN_NAME = 2 * BLOCK - 2;
const BITS_A_VALUE = 64;
const FEWEST_BITS = 16;
const TYPE_DIGITS = 1;
const TYPE_NAME = 2;
const TYPE_LONG_NAME = 3;

export class KnownValues {
  readonly #digest: (input: Uint8Array) => Uint8Array;
  readonly #base: number;
  /** Open addressing, four words of digest a slot; kinds are stored plus one, 0 is an empty slot. */
  readonly #slots: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #filter: Uint32Array;
  readonly #filterShift: number;
  readonly #digitLengths: readonly number[];
  readonly #nameLengths: readonly number[];

  /**
   * @param key - bank key `guard`, 32 bytes
   */
  constructor(key: Uint8Array, values: Iterable<KnownValue>) {
    const cipher = createAesCipher(key);
    this.#digest = (input) => digestAll(cipher.encrypt, input);
    const seed = new Uint8Array(BLOCK);
    cipher.encrypt(new Uint8Array(BLOCK), seed);
    this.#base = new DataView(seed.buffer).getUint32(0) | 1;

    const entries: { kind: FindingKind; digits?: Uint8Array; name?: string }[] = [];
    for (const { kind, value } of values) {
      if (kind === 'name' || kind === 'email' || kind === 'passport' || kind === 'iban') {
        const name = canonicalName(value);
        if (name.length > 1) entries.push({ kind, name });
      } else {
        for (const digits of spellings(kind, value)) entries.push({ kind, digits });
      }
    }
    const filterBits = Math.max(FEWEST_BITS, Math.ceil(Math.log2(entries.length * BITS_A_VALUE + 1)));
    this.#filterShift = 32 - filterBits;
    this.#filter = new Uint32Array(2 ** (filterBits - 5));
    const capacity = 2 ** Math.ceil(Math.log2(entries.length * 2 + 2));
    this.#slots = new Uint32Array(capacity * 4);
    this.#kinds = new Uint8Array(capacity);
    const inputs = new Uint8Array(entries.length * 2 * BLOCK);
    for (const [i, { digits, name }] of entries.entries()) {
      const input = inputs.subarray(i * 2 * BLOCK, (i + 1) * 2 * BLOCK);
      if (digits !== undefined) encodeDigits(digits, 0, digits.length, input);
      else encodeName(name as string, input);
    }
    const digests = this.#digest(inputs);
    for (const [i, { kind, digits, name }] of entries.entries()) {
      this.#insert(digests.subarray(i * BLOCK, (i + 1) * BLOCK), kind);
      this.#mark(digits !== undefined ? this.#hashOf(digits) : this.#hashOf([...(name as string)].flatMap(unitsOf)));
    }
    inputs.fill(0);
    this.#digitLengths = lengthsOf(entries.map(({ digits }) => digits?.length));
    this.#nameLengths = lengthsOf(entries.map(({ name }) => name?.length));
  }

  /** Finds known phones, accounts, cards and IDs among the digits of a text. */
  findDigits(numbers: Numbers): Finding[] {
    const findings: Finding[] = [];
    if (this.#digitLengths.length === 0 || numbers.digitCount === 0) return findings;
    const hashes = rollingHashes(numbers.value, numbers.digitCount, this.#base);
    const powers = this.#digitLengths.map((length) => power(this.#base, length));
    const groupStart = new Uint8Array(numbers.digitCount + 1);
    for (let g = 0; g <= numbers.groupCount; g++) groupStart[numbers.first[g] as number] = 1;
    let segment = 0;
    let tightSegment = 0;
    for (let g = 0; g < numbers.groupCount; g++) {
      const level = numbers.level[g] as number;
      if (level >= BREAK) segment = numbers.first[g] as number;
      if (level > TIGHT) tightSegment = numbers.first[g] as number;
      for (let d = numbers.first[g] as number; d < (numbers.first[g + 1] as number); d++) {
        for (const [n, length] of this.#digitLengths.entries()) {
          const from = d + 1 - length;
          const isShort = length < SHORTEST_ANYWHERE;
          if (from < (isShort ? tightSegment : segment)) continue;
          if (isShort && (groupStart[from] !== 1 || groupStart[d + 1] !== 1)) continue;
          const hash = ((hashes[d + 1] as number) - Math.imul(hashes[from] as number, powers[n] as number)) | 0;
          if (!this.#mayHave(hash, length)) continue;
          const kind = this.#lookUp((input) => encodeDigits(numbers.value, from, length, input));
          if (kind !== undefined) findings.push({ kind, by: 'known', start: numbers.from[from] as number, end: numbers.to[d] as number });
        }
      }
    }
    numbers.work.steps += numbers.digitCount * this.#digitLengths.length;
    return findings;
  }

  /** Finds known names, passports, IBANs and e-mail addresses in a text: letters in any case, spaces between them or not. */
  findNames(text: string, work: Work): Finding[] {
    const findings: Finding[] = [];
    if (this.#nameLengths.length === 0) return findings;
    const { units, places } = canonicalUnits(text);
    const hashes = rollingHashes(units, units.length, this.#base);
    const powers = this.#nameLengths.map((length) => power(this.#base, length));
    for (let end = 1; end <= units.length; end++) {
      for (const [n, length] of this.#nameLengths.entries()) {
        const from = end - length;
        if (from < 0) break;
        const hash = ((hashes[end] as number) - Math.imul(hashes[from] as number, powers[n] as number)) | 0;
        if (!this.#mayHave(hash, length)) continue;
        const start = places[from] as number;
        const stop = (places[end - 1] as number) + 1;
        if (isInsideWord(text, start, stop)) continue;
        const name = String.fromCharCode(...units.subarray(from, end));
        const kind = this.#lookUp((input) => encodeName(name, input));
        if (kind !== undefined) findings.push({ kind, by: 'known', start, end: stop });
      }
    }
    work.steps += units.length * this.#nameLengths.length;
    return findings;
  }

  /** Whether this whole value is known. */
  has(value: string): boolean {
    const digits = digitsIn(value);
    if (digits !== undefined && this.#lookUp((input) => encodeDigits(digits, 0, digits.length, input)) !== undefined) return true;
    const name = String.fromCharCode(...canonicalUnits(value).units);
    return name.length > 1 && this.#lookUp((input) => encodeName(name, input)) !== undefined;
  }

  #lookUp(encode: (input: Uint8Array) => void): FindingKind | undefined {
    const input = new Uint8Array(2 * BLOCK);
    encode(input);
    const words = wordsOf(this.#digest(input));
    const mask = this.#kinds.length - 1;
    for (let slot = (words[0] as number) & mask; this.#kinds[slot] !== 0; slot = (slot + 1) & mask) {
      if (words.every((word, i) => this.#slots[slot * 4 + i] === word)) return KINDS[(this.#kinds[slot] as number) - 1];
    }
    return undefined;
  }

  #insert(digest: Uint8Array, kind: FindingKind): void {
    const words = wordsOf(digest);
    const mask = this.#kinds.length - 1;
    let slot = (words[0] as number) & mask;
    while (this.#kinds[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots.set(words, slot * 4);
    this.#kinds[slot] = KINDS.indexOf(kind) + 1;
  }

  #hashOf(units: ArrayLike<number>): { hash: number; length: number } {
    let hash = 0;
    for (let i = 0; i < units.length; i++) hash = (Math.imul(hash, this.#base) + (units[i] as number) + 1) | 0;
    return { hash, length: units.length };
  }

  #mark({ hash, length }: { hash: number; length: number }): void {
    for (const bit of [this.#bit(hash, length, 0x9e3779b1), this.#bit(hash, length, 0x85ebca77)]) {
      this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] as number) | (1 << (bit & 31));
    }
  }

  #mayHave(hash: number, length: number): boolean {
    const first = this.#bit(hash, length, 0x9e3779b1);
    if (((this.#filter[first >>> 5] as number) & (1 << (first & 31))) === 0) return false;
    const second = this.#bit(hash, length, 0x85ebca77);
    return ((this.#filter[second >>> 5] as number) & (1 << (second & 31))) !== 0;
  }

  #bit(hash: number, length: number, multiplier: number): number {
    const mixed = hash ^ Math.imul(length, 0x27d4eb2f);
    return Math.imul(mixed ^ (mixed >>> 15), multiplier) >>> this.#filterShift;
  }
}

/** AES-256 CBC-MAC over exactly two blocks each: a PRF, because all inputs have one length. */
function digestAll(encrypt: (input: Uint8Array, output: Uint8Array) => void, inputs: Uint8Array): Uint8Array {
  const count = inputs.length / (2 * BLOCK);
  const blocks = new Uint8Array(count * BLOCK);
  const output = new Uint8Array(count * BLOCK);
  for (let i = 0; i < count; i++) blocks.set(inputs.subarray(i * 2 * BLOCK, i * 2 * BLOCK + BLOCK), i * BLOCK);
  encrypt(blocks, output);
  for (let i = 0; i < count; i++) for (let b = 0; b < BLOCK; b++) output[i * BLOCK + b]! ^= inputs[(2 * i + 1) * BLOCK + b] as number;
  encrypt(output.slice(), output);
  return output;
}

/** BCD in the first block, then type and length. */
function encodeDigits(digits: ArrayLike<number>, from: number, length: number, into: Uint8Array): void {
  for (let i = 0; i < length; i++) into[i >> 1]! |= (digits[from + i] as number) << (i & 1 ? 0 : 4);
  into[BLOCK] = TYPE_DIGITS;
  into[BLOCK + 1] = length;
}

function encodeName(name: string, into: Uint8Array): void {
  const bytes = new TextEncoder().encode(name);
  const isPlain = bytes.length <= LONGEST_PLAIN_NAME;
  into.set(isPlain ? bytes : createHash('sha256').update(bytes).digest().subarray(0, LONGEST_PLAIN_NAME), 2);
  into[0] = isPlain ? TYPE_NAME : TYPE_LONG_NAME;
  into[1] = bytes.length & 0xff;
}

/** The digits under which a value is looked for. A mainland phone also without its country code; an ID without its X; long ones backwards too. */
function spellings(kind: FindingKind, value: Sensitive<string>): Uint8Array[] {
  const digits = value.use((text) => digitsIn(kind === 'resident-id' ? text.replace(/[xX]$/, '') : text));
  if (digits === undefined || digits.length < 4 || digits.length > LONGEST_DIGITS) return [];
  const all = [digits];
  if (kind === 'phone' && digits.length >= 12 && digits[0] === 8 && digits[1] === 6) all.push(digits.slice(2));
  return all.flatMap((one) => (one.length >= SHORTEST_ANYWHERE ? [one, one.slice().reverse()] : [one]));
}

function digitsIn(text: string): Uint8Array | undefined {
  return /^[0-9]{4,32}$/.test(text) ? Uint8Array.from(text, Number) : undefined;
}

function canonicalName(value: Sensitive<string>): string {
  return value.use((text) => String.fromCharCode(...canonicalUnits(text).units));
}

/** Letters in one case and width; invisible characters and what stands inside names (spaces, dots, hyphens) left out. */
function canonicalUnits(text: string): { units: Uint16Array; places: Uint32Array } {
  const classOf = classTable();
  const foldOf = foldTable();
  const units = new Uint16Array(text.length);
  const places = new Uint32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = classOf[code] as number;
    if (
      kind === IGNORED ||
      (kind === SEPARATOR && (code === 0x20 || code === 0xa0 || code === 0x3000 || code === 0xb7 || code === 0x2d || code === 0x27))
    )
      continue;
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
  for (let i = 0; i < count; i++) hashes[i + 1] = (Math.imul(hashes[i] as number, base) + (values[i] as number) + 1) | 0;
  return hashes;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base);
  return result;
}

function wordsOf(digest: Uint8Array): Uint32Array {
  return new Uint32Array(digest.slice(0, BLOCK).buffer);
}

function unitsOf(character: string): number[] {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
}

function lengthsOf(lengths: readonly (number | undefined)[]): number[] {
  return [...new Set(lengths.filter((length) => length !== undefined))].sort((a, b) => a - b);
}
