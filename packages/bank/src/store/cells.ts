/**
 * Cells at rest: AES-256-SIV under bank key `store`, bound to their place (table, column, customer), so that a cell moved to
 * another row or column does not open. Deterministic: equal rows of one customer have equal cells, no others do.
 * @module
 */
import type { AesSiv } from '@numbra/core';
import { fail } from '../errors.js';

/** What seals and opens cells: the cipher under bank key `store`, or one that refuses where that key is withheld. */
export type CellCipher = Pick<AesSiv, 'seal' | 'open' | 'sealMany' | 'openMany' | 'close'>;

/** The sealed columns of the customer table. */
export type SealedColumn = 'name' | 'phone' | 'account' | 'resident_id' | 'attributes' | 'customer_key';

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true });

/** The associated data of a cell: table, column and customer id with U+001F between. */
export function cellContext(column: SealedColumn, customerId: string): Uint8Array {
  return utf8.encode(`customer\x1f${column}\x1f${customerId}`);
}

/** Seals text for one cell. */
export function sealCell(siv: CellCipher, column: SealedColumn, customerId: string, value: string): Uint8Array {
  return siv.seal(utf8.encode(value), cellContext(column, customerId));
}

/**
 * Opens one cell.
 *
 * @throws `ERR_STORE_CELL`: it was not sealed for this place under this keyring
 */
export function openCell(siv: CellCipher, column: SealedColumn, customerId: string, sealed: Uint8Array): string {
  return text.decode(openBytes(siv, column, customerId, sealed));
}

/** As {@link openCell}, for cells that hold bytes. */
export function openBytes(siv: CellCipher, column: SealedColumn, customerId: string, sealed: Uint8Array): Uint8Array {
  const opened = siv.open(sealed, cellContext(column, customerId));
  if (opened === undefined) throw fail('ERR_STORE_CELL', { column });
  return opened;
}
