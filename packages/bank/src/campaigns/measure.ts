/**
 * Measures a list before it exists, and makes it coarser until it keeps the policy's bounds: first fewer digits in the mask, then merged or
 * absent bands, at last rows left out. What that cost is stated, beside what the list could still reveal.
 * @module
 */
import type { Policy } from '@numbra/policy';
import {
  classKey,
  countClasses,
  criterionCertainty,
  type DeltaPresence,
  deltaPresence,
  type GeneralizeCost,
  kAnonymity,
  type Linkability,
  type LinkabilityBounds,
  lDiversity,
  linkabilityToRecipient,
  type VisibleRow,
  visibleClass,
  withinBounds,
} from '@numbra/policy/measures';
import type { Database } from '../store/database.js';
import { bandSpans, readBands } from './bands.js';
import type { StoredCampaign } from './campaign.js';
import { bandsOf, type Candidate, type Candidates, widestMask } from './candidates.js';
import { type Asked, coarsen, type MeasuredRow, type Shown } from './coarsen.js';
import { readDeliveredLists } from './delivered-lists.js';
import { hasCriterion } from './selection.js';

/** What an export states about itself. */
export interface Measures {
  /**
   * Rows that the smallest visible class must hold, and what was found. A row shows its mask, its bands and, where the list is released in
   * batches, the day on which it comes.
   */
  readonly k: { readonly required: number; readonly smallest: number; readonly classes: number };
  /** The same of the most that the policy would let the list show, before it was made coarser. */
  readonly asked: {
    readonly rows: number;
    readonly smallest: number;
    readonly classes: number;
    readonly below: number;
    readonly unique: number;
  };
  /** Share of rows that would stand alone under the mask `138****5678`, which leaves seven digits: what the list does not show. */
  readonly commonMask: { readonly unique: number };
  /** Exact values of each banded attribute that a class must hold, and what was found; `shared`: masks behind which all share one band. */
  readonly l: { readonly required: number; readonly smallest: number; readonly shared: number };
  /** Last digits that the mask shows. */
  readonly digits: number;
  /** Bands that the list shows. */
  readonly bands: readonly string[];
  /** What keeping the bounds cost. */
  readonly cost: GeneralizeCost;
  /** How much being listed tells. */
  readonly presence: Presence;
  /** Against every other recipient that holds a list: kept within the bounds, or the list is refused. */
  readonly linkability: readonly RecipientLinkability[];
  /** Against the vendor's own earlier lists. Stated, not bounded: who calls a customer twice learns it by talking. */
  readonly own?: RecipientLinkability;
  /** Of `linkability`, as the policy had them. */
  readonly linkabilityBounds: LinkabilityBounds;
  /** Days over which the list is released. */
  readonly days: number;
}

export interface Presence extends DeltaPresence {
  /** Customers from whom the list could have been selected. */
  readonly population: number;
  /** Rows from outside the criterion. */
  readonly padding: number;
  /** Customers left out, for there are too few outside the criterion to hide them among. */
  readonly unpadded: number;
  /** How sure being listed makes one that a customer meets the criterion; absent where everybody is selected. */
  readonly criterion?: number;
  /** The same of somebody whose row looks like those that hold the least padding. */
  readonly criterionAtMost?: number;
}

export interface RecipientLinkability {
  readonly recipient: string;
  /** With the list that links best. */
  readonly worst: Linkability;
  /** With all of its lists together. */
  readonly union: Linkability;
}

export type { MeasuredRow } from './coarsen.js';

export type Measured =
  | {
      readonly outcome: 'measured';
      readonly measures: Measures;
      readonly bandNames: readonly string[];
      readonly rows: readonly MeasuredRow[];
      /** Old labels of bands to new ones, by band. */
      readonly labels: Readonly<Record<string, ReadonlyMap<string, string>>>;
    }
  | { readonly outcome: 'refused'; readonly code: 'linkability'; readonly measures: Measures };

/**
 * Measures a list of candidates, and makes it as coarse as it must be.
 *
 * @param days - the day on which each candidate's row is released, drawn before: 0 to `dayCount` − 1
 */
export async function measureList(
  database: Database,
  policy: Policy,
  campaign: StoredCampaign,
  candidates: Candidates,
  days: readonly number[],
  dayCount: number,
): Promise<Measured> {
  const bands = readBands(policy, bandsOf(policy, campaign));
  const k = Math.max(policy.purposes[campaign.purpose]?.recipients[campaign.vendor]?.mask?.k ?? 1, ...bands.map((band) => band.k));
  const l = Math.max(1, ...bands.map((band) => band.l));
  const recipients = await readDeliveredLists(database, policy, candidates.uncounted);
  const asked: Asked = { candidates, days, dayCount, bands, k, l };
  const share = hasCriterion(campaign.selection) ? (policy.purposes[campaign.purpose]?.padding ?? 0) : 0;
  const commonMask = { unique: uniqueUnderCommonMask(candidates.rows) };
  let width = widestMask(policy, campaign) as number;
  // A band of what selected the customers would tell padding from the others.
  const read = new Set((campaign.selection.where ?? []).map(({ attribute }) => attribute));
  let kept = share === 0 ? bands : bands.filter(({ field }) => !read.has(field));
  // A list that links too well shows one digit less, and at last no band; then it is refused.
  for (;;) {
    const shown = coarsen(asked, width, kept, share);
    const list = { bandNames: shown.bandNames, spans: bandSpans(policy, shown.bandNames), rows: shown.rows.map(visibleOf(shown.digits)) };
    const found = recipients.map(({ recipient, lists }) => {
      const { worst, union } = linkabilityToRecipient(list, lists);
      return { recipient, worst, union };
    });
    const linkability = found.filter(({ recipient }) => recipient !== campaign.vendor);
    const own = found.find(({ recipient }) => recipient === campaign.vendor);
    const { linkability: linkabilityBounds } = policy;
    const measures = {
      ...measuresOf(asked, shown, campaign),
      commonMask,
      linkabilityBounds,
      linkability,
      ...(own !== undefined && { own }),
    };
    const linksTooWell = linkability.some(({ worst, union }) => ![worst, union].every((each) => withinBounds(each, policy.linkability)));
    if (!linksTooWell) return { outcome: 'measured', measures, bandNames: shown.bandNames, rows: shown.rows, labels: shown.labels };
    if (shown.digits > 0) width = shown.digits - 1;
    else if (shown.bandNames.length > 0) kept = [];
    else return { outcome: 'refused', code: 'linkability', measures };
  }
}

/** Two vendors who are shown three digits and four join their lists on them. */
function uniqueUnderCommonMask(rows: readonly Candidate[]): number {
  if (rows.length === 0) return 0;
  const shown = rows.map(({ phone }) => phone.use((number) => number.slice(-11, -8) + number.slice(-4)));
  return kAnonymity(shown).unique / rows.length;
}

function visibleOf(digits: number): (row: MeasuredRow) => VisibleRow {
  return ({ candidate, bands }) => ({
    customer: candidate.customer,
    digits: digits === 0 ? '' : candidate.digits.slice(-digits),
    bands,
  });
}

function measuresOf(
  { candidates, days, dayCount, bands, k, l }: Asked,
  { digits, bandNames, rows, cost, labels }: Shown,
  { selection }: StoredCampaign,
): Omit<Measures, 'commonMask' | 'linkability' | 'linkabilityBounds' | 'own'> {
  const dayOf = (day: number | undefined) => (dayCount > 1 ? [String(day)] : []);
  const visible = rows.map(visibleOf(digits));
  const showsSomething = digits > 0 || bandNames.length > 0;
  const seen = visible.map((row, i) => classKey(row.digits, [...row.bands, ...(showsSomething ? dayOf(rows[i]?.day) : [])]));
  const { smallest, classes } = kAnonymity(seen, k);
  const asked = kAnonymity(
    candidates.rows.map((row, i) => classKey(row.digits, [...row.cells, ...dayOf(days[i])])),
    k,
  );
  const banded = bands.filter(({ name }) => bandNames.includes(name));
  const diversity = banded.map(({ field }) =>
    lDiversity(
      seen.map((key, i) => [key, String(rows[i]?.candidate.attributes[field] ?? '')] as const),
      l,
    ),
  );
  const behindMasks = bandNames.map((_, column) =>
    lDiversity(
      visible.map((row) => [row.digits, row.bands[column] as string] as const),
      2,
    ),
  );
  const listed = countClasses(visible.map((row) => visibleClass(row)));
  const population = new Map<string, number>();
  for (const { digits: ending, cells, customers } of candidates.population) {
    const key = classKey(
      digits === 0 ? '' : ending.slice(-digits),
      bandNames.map((name) => {
        const cell = cells[bands.findIndex((band) => band.name === name)] as string;
        return labels[name]?.get(cell) ?? cell;
      }),
    );
    population.set(key, (population.get(key) ?? 0) + customers);
  }
  const padding = visible.filter(({ customer }) => candidates.padding.has(customer as number));
  const padded = countClasses(padding.map((row) => visibleClass(row)));
  const certainties = [...listed].map(([key, count]) => criterionCertainty(count, padded.get(key) ?? 0));
  return {
    k: { required: k, smallest, classes },
    asked: { rows: asked.rows, smallest: asked.smallest, classes: asked.classes, below: asked.below, unique: asked.unique },
    l: {
      required: l,
      smallest: diversity.length === 0 ? 0 : Math.min(...diversity.map(({ distinct }) => distinct)),
      shared: behindMasks.reduce((sum, { homogeneous }) => sum + homogeneous, 0),
    },
    digits,
    bands: bandNames,
    cost,
    presence: {
      ...deltaPresence(listed, population),
      population: candidates.population.reduce((sum, { customers }) => sum + customers, 0),
      padding: padding.length,
      unpadded: candidates.unpadded,
      ...(hasCriterion(selection) && {
        criterion: criterionCertainty(rows.length, padding.length),
        criterionAtMost: Math.max(0, ...certainties),
      }),
    },
    days: dayCount,
  };
}
