/**
 * Parsers of command-line arguments. Each names the option that is wrong, never what was typed.
 * @module
 */
import { InvalidArgumentError } from 'commander';
import { fail } from './errors.js';

export function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number is needed.');
  return Number(text);
}

/** A moment, ISO 8601. */
export function instant(text: string): Date {
  const at = new Date(text);
  if (!DATE.test(text) || Number.isNaN(at.getTime())) throw new InvalidArgumentError('A time has the form 2026-12-31T18:00:00+08:00.');
  return at;
}

/** One of a closed list of words. @throws `ERR_ARGUMENT` naming the words */
export function oneOf<W extends string>(words: readonly W[], text: string): W {
  const found = words.find((word) => word === text);
  if (found === undefined) throw fail('ERR_ARGUMENT', {}, { detail: `one of ${words.join(', ')}` });
  return found;
}

const DATE = /^[0-9]{4}-/;

/** `attribute>=50000`, `matures_on<2026-12-15` and the like, as a selection's condition. */
export function condition(text: string, before: readonly SelectionCondition[] = []): readonly SelectionCondition[] {
  const match = /^([A-Za-z_][A-Za-z0-9_]{0,63})(>=|<=|=|>|<)(-?[0-9]{1,15}(?:\.[0-9]{1,6})?|[0-9]{4}-[0-9]{2}-[0-9]{2})$/.exec(text);
  if (!match) throw new InvalidArgumentError('A condition has the form attribute>=50000, or attribute<2026-12-15 for a date.');
  const [, attribute, op, value] = match as unknown as [string, string, SelectionCondition['op'], string];
  return [...before, { attribute, op, value: DATE.test(value) ? value : Number(value) }];
}

export interface SelectionCondition {
  readonly attribute: string;
  readonly op: '>=' | '<=' | '=' | '>' | '<';
  /** A number, or a date as text: YYYY-MM-DD. */
  readonly value: number | string;
}
