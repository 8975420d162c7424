/**
 * Numeric dial tokens hold no phone: whoever opens one needs the row's sealed phone, and so bank key `store`. A gateway has neither that
 * key nor the numeric one; this opens one token and one phone, and only of a member of an open campaign.
 * @module
 */
import { type NumericFormat, openNumericToken } from '@numbra/core';
import type { BankContext } from '../context.js';
import { openColumn, phoneOf } from '../store/open-column.js';
import type { OpenedNumeric } from './key-service.js';

interface MemberRow {
  readonly customer_id: string;
  readonly phone: string;
  readonly dial_hash: string;
}

/** As `KeyService.openNumeric` says: one answer for everything that does not open. */
export async function openNumeric(
  context: BankContext,
  campaign: string,
  token: string,
  format?: NumericFormat,
): Promise<OpenedNumeric | undefined> {
  const { database } = context;
  const [rows] = await database.query<{ rows: number }>(
    `SELECT coalesce(max(m.row_number), 0)::integer AS rows FROM campaign c LEFT JOIN member m ON m.campaign = c.number
      WHERE c.id = $1 AND c.state = 'open'`,
    [campaign],
  );
  const keys = await context.scopes.of(campaign);
  if (keys === undefined || rows === undefined) return undefined;
  for (const { generation, scope } of keys.generations) {
    const rowNumber = format === undefined ? openNumericToken(scope, token, rows.rows) : openNumericToken(scope, token, rows.rows, format);
    if (rowNumber === undefined) continue;
    const [member] = await database.query<MemberRow>(
      `SELECT k.customer_id, encode(k.phone, 'hex') AS phone, encode(m.dial_hash, 'hex') AS dial_hash
         FROM member m JOIN campaign c ON c.number = m.campaign JOIN customer k ON k.id = m.customer
        WHERE m.campaign = $1 AND m.generation = $2 AND m.row_number = $3 AND m.removed_at IS NULL AND k.phone IS NOT NULL
          AND c.state = 'open'`,
      [keys.number, generation, rowNumber],
    );
    const [digits] = member === undefined ? [] : openColumn(context, 'phone', [member.customer_id], [member.phone]);
    if (member === undefined || digits === undefined) return undefined;
    return { phone: phoneOf(digits), rowNumber, dialHash: member.dial_hash };
  }
  return undefined;
}
