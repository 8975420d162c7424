/**
 * Hostile values and changes to good ones, as fast-check makes them.
 * @module
 */
import fc from 'fast-check';
import { MARK } from './world.js';

interface Edit {
  readonly kind: 'replace' | 'insert' | 'delete' | 'truncate' | 'append' | 'case' | 'double' | 'pad' | 'alphabet';
  readonly at: number;
  readonly text: string;
}

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'delete', 'truncate', 'append', 'case', 'double', 'pad', 'alphabet'),
  at: fc.nat(),
  text: fc.oneof(visible, fc.constantFrom('.', '=', '==', '-', '_', '+', '/', '%00', '%2e', MARK)),
});

function applied(text: string, { kind, at, text: more }: Edit): string {
  const i = text.length === 0 ? 0 : at % text.length;
  const [before, here, after] = [text.slice(0, i), text.charAt(i), text.slice(i + 1)];
  switch (kind) {
    case 'replace':
      return before + more + after;
    case 'insert':
      return before + more + here + after;
    case 'delete':
      return before + after;
    case 'truncate':
      return before;
    case 'append':
      return text + more;
    case 'case':
      return before + (here === here.toLowerCase() ? here.toUpperCase() : here.toLowerCase()) + after;
    case 'double':
      return text + text;
    case 'pad':
      return `${text}=`;
    case 'alphabet':
      return text.replaceAll('-', '+').replaceAll('_', '/');
    default:
      return kind satisfies never;
  }
}

/** One to three changes, as a function that never gives back what it got, nor nothing. */
export const change: fc.Arbitrary<(text: string) => string> = fc
  .array(edit, { minLength: 1, maxLength: 3 })
  .map((edits) => (text: string) => {
    const changed = edits.reduce(applied, text);
    return changed === text || changed === '' ? `${text}A` : changed;
  });

/** Text that a header can carry. */
export const line: fc.Arbitrary<string> = fc
  .array(fc.integer({ min: 0x21, max: 0x7e }), { minLength: 1, maxLength: 200 })
  .map((codes) => MARK + String.fromCharCode(...codes));

const deep = (depth: number): unknown => (depth === 0 ? MARK : [deep(depth - 1)]);

/** A JSON value that no claim of ours takes: of another type, or text that is no name. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, -1, 0.5, 1e300, '', ' ', [], {}, [[]], { sub: {} }, deep(12), deep(200), `${MARK}\u0000`),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => ` ${MARK}${text}`),
  fc.constantFrom(2_000, 60_000).map((length) => ` ${MARK.repeat(length / MARK.length)}`),
  fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 3 }).map((values) => [MARK, ...values]),
  fc.jsonValue({ maxDepth: 4 }).map((value) => ({ [MARK]: value })),
);
