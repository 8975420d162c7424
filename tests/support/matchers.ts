/** Test matchers: a refusal is judged by its code, a thrown error likewise; a bare `toThrow()` proves nothing. */
import { expect } from 'vitest';

interface CodeMatchers<R> {
  /** The value is a refusal `{ outcome: 'refused', code }` with this code. */
  toRefuse(code: string): R;
  /** The function throws, or the promise rejects with, one of our errors that has this code. */
  toFailWith(code: string): R extends Promise<unknown> ? R : R | Promise<R>;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter must repeat vitest's own declaration
  interface Matchers<T = any> extends CodeMatchers<T> {}
}

const ERROR_MARK = Symbol.for('@numbra/error');

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && ERROR_MARK in error
    ? String((error as { code?: unknown }).code)
    : `not ours: ${String(error)}`;

expect.extend({
  toRefuse(received: unknown, code: string) {
    const value = received as { outcome?: unknown; code?: unknown } | undefined;
    return {
      pass: value?.outcome === 'refused' && value.code === code,
      message: () => `expected a refusal ${code}, got ${JSON.stringify(received)}`,
    };
  },
  async toFailWith(received: unknown, code: string) {
    let got = 'nothing thrown';
    try {
      await (typeof received === 'function' ? received() : received);
    } catch (error) {
      got = codeOf(error);
    }
    return { pass: got === code, message: () => `expected ${code}, got ${got}` };
  },
});
