/**
 * The fields of one customer that a handover passes on: exactly those that the policy names, opened here and sealed to the recipient at once.
 * @module
 */
import { type GrantKey, sealHandover } from '@numbra/grants';
import type { BankContext } from '../context.js';
import { openCell, type SealedColumn } from '../store/cells.js';
import type { Queryable } from '../store/database.js';
import type { Recipient } from './recipients.js';

/** Fields of the policy that are columns of their own; every other is an attribute. */
const COLUMNS: ReadonlySet<string> = new Set<SealedColumn>(['name', 'phone', 'account', 'resident_id']);

interface CustomerCells {
  readonly customer_id: string;
  readonly name: Uint8Array | null;
  readonly phone: Uint8Array | null;
  readonly account: Uint8Array | null;
  readonly resident_id: Uint8Array | null;
  readonly attributes: Uint8Array | null;
}

export interface FieldsToSeal {
  readonly handover: string;
  readonly customer: bigint;
  readonly fields: readonly string[];
  readonly recipient: Recipient;
  readonly issuer: string;
  readonly now: number;
  readonly signer: GrantKey;
}

/**
 * Opens and seals.
 *
 * @returns a JWE: see `sealHandover` of @numbra/grants
 */
export async function sealFields(context: BankContext, tx: Queryable, order: FieldsToSeal): Promise<string> {
  const { handover, customer, fields: names, recipient, issuer, now, signer } = order;
  const [cells] = await tx.query<CustomerCells>(
    'SELECT customer_id, name, phone, account, resident_id, attributes FROM customer WHERE id = $1',
    [customer],
  );
  if (cells === undefined) throw new TypeError('a customer without a row'); // customers are never deleted
  const open = (column: keyof CustomerCells & SealedColumn): string | null => {
    const cell = cells[column];
    return cell === null ? null : openCell(context.keys.store, column, cells.customer_id, cell);
  };
  const attributes = names.every((name) => COLUMNS.has(name))
    ? {}
    : (JSON.parse(open('attributes') ?? '{}') as Record<string, string | number>);
  const fieldOf = (name: string): string | number | null => {
    if (name === 'phone') {
      const digits = open('phone');
      return digits === null ? null : `+${digits}`;
    }
    if (COLUMNS.has(name)) return open(name as 'name' | 'account' | 'resident_id');
    return Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null;
  };
  const fields = Object.fromEntries(names.map((name) => [name, fieldOf(name)]));
  return sealHandover({ issuer, recipient: recipient.id, handover, fields, now }, signer, recipient.key);
}
