/**
 * Fields of one customer in the clear, by the names that the policy gives them: columns of their own, or attributes.
 * @module
 */
import type { BankContext } from '../context.js';
import { openCell, type SealedColumn } from '../store/cells.js';
import type { Queryable } from '../store/database.js';

export type FieldValue = string | number | null;

const COLUMNS = ['name', 'phone', 'account', 'resident_id'] as const satisfies readonly SealedColumn[];
type OwnColumn = (typeof COLUMNS)[number];

type Cells = { readonly customer_id: string } & Readonly<Record<OwnColumn | 'attributes', Uint8Array | null>>;

const isColumn = (name: string): name is OwnColumn => (COLUMNS as readonly string[]).includes(name);

/**
 * Opens fields of a customer.
 *
 * @param customer - row id
 * @returns a value for each name, `null` where there is none; a phone with its `+`
 * @throws `ERR_STORE_CELL`
 */
export async function readFields(
  { keys }: Pick<BankContext, 'keys'>,
  queryable: Queryable,
  customer: bigint,
  names: readonly string[],
): Promise<Readonly<Record<string, FieldValue>>> {
  const [cells] = await queryable.query<Cells>(
    'SELECT customer_id, name, phone, account, resident_id, attributes FROM customer WHERE id = $1',
    [customer],
  );
  if (cells === undefined) throw new TypeError('a customer without a row'); // customers are never deleted
  const open = (column: OwnColumn | 'attributes'): string | null => {
    const cell = cells[column];
    return cell === null ? null : openCell(keys.store, column, cells.customer_id, cell);
  };
  const attributes = names.every(isColumn) ? {} : (JSON.parse(open('attributes') ?? '{}') as Record<string, string | number>);
  const fieldOf = (name: string): FieldValue => {
    if (!isColumn(name)) return Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null;
    const value = open(name);
    return name === 'phone' && value !== null ? `+${value}` : value;
  };
  return Object.fromEntries(names.map((name) => [name, fieldOf(name)]));
}
