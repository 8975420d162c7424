/**
 * Canonical JSON, RFC 8785 (JCS): one spelling for one value, so that its hash means something.
 * For entries there are writers with their keys sorted beforehand (`entry.ts`), which are faster.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 * @module
 */
import { fail } from './errors.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Deeper values are refused, so that hostile input cannot exhaust the stack. */
const MAX_DEPTH = 64;

/**
 * The canonical text of a value.
 *
 * @param value - plain objects, arrays, strings, finite numbers, booleans, null; members that are `undefined` are left out
 * @throws `ERR_JSON_NOT_CANONICAL`: anything else, a lone surrogate, or more than 64 levels
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw fail('ERR_JSON_NOT_CANONICAL', {}, 'more than 64 levels');
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'number':
      // § 3.2.2.3: ECMAScript's own number format; −0 becomes 0.
      if (!Number.isFinite(value)) throw fail('ERR_JSON_NOT_CANONICAL', {}, 'a number that is not finite');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object': {
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
      const prototype = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) throw fail('ERR_JSON_NOT_CANONICAL', {}, 'not a plain object');
      const members = value as Record<string, unknown>;
      // § 3.2.3: sorted by UTF-16 code units, which is what sort() does without a comparer.
      const names = Object.keys(members)
        .filter((name) => members[name] !== undefined)
        .sort();
      return `{${names.map((name) => `${writeText(name)}:${write(members[name], depth + 1)}`).join(',')}}`;
    }
    default:
      throw fail('ERR_JSON_NOT_CANONICAL', {}, `a ${typeof value}`);
  }
}

function writeText(text: string): string {
  // § 3.2.2.2: lone surrogates are an error; JSON.stringify would escape them.
  if (/\p{Surrogate}/u.test(text)) throw fail('ERR_JSON_NOT_CANONICAL', {}, 'a lone surrogate');
  return JSON.stringify(text);
}

/**
 * Reads canonical JSON and nothing else: no other order, spacing, number format or escape, no repeated member.
 *
 * @throws `ERR_JSON_NOT_CANONICAL`
 */
export function parseCanonicalJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw fail('ERR_JSON_NOT_CANONICAL', {}, 'not JSON');
  }
  if (canonicalJson(value) !== text) throw fail('ERR_JSON_NOT_CANONICAL');
  return value;
}
