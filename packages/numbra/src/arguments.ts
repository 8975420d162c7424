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

/** One of a closed list of words. @throws `ERR_ARGUMENT` naming the words */
export function oneOf<W extends string>(words: readonly W[], text: string): W {
  const found = words.find((word) => word === text);
  if (found === undefined) throw fail('ERR_ARGUMENT', {}, { detail: `one of ${words.join(', ')}` });
  return found;
}

/** `attribute>=50000` and the like, as a selection's condition. */
export function condition(text: string, before: readonly SelectionCondition[] = []): readonly SelectionCondition[] {
  const match = /^([A-Za-z_][A-Za-z0-9_]{0,63})(>=|<=|=|>|<)(-?[0-9]{1,15}(?:\.[0-9]{1,6})?)$/.exec(text);
  if (!match) throw new InvalidArgumentError('A condition has the form attribute>=50000.');
  const [, attribute, op, value] = match as unknown as [string, string, SelectionCondition['op'], string];
  return [...before, { attribute, op, value: Number(value) }];
}

export interface SelectionCondition {
  readonly attribute: string;
  readonly op: '>=' | '<=' | '=' | '>' | '<';
  readonly value: number;
}
