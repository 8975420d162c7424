/**
 * The fields of one customer that a handover passes on: exactly those that the policy names, opened here and sealed to the recipient at once.
 * @module
 */
import { type GrantKey, sealHandover } from '@numbra/grants';
import type { BankContext } from '../context.js';
import { readFields } from '../customers/read-fields.js';
import type { Queryable } from '../store/database.js';
import type { Recipient } from './recipients.js';

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
  const fields = await readFields(context, tx, customer, names);
  return sealHandover({ issuer, recipient: recipient.id, handover, fields, now }, signer, recipient.key);
}
