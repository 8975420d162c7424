/**
 * The members of a campaign: fixed by its first export, repeated by every later one, minus removals. Removals come in one batch a
 * day and carry no reasons: what the difference between two lists tells is at most that somebody left it that day.
 * @module
 */
import type { CustomerId } from '@numbra/core';
import { consentKey, customerRefusal, type LocalDay, localDay, type Policy } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { plainArray, textArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import { openColumn, phoneOf } from '../store/open-column.js';
import type { StoredCampaign } from './campaign.js';
import type { ListedRow, Unsealed } from './list.js';

/** Between band cells in the store. */
export const BAND_SEPARATOR = '\x1f';

/** A member as kept, with what is needed to seal it again. */
export interface Member extends Unsealed {
  readonly rowNumber: number;
  /** SHA-256 of the dial token as delivered, hex. */
  readonly dialHash: string;
  /** Why the member would not be put on a list today, or `undefined`. Never leaves the bank. */
  readonly unfit: boolean;
}

export interface MemberList {
  /** Members still on the list whose phone is there. */
  readonly members: readonly Member[];
  /** Row numbers of members who were erased, or have no phone any more: their rows cannot be made again. */
  readonly gone: readonly number[];
}

/**
 * Reads the members of a generation who were not removed, in the order of row numbers.
 *
 * @param range - so many of those after a row number, and of those only who came on a day or later; all by default
 */
export async function readMembers(
  context: BankContext,
  policy: Policy,
  campaign: StoredCampaign,
  generation: number,
  now: number,
  range?: { readonly after: number; readonly rows: number; readonly since?: LocalDay },
): Promise<MemberList> {
  const [row] = await context.database.query<{ batch: string | null }>(
    `SELECT string_agg(concat_ws(E'\\n', m.row_number, c.id, c.customer_id, coalesce(encode(c.phone, 'hex'), ''), encode(m.dial_hash, 'hex'),
                       m.masked_phone, CASE WHEN s.customer IS NULL THEN 'none' WHEN s.withdrawn_at IS NULL THEN 'given' ELSE 'withdrawn' END,
                       CASE WHEN d.phone_index IS NULL THEN '' ELSE 'd' END, coalesce(m.bands, '')), E'\\x1e' ORDER BY m.row_number) AS batch
       FROM (SELECT * FROM member WHERE campaign = $1 AND generation = $2 AND removed_at IS NULL AND row_number > $5
                AND ($7::text IS NULL OR released_day >= $7) ORDER BY row_number LIMIT $6) m
       JOIN customer c ON c.id = m.customer
       LEFT JOIN consent s ON s.customer = c.id AND s.purpose = $3
       LEFT JOIN do_not_call d ON d.phone_index = c.phone_index AND d.since <= $4 AND d.until > $4`,
    [
      campaign.number,
      generation,
      consentKey(policy, campaign.purpose) ?? '',
      new Date(now),
      range?.after ?? 0,
      range?.rows ?? null,
      range?.since ?? null,
    ],
  );
  const lines = row?.batch ? row.batch.split('\x1e').map((line) => line.split('\n')) : [];
  const present = lines.filter((line) => line[3] !== '');
  const phones = openColumn(
    context,
    'phone',
    present.map((line) => line[2] as string),
    present.map((line) => line[3] as string),
  );
  const members = present.map((line, i): Member => {
    const [rowNumber, customer, customerId, , dialHash, maskedPhone, consent, doNotCall, bands] = line as [string, ...string[]];
    const facts = { consent: consent as 'given' | 'none' | 'withdrawn', doNotCall: doNotCall !== '' };
    return {
      rowNumber: Number(rowNumber),
      customer: Number(customer),
      customerId: customerId as CustomerId,
      phone: phoneOf(phones[i] as string),
      maskedPhone: maskedPhone as string,
      dialHash: dialHash as string,
      bands: campaign.bandNames.length === 0 ? [] : (bands as string).split(BAND_SEPARATOR),
      unfit: customerRefusal(campaign.purpose, policy, facts) !== undefined,
    };
  });
  return { members, gone: lines.filter((line) => line[3] === '').map(([rowNumber]) => Number(rowNumber)) };
}

/**
 * Who leaves the list now: everybody unfit when the day's batch is due, and at any time those whose row cannot be made again.
 *
 * @param sealed - every member's row, sealed today
 * @returns row numbers
 */
export function removalsOf(campaign: StoredCampaign, list: MemberList, sealed: readonly ListedRow[], now: number): ReadonlySet<number> {
  const removed = goneOf(list, sealed);
  const batchIsDue = campaign.removalsDay !== localDay(campaign.timeZone, now);
  for (const { rowNumber, unfit } of list.members) if (batchIsDue && unfit) removed.add(rowNumber);
  return removed;
}

/**
 * Whose row cannot be made again: erased, or with another phone than the one that was sealed.
 *
 * @param sealed - every member's row, sealed today under the key of the list
 * @returns row numbers
 */
export function goneOf({ members, gone }: MemberList, sealed: readonly ListedRow[]): Set<number> {
  const removed = new Set(gone);
  const dialHashes = new Map(sealed.map(({ rowNumber, dialHash }) => [rowNumber, dialHash]));
  for (const { rowNumber, dialHash } of members) if (dialHashes.get(rowNumber) !== dialHash) removed.add(rowNumber);
  return removed;
}

const INSERT_ROWS = 4_000;

/**
 * Writes members of a generation.
 *
 * @param day - the local day on which these tokens of theirs are delivered first
 */
export async function insertMembers(
  tx: Queryable,
  { campaign, generation, day }: { readonly campaign: number; readonly generation: number; readonly day: LocalDay },
  rows: readonly ListedRow[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += INSERT_ROWS) {
    const part = rows.slice(from, from + INSERT_ROWS);
    await tx.query(
      `INSERT INTO member (campaign, generation, row_number, customer, r5, reference_hash, dial_hash, masked_phone, bands, released_day)
       SELECT $1::integer, $2::smallint, *, $10::text FROM unnest($3::text::integer[], $4::text::bigint[], $5::text::bigint[], $6::text::bytea[],
                                                       $7::text::bytea[], $8::text::text[], $9::text::text[])`,
      [
        campaign,
        generation,
        plainArray(part.map(({ rowNumber }) => rowNumber)),
        plainArray(part.map(({ customer }) => customer)),
        plainArray(part.map(({ r5 }) => r5)),
        hexArray(part.map(({ referenceHash }) => referenceHash)),
        hexArray(part.map(({ dialHash }) => dialHash)),
        textArray(part.map(({ maskedPhone }) => maskedPhone)),
        textArray(part.map(({ bands }) => (bands.length === 0 ? null : bands.join(BAND_SEPARATOR)))),
        day,
      ],
    );
  }
}

/** Hashes are in hex already. */
function hexArray(hashes: readonly string[]): string {
  return `{${hashes.map((hex) => `"\\\\x${hex}"`).join(',')}}`;
}

/** Marks members of every generation as removed. */
export async function removeMembers(tx: Queryable, campaign: number, rowNumbers: ReadonlySet<number>, at: Date): Promise<void> {
  if (rowNumbers.size === 0) return;
  await tx.query(
    'UPDATE member SET removed_at = $3 WHERE campaign = $1 AND row_number = ANY ($2::text::integer[]) AND removed_at IS NULL',
    [campaign, plainArray([...rowNumbers]), at],
  );
}
