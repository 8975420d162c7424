/**
 * Sightings: decoys' phones in what leaked, and whom they accuse. A phone is looked up by its HMAC; what is none of the bank's own lines is
 * not looked at further.
 * @module
 */
import { type Name, type Phone, parsePhone, type Sensitive } from '@numbra/core';
import { type Accusation, accuse, EPSILON } from '@numbra/core/decoys';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
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

/** Look-up keys of phones, hex. */
export type PhoneKeys = Set<string>;

/** Adds every phone of a text. */
export function collectPhones({ keys }: Pick<BankContext, 'keys'>, text: string, into: PhoneKeys): void {
  for (const phone of phonesOf(text)) into.add(Buffer.from(keys.phoneIndex(phone)).toString('hex'));
}

/** Looks for the bank's own lines among phones, and scores every vendor who holds a list. */
export async function findDecoys(context: BankContext, phones: PhoneKeys): Promise<DecoyFindings> {
  return { phones: phones.size, ...(await judgeLines(context, await linesAmong(context, phones))) };
}

/** The lines whose phones these are. */
async function linesAmong(context: BankContext, phones: PhoneKeys): Promise<number[]> {
  if (phones.size === 0) return [];
  const lines = await readDecoyLines(context);
  const rows = await context.database.query<{ id: bigint; phone_index: string }>(
    `SELECT c.id, encode(c.phone_index, 'hex') AS phone_index
       FROM unnest($1::text::bigint[]) AS d (id) JOIN customer c ON c.id = d.id WHERE c.phone_index IS NOT NULL`,
    [plainArray([...lines.keys()])],
  );
  return rows.filter(({ phone_index }) => phones.has(phone_index)).map(({ id }) => lines.get(Number(id)) as number);
}

async function judgeLines(context: BankContext, seen: readonly number[]): Promise<Omit<DecoyFindings, 'phones'>> {
  const found = { seen: seen.length, epsilon: EPSILON };
  if (seen.length === 0) return { ...found, vendors: [] };
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
  return { ...found, vendors };
}

/** What was kept of one leak. */
export interface Sighting {
  /** Phones that were read this time. */
  readonly phones: number;
  /** Decoys that were new to the leak, and all that were seen of it. */
  readonly fresh: number;
  readonly seen: number;
}

const INCIDENT = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * Keeps which lines turned up in a leak: rung by somebody who should not know them, or offered for sale. What is no line of the bank's is
 * not kept.
 *
 * @param incident - the bank's own name of the leak: lower-case letters, digits, `.`, `_`, `-`. Two leaks judged as one accuse wrongly
 * @param text - phones in any text
 * @throws `ERR_DECOY_INCIDENT`
 */
export async function recordSighting(context: BankContext, incident: string, text: string): Promise<Sighting> {
  if (!INCIDENT.test(incident)) throw fail('ERR_DECOY_INCIDENT');
  const phones: PhoneKeys = new Set();
  collectPhones(context, text, phones);
  const lines = await linesAmong(context, phones);
  return context.database.transaction(async (tx) => {
    const added = await tx.query(
      `INSERT INTO decoy_sighting (incident, line, at) SELECT $1, line, $3 FROM unnest($2::text::integer[]) AS t (line)
       ON CONFLICT DO NOTHING RETURNING line`,
      [incident, plainArray(lines), new Date(context.clock())],
    );
    const [all] = await tx.query<{ seen: bigint }>('SELECT count(*) AS seen FROM decoy_sighting WHERE incident = $1', [incident]);
    return { phones: phones.size, fresh: added.length, seen: Number(all?.seen ?? 0) };
  });
}

/**
 * Judges everything that was kept of a leak.
 *
 * @throws `ERR_DECOY_INCIDENT`
 */
export async function judgeIncident(context: BankContext, incident: string): Promise<Omit<DecoyFindings, 'phones'>> {
  if (!INCIDENT.test(incident)) throw fail('ERR_DECOY_INCIDENT');
  const rows = await context.database.query<{ line: number }>('SELECT line FROM decoy_sighting WHERE incident = $1 ORDER BY line', [
    incident,
  ]);
  return judgeLines(
    context,
    rows.map(({ line }) => line),
  );
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
