/**
 * The code of the decoys: which of the bank's own lines stand on which vendor's lists. A Tardos code (2003) with two biases, used by
 * sightings only: a leaker may drop rows, so a line that is not seen proves nothing.
 *
 * The code is drawn by HMAC and kept nowhere: who has bank key `decoys` can draw it again, and nobody else can tell a decoy.
 * @module
 * @see https://doi.org/10.1145/780542.780561
 */
import { createHmac } from 'node:crypto';
import { fail } from '../errors.js';
import { type Name, parseName } from '../identifiers/name.js';

const KEY_BYTES = 32;
/** Of three lines two stand on one list of ten, where few vendors leaked together; the third on every second, for one who leaked alone. */
const BIASES = [1 / 10, 1 / 10, 1 / 2] as const;
/** A fraction of 48 bits is far finer than any bias. */
const DRAW_BYTES = 6;

/**
 * The share of vendors whose lists carry a line.
 *
 * @param line - counted from 0
 */
export function biasOf(line: number): number {
  return BIASES[line % BIASES.length] as number;
}

/** Says which lists carry which lines. */
export interface DecoyCode {
  /** Whether this vendor's lists carry this line: the same whenever it is asked. Throws `ERR_NAME_INVALID`, `ERR_DECOY_LINE`. */
  carries(vendor: Name, line: number): boolean;
  /** The lines, of the first `count`, that this vendor's lists carry; ascending. */
  linesOf(vendor: Name, count: number): number[];
  /** Wipes the key. */
  close(): void;
}

/**
 * @param key - bank key `decoys`, 32 bytes; copied
 * @throws `ERR_KEY_LENGTH`
 */
export function createDecoyCode(key: Uint8Array): DecoyCode {
  if (key.length !== KEY_BYTES) throw fail('ERR_KEY_LENGTH');
  const own = Uint8Array.from(key);
  let closed = false;
  const carries = (vendor: Name, line: number): boolean => {
    if (closed) throw fail('ERR_CLOSED');
    if (parseName(vendor) !== vendor) throw fail('ERR_NAME_INVALID');
    if (!Number.isSafeInteger(line) || line < 0) throw fail('ERR_DECOY_LINE');
    const drawn = createHmac('sha256', own).update(`numbra/v1/decoy\x1f${vendor}\x1f${line}`).digest().readUIntBE(0, DRAW_BYTES);
    return drawn < biasOf(line) * 2 ** (8 * DRAW_BYTES);
  };
  return {
    carries,
    linesOf(vendor, count) {
      const lines: number[] = [];
      for (let line = 0; line < count; line++) if (carries(vendor, line)) lines.push(line);
      return lines;
    },
    close() {
      closed = true;
      own.fill(0);
    },
  };
}
