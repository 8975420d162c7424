/**
 * Opens one sealed column of many customers at once, from the hex in which statements aggregate it.
 * @module
 */
import { isPhone, type Phone, Sensitive } from '@numbra/core';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { cellContext, type SealedColumn } from './cells.js';

/**
 * Opens a column.
 *
 * @param customerIds - whose cells these are
 * @param cells - as many, in hex; empty where there is none
 * @returns as many texts; `undefined` where the cell is empty
 * @throws `ERR_STORE_CELL`: a cell was not sealed for its place under this keyring
 */
export function openColumn(
  { keys }: Pick<BankContext, 'keys'>,
  column: SealedColumn,
  customerIds: readonly string[],
  cells: readonly string[],
): (string | undefined)[] {
  const sealed: Uint8Array[] = [];
  const places: Uint8Array[] = [];
  for (const [i, cell] of cells.entries()) {
    if (cell === '') continue;
    sealed.push(Buffer.from(cell, 'hex'));
    places.push(cellContext(column, customerIds[i] as string));
  }
  const opened = keys.store.openMany(sealed, places);
  let next = 0;
  return cells.map((cell) => {
    if (cell === '') return undefined;
    const bytes = opened[next++];
    if (bytes === undefined) throw fail('ERR_STORE_CELL', { column });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  });
}

/** A phone that comes back from a sealed cell: its form is checked, its plan was at import. */
export function phoneOf(digits: string): Sensitive<Phone> {
  if (!isPhone(digits)) throw fail('ERR_STORE_CELL', { column: 'phone' });
  return new Sensitive(digits);
}
