/**
 * Measures a list before it exists: how many last digits its mask may show, how small its smallest visible class is, and how well
 * another recipient could link it with the lists that it holds.
 * @module
 */
import { bandOf, lastDigits, type MaskWidth } from '@numbra/core';
import type { Policy } from '@numbra/policy';
import {
  chooseMaskWidth,
  kAnonymity,
  type Linkability,
  linkabilityToRecipient,
  type VisibleList,
  type VisibleRow,
  visibleClass,
  withinBounds,
} from '@numbra/policy/measures';
import type { Database } from '../store/database.js';
import { FIXED_COLUMNS, type StoredCampaign } from './campaign.js';
import { bandsOf, type Candidate } from './candidates.js';

/** What an export states about itself. */
export interface Measures {
  /** Rows that the smallest visible class must hold, and what was found. */
  readonly k: { readonly required: number; readonly smallest: number; readonly classes: number };
  /** Last digits that the mask shows. */
  readonly digits: number;
  /** Against every other recipient that holds a list. */
  readonly linkability: readonly RecipientLinkability[];
}

export interface RecipientLinkability {
  readonly recipient: string;
  /** With the list that links best. */
  readonly worst: Linkability;
  /** With all of its lists together. */
  readonly union: Linkability;
}

export type Measured =
  | {
      readonly outcome: 'measured';
      readonly measures: Measures;
      readonly bandNames: readonly string[];
      readonly bands: readonly (readonly string[])[];
    }
  | { readonly outcome: 'refused'; readonly code: 'k-anonymity' | 'l-diversity' | 'linkability'; readonly measures: Measures };

/** The cell of a customer whose banded attribute is not known. */
const NO_BAND = '';

/** Every cell that a list's band columns may hold. */
export function bandLabels(policy: Policy, bandNames: readonly string[]): ReadonlySet<string> {
  const labels = new Set([NO_BAND]);
  for (const name of bandNames) {
    const band = policy.bands[name];
    const values = band === undefined ? [] : [(band.edges[0] ?? 0) - 1, ...band.edges];
    for (const value of values) labels.add(bandOf(value, band?.edges ?? [], band?.labels));
  }
  return labels;
}

/** Measures a list of candidates and chooses its mask. */
export async function measureList(
  database: Database,
  policy: Policy,
  campaign: StoredCampaign,
  candidates: readonly Candidate[],
): Promise<Measured> {
  const bandNames = bandsOf(policy, campaign);
  const definitions = bandNames.map((name) => policy.bands[name] as NonNullable<(typeof policy.bands)[string]>);
  const mask = policy.purposes[campaign.purpose]?.recipients[campaign.vendor]?.mask ?? { k: 1, maxDigits: 0 };
  const k = Math.max(mask.k, ...definitions.map((band) => band.k));
  const bands = candidates.map(({ attributes }) =>
    definitions.map(({ field, edges, labels }) => {
      const value = attributes[field];
      return typeof value === 'number' ? bandOf(value, edges, labels) : NO_BAND;
    }),
  );
  const widest = mask.maxDigits as MaskWidth;
  const rowsAt = (width: MaskWidth): VisibleRow[] =>
    candidates.map(({ customer, phone }, i) => ({ customer, digits: lastDigits(phone, width), bands: bands[i] as readonly string[] }));
  const others = await otherRecipients(database, campaign.vendor);
  let width = chooseMaskWidth(rowsAt(widest), k, widest) as MaskWidth;
  // A mask that links too well is narrowed further before the list is refused.
  for (; ; width = (width - 1) as MaskWidth) {
    const rows = rowsAt(width);
    const found = kAnonymity(classesOf(rows), k);
    const linkability = others.map(({ recipient, lists }) => {
      const { worst, union } = linkabilityToRecipient({ bandNames, rows }, lists);
      return { recipient, worst, union };
    });
    const measures = { k: { required: k, smallest: found.smallest, classes: found.classes }, digits: width, linkability };
    const linksTooWell = linkability.some(({ worst, union }) => ![worst, union].every((l) => withinBounds(l, policy.linkability)));
    if (linksTooWell && width > 0) continue;
    if (linksTooWell) return { outcome: 'refused', code: 'linkability', measures };
    // A list that shows nothing but its tokens is one class, however short it is.
    const showsSomething = width > 0 || bandNames.length > 0;
    if (showsSomething && found.smallest < k) return { outcome: 'refused', code: 'k-anonymity', measures };
    const l = Math.max(1, ...definitions.map((band) => band.l));
    if (
      !isDiverse(
        rows,
        candidates,
        definitions.map(({ field }) => field),
        l,
      )
    )
      return { outcome: 'refused', code: 'l-diversity', measures };
    return { outcome: 'measured', measures, bandNames, bands };
  }
}

function* classesOf(rows: readonly VisibleRow[]): Generator<string> {
  for (const row of rows) yield visibleClass(row);
}

/** Every visible class holds at least `l` different exact values of each banded field. */
function isDiverse(rows: readonly VisibleRow[], candidates: readonly Candidate[], fields: readonly string[], l: number): boolean {
  if (l <= 1) return true;
  return fields.every((field) => {
    const values = new Map<string, Set<unknown>>();
    rows.forEach((row, i) => {
      const name = visibleClass(row);
      const seen = values.get(name) ?? new Set();
      if (seen.size < l) values.set(name, seen.add(candidates[i]?.attributes[field]));
    });
    return [...values.values()].every((seen) => seen.size >= l);
  });
}

interface Recipient {
  readonly recipient: string;
  readonly lists: readonly VisibleList[];
}

const MASK_STARS = 9;

/** What every other vendor was ever shown: the rows of its lists, removed ones too, for it still holds them. */
async function otherRecipients(database: Database, vendor: string): Promise<Recipient[]> {
  const rows = await database.query<{ vendor: string; columns: string; rows: string | null }>(
    `SELECT c.vendor, c.list_columns AS columns,
            (SELECT string_agg(concat_ws(E'\\x1f', m.customer, m.masked_phone, m.bands), E'\\n')
               FROM member m WHERE m.campaign = c.number AND m.generation = 1) AS rows
       FROM campaign c WHERE c.vendor <> $1 AND c.list_columns IS NOT NULL ORDER BY c.vendor, c.number`,
    [vendor],
  );
  const recipients = new Map<string, VisibleList[]>();
  for (const row of rows) {
    const bandNames = (JSON.parse(row.columns) as string[]).slice(FIXED_COLUMNS);
    const list = { bandNames, rows: row.rows === null ? [] : row.rows.split('\n').map((line) => visibleRow(line, bandNames.length)) };
    recipients.set(row.vendor, [...(recipients.get(row.vendor) ?? []), list]);
  }
  return [...recipients].map(([recipient, lists]) => ({ recipient, lists }));
}

function visibleRow(line: string, bands: number): VisibleRow {
  const [customer, masked, ...cells] = line.split('\x1f');
  return { customer: Number(customer), digits: (masked as string).slice(MASK_STARS), bands: bands === 0 ? [] : cells };
}
