/**
 * Who could be on a campaign's first list: customers read in batches, opened, selected and judged. The selecting attribute is
 * read here and goes nowhere.
 * @module
 */
import { type CustomerId, lastDigits, type MaskWidth, type Phone, type Sensitive } from '@numbra/core';
import { consentKey, customerCaps, customerRefusal, type DecisionCode, type Policy } from '@numbra/policy';
import { classKey, drawPadding, mostPadded, paddingRows } from '@numbra/policy/measures';
import type { BankContext } from '../context.js';
import { readDecoyLines } from '../decoys/lines.js';
import type { DecoyCandidate } from '../decoys/on-list.js';
import type { SealedColumn } from '../store/cells.js';
import { openColumn, phoneOf } from '../store/open-column.js';
import { type Band, readBands } from './bands.js';
import type { StoredCampaign } from './campaign.js';
import { drawLimit, drawOf } from './draws.js';
import { hasCriterion, meets } from './selection.js';

export type Attributes = Readonly<Record<string, number | string>>;

/** A customer on the list. */
export interface Candidate {
  /** Row id in the store. */
  readonly customer: number;
  readonly customerId: CustomerId;
  readonly phone: Sensitive<Phone>;
  readonly attributes: Attributes;
  /** The most that the policy lets a list show: last digits, and cells of its bands. */
  readonly digits: string;
  readonly cells: readonly string[];
}

/** Customers who show the same. */
export interface PopulationClass {
  readonly digits: string;
  readonly cells: readonly string[];
  customers: number;
}

export interface Candidates {
  readonly rows: readonly Candidate[];
  /** Row ids of those among them who do not meet the criterion. */
  readonly padding: ReadonlySet<number>;
  /** Customers left out, drawn at random, for there are too few outside the criterion to hide them among. */
  readonly unpadded: number;
  /** Every customer with a phone, listed or not, by what a list could show of them. */
  readonly population: readonly PopulationClass[];
  /** Customers whom the selection fits but the policy keeps off, by code. Stays in the bank. */
  readonly excluded: Readonly<Partial<Record<DecisionCode, number>>>;
  /** Customers without a phone that can be dialled. */
  readonly unreachable: number;
  /** The bank's own lines that came through all of it, apart from everything above. */
  readonly decoys: readonly DecoyCandidate[];
  /** Row ids of every decoy: no measure counts them. */
  readonly uncounted: ReadonlySet<number>;
}

/** Customers read at once: large enough that PGlite's cost a statement vanishes, small enough to stay in cache. */
const BATCH_ROWS = 4_000;
const FIELD = '\x1f';
const NO_ATTRIBUTES: Attributes = Object.freeze({});

/**
 * Reads, selects and judges. Every customer is looked at, also for a list of a few: how much it tells to be on it depends on who is not.
 *
 * @param now - milliseconds; caps and do-not-call entries are looked at for this moment
 */
export async function readCandidates(context: BankContext, policy: Policy, campaign: StoredCampaign, now: number): Promise<Candidates> {
  const { selection, purpose } = campaign;
  const counts = await capCounts(context, policy, purpose, now);
  const none = new Array<number>(customerCaps(policy, purpose).length).fill(0);
  const share = policy.purposes[purpose]?.padding ?? 0;
  const only = selection.customers && idsOf(selection.customers);
  const except = idsOf(selection.except ?? []);
  const selected: Candidate[] = [];
  const outside: Candidate[] = [];
  const population = new Map<string, PopulationClass>();
  const excluded: Partial<Record<DecisionCode, number>> = {};
  let unreachable = 0;
  const lines = await readDecoyLines(context);
  const decoys: DecoyCandidate[] = [];
  for await (const batch of readBatches(context, policy, campaign, now)) {
    for (const { customerId, candidate, consent, doNotCall } of batch) {
      const named = (only === undefined || only.has(customerId)) && !except.has(customerId);
      if (candidate === undefined) {
        if (named) unreachable += 1;
        continue;
      }
      const line = lines.get(candidate.customer);
      if (line === undefined) countIn(population, candidate);
      const fits = named && meets(selection.where ?? [], candidate.attributes);
      // Who is left out by name is no padding either.
      if (!fits && (share === 0 || except.has(customerId))) continue;
      const code = customerRefusal(purpose, policy, { consent, doNotCall, capCounts: counts.get(candidate.customer) ?? none });
      if (line !== undefined) {
        if (fits && code === undefined) decoys.push({ candidate, line });
      } else if (code === undefined) (fits ? selected : outside).push(candidate);
      else if (fits) excluded[code] = (excluded[code] ?? 0) + 1;
    }
  }
  const draw = drawOf(context, campaign.id);
  const limited = selection.limit === undefined ? selected : drawLimit(selected, selection.limit, draw);
  const padded = share > 0 && hasCriterion(selection);
  const hidden = padded ? drawLimit(limited, mostPadded(outside.length, share), draw) : limited;
  const ids = outside.map(({ customerId }) => customerId);
  const count = padded ? paddingRows(hidden.length, share) : 0;
  const padding = drawPadding(ids, count, draw).map((position) => outside[position] as Candidate);
  return {
    rows: [...hidden, ...padding],
    padding: new Set(padding.map(({ customer }) => customer)),
    unpadded: limited.length - hidden.length,
    population: [...population.values()],
    excluded,
    unreachable,
    decoys,
    uncounted: new Set(lines.keys()),
  };
}

/** As they are stored. */
function idsOf(ids: readonly string[]): ReadonlySet<string> {
  return new Set(ids.map((id) => id.normalize('NFC')));
}

function countIn(population: Map<string, PopulationClass>, { digits, cells }: Candidate): void {
  const key = classKey(digits, cells);
  const found = population.get(key);
  if (found === undefined) population.set(key, { digits, cells, customers: 1 });
  else found.customers += 1;
}

/** Names of the bands that this campaign's list shows. */
export function bandsOf(policy: Policy, { purpose, vendor }: Pick<StoredCampaign, 'purpose' | 'vendor'>): readonly string[] {
  return policy.purposes[purpose]?.recipients[vendor]?.bands ?? [];
}

/** Last digits that a list of this campaign may show at most. */
export function widestMask(policy: Policy, { purpose, vendor }: Pick<StoredCampaign, 'purpose' | 'vendor'>): MaskWidth {
  return (policy.purposes[purpose]?.recipients[vendor]?.mask?.maxDigits ?? 0) as MaskWidth;
}

interface Read {
  readonly customerId: string;
  /** Absent: unreachable. */
  readonly candidate: Candidate | undefined;
  readonly consent: 'given' | 'none' | 'withdrawn';
  readonly doNotCall: boolean;
}

interface BatchRow {
  readonly batch: string | null;
  readonly last: bigint | null;
}

const CONSENT = { g: 'given', w: 'withdrawn', n: 'none' } as const;

/** One text a batch: as rows, PGlite takes five times as long over them. */
async function* readBatches(context: BankContext, policy: Policy, campaign: StoredCampaign, now: number): AsyncGenerator<readonly Read[]> {
  const { purpose, selection } = campaign;
  const hex = (column: string) => `coalesce(encode(${column}, 'hex'), '')`;
  const bands = readBands(policy, bandsOf(policy, campaign));
  const width = widestMask(policy, campaign);
  const wantsAttributes = (selection.where?.length ?? 0) > 0 || bands.length > 0;
  const values = [consentKey(policy, purpose) ?? '', new Date(now), BATCH_ROWS] as const;
  for (let after: bigint | null = 0n; after !== null; ) {
    const [row]: BatchRow[] = await context.database.query<BatchRow>(
      `SELECT max(id) AS last,
              string_agg(concat_ws(E'\\x1f', id, customer_id, consent, do_not_call, ${hex('phone')}, ${wantsAttributes ? hex('attributes') : `''`}),
                         E'\\n') AS batch
         FROM (SELECT c.id, c.customer_id, c.phone, c.attributes,
                      CASE WHEN s.customer IS NULL THEN 'n' WHEN s.withdrawn_at IS NULL THEN 'g' ELSE 'w' END AS consent,
                      CASE WHEN d.phone_index IS NULL THEN '' ELSE 'd' END AS do_not_call
                 FROM customer c
                 LEFT JOIN consent s ON s.customer = c.id AND s.purpose = $1
                 LEFT JOIN do_not_call d ON d.phone_index = c.phone_index AND d.since <= $2 AND d.until > $2
                WHERE c.id > $4 AND c.erased_at IS NULL
                ORDER BY c.id LIMIT $3) AS rows`,
      [...values, after],
    );
    if (row === undefined || row.batch === null) return;
    yield openBatch(
      context,
      row.batch.split('\n').map((line) => line.split(FIELD)),
      bands,
      width,
    );
    after = row.last;
  }
}

/** As the statement above lists them. */
const COLUMN = { id: 0, customerId: 1, consent: 2, doNotCall: 3, phone: 4, attributes: 5 } as const;

function openBatch(context: BankContext, lines: readonly (readonly string[])[], bands: readonly Band[], width: MaskWidth): Read[] {
  const ids = lines.map((line) => line[COLUMN.customerId] as string);
  const column = (name: SealedColumn, at: number) =>
    openColumn(
      context,
      name,
      ids,
      lines.map((line) => line[at] as string),
    );
  const phone = column('phone', COLUMN.phone);
  const attributes = column('attributes', COLUMN.attributes);
  return lines.map((line, i) => {
    const customerId = line[COLUMN.customerId] as CustomerId;
    const facts = {
      customerId,
      consent: CONSENT[line[COLUMN.consent] as keyof typeof CONSENT],
      doNotCall: line[COLUMN.doNotCall] !== '',
    };
    const dialled = phone[i];
    if (dialled === undefined) return { ...facts, candidate: undefined };
    const json = attributes[i];
    const known = json === undefined ? NO_ATTRIBUTES : (JSON.parse(json) as Attributes);
    const own = phoneOf(dialled);
    const candidate = {
      customer: Number(line[COLUMN.id]),
      customerId,
      phone: own,
      attributes: known,
      digits: lastDigits(own, width),
      cells: bands.map((band) => band.cellOf(known)),
    };
    return { ...facts, candidate };
  });
}

/** Calls in each sliding cap's window, of the customers who had any. */
async function capCounts({ database }: BankContext, policy: Policy, purpose: string, now: number): Promise<ReadonlyMap<number, number[]>> {
  const counts = new Map<number, number[]>();
  const caps = customerCaps(policy, purpose);
  for (const [i, cap] of caps.entries()) {
    const rows = await database.query<{ customer: bigint; calls: bigint }>(
      `SELECT customer, count(*) AS calls FROM call
        WHERE at > $1 AND state <> 'failed' AND ($2 = '' OR purpose = $2 OR starts_with(purpose, $2 || '.')) GROUP BY customer`,
      [new Date(now - cap.days * 86_400_000), cap.kind === 'purpose' ? (cap.purpose ?? purpose) : ''],
    );
    for (const { customer, calls } of rows) {
      const of = counts.get(Number(customer)) ?? new Array<number>(caps.length).fill(0);
      of[i] = Number(calls);
      counts.set(Number(customer), of);
    }
  }
  return counts;
}
