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
import { classTable, codesOf, foldTable, IGNORED, SEPARATOR } from './characters.js';
import type { Finding, FindingKind, KnownValue } from './finding.js';
import { BREAK, type Numbers, TIGHT } from './numbers.js';

const KINDS: readonly FindingKind[] = ['phone', 'resident-id', 'bank-card', 'account', 'passport', 'iban', 'email', 'name'];
const BLOCK = 16;
const ZERO = 0x30;
const utf8 = new TextEncoder();
/** Below this many digits a value is found only when groups begin and end with it: any table holds short numbers by chance. */
const SHORTEST_ANYWHERE = 11;
const SHORTEST_DIGITS = 4;
const LONGEST_DIGITS = 32;
/** Two odd constants that spread a hash over the filter (golden ratio; xxHash's second prime). */
const MULTIPLIERS = [0x9e3779b1, 0x85ebca77] as const;
/** Spaces, middle dot, hyphen, apostrophe. */
const INSIDE_NAMES = new Set([0x20, 0xa0, 0x3000, 0xb7, 0x2d, 0x27]);
/** A name's canonical bytes that fit two blocks beside their length and type. */
const LONGEST_PLAIN_NAME = 2 * BLOCK - 2;
const BITS_A_VALUE = 32;
const FEWEST_BITS = 16;
const TYPE_DIGITS = 1;
const TYPE_NAME = 2;
const TYPE_LONG_NAME = 3;

export class KnownValues {
  readonly #digest: (inputs: Uint8Array) => Uint32Array;
  readonly #base: number;
  /** Open addressing, four words of digest a slot; kinds are stored plus one, 0 is an empty slot. */
  readonly #slots: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #filter: Uint32Array;
  readonly #filterShift: number;
  readonly #digitLengths: readonly number[];
  readonly #nameLengths: readonly number[];
  /** 1 for each code unit that some known name ends with. */
  readonly #nameEnds = new Uint8Array(0x10000);

  /**
   * @param key - bank key `guard`, 32 bytes
   */
  constructor(key: Uint8Array, values: Iterable<KnownValue>) {
    const cipher = createAesCipher(key);
    this.#digest = (inputs) => digestAll(cipher.encrypt, inputs);
    const seed = new Uint8Array(BLOCK);
    cipher.encrypt(new Uint8Array(BLOCK), seed);
    this.#base = new DataView(seed.buffer).getUint32(0) | 1;

    const entries: Entry[] = [];
    for (const { kind, value } of values) {
      const isName = isWritten(kind);
      for (const text of isName ? canonicalNames(value) : spellings(kind, value)) entries.push({ kind, text, isName });
    }
    const filterBits = Math.max(FEWEST_BITS, Math.ceil(Math.log2(entries.length * BITS_A_VALUE + 1)));
    this.#filterShift = 32 - filterBits;
    this.#filter = new Uint32Array(2 ** (filterBits - 5));
    const capacity = 2 ** Math.ceil(Math.log2(entries.length * 1.5 + 2));
    this.#slots = new Uint32Array(capacity * 4);
    this.#kinds = new Uint8Array(capacity);
    const inputs = new Uint8Array(entries.length * 2 * BLOCK);
    for (let i = 0; i < entries.length; i++) encode(entries[i] as Entry, inputs, i * 2 * BLOCK);
    const digests = this.#digest(inputs);
    for (let i = 0; i < entries.length; i++) {
      const { kind, text, isName } = entries[i] as Entry;
      this.#insert(digests, i * 4, kind);
      this.#mark(text, isName);
      if (isName) this.#nameEnds[text.charCodeAt(text.length - 1)] = 1;
    }
    inputs.fill(0);
    this.#digitLengths = lengthsOf(entries, false);
    this.#nameLengths = lengthsOf(entries, true);
  }

  /** Finds known phones, accounts, cards and IDs among the digits of a text. */
  findDigits(numbers: Numbers): Finding[] {
    const findings: Finding[] = [];
    if (this.#digitLengths.length === 0 || numbers.digitCount === 0) return findings;
    const hashes = rollingHashes(numbers.value, numbers.digitCount, this.#base);
    const powers = this.#digitLengths.map((length) => power(this.#base, length));
    const lengths = this.#digitLengths;
    const groupStart = new Uint8Array(numbers.digitCount + 1);
    for (let g = 0; g <= numbers.groupCount; g++) groupStart[numbers.first[g] as number] = 1;
    let segment = 0;
    let tightSegment = 0;
    for (let g = 0; g < numbers.groupCount; g++) {
      const level = numbers.level[g] as number;
      if (level >= BREAK) segment = numbers.first[g] as number;
      if (level > TIGHT) tightSegment = numbers.first[g] as number;
      for (let d = numbers.first[g] as number; d < (numbers.first[g + 1] as number); d++) {
        for (let n = 0; n < lengths.length; n++) {
          const length = lengths[n] as number;
          const from = d + 1 - length;
          const isShort = length < SHORTEST_ANYWHERE;
          if (from < (isShort ? tightSegment : segment)) continue;
          if (isShort && !(groupStart[d + 1] === 1 && isStart(numbers, groupStart, from))) continue;
          const hash = ((hashes[d + 1] as number) - Math.imul(hashes[from] as number, powers[n] as number)) | 0;
          if (!this.#mayHave(hash, length)) continue;
          const kind = this.#lookUp(digitsText(numbers.value, from, d + 1), false);
          if (kind !== undefined) findings.push({ kind, by: 'known', start: numbers.from[from] as number, end: numbers.to[d] as number });
        }
      }
    }
    numbers.work.steps += numbers.digitCount * this.#digitLengths.length;
    return findings;
  }

  /** Finds known names, passports, IBANs and e-mail addresses in a text: letters in any case, spaces between them or not. */
  findNames({ text, codes, work }: Numbers): Finding[] {
    const findings: Finding[] = [];
    if (this.#nameLengths.length === 0) return findings;
    const { units, places } = canonicalUnits(codes, text.length);
    const hashes = rollingHashes(units, units.length, this.#base);
    const powers = this.#nameLengths.map((length) => power(this.#base, length));
    const lengths = this.#nameLengths;
    for (let end = 1; end <= units.length; end++) {
      if (this.#nameEnds[units[end - 1] as number] === 0) continue;
      for (let n = 0; n < lengths.length; n++) {
        const length = lengths[n] as number;
        const from = end - length;
        if (from < 0) break;
        const hash = ((hashes[end] as number) - Math.imul(hashes[from] as number, powers[n] as number)) | 0;
        if (!this.#mayHave(hash, length)) continue;
        const start = places[from] as number;
        const stop = (places[end - 1] as number) + 1;
        if (isInsideWord(text, start, stop)) continue;
        const kind = this.#lookUp(String.fromCharCode(...units.subarray(from, end)), true);
        if (kind !== undefined) findings.push({ kind, by: 'known', start, end: stop });
      }
    }
    work.steps += units.length * this.#nameLengths.length;
    return findings;
  }

  /** Whether this whole value is known. */
  has(value: string): boolean {
    const digits = [value, value.replace(/^0/, ''), value.replace(/^(?:00)?86/, '')];
    return (
      digits.some((text) => isDigits(text) && this.#lookUp(text, false) !== undefined) ||
      this.#lookUp(canonicalText(value), true) !== undefined
    );
  }

  #lookUp(text: string, isName: boolean): FindingKind | undefined {
    const input = new Uint8Array(2 * BLOCK);
    encode({ text, isName }, input, 0);
    const words = this.#digest(input);
    const mask = this.#kinds.length - 1;
    for (let slot = (words[0] as number) & mask; this.#kinds[slot] !== 0; slot = (slot + 1) & mask) {
      if (words.every((word, i) => this.#slots[slot * 4 + i] === word)) return KINDS[(this.#kinds[slot] as number) - 1];
    }
    return undefined;
  }

  #insert(words: Uint32Array, at: number, kind: FindingKind): void {
    const mask = this.#kinds.length - 1;
    let slot = (words[at] as number) & mask;
    while (this.#kinds[slot] !== 0) slot = (slot + 1) & mask;
    for (let i = 0; i < 4; i++) this.#slots[slot * 4 + i] = words[at + i] as number;
    this.#kinds[slot] = KINDS.indexOf(kind) + 1;
  }

  #mark(text: string, isName: boolean): void {
    const zero = isName ? 0 : ZERO;
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, this.#base) + text.charCodeAt(i) - zero + 1) | 0;
    for (const multiplier of MULTIPLIERS) {
      const bit = this.#bit(hash, text.length, multiplier);
      this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] as number) | (1 << (bit & 31));
    }
  }

  #mayHave(hash: number, length: number): boolean {
    const first = this.#bit(hash, length, MULTIPLIERS[0]);
    if (((this.#filter[first >>> 5] as number) & (1 << (first & 31))) === 0) return false;
    const second = this.#bit(hash, length, MULTIPLIERS[1]);
    return ((this.#filter[second >>> 5] as number) & (1 << (second & 31))) !== 0;
  }

  #bit(hash: number, length: number, multiplier: number): number {
    const mixed = hash ^ Math.imul(length, 0x27d4eb2f);
    return Math.imul(mixed ^ (mixed >>> 15), multiplier) >>> this.#filterShift;
  }
}

/** A value as the guard compares it: digits, or the canonical text of a name. Lives only while the guard is made. */
interface Entry {
  readonly kind: FindingKind;
  readonly text: string;
  readonly isName: boolean;
}

/** AES-256 CBC-MAC over exactly two blocks each: a PRF, because all inputs have one length. Four words a digest. */
function digestAll(encrypt: (input: Uint8Array, output: Uint8Array) => void, inputs: Uint8Array): Uint32Array {
  const words = new Uint32Array(inputs.buffer, inputs.byteOffset, inputs.length / 4);
  const count = words.length / 8;
  const blocks = new Uint32Array(count * 4);
  const output = new Uint32Array(count * 4);
  for (let i = 0; i < count; i++) for (let w = 0; w < 4; w++) blocks[i * 4 + w] = words[i * 8 + w] as number;
  encrypt(bytesOf(blocks), bytesOf(output));
  for (let i = 0; i < count; i++)
    for (let w = 0; w < 4; w++) blocks[i * 4 + w] = (output[i * 4 + w] as number) ^ (words[i * 8 + 4 + w] as number);
  encrypt(bytesOf(blocks), bytesOf(output));
  return output;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

/** Two blocks: type, length, and the digits as BCD or the name as UTF-8; of a longer name its SHA-256. */
function encode({ text, isName }: Omit<Entry, 'kind'>, into: Uint8Array, at: number): void {
  into[at + 1] = text.length & 0xff;
  if (!isName) {
    into[at] = TYPE_DIGITS;
    for (let i = 0; i < text.length; i++) into[at + 2 + (i >> 1)]! |= (text.charCodeAt(i) - ZERO) << (i & 1 ? 0 : 4);
    return;
  }
  if (text.length * 3 <= LONGEST_PLAIN_NAME) {
    into[at] = TYPE_NAME;
    utf8.encodeInto(text, into.subarray(at + 2, at + 2 * BLOCK));
    return;
  }
  into[at] = TYPE_LONG_NAME;
  into.set(createHash('sha256').update(text).digest().subarray(0, LONGEST_PLAIN_NAME), at + 2);
}

function isWritten(kind: FindingKind): boolean {
  return kind === 'name' || kind === 'email' || kind === 'passport' || kind === 'iban';
}

/** The digits under which a value is looked for. A mainland phone without its country code, so that it is found with and without; an ID without its X; long ones backwards too. */
function spellings(kind: FindingKind, value: Sensitive<string>): string[] {
  const digits = value.use((text) => (kind === 'resident-id' ? text.replace(/[xX]$/, '') : text));
  if (!isDigits(digits)) return [];
  const shortest = kind === 'phone' && digits.length >= 12 && digits.startsWith('86') ? digits.slice(2) : digits;
  return shortest.length >= SHORTEST_ANYWHERE ? [shortest, reversed(shortest)] : [shortest];
}

function reversed(text: string): string {
  let result = '';
  for (let i = text.length - 1; i >= 0; i--) result += text[i];
  return result;
}

function isDigits(text: string): boolean {
  if (text.length < SHORTEST_DIGITS || text.length > LONGEST_DIGITS) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > ZERO + 9) return false;
  }
  return true;
}

function digitsText(value: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let d = from; d < to; d++) text += value[d];
  return text;
}

/** A group begins here, or a trunk zero before it does. */
function isStart(numbers: Numbers, groupStart: Uint8Array, d: number): boolean {
  return groupStart[d] === 1 || (d > 0 && groupStart[d - 1] === 1 && numbers.value[d - 1] === 0);
}

function canonicalNames(value: Sensitive<string>): string[] {
  const text = value.use(canonicalText);
  return text.length > 1 ? [text] : [];
}

function canonicalText(text: string): string {
  const { units } = canonicalUnits(codesOf(text), text.length);
  return String.fromCharCode(...units);
}

/** Letters in one case and width; invisible characters and what stands inside names (spaces, dots, hyphens) left out. */
function canonicalUnits(codes: Uint16Array, length: number): { units: Uint16Array; places: Uint32Array } {
  const classOf = classTable();
  const foldOf = foldTable();
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
  for (let i = 0; i < count; i++) hashes[i + 1] = (Math.imul(hashes[i] as number, base) + (values[i] as number) + 1) | 0;
  return hashes;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base);
  return result;
}

function lengthsOf(entries: readonly Entry[], isName: boolean): number[] {
  const lengths = new Set<number>();
  for (const entry of entries) if (entry.isName === isName) lengths.add(entry.text.length);
  return [...lengths].sort((a, b) => a - b);
}
