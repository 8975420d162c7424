/**
 * Workspace: the arrays that a batch of short tokens passes through, made once and used by every scope. They fit the processor's
 * second cache together, which is why a batch is cut into chunks of 1,024. Work on them is synchronous and leaves them wiped.
 * @module
 */
import { BLOCK_BYTES } from './block-cipher.js';
import { createFrames, type Frames } from './frames.js';
import { createIdPacker, type IdPacker } from './pack-ids.js';
import { createPhonePacker, type PhonePacker } from './pack-phones.js';
import { SLACK, type Values } from './values.js';

/** Tokens that go through the cipher together. */
export const CHUNK = 1024;
/** The longest value that a short token holds: 24 digits. */
export const VALUE_BYTES = 24;
/** The longest value that is unpacked in words: the sixteen digits that a phone has with its leading zeros. */
export const OUTPUT_BYTES = 16;
export const WORDS = BLOCK_BYTES / 4;

/** Whether a word lies in memory as it lies in a token. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** `CHUNK` blocks, as the cipher and as arithmetic see them. */
export interface Blocks {
  readonly words: Int32Array;
  readonly bytes: Buffer;
  /** The first block: a view is kept, because making one costs as much as ten tokens of a batch. */
  readonly one: Uint8Array;
}

export interface Workspace extends Values {
  /** Up to where `input` was written. */
  used: number;
  /** Into the pass under the first key (S2V): plaintexts, xor what S2V adds to them. */
  readonly mac: Blocks;
  /** Into the pass under the second key (CTR). On sealing it is where the first pass leaves the SIVs. */
  readonly counter: Blocks;
  /** Out of the last pass. */
  readonly stream: Blocks;
  /** After opening: 0 where the token is genuine. */
  readonly verdicts: Int32Array;
  readonly frames: Frames;
  readonly ids: IdPacker;
  readonly phones: PhonePacker;
}

let workspace: Workspace | undefined;

export function useWorkspace(): Workspace {
  workspace ??= createWorkspace();
  return workspace;
}

/** The first `count` blocks. */
export function firstBlocks(blocks: Blocks, count: number): Uint8Array {
  if (count === CHUNK) return blocks.bytes;
  return count === 1 ? blocks.one : blocks.bytes.subarray(0, BLOCK_BYTES * count);
}

/** Overwrites what a batch of `count` left: values, plaintexts, and what would give them away. */
export function wipe(work: Workspace, count: number): void {
  work.mac.words.fill(0, 0, WORDS * count);
  work.stream.words.fill(0, 0, WORDS * count);
  // A batch was either sealed, from `input`, or opened, into `output`.
  if (work.used > 0) work.input.fill(0, 0, work.used);
  else work.output.fill(0, 0, OUTPUT_BYTES * count);
  work.used = 0;
}

function createWorkspace(): Workspace {
  const values: Values = {
    input: buffer(VALUE_BYTES * CHUNK + 2 * SLACK),
    offsets: new Uint32Array(CHUNK + 1),
    output: buffer(OUTPUT_BYTES * CHUNK),
    starts: new Uint32Array(CHUNK),
    ends: new Uint32Array(CHUNK),
  };
  const mac = blocks();
  const counter = blocks();
  const stream = blocks();
  const verdicts = new Int32Array(CHUNK);
  const frames = createFrames(CHUNK, mac.words, counter.words, stream.words, verdicts);
  return {
    ...values,
    used: 0,
    mac,
    counter,
    stream,
    verdicts,
    frames,
    ids: createIdPacker(values, mac.words, verdicts),
    phones: createPhonePacker(values, frames, mac.words, verdicts),
  };
}

function blocks(): Blocks {
  const bytes = buffer(BLOCK_BYTES * CHUNK);
  return { bytes, words: new Int32Array(bytes.buffer), one: bytes.subarray(0, BLOCK_BYTES) };
}

/** A Buffer with an array of its own: Node's pool is shared with everything else. */
function buffer(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes));
}
