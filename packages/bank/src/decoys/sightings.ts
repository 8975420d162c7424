/**
 * Sightings: decoys' phones in what leaked, and whom they accuse. What does not end as one of the bank's own lines is counted and not looked at
 * further; what does is read by its plan and looked up by its HMAC.
 * @module
 */
import { type Name, type Phone, parsePhone, type Sensitive } from '@numbra/core';
import { type Accusation, accuse, EPSILON } from '@numbra/core/decoys';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { plainArray } from '../store/arrays.js';
import { openColumn, phoneOf } from '../store/open-column.js';
import { readDecoyLines, withDecoyCode } from './lines.js';

/** What decoys say about a leak. */
export interface DecoyFindings {
  /** Numbers in a phone's form that were read, each time that they stand there. */
  readonly phones: number;
  /** Decoys among them, each once. */
  readonly seen: number;
  /** At most this likely is it that an innocent vendor is accused, for each. */
  readonly epsilon: number;
  /** Vendors who hold a list, the most suspect first; nobody where no decoy was seen. */
  readonly vendors: readonly Accusation<string>[];
}

/** However a number is written, its last digits stand there: few that are none of the bank's lines end as one of them does. */
const ENDING_DIGITS = 7;

/** Looks for the bank's own lines in a leak, text by text. Keeps nothing of any other number. */
export class DecoyLookout {
  readonly #keyOf: (phone: Sensitive<Phone>) => string;
  /** By the look-up key of its phone. */
  readonly #lines: ReadonlyMap<string, number>;
  readonly #endings: ReadonlySet<string>;
  readonly #seen = new Set<number>();
  #phones = 0;

  /**
   * @param phones - of the lines
   * @param keyOf - what a phone is looked up by
   */
  constructor(phones: readonly (readonly [line: number, phone: Sensitive<Phone>])[], keyOf: (phone: Sensitive<Phone>) => string) {
    this.#keyOf = keyOf;
    this.#lines = new Map(phones.map(([line, phone]) => [keyOf(phone), line]));
    this.#endings = new Set(phones.map(([, phone]) => phone.use((digits) => digits.slice(-ENDING_DIGITS))));
  }

  /** Numbers in a phone's form so far. */
  get phones(): number {
    return this.#phones;
  }

  /** Lines among them. */
  get seen(): readonly number[] {
    return [...this.#seen];
  }

  /** Looks through a text. */
  read(text: string): void {
    for (const [written] of text.matchAll(WRITTEN)) {
      this.#phones += 1;
      if (!this.#mayBeLine(written)) continue;
      const phone = phoneIn(written);
      const line = phone && this.#lines.get(this.#keyOf(phone));
      if (line !== undefined) this.#seen.add(line);
    }
  }

  /** Reading a number by its plan takes a thousand times as long as looking at its end. */
  #mayBeLine(written: string): boolean {
    if (this.#endings.size === 0) return false;
    const digits = written.normalize('NFKC').replace(/\P{Nd}/gu, '');
    // Digits of other scripts are left to the plan.
    return !/^[0-9]+$/.test(digits) || this.#endings.has(digits.slice(-ENDING_DIGITS));
  }
}

/** A lookout for every decoy of the bank, by the HMAC of its phone. */
export async function openLookout(context: BankContext): Promise<DecoyLookout> {
  const lines = await readDecoyLines(context);
  const rows = await context.database.query<{ id: bigint; customer_id: string; phone: string }>(
    `SELECT c.id, c.customer_id, encode(c.phone, 'hex') AS phone
       FROM unnest($1::text::bigint[]) AS d (id) JOIN customer c ON c.id = d.id WHERE c.phone IS NOT NULL`,
    [plainArray([...lines.keys()])],
  );
  const opened = openColumn(
    context,
    'phone',
    rows.map(({ customer_id }) => customer_id),
    rows.map(({ phone }) => phone),
  );
  return new DecoyLookout(
    rows.map(({ id }, i) => [lines.get(Number(id)) as number, phoneOf(opened[i] as string)]),
    (phone) => Buffer.from(context.keys.phoneIndex(phone)).toString('hex'),
  );
}

/** Scores every vendor who holds a list by the lines that were seen. */
export async function findDecoys(context: BankContext, lookout: DecoyLookout): Promise<DecoyFindings> {
  return { phones: lookout.phones, ...(await judgeLines(context, lookout.seen)) };
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
  /** Numbers in a phone's form that were read this time. */
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
  const lookout = await openLookout(context);
  lookout.read(text);
  const { phones, seen: lines } = lookout;
  return context.database.transaction(async (tx) => {
    const added = await tx.query(
      `INSERT INTO decoy_sighting (incident, line, at) SELECT $1, line, $3 FROM unnest($2::text::integer[]) AS t (line)
       ON CONFLICT DO NOTHING RETURNING line`,
      [incident, plainArray(lines), new Date(context.clock())],
    );
    const [all] = await tx.query<{ seen: bigint }>('SELECT count(*) AS seen FROM decoy_sighting WHERE incident = $1', [incident]);
    return { phones, fresh: added.length, seen: Number(all?.seen ?? 0) };
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

/** A number as it is dialled at home, or else as if a plus stood before it. */
function phoneIn(written: string): Sensitive<Phone> | undefined {
  return parsePhone(written) ?? parsePhone(`+${written.replace(/^[+＋]|^00/, '')}`);
}
