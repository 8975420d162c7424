/**
 * The messages of blind matching, as bytes: what a message holds and how long it is follow from its kind and from the two counts that
 * were told first, so that parsing is a comparison of lengths.
 *
 *     kind(1) ‖ version(1) ‖ run(16) ‖ …
 *     commit     learner   count(4) ‖ root(32) ‖ SHA-256(info)(32)
 *     key        holder    count(4) ‖ public key(32)
 *     elements   learner   batch(4) ‖ blinded elements, 32 each
 *     received   holder    batch(4)
 *     list       learner   batch(4)
 *     tags       holder    batch(4) ‖ tags, 16 each
 *     evaluate   learner   batch(4)
 *     evaluated  holder    batch(4) ‖ evaluated elements, 32 each ‖ proof(64)
 *
 * @module
 */
import { fail } from '../errors.js';
import { join } from './transcript.js';

const KINDS = { commit: 1, elements: 2, list: 3, evaluate: 4, key: 17, received: 18, tags: 19, evaluated: 20 } as const;
export type MessageKind = keyof typeof KINDS;

const VERSION = 1;
export const RUN_BYTES = 16;
const HEADER_BYTES = 2 + RUN_BYTES;
export const COUNT_BYTES = 4;
export const HASH_BYTES = 32;
export const ELEMENT_BYTES = 32;
export const PROOF_BYTES = 64;
export const TAG_BYTES = 16;

/** Elements under one proof. */
export const BATCH_ELEMENTS = 256;
/** Tags in one message. */
export const BATCH_TAGS = 1_024;

/** No message of any kind is longer; a transport may cut off what is. */
export const LONGEST_MESSAGE = HEADER_BYTES + COUNT_BYTES + BATCH_TAGS * TAG_BYTES;

/** Writes a message. */
export function writeMessage(kind: MessageKind, run: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return join([Uint8Array.of(KINDS[kind], VERSION), run, ...parts]);
}

/** Which kind a message says it is. @throws `ERR_MATCH_MESSAGE` */
export function kindOf(message: Uint8Array): MessageKind {
  if (!(message instanceof Uint8Array)) throw fail('ERR_MATCH_MESSAGE');
  const kind = (Object.keys(KINDS) as MessageKind[]).find((name) => KINDS[name] === message[0]);
  if (kind === undefined || message[1] !== VERSION || message.length < HEADER_BYTES || message.length > LONGEST_MESSAGE)
    throw fail('ERR_MATCH_MESSAGE');
  return kind;
}

export function runOf(message: Uint8Array): Uint8Array {
  return Uint8Array.from(message.subarray(2, HEADER_BYTES));
}

/**
 * Takes the parts of a message that must have exactly these lengths.
 *
 * @throws `ERR_MATCH_MESSAGE`: it has others · `ERR_MATCH_TERMS`: it is of another run
 */
export function partsOfMessage(message: Uint8Array, run: Uint8Array | undefined, lengths: readonly number[]): Uint8Array[] {
  if (message.length !== lengths.reduce((sum, length) => sum + length, HEADER_BYTES)) throw fail('ERR_MATCH_MESSAGE');
  if (run !== undefined && !sameBytes(run, runOf(message))) throw fail('ERR_MATCH_TERMS');
  let at = HEADER_BYTES;
  return lengths.map((length) => {
    at += length;
    return Uint8Array.from(message.subarray(at - length, at));
  });
}

export function writeCount(count: number): Uint8Array {
  const bytes = new Uint8Array(COUNT_BYTES);
  new DataView(bytes.buffer).setUint32(0, count);
  return bytes;
}

export function readCount(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, COUNT_BYTES).getUint32(0);
}

/** How many of `total` lie in a batch. */
export function sizeOfBatch(batch: number, total: number, size: number): number {
  return Math.max(0, Math.min(size, total - batch * size));
}

/** Cuts bytes into pieces of one length. */
export function pieces(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: bytes.length / length }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}

/** Public bytes: their comparison may tell where they differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
