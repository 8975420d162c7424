/**
 * Four tree nodes at once: SHA-256 (FIPS 180-4) of 0x01 ‖ left ‖ right in the lanes of WebAssembly SIMD. A node is so short that a call into
 * native code costs as much as the hash; four in one call take half the time of four native ones. Only for nodes: entries are long enough.
 *
 * It does not replace the caller's SHA-256 but is measured against it: lanes that give another hash, or an engine without SIMD, are not used.
 * The module is assembled here, 4 KB, so that there is no binary file that nobody can read.
 * @see https://csrc.nist.gov/pubs/fips/180-4/upd1/final
 * @module
 */
import { equal } from './bytes.js';
import { HASH_BYTES, nodeHash, type Sha256 } from './hash.js';

/** Nodes in one step. */
export const LANES = 4;

/** Memory: the caller's nodes from 0 on, then constants and working space. */
const NODES_SPACE = 16_640;
const K_AT = NODES_SPACE;
const IV_AT = K_AT + 256;
const STATE_AT = IV_AT + 64;
const W_AT = STATE_AT + 128;

export interface Lanes {
  /** Where nodes are put and found; `NODES_SPACE` bytes. */
  readonly memory: Uint8Array;
  /** Hashes `groups` × 4 pairs of hashes that begin at `from` into hashes that begin at `to`. */
  readonly hashPairs: (from: number, to: number, groups: number) => void;
}

/** First 32 bits of the fractional parts of the square (IV) and cube (K) roots of the first primes, § 4.2.2 and § 5.3.3. */
function fractions(count: number, root: (prime: number) => number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found.push(((root(n) % 1) * 2 ** 32) >>> 0);
  }
  return found;
}

// --- an assembler for what is needed here ---

type Code = readonly number[];
const code = (...parts: readonly (number | Code)[]): number[] => parts.flat();

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** LEB128, signed, for constants. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 0x7f;
    const done = (rest >> 7 === 0 && (low & 0x40) === 0) || (rest >> 7 === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const get = (local: number): Code => code(0x20, unsigned(local));
const set = (local: number): Code => code(0x21, unsigned(local));
const i32 = (value: number): Code => code(0x41, signed(value));
const ADD_I32 = 0x6a;
const simd = (opcode: number, ...more: readonly number[]): Code => code(0xfd, unsigned(opcode), more);
const load = (offset: number): Code => simd(0x00, 4, ...unsigned(offset));
const store = (offset: number): Code => simd(0x0b, 4, ...unsigned(offset));
const loadSplat = (offset: number): Code => simd(0x09, 2, ...unsigned(offset));
const loadLane = (offset: number, lane: number): Code => simd(0x56, 0, ...unsigned(offset), lane);
const storeLane = (offset: number, lane: number): Code => simd(0x5a, 0, ...unsigned(offset), lane);
const splat = (value: number): Code => code(i32(value), simd(0x11));
/** Big-endian words to the machine's, or back. */
const swapped = (local: number): Code => code(get(local), get(local), simd(0x0d, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
const OR = simd(0x50);
const XOR = simd(0x51);
const SELECT = simd(0x52);
const SHL = simd(0xab);
const SHR = simd(0xad);
const ADD = simd(0xae);
const shift = (local: number, by: number): Code => code(get(local), i32(by), SHR);
const rotate = (local: number, by: number): Code => code(shift(local, by), get(local), i32(32 - by), SHL, OR);
/** Σ of three rotations, or of two and a shift (σ). */
const sigma = (local: number, a: number, b: number, c: number, last: typeof rotate): Code =>
  code(rotate(local, a), rotate(local, b), XOR, last(local, c), XOR);
/** Repeats while `local`, stepped by `step`, is below `limit`. */
const loop = (local: number, step: number, limit: number, body: Code): Code =>
  code(0x03, 0x40, body, get(local), i32(step), ADD_I32, 0x22, unsigned(local), i32(limit), 0x49, 0x0d, 0, 0x0b);

const I32 = 0x7f;
const V128 = 0x7b;

/** Function 0: one block. W[0…15] is in memory; the state there is updated. § 6.2.2. */
function compress(): number[] {
  const [at, k, a, x] = [0, 1, 2, 10];
  const schedule = code(
    i32(256),
    set(at),
    loop(
      at,
      16,
      1_024,
      code(
        code(get(at), load(W_AT - 240), set(x), get(at)),
        code(get(at), load(W_AT - 256), sigma(x, 7, 18, 3, shift), ADD, get(at), load(W_AT - 112), ADD),
        code(get(at), load(W_AT - 32), set(x), sigma(x, 17, 19, 10, shift), ADD, store(W_AT)),
      ),
    ),
  );
  const rounds = Array.from({ length: 8 }, (_, round) => {
    // The eight variables change their names by one each round, and after eight are back.
    const v = (letter: number): number => a + ((letter - round + 8) % 8);
    const [A, B, C, D, E, F, G, H] = [0, 1, 2, 3, 4, 5, 6, 7].map(v) as [number, number, number, number, number, number, number, number];
    return code(
      code(get(H), sigma(E, 6, 11, 25, rotate), ADD, get(F), get(G), get(E), SELECT, ADD),
      code(get(k), loadSplat(K_AT + 4 * round), ADD, get(at), load(W_AT + 16 * round), ADD, set(x)),
      code(get(D), get(x), ADD, set(D)),
      // Majority: where a and b differ, c decides.
      code(get(x), sigma(A, 2, 13, 22, rotate), ADD, get(C), get(B), get(A), get(B), XOR, SELECT, ADD, set(H)),
    );
  }).flat();
  const state = [0, 1, 2, 3, 4, 5, 6, 7];
  return code(
    schedule,
    state.flatMap((i) => code(i32(0), load(STATE_AT + 16 * i), set(a + i))),
    code(i32(0), set(at), i32(0), set(k)),
    loop(at, 128, 1_024, code(rounds, get(k), i32(32), ADD_I32, set(k))),
    state.flatMap((i) => code(i32(0), get(a + i), i32(0), load(STATE_AT + 16 * i), ADD, store(STATE_AT + 16 * i))),
  );
}

/** Function 1: `groups` times four nodes. The message is 65 bytes, so its words lie one byte off those of the pair. */
function hashPairs(): number[] {
  const [from, to, groups, x] = [0, 1, 2, 3];
  const call = [0x10, 0];
  const lanes = Array.from({ length: LANES }, (_, lane) => lane);
  const gather = (offset: number): Code =>
    code(
      splat(0),
      set(x),
      lanes.flatMap((lane) => code(get(from), get(x), loadLane(64 * lane + offset, lane), set(x))),
      swapped(x),
    );
  const word = (i: number, value: Code): Code => code(i32(0), value, store(W_AT + 16 * i));
  const words = Array.from({ length: 15 }, (_, i) => word(i + 1, gather(4 * (i + 1) - 1))).flat();
  const state = [0, 1, 2, 3, 4, 5, 6, 7];
  const group = code(
    state.flatMap((i) => code(i32(0), i32(0), loadSplat(IV_AT + 4 * i), store(STATE_AT + 16 * i))),
    code(word(0, code(gather(0), i32(8), SHR, splat(0x01000000), OR)), words, call),
    word(0, code(gather(60), i32(24), SHL, splat(0x00800000), OR)),
    Array.from({ length: 14 }, (_, i) => word(i + 1, splat(0))).flat(),
    code(word(15, splat(8 * 65)), call),
    state.flatMap((i) =>
      code(
        code(i32(0), load(STATE_AT + 16 * i), set(x), swapped(x), set(x)),
        lanes.flatMap((lane) => code(get(to), get(x), storeLane(HASH_BYTES * lane + 4 * i, lane))),
      ),
    ),
    code(get(from), i32(64 * LANES), ADD_I32, set(from), get(to), i32(HASH_BYTES * LANES), ADD_I32, set(to)),
  );
  // Counts down: `groups` is stepped by −1 until it is no longer above 0.
  return code(0x03, 0x40, group, get(groups), i32(-1), ADD_I32, 0x22, groups, 0x0d, 0, 0x0b);
}

const vector = (items: readonly Code[]): Code => code(unsigned(items.length), items.flat());
const section = (id: number, body: Code): Code => code(id, unsigned(body.length), body);
const name = (text: string): Code =>
  code(
    unsigned(text.length),
    [...text].map((c) => c.charCodeAt(0)),
  );
const functionBody = (locals: Code, body: Code): Code => {
  const whole = code(locals, body, 0x0b);
  return code(unsigned(whole.length), whole);
};

function assemble(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    code(
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, vector([code(0x60, 0, 0), code(0x60, 3, I32, I32, I32, 0)])),
      section(3, vector([[0], [1]])),
      section(5, vector([[0, 1]])),
      section(7, vector([code(name('m'), 2, 0), code(name('p'), 0, 1)])),
      section(10, vector([functionBody(code(2, 2, I32, 9, V128), compress()), functionBody(code(1, 1, V128), hashPairs())])),
    ),
  );
}

/** The part of WebAssembly's interface that is used; it is the same in Node and browsers. */
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/**
 * Makes lanes that agree with the given SHA-256.
 *
 * @returns `undefined` where SIMD is missing or forbidden, or where the lanes give another hash
 */
export function createLanes(sha: Sha256): Lanes | undefined {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyLike }).WebAssembly;
    const { m, p } = new Instance(new Module(assemble())).exports as { m: { buffer: ArrayBuffer }; p: Lanes['hashPairs'] };
    const words = new DataView(m.buffer);
    for (const [i, value] of fractions(64, Math.cbrt).entries()) words.setUint32(K_AT + 4 * i, value, true);
    for (const [i, value] of fractions(8, Math.sqrt).entries()) words.setUint32(IV_AT + 4 * i, value, true);
    const lanes: Lanes = { memory: new Uint8Array(m.buffer, 0, NODES_SPACE), hashPairs: p };
    return agrees(lanes, sha) ? lanes : undefined;
  } catch {
    return undefined;
  }
}

function agrees({ memory, hashPairs: run }: Lanes, sha: Sha256): boolean {
  const size = 2 * HASH_BYTES * LANES;
  for (let i = 0; i < size; i++) memory[i] = (i * 151 + 7) & 0xff;
  run(0, size, 1);
  return Array.from({ length: LANES }, (_, lane) => {
    const left = memory.subarray(2 * lane * HASH_BYTES, (2 * lane + 1) * HASH_BYTES);
    const right = memory.subarray((2 * lane + 1) * HASH_BYTES, (2 * lane + 2) * HASH_BYTES);
    return equal(nodeHash(sha, left, right), memory.subarray(size + lane * HASH_BYTES, size + (lane + 1) * HASH_BYTES));
  }).every(Boolean);
}
