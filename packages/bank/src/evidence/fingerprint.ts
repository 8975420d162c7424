/**
 * Fingerprint: rows without a token, masked phones and bands alone, against every list that was delivered. Two signs are read. The order: a
 * stretch of neighbours that stand on a list in the same order, which a hundred endings make unlikely after a few rows. The mix: how often
 * each ending and band occurs, against all lists together.
 *
 * Each is a likelihood ratio against chance, the rows of all lists mixed; a sorted or thinned leak loses the first. Where lists are alike
 * (k-anonymous lists are meant to be) the mix of twenty rows says little, and the figures say so. It accuses nobody.
 * @module
 */
import type { BankContext } from '../context.js';

/** Rows below this are not matched: their likelihoods would be noise. */
export const FEWEST_ROWS = 20;

/** A row as it is shown: the mask, then its bands. */
export type ShownRow = readonly string[];

export interface FingerprintMatch {
  readonly export: string;
  readonly campaign: string;
  readonly vendor: string;
  /** The longest stretch of the leak that stands on the list in the same order. */
  readonly run: number;
  /** Natural logarithm of how much likelier the rows are as rows of this list than of all lists mixed: the better of order and mix. */
  readonly logRatio: number;
  readonly by: 'order' | 'mix';
  /** Of 1: this list among all that were delivered and none of them, each as likely before. */
  readonly likelihood: number;
}

const MASK = /^\*{4,}\d{0,4}$/;
const MOST_ROWS = 200_000;
const FIELD = '\x1f';
/** Neighbours by which a stretch is looked up. */
const GRAM = 8;

/** Rows with a masked phone in a text: of a line, the mask and the cells behind it. */
export function shownRowsOf(text: string, into: ShownRow[]): void {
  for (const line of text.split(/\r?\n/)) {
    if (into.length >= MOST_ROWS) return;
    if (!line.includes('****')) continue;
    const cells = line.split(/[,;\t|]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const at = cells.findIndex((cell) => MASK.test(cell));
    if (at >= 0) into.push(cells.slice(at));
  }
}

/** An export and what its list shows; its rows are read when they are looked at. */
interface DeliveredList {
  readonly number: number;
  readonly from: number;
  readonly generation: number;
  readonly id: string;
  readonly campaign: string;
  readonly vendor: string;
  /** Cells of each row: the mask and its bands. */
  readonly width: number;
}

/**
 * Matches rows to the lists that were delivered, the likeliest first. Reads each list twice, so that one list at a time is in memory: what
 * all of them show must be counted before one of them can be weighed against it.
 *
 * @returns none for fewer than {@link FEWEST_ROWS} rows, and none that are no likelier than chance
 */
export async function matchRows(context: BankContext, leaked: readonly ShownRow[]): Promise<FingerprintMatch[]> {
  if (leaked.length < FEWEST_ROWS) return [];
  const lists = await readLists(context);
  // As many cells as both show: a leak of masks alone is compared by masks.
  const shown = leaked.reduce((least, row) => Math.min(least, row.length), Number.POSITIVE_INFINITY);
  const widthOf = (list: DeliveredList): number => Math.min(shown, list.width);
  const sides = new Map([...new Set(lists.map(widthOf))].map((width) => [width, { mixed: noCounts(), leak: leakOf(leaked, width) }]));
  for (const list of lists) {
    const rows = await readRows(context, list);
    for (const [width, { mixed }] of sides) if (list.width >= width) countInto(mixed, rows.map(keyOf(width)));
  }
  const scored: (DeliveredList & Score)[] = [];
  for (const list of lists) {
    const width = widthOf(list);
    const own = (await readRows(context, list)).map(keyOf(width));
    const { mixed, leak } = sides.get(width) as { mixed: Counts; leak: Leak };
    const score = own.length === 0 ? undefined : scoreOf(own, leak, mixed);
    if (score !== undefined && score.logRatio > 0) scored.push({ ...list, ...score });
  }
  // Nobody's list is one of the possibilities, at a ratio of 1.
  const most = Math.max(0, ...scored.map(({ logRatio }) => logRatio));
  const total = scored.reduce((sum, { logRatio }) => sum + Math.exp(logRatio - most), Math.exp(-most));
  return scored
    .map(({ id, campaign, vendor, run, logRatio, by }) => ({
      export: id,
      campaign,
      vendor,
      run,
      logRatio,
      by,
      likelihood: Math.exp(logRatio - most) / total,
    }))
    .sort((a, b) => b.logRatio - a.logRatio);
}

/** Every list that was delivered and has members, oldest first. */
async function readLists({ database }: BankContext): Promise<DeliveredList[]> {
  const exports = await database.query<Omit<DeliveredList, 'width'> & { readonly row: string | null }>(
    `SELECT x.number, x.campaign AS "from", x.generation, x.id, c.id AS campaign, c.vendor,
            (SELECT concat_ws(E'\\x1f', m.masked_phone, m.bands) FROM member m
              WHERE m.campaign = x.campaign AND m.generation = x.generation LIMIT 1) AS row
       FROM export x JOIN campaign c ON c.number = x.campaign
      WHERE x.state IN ('made', 'delivered') ORDER BY x.number`,
  );
  return exports.flatMap(({ row, ...list }) => (row === null ? [] : [{ ...list, width: row.split(FIELD).length }]));
}

/** A list's rows in the order in which they were delivered; without those of members who were erased. */
async function readRows({ database }: BankContext, { number, from, generation }: DeliveredList): Promise<ShownRow[]> {
  const [[members], [chunks]] = await Promise.all([
    database.query<{ rows: string | null }>(
      `SELECT string_agg(concat_ws(E'\\x1f', customer, masked_phone, bands), E'\\n') AS rows FROM member WHERE campaign = $1 AND generation = $2`,
      [from, generation],
    ),
    database.query<{ customers: string | null; positions: string | null }>(
      `SELECT string_agg(array_to_string(customers, ','), ',' ORDER BY chunk) AS customers,
              string_agg(array_to_string(positions, ','), ',' ORDER BY chunk) AS positions FROM export_chunk WHERE export = $1`,
      [number],
    ),
  ]);
  // Joined here: a planner that does not know how long an array is would look through all members for each row.
  const shown = new Map((members?.rows ?? '').split('\n').map((line) => [line.slice(0, line.indexOf(FIELD)), line.split(FIELD).slice(1)]));
  const customers = (chunks?.customers ?? '').split(',');
  const rows: ShownRow[] = [];
  for (const [i, position] of (chunks?.positions ?? '').split(',').entries()) {
    const row = shown.get(customers[i] as string);
    if (row !== undefined) rows[Number(position)] = row;
  }
  return rows.filter((row) => row !== undefined);
}

type Score = Pick<FingerprintMatch, 'run' | 'logRatio' | 'by'>;

function scoreOf(own: readonly string[], { seen, grams }: Leak, mixed: Counts): Score {
  const ownCounts = noCounts();
  countInto(ownCounts, own);
  // What no list shows is as unlikely as one row of all.
  const chanceOf = (key: string): number => shareOf(mixed, key) ?? 1 / (mixed.rows + 1);
  const mix = seen.reduce((sum, key) => sum + Math.log((shareOf(ownCounts, key) ?? 1 / (10 * own.length)) / chanceOf(key)), 0);
  const { run, from } = longestRun(seen, grams, own);
  // A stretch may begin anywhere in either.
  const places = Math.log(own.length) + Math.log(seen.length);
  const order = seen.slice(from, from + run).reduce((sum, key) => sum - Math.log(chanceOf(key)), 0) - places;
  return order >= mix ? { run, logRatio: order, by: 'order' } : { run, logRatio: mix, by: 'mix' };
}

/** How often each key occurs among so many rows. */
interface Counts {
  readonly counts: Map<string, number>;
  rows: number;
}

const noCounts = (): Counts => ({ counts: new Map(), rows: 0 });

function countInto(into: Counts, keys: readonly string[]): void {
  for (const key of keys) into.counts.set(key, (into.counts.get(key) ?? 0) + 1);
  into.rows += keys.length;
}

function shareOf({ counts, rows }: Counts, key: string): number | undefined {
  const count = counts.get(key);
  return count === undefined ? undefined : count / rows;
}

const keyOf =
  (width: number) =>
  (row: ShownRow): string =>
    row.slice(0, width).join(FIELD);

/** What leaked, by so many cells. */
interface Leak {
  readonly seen: readonly string[];
  /** Where neighbours stand, the first place alone: where neighbours repeat, they tell nothing. */
  readonly grams: ReadonlyMap<string, number>;
}

function leakOf(leaked: readonly ShownRow[], width: number): Leak {
  const seen = leaked.map(keyOf(width));
  const grams = new Map<string, number>();
  for (let i = 0; i + GRAM <= seen.length; i++) {
    const gram = seen.slice(i, i + GRAM).join('\n');
    if (!grams.has(gram)) grams.set(gram, i);
  }
  return { seen, grams };
}

/** The longest stretch of one that stands in the other: eight neighbours are looked up, then followed. */
function longestRun(
  seen: readonly string[],
  grams: ReadonlyMap<string, number>,
  own: readonly string[],
): { readonly run: number; readonly from: number } {
  let best = { run: 0, from: 0 };
  for (let i = 0; i + GRAM <= own.length; ) {
    const from = grams.get(own.slice(i, i + GRAM).join('\n'));
    if (from === undefined) {
      i += 1;
      continue;
    }
    let run = GRAM;
    while (from + run < seen.length && own[i + run] === seen[from + run]) run += 1;
    if (run > best.run) best = { run, from };
    i += run - GRAM + 1;
  }
  return best;
}
