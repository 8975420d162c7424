/**
 * The egress guard over a finished list: the very lines that will be delivered. A line is two tokens of ours, by their strict spelling, and
 * a rest; what the rests say is looked through for raw identifiers, those of the list's own customers among them.
 * @module
 */
import { decodeToken, type Phone, Sensitive } from '@numbra/core';
import { createGuard, type KnownValue } from '@numbra/core/guard';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { Identifiers } from './candidates.js';
import type { SealedList } from './list.js';

/** A customer of the list, with everything that must not be found in it. */
export interface Guarded {
  readonly phone: Sensitive<Phone>;
  readonly identifiers: Sensitive<Identifiers>;
}

/** A masked phone alone: stars and too few digits to be anybody's. */
const MASK_ALONE = /^\*{9}[0-9]{0,4}$/;

/**
 * Looks through a list.
 *
 * @throws `ERR_EXPORT_RAW_VALUE` with the row and the kind found, never the value
 */
export function checkList(context: BankContext, customers: readonly Guarded[], { header, rows }: SealedList): void {
  // Thousands of rows have one rest: each is looked through once.
  const rests = new Map<string, number>([[header, 0]]);
  for (const [i, { line }] of rows.entries()) {
    const rest = restOf(line);
    if (rest === undefined) throw fail('ERR_EXPORT_RAW_VALUE', { row: i + 1 }, { detail: 'a token is not well formed' });
    if (!MASK_ALONE.test(rest) && !rests.has(rest)) rests.set(rest, i + 1);
  }
  const guard = createGuard({ key: context.keys.guard, known: rests.size > 1 ? knownValues(customers) : [] });
  for (const [rest, row] of rests) {
    const [finding] = guard.scan(rest);
    if (finding !== undefined) throw fail('ERR_EXPORT_RAW_VALUE', { row }, { detail: finding.kind });
  }
}

/** What stands behind reference and dial token, or `undefined` when the line does not begin with them. */
function restOf(line: string): string | undefined {
  const first = line.indexOf(',');
  const second = line.indexOf(',', first + 1);
  const reference = decodeToken(line.slice(0, first));
  const dialToken = decodeToken(line.slice(first + 1, second));
  return reference?.kind === 'reference' && dialToken?.kind === 'dial-token' ? line.slice(second + 1) : undefined;
}

function* knownValues(customers: readonly Guarded[]): Generator<KnownValue> {
  for (const { phone, identifiers } of customers) {
    yield { kind: 'phone', value: phone };
    yield* identifiers.use(({ name, account, residentId }) => [
      ...known('name', name),
      ...known('account', account),
      ...known('resident-id', residentId),
    ]);
  }
}

function known(kind: KnownValue['kind'], value: string | undefined): KnownValue[] {
  return value === undefined ? [] : [{ kind, value: new Sensitive(value) }];
}
