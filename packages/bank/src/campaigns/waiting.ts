/**
 * Pacing: members whose row has not left the bank. A call on the day a deposit matures tells the vendor that it did; a call on a day that a
 * key drew tells nothing. The first export draws the day of every member and keeps those of later days here, unsealed: a token of
 * theirs does not exist. The first export from that day on delivers them, under the campaign's newest key.
 * @module
 */
import { type CustomerId, type MaskWidth, maskPhone } from '@numbra/core';
import { consentKey, customerRefusal, type LocalDay, localDay, type Policy, shiftDay } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { plainArray, textArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import { openColumn, phoneOf } from '../store/open-column.js';
import type { StoredCampaign } from './campaign.js';
import type { ListedRow, Unsealed } from './list.js';
import { BAND_SEPARATOR } from './members.js';

/** A member whose day has not come. */
export interface WaitingRow extends Pick<ListedRow, 'customer' | 'rowNumber' | 'maskedPhone' | 'bands'> {
  readonly releaseDay: LocalDay;
}

export interface DueRows {
  /** Members whose day has come, with the row numbers that the first export gave them. */
  readonly due: readonly Unsealed[];
  /** Row numbers of those whose day has come and who would not be put on a list now, or whose mask would be another: they never leave. */
  readonly dropped: readonly number[];
  /** Members whose day has not come. */
  readonly waiting: number;
  /** The next of those days. */
  readonly nextDay: LocalDay | undefined;
}

/** The local day on which a row is released. */
export function releaseDay(campaign: Pick<StoredCampaign, 'timeZone'>, now: number, day: number): LocalDay {
  return shiftDay(localDay(campaign.timeZone, now), day);
}

/** Reads who is due. */
export async function readDue(context: BankContext, policy: Policy, campaign: StoredCampaign, now: number): Promise<DueRows> {
  const today = localDay(campaign.timeZone, now);
  const [row] = await context.database.query<{ batch: string | null; waiting: number; next: string | null }>(
    `SELECT (SELECT string_agg(concat_ws(E'\\n', w.row_number, c.id, c.customer_id, coalesce(encode(c.phone, 'hex'), ''), w.masked_phone,
                               CASE WHEN s.customer IS NULL THEN 'none' WHEN s.withdrawn_at IS NULL THEN 'given' ELSE 'withdrawn' END,
                               CASE WHEN d.phone_index IS NULL THEN '' ELSE 'd' END, coalesce(w.bands, '')), E'\\x1e' ORDER BY w.row_number)
               FROM waiting_member w JOIN customer c ON c.id = w.customer
               LEFT JOIN consent s ON s.customer = c.id AND s.purpose = $2
               LEFT JOIN do_not_call d ON d.phone_index = c.phone_index AND d.since <= $3 AND d.until > $3
              WHERE w.campaign = $1 AND w.release_day <= $4) AS batch,
            count(*)::integer AS waiting, min(release_day) AS next
       FROM waiting_member WHERE campaign = $1 AND release_day > $4`,
    [campaign.number, consentKey(policy, campaign.purpose) ?? '', new Date(now), today],
  );
  const lines = row?.batch ? row.batch.split('\x1e').map((line) => line.split('\n')) : [];
  const phones = openColumn(
    context,
    'phone',
    lines.map((line) => line[2] as string),
    lines.map((line) => line[3] as string),
  );
  const due: Unsealed[] = [];
  const dropped: number[] = [];
  for (const [i, line] of lines.entries()) {
    const [rowNumber, customer, customerId, , maskedPhone, consent, doNotCall, bands] = line as [string, ...string[]];
    const facts = { consent: consent as 'given' | 'none' | 'withdrawn', doNotCall: doNotCall !== '' };
    const phone = phones[i] === undefined ? undefined : phoneOf(phones[i]);
    // With another mask it would be of another class than was measured.
    const stands = phone !== undefined && maskPhone(phone, (campaign.maskWidth ?? 0) as MaskWidth) === maskedPhone;
    if (!stands || customerRefusal(campaign.purpose, policy, facts) !== undefined) dropped.push(Number(rowNumber));
    else
      due.push({
        rowNumber: Number(rowNumber),
        customer: Number(customer),
        customerId: customerId as CustomerId,
        phone,
        maskedPhone: maskedPhone as string,
        bands: campaign.bandNames.length === 0 ? [] : (bands as string).split(BAND_SEPARATOR),
      });
  }
  return { due, dropped, waiting: row?.waiting ?? 0, nextDay: row?.next ?? undefined };
}

const INSERT_ROWS = 4_000;

/** Keeps members for their day. */
export async function insertWaiting(tx: Queryable, campaign: number, rows: readonly WaitingRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += INSERT_ROWS) {
    const part = rows.slice(from, from + INSERT_ROWS);
    await tx.query(
      `INSERT INTO waiting_member (campaign, row_number, customer, masked_phone, bands, release_day)
       SELECT $1::integer, * FROM unnest($2::text::integer[], $3::text::bigint[], $4::text::text[], $5::text::text[], $6::text::text[])`,
      [
        campaign,
        plainArray(part.map(({ rowNumber }) => rowNumber)),
        plainArray(part.map(({ customer }) => customer)),
        textArray(part.map(({ maskedPhone }) => maskedPhone)),
        textArray(part.map(({ bands }) => (bands.length === 0 ? null : bands.join(BAND_SEPARATOR)))),
        textArray(part.map(({ releaseDay: day }) => day)),
      ],
    );
  }
}

/** Takes members off whose day has come. */
export async function deleteWaiting(tx: Queryable, campaign: number, rowNumbers: readonly number[]): Promise<void> {
  if (rowNumbers.length === 0) return;
  await tx.query('DELETE FROM waiting_member WHERE campaign = $1 AND row_number = ANY ($2::text::integer[])', [
    campaign,
    plainArray(rowNumbers),
  ]);
}
