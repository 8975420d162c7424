/**
 * Members: the rows of a campaign's list, fixed by its first export. Later exports are these rows minus removals, which take
 * effect once a day and without reasons: a difference between two lists of one day would tell who left, and why.
 * @module
 */
import { isPhone, Sensitive } from '@numbra/core';
import type { DecisionCode, Policy } from '@numbra/policy';
import { consentKey, customerRefusal } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { bytesArray, plainArray, textArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import type { StoredCampaign } from './campaign.js';
import { type Identifiers, openColumn } from './candidates.js';
import type { ListedRow, Unsealed } from './list.js';

const FIELD = '\x1f';
const INSERT_ROWS = 8_000;

/** A row to deliver again, with what its first delivery was. */
export interface Member extends Unsealed {
  readonly rowNumber: number;
  readonly identifiers: Sensitive<Identifiers>;
  /** SHA-256 of the dial token as first delivered, hex. */
  readonly dialHash: string;
}

export interface Members {
  readonly rows: readonly Member[];
  /** Row numbers that leave the list with today's batch. */
  readonly removed: readonly number[];
  /** How many of them for which reason; stays in the bank. */
  readonly excluded: Readonly<Partial<Record<DecisionCode, number>>>;
}

/**
 * Reads the members that are still on the list.
 *
 * @param removing - whether today's batch of removals is due: then who may not be called any more leaves; else only who was erased
 */
export async function readMembers(
  context: BankContext,
  policy: Policy,
  campaign: StoredCampaign,
  generation: number,
  now: number,
  removing: boolean,
): Promise<Members> {
  const hex = (column: string) => `coalesce(encode(${column}, 'hex'), '')`;
  const [row] = await context.database.query<{ list: string | null }>(
    `SELECT string_agg(concat_ws(E'\\x1f', m.row_number, c.customer_id, ${hex('c.phone')}, ${hex('c.name')}, ${hex('c.account')},
                                 ${hex('c.resident_id')}, m.customer, m.masked_phone, encode(m.dial_hash, 'hex'),
                                 CASE WHEN c.erased_at IS NOT NULL THEN 'e' WHEN s.customer IS NULL THEN 'n' WHEN s.withdrawn_at IS NULL THEN 'g' ELSE 'w' END,
                                 CASE WHEN d.phone_index IS NULL THEN '' ELSE 'd' END, coalesce(m.bands, '')), E'\\n' ORDER BY m.row_number) AS list
       FROM member m JOIN customer c ON c.id = m.customer
       LEFT JOIN consent s ON s.customer = m.customer AND s.purpose = $3
       LEFT JOIN do_not_call d ON d.phone_index = c.phone_index AND d.since <= $4 AND d.until > $4
      WHERE m.campaign = $1 AND m.generation = $2 AND m.removed_at IS NULL`,
    [campaign.number, generation, consentKey(policy, campaign.purpose) ?? '', new Date(now)],
  );
  const lines = row?.list ? row.list.split('\n').map((line) => line.split(FIELD)) : [];
  const open = (at: number, column: 'phone' | 'name' | 'account' | 'resident_id') => openColumn(context, lines, at, column);
  const phone = open(2, 'phone');
  const name = open(3, 'name');
  const account = open(4, 'account');
  const residentId = open(5, 'resident_id');
  const rows: Member[] = [];
  const removed: number[] = [];
  const excluded: Partial<Record<DecisionCode, number>> = {};
  for (const [i, line] of lines.entries()) {
    const [rowNumber = '', customerId = '', , , , , customer = '', maskedPhone = '', dialHash = '', state = '', doNotCall = '', ...bands] =
      line;
    const digits = phone[i];
    const code = refusalOf(policy, campaign, { state, doNotCall: doNotCall !== '', phone: digits }, removing);
    if (code !== undefined || digits === undefined || !isPhone(digits)) {
      removed.push(Number(rowNumber));
      const why = code ?? 'customer-erased';
      excluded[why] = (excluded[why] ?? 0) + 1;
      continue;
    }
    rows.push({
      customer: Number(customer),
      customerId: customerId as Member['customerId'],
      phone: new Sensitive(digits),
      identifiers: new Sensitive({ name: name[i], account: account[i], residentId: residentId[i] }),
      maskedPhone,
      dialHash,
      bands: bands.length === 1 && bands[0] === '' ? [] : bands,
      rowNumber: Number(rowNumber),
    });
  }
  return { rows, removed, excluded };
}

const CONSENT = { g: 'given', w: 'withdrawn', n: 'none', e: 'none' } as const;

function refusalOf(
  policy: Policy,
  { purpose }: StoredCampaign,
  { state, doNotCall, phone }: { readonly state: string; readonly doNotCall: boolean; readonly phone: string | undefined },
  removing: boolean,
): DecisionCode | undefined {
  if (state === 'e') return 'customer-erased';
  if (!removing) return undefined;
  if (phone === undefined) return 'phone-changed';
  return customerRefusal(purpose, policy, { consent: CONSENT[state as keyof typeof CONSENT] ?? 'none', doNotCall });
}

/** Fixes the members of a list. */
export async function insertMembers(tx: Queryable, campaign: number, generation: number, rows: readonly ListedRow[]): Promise<void> {
  const bytes = (hex: string) => Buffer.from(hex, 'hex');
  for (let from = 0; from < rows.length; from += INSERT_ROWS) {
    const chunk = rows.slice(from, from + INSERT_ROWS);
    await tx.query(
      `INSERT INTO member (campaign, generation, row_number, customer, r5, reference_hash, dial_hash, masked_phone, bands)
       SELECT $1, $2, t.* FROM unnest($3::text::integer[], $4::text::bigint[], $5::text::bigint[], $6::text::bytea[], $7::text::bytea[],
                                      $8::text::text[], $9::text::text[]) AS t`,
      [
        campaign,
        generation,
        plainArray(chunk.map(({ rowNumber }) => rowNumber)),
        plainArray(chunk.map(({ customer }) => customer)),
        plainArray(chunk.map(({ r5 }) => r5)),
        bytesArray(chunk.map(({ referenceHash }) => bytes(referenceHash))),
        bytesArray(chunk.map(({ dialHash }) => bytes(dialHash))),
        textArray(chunk.map(({ maskedPhone }) => maskedPhone)),
        textArray(chunk.map(({ bands }) => (bands.length === 0 ? null : bands.join(FIELD)))),
      ],
    );
  }
}

/** Takes rows off a list. */
export async function removeMembers(tx: Queryable, campaign: number, rowNumbers: readonly number[], at: Date): Promise<void> {
  if (rowNumbers.length === 0) return;
  await tx.query(
    'UPDATE member SET removed_at = $3 WHERE campaign = $1 AND row_number = ANY ($2::text::integer[]) AND removed_at IS NULL',
    [campaign, plainArray(rowNumbers), at],
  );
}
