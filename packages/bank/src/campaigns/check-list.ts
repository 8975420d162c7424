/**
 * The egress guard over a finished list: the very lines that will be delivered, cell by cell and cells that touch, looked through for
 * raw identifiers, those of the list's own customers among them.
 * @module
 */
import { type Phone, Sensitive } from '@numbra/core';
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

/**
 * Looks through a list.
 *
 * @throws `ERR_EXPORT_RAW_VALUE` with the row and the kinds found, never the value
 */
export function checkList(context: BankContext, customers: readonly Guarded[], { header, rows }: SealedList): void {
  const guard = createGuard({ key: context.keys.guard, known: knownValues(customers) });
  const lines = [header, ...rows.map(({ line }) => line)];
  const text = lines.join('\n');
  const [finding] = guard.scan(text);
  if (finding === undefined) return;
  const row = text.slice(0, finding.start).split('\n').length - 1;
  throw fail('ERR_EXPORT_RAW_VALUE', { row }, { detail: finding.kind });
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
