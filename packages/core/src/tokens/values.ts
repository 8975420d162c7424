/**
 * Values of a column as the packers read them.
 * @module
 */

/** Values are read in whole words, which may reach past either end of a value. */
export const SLACK = 32;

/** Values on their way in and out. */
export interface Values {
  /** Values as they come in, `SLACK` bytes before and after them. */
  readonly input: Buffer;
  /** Where each value begins, and where the last one ends, counted from anywhere: the first one begins at `SLACK`. */
  readonly offsets: Uint32Array;
  /** Opened values as text, 16 bytes apart. */
  readonly output: Buffer;
  /** Where each opened value lies in `output`. An end of 0: the row did not open, or lies elsewhere. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}
