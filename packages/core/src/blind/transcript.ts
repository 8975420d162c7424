/**
 * How RFC 9497 writes what it hashes: byte strings with their length in front, labels without.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9497#section-3
 */
import { fail } from '../errors.js';
import type { BlindSuite } from './group.js';

/** A mode of RFC 9497: unproved, proved, proved and bound to a public text. */
export type BlindMode = 'oprf' | 'voprf' | 'poprf';

const MODE_BYTE = { oprf: 0, voprf: 1, poprf: 2 } as const satisfies Record<BlindMode, number>;

/** Inputs and `info` carry their length in two bytes. */
const LONGEST = 0xffff;

const utf8 = new TextEncoder();

export const label = (text: string): Uint8Array => utf8.encode(text);

/** `"OPRFV1-" ‖ mode ‖ "-" ‖ suite` (§ 3.1). */
export function contextString(suite: BlindSuite, mode: BlindMode): Uint8Array {
  return join([label('OPRFV1-'), Uint8Array.of(MODE_BYTE[mode]), label(`-${suite}`)]);
}

/** A byte string with its length in front. */
export function sized(bytes: Uint8Array): Uint8Array {
  return join([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** @throws `ERR_BLIND_INPUT`: longer than two bytes can say */
export function checkInput(bytes: Uint8Array, row?: number): Uint8Array {
  if (bytes.length > LONGEST) throw fail('ERR_BLIND_INPUT', row === undefined ? {} : { row });
  return bytes;
}
