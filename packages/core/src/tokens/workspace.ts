/**
 * Workspace: the arrays that a batch of short tokens passes through, made once and used by every scope. They fit the processor's
 * second cache together, which is why a batch is cut into chunks of 1,024. Work on them is synchronous and leaves them wiped.
 * @module
 */
import { BLOCK_BYTES } from './block-cipher.js';
import { createFrames, type Frames } from './frames.js';

/** Tokens that go through the cipher together. */
export const CHUNK = 1024;
/** Values are read in whole words, which may reach past either end of a value. */
export const SLACK = 32;
/** The longest value that a short token holds: 24 digits. */
export const VALUE_BYTES = 24;
export const WORDS = BLOCK_BYTES / 4;

/** `CHUNK` blocks, as the cipher and as arithmetic see them. */
export interface Blocks {
  readonly words: Int32Array;
  readonly bytes: Buffer;
}

export interface Workspace {
  /** Values as they come in, `SLACK` bytes before and after them. */
  readonly input: Buffer;
  readonly inputView: DataView;
  /** Up to where `input` was written. */
  used: number;
  /** Where each value begins in `input`, and where the last one ends. */
  readonly offsets: Uint32Array;
  /** Where each opened value lies in `output`; an end of 0 stands for a row that did not open. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Into and out of the pass under the first key (S2V). */
  readonly mac: Blocks;
  readonly vector: Blocks;
  /** Into and out of the pass under the second key (CTR). */
  readonly counter: Blocks;
  readonly stream: Blocks;
  readonly frames: Frames;
  /** After opening: 0 where the token is genuine. */
  readonly verdicts: Int32Array;
  /** Opened values as text, `VALUE_BYTES` apart. */
  readonly output: Buffer;
  readonly outputView: DataView;
}

let workspace: Workspace | undefined;

export function useWorkspace(): Workspace {
  workspace ??= createWorkspace();
  return workspace;
}

/** Whether a word lies in memory as it lies in a token. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The first `count` blocks. Views are kept for the two usual counts, because making one costs as much as ten tokens. */
export function firstBlocks(blocks: Blocks, count: number): Uint8Array {
  return count === CHUNK ? blocks.bytes : blocks.bytes.subarray(0, BLOCK_BYTES * count);
}

/** Overwrites what a batch of `count` left: values as they came in, plaintexts, and what would give them away. */
export function wipe(work: Workspace, count: number): void {
  work.mac.words.fill(0, 0, WORDS * count);
  work.stream.words.fill(0, 0, WORDS * count);
  work.output.fill(0, 0, VALUE_BYTES * count);
  work.input.fill(0, 0, work.used);
  work.used = 0;
}

function createWorkspace(): Workspace {
  const blocks = (): Blocks => {
    const bytes = buffer(BLOCK_BYTES * CHUNK);
    return { bytes, words: new Int32Array(bytes.buffer) };
  };
  const input = buffer(VALUE_BYTES * CHUNK + 2 * SLACK);
  const output = buffer(VALUE_BYTES * CHUNK);
  const [mac, vector, counter, stream] = [blocks(), blocks(), blocks(), blocks()];
  const verdicts = new Int32Array(CHUNK);
  return {
    input,
    inputView: new DataView(input.buffer),
    used: 0,
    offsets: new Uint32Array(CHUNK + 1),
    starts: new Uint32Array(CHUNK),
    ends: new Uint32Array(CHUNK),
    mac,
    vector,
    counter,
    stream,
    frames: createFrames(CHUNK, mac.words, vector.words, stream.words, verdicts),
    verdicts,
    output,
    outputView: new DataView(output.buffer),
  };
}

/** A Buffer with an array of its own: Node's pool is shared with everything else. */
const buffer = (bytes: number): Buffer => Buffer.from(new ArrayBuffer(bytes));
