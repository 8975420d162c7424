/**
 * Text inside text: base64 and base64url at any alignment, and hexadecimal.
 * Whatever decodes to something readable is handed to the caller, who scans it as it scans everything.
 *
 * Not undone: compression, encryption, and codes of one's own. Nobody who wants to hide a number is stopped by a scanner.
 * @module
 */
import type { Work } from './finding.js';

/** A decoded piece, and where in the text it came from. */
export interface Decoded {
  readonly text: string;
  /** Start and end, in the original text, of what made each UTF-16 code unit; one pair for all when `isWhole`. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly isWhole: boolean;
}

/** Seven digits in base64 are ten characters, in hexadecimal fourteen. */
const SHORTEST_BASE64 = 8;
const SHORTEST_HEX = 12;
/** A readable piece is worth scanning when it has so many digits, or so many bytes beyond ASCII, or an at sign. */
const FEWEST_DIGITS = 6;
const FEWEST_WIDE_BYTES = 6;
const SHORTEST_PIECE = 6;
/** So many readable bytes are no accident, and may be an encoding again. */
const LONG_PIECE = 12;

const NOT_BASE64 = 255;
const BASE64 = new Uint8Array(128).fill(NOT_BASE64);
for (const [i, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  BASE64[character.charCodeAt(0)] = i;
}
BASE64['-'.charCodeAt(0)] = 62;
BASE64['_'.charCodeAt(0)] = 63;

const NOT_HEX = 255;
const HEX = new Uint8Array(128).fill(NOT_HEX);
for (const [i, character] of [...'0123456789abcdef'].entries()) {
  HEX[character.charCodeAt(0)] = i;
  HEX[character.toUpperCase().charCodeAt(0)] = i;
}

/** Traits of the characters of a run, as bits. */
const IN_RUN = 1;
const IS_CAPITAL = 2;
const IS_BEYOND_HEX = 4;
const RUN_TRAITS = new Uint8Array(0x10000);
for (let code = 0; code < 128; code++) {
  if (BASE64[code] === NOT_BASE64) continue;
  RUN_TRAITS[code] = IN_RUN | (code >= 0x41 && code <= 0x5a ? IS_CAPITAL : 0) | (HEX[code] === NOT_HEX ? IS_BEYOND_HEX : 0);
}

/**
 * Finds the readable pieces of a text's base64 and hexadecimal runs.
 *
 * @param codes - the text's code units, and a zero after them
 */
export function decodeRuns(codes: Uint16Array, work: Work): Decoded[] {
  const found: Decoded[] = [];
  const pairs = new SpacedPairs(codes, found, work);
  for (let i = 0; i < codes.length; i++) {
    if (RUN_TRAITS[codes[i] as number] === 0) continue;
    const start = i;
    const first = RUN_TRAITS[codes[i] as number] as number;
    // A capital at the beginning is a sentence's; base64 of text has them all over.
    let seen = first & ~IS_CAPITAL;
    i += 1;
    for (let traits = RUN_TRAITS[codes[i] as number] as number; traits !== 0; traits = RUN_TRAITS[codes[++i] as number] as number)
      seen |= traits;
    decodeRun(codes, start, i, seen, found, work);
    pairs.addRun(start, i);
  }
  pairs.flush();
  work.steps += codes.length;
  return found;
}

function decodeRun(codes: Uint16Array, start: number, end: number, seen: number, found: Decoded[], work: Work): void {
  const length = end - start;
  if (length < SHORTEST_BASE64) return;
  if (scratch.length < length) scratch = new Uint8Array(length * 2);
  if ((seen & IS_CAPITAL) !== 0) {
    const offsets = readableOffsets(codes, start, end);
    for (let offset = 0; offset < 4; offset++) {
      if ((offsets & (1 << offset)) !== 0) readable(base64Bytes(codes, start + offset, end), start, end, found, work);
    }
    work.steps += length;
  }
  if ((seen & IS_BEYOND_HEX) === 0 && length >= SHORTEST_HEX) {
    for (let offset = 0; offset < 2; offset++) readable(hexBytes(codes, start + offset, end), start, end, found, work);
  }
}

const NEITHER = 0;
const ASCII_QUAD = 1;
/** Quads of characters of three bytes each (Chinese, full width), by which of a character's bytes comes first. */
const WIDE_QUADS = [2, 3, 4] as const;

/** What a quad may be by its first two characters' values, 64 × 64: most are nothing, and one look tells. */
const PAIRS = new Uint8Array(64 * 64);
for (let a = 0; a < 64; a++) for (let b = 0; b < 64; b++) PAIRS[a * 64 + b] = quadByPair(a, b);

function quadByPair(a: number, b: number): number {
  const second = b & 15;
  if (a >= 8 && a < 32) return second >= 2 && second <= 7 ? ASCII_QUAD : NEITHER;
  if (a >> 2 === 14) return second >> 2 === 2 ? WIDE_QUADS[0] : NEITHER;
  if (a >> 4 !== 2) return NEITHER;
  return second >> 2 === 2 ? WIDE_QUADS[1] : second === 14 ? WIDE_QUADS[2] : NEITHER;
}

/**
 * At which of the four alignments a base64 run may decode to text, as bits: three quads in a row that make printable ASCII, or two that
 * make Chinese characters at the same phase. Of random base64 few runs pass, so that a list of tokens costs no decoding.
 */
function readableOffsets(codes: Uint16Array, start: number, end: number): number {
  let offsets = 0;
  // What the quads beginning at the last eight places were, three bits each.
  let recent = 0;
  let pair = BASE64[codes[start] as number] as number;
  for (let i = start; i + 4 <= end; i++) {
    pair = ((pair << 6) | (BASE64[codes[i + 1] as number] as number)) & 4095;
    const maybe = PAIRS[pair] as number;
    const quad = maybe !== NEITHER && isQuad(maybe, codes, i + 2) ? maybe : NEITHER;
    if (quad !== NEITHER && ((recent >>> 9) & 7) === quad && (quad !== ASCII_QUAD || ((recent >>> 21) & 7) === ASCII_QUAD)) {
      offsets |= 1 << ((i - start) & 3);
    }
    recent = (recent << 3) | quad;
  }
  return offsets;
}

/** Whether a quad's last two characters, at `i`, make it what its first two promise. */
function isQuad(quad: number, codes: Uint16Array, i: number): boolean {
  const low = (BASE64[codes[i] as number] as number) & 3;
  if (quad !== ASCII_QUAD) return low === (quad === WIDE_QUADS[1] ? 3 : 2);
  const third = (low << 6) | (BASE64[codes[i + 1] as number] as number);
  return third >= 0x20 && third < 0x7f;
}

/** Pairs of hexadecimal digits with one or two signs between them: `31 33 38`, `31:33:38`, `31-33-38`, `0x31, 0x33`. */
class SpacedPairs {
  readonly #codes: Uint16Array;
  readonly #found: Decoded[];
  readonly #work: Work;
  #bytes: number[] = [];
  #start = 0;
  #end = 0;

  constructor(codes: Uint16Array, found: Decoded[], work: Work) {
    this.#codes = codes;
    this.#found = found;
    this.#work = work;
  }

  /** Takes the next run of the text: a pair, pairs joined by hyphens, or something that ends the pairs before it. */
  addRun(start: number, end: number): void {
    const length = end - start;
    if (length === 2) this.#addPair(start, start);
    else if (length === 4 && this.#codes[start] === 0x30 && ((this.#codes[start + 1] as number) | 0x20) === 0x78)
      this.#addPair(start, start + 2);
    else if (length % 3 === 2 && length >= 3 * SHORTEST_PIECE - 1 && HEX_SIGNS.has(this.#codes[start + 2] as number)) {
      for (let at = start; at < end; at += 3) this.#addPair(at, at);
    } else this.flush();
  }

  #addPair(start: number, at: number): void {
    const high = hexAt(this.#codes, at);
    const low = hexAt(this.#codes, at + 1);
    if (high === NOT_HEX || low === NOT_HEX) {
      this.flush();
      return;
    }
    if (this.#bytes.length > 0 && start - this.#end > 2) this.flush();
    if (this.#bytes.length === 0) this.#start = start;
    this.#bytes.push(high * 16 + low);
    this.#end = at + 2;
  }

  flush(): void {
    if (this.#bytes.length >= SHORTEST_PIECE) readable(Uint8Array.from(this.#bytes), this.#start, this.#end, this.#found, this.#work);
    if (this.#bytes.length > 0) this.#bytes = [];
  }
}

/** Signs of base64's alphabet that also stand between pairs. */
const HEX_SIGNS = new Set(Array.from('-_/+', (sign) => sign.charCodeAt(0)));

function hexAt(codes: Uint16Array, at: number): number {
  const code = codes[at] as number;
  return code < 128 ? (HEX[code] as number) : NOT_HEX;
}

/** Decoded bytes of the run at hand; what is kept of them is copied into a string at once. */
let scratch = new Uint8Array(1 << 12);

function base64Bytes(codes: Uint16Array, start: number, end: number): Uint8Array {
  const bytes = scratch;
  let bits = 0;
  let held = 0;
  let count = 0;
  for (let i = start; i < end; i++) {
    held = (held << 6) | (BASE64[codes[i] as number] as number);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[count++] = held >> bits;
    held &= (1 << bits) - 1;
  }
  return bytes.subarray(0, count);
}

function hexBytes(codes: Uint16Array, start: number, end: number): Uint8Array {
  const count = (end - start) >> 1;
  for (let i = 0; i < count; i++) scratch[i] = hexAt(codes, start + 2 * i) * 16 + hexAt(codes, start + 2 * i + 1);
  return scratch.subarray(0, count);
}

/** Adds the stretches of bytes that are printable UTF-8 and hold what an identifier is made of. */
function readable(bytes: Uint8Array, start: number, end: number, found: Decoded[], work: Work): void {
  let from = 0;
  let digits = 0;
  let wide = 0;
  let signs = 0;
  for (let i = 0; i <= bytes.length; ) {
    const length = i < bytes.length ? characterLength(bytes, i) : 0;
    if (length > 0) {
      const byte = bytes[i] as number;
      if (byte >= 0x30 && byte <= 0x39) digits += 1;
      else if (length > 1) wide += length;
      else if (byte === 0x40) signs += 1;
      i += length;
      continue;
    }
    if (i - from >= LONG_PIECE || (i - from >= SHORTEST_PIECE && (digits >= FEWEST_DIGITS || wide >= FEWEST_WIDE_BYTES || signs > 0))) {
      found.push({
        text: Buffer.from(bytes.buffer, bytes.byteOffset + from, i - from).toString('utf8'),
        from: Uint32Array.of(start),
        to: Uint32Array.of(end),
        isWhole: true,
      });
    }
    i += 1;
    from = i;
    digits = 0;
    wide = 0;
    signs = 0;
  }
  work.steps += bytes.length;
}

/** Bytes of the printable character at `i`, or 0 when there is none. */
function characterLength(bytes: Uint8Array, i: number): number {
  const byte = bytes[i] as number;
  if (byte < 0x80) return byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d ? (byte === 0x7f ? 0 : 1) : 0;
  const length = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
  if (length === 0 || byte > 0xf4 || i + length > bytes.length) return 0;
  for (let k = 1; k < length; k++) if (((bytes[i + k] as number) & 0xc0) !== 0x80) return 0;
  return length;
}
