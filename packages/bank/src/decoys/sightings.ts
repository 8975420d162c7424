/**
 * Sightings: decoys' phones in what leaked, and whom they accuse. A phone is looked up by its HMAC; what is none of the bank's own lines is
 * not looked at further.
 * @module
 */
import { type Name, type Phone, parsePhone, type Sensitive } from '@numbra/core';
import { type Accusation, accuse, EPSILON } from '@numbra/core/decoys';
import type { BankContext } from '../context.js';
import { plainArray } from '../store/arrays.js';
import { readDecoyLines, withDecoyCode } from './lines.js';

/** What decoys say about a leak. */
export interface DecoyFindings {
  /** Phones of any kind that were read. */
  readonly phones: number;
  /** Decoys among them, each once. */
  readonly seen: number;
  /** At most this likely is it that an innocent vendor is accused, for each. */
  readonly epsilon: number;
  /** Vendors who hold a list, the most suspect first; nobody where no decoy was seen. */
  readonly vendors: readonly Accusation<string>[];
}

/** Looks for the bank's own lines in texts, and scores every vendor who holds a list. */
export async function findDecoys(context: BankContext, texts: readonly string[]): Promise<DecoyFindings> {
  const phones = new Set<string>();
  for (const text of texts) for (const phone of phonesOf(text)) phones.add(Buffer.from(context.keys.phoneIndex(phone)).toString('hex'));
  const found = { phones: phones.size, epsilon: EPSILON };
  const lines = phones.size === 0 ? new Map<number, number>() : await readDecoyLines(context);
  const customers = [...lines.keys()];
  const rows = await context.database.query<{ id: bigint; phone_index: string }>(
    `SELECT c.id, encode(c.phone_index, 'hex') AS phone_index
       FROM unnest($1::text::bigint[]) AS d (id) JOIN customer c ON c.id = d.id WHERE c.phone_index IS NOT NULL`,
    [plainArray(customers)],
  );
  const seen = rows.filter(({ phone_index }) => phones.has(phone_index)).map(({ id }) => lines.get(Number(id)) as number);
  if (seen.length === 0) return { ...found, seen: 0, vendors: [] };
  const holders = await context.database.query<{ vendor: string }>(
    `SELECT DISTINCT c.vendor FROM campaign c JOIN export x ON x.campaign = c.number WHERE x.state IN ('made', 'delivered') ORDER BY c.vendor`,
  );
  const vendors = await withDecoyCode(context, (code) =>
    accuse(
      holders.map(({ vendor }) => vendor),
      seen,
      // A cast: a vendor's id is a name, checked when it was added.
      (vendor, line) => code.carries(vendor as Name, line),
    ),
  );
  return { ...found, seen: seen.length, vendors };
}

/** Digits as phones are written, full-width ones too; no longer than a number with its country and its separators. */
const WRITTEN = /(?<![\p{Nd}A-Za-z_])[+＋(（]?[\p{Nd}](?:[ \-.()\u3000（）－]{0,2}[\p{Nd}]){6,16}(?![\p{Nd}A-Za-z_])/gu;

/** Every phone that is written in a text. */
export function* phonesOf(text: string): Generator<Sensitive<Phone>> {
  for (const [written] of text.matchAll(WRITTEN)) {
    const phone = parsePhone(written) ?? parsePhone(`+${written.replace(/^[+＋]|^00/, '')}`);
    if (phone !== undefined) yield phone;
  }
}
