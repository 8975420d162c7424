/**
 * The wrapper that every raw phone, account or ID number lives in. It prints, inspects, logs and serialises as
 * `[redacted]`, and hands its value only to a callback, so that a raw value never leaves by accident.
 *
 * Not encryption: the value lies in memory in clear. At rest, values are sealed (tokens/aes-siv.ts).
 * @module
 */

/** A registered symbol, so that a second installed copy of this package recognises our wrappers, and the guard is not blinded. */
const MARK = Symbol.for('@numbra/sensitive');
const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const REDACTED = '[redacted]';

/** A raw value that may be used but not seen. */
export class Sensitive<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /**
   * Hands the raw value to `work` and returns what `work` returns. The one way to the value.
   *
   * @param work - must not keep, log or return the value itself
   */
  use<R>(work: (value: T) => R): R {
    return work(this.#value);
  }

  get [MARK](): true {
    return true;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}

/** Whether a value is one of our wrappers, of whichever installed copy. */
export function isSensitive(value: unknown): value is Sensitive<unknown> {
  return typeof value === 'object' && value !== null && MARK in value;
}
