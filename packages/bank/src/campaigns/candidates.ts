/**
 * Who could be on a campaign's first list: customers read in batches, opened, selected and judged. The selecting attribute is
 * read here and goes nowhere.
 * @module
 */
import type { CustomerId, Phone, Sensitive } from '@numbra/core';
import { consentKey, customerCaps, customerRefusal, type DecisionCode, type Policy } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { textArray } from '../store/arrays.js';
import type { SealedColumn } from '../store/cells.js';
import { openColumn, phoneOf } from '../store/open-column.js';
import type { StoredCampaign } from './campaign.js';
import { meets } from './selection.js';

export type Attributes = Readonly<Record<string, number | string>>;

/** A customer on the list. */
export interface Candidate {
  /** Row id in the store. */
  readonly customer: number;
  readonly customerId: CustomerId;
  readonly phone: Sensitive<Phone>;
  readonly attributes: Attributes;
}

export interface Candidates {
  readonly rows: readonly Candidate[];
  /** Customers whom the selection fits but the policy keeps off, by code. Stays in the bank. */
  readonly excluded: Readonly<Partial<Record<DecisionCode, number>>>;
  /** Customers without a phone that can be dialled. */
  readonly unreachable: number;
}

/** Customers read at once: large enough that PGlite's cost a statement vanishes, small enough to stay in cache. */
const BATCH_ROWS = 4_000;
const FIELD = '\x1f';
const NO_ATTRIBUTES: Attributes = Object.freeze({});

/**
 * Reads, selects and judges.
 *
 * @param now - milliseconds; caps and do-not-call entries are looked at for this moment
 */
export async function readCandidates(context: BankContext, policy: Policy, campaign: StoredCampaign, now: number): Promise<Candidates> {
  const { selection, purpose } = campaign;
  const counts = await capCounts(context, policy, purpose, now);
  const caps = customerCaps(policy, purpose).length;
  const none = new Array<number>(caps).fill(0);
  const wantsAttributes = (selection.where?.length ?? 0) > 0 || bandsOf(policy, campaign).length > 0;
  const selected: Candidate[] = [];
  const others: Candidate[] = [];
  const excluded: Partial<Record<DecisionCode, number>> = {};
  let unreachable = 0;
  for await (const batch of readBatches(context, policy, campaign, now, wantsAttributes)) {
    for (const { candidate, consent, doNotCall } of batch) {
      if (candidate === undefined) {
        unreachable += 1;
        continue;
      }
      const fits = meets(selection.where ?? [], candidate.attributes);
      if (!fits && !wantsPadding(policy, purpose)) continue;
      const code = customerRefusal(purpose, policy, { consent, doNotCall, capCounts: counts.get(candidate.customer) ?? none });
      if (code === undefined) (fits ? selected : others).push(candidate);
      else if (fits) excluded[code] = (excluded[code] ?? 0) + 1;
    }
  }
  const limited = selection.limit === undefined ? selected : draw(context, selected, selection.limit);
  return { rows: padded(context, policy, purpose, limited, others), excluded, unreachable };
}

/** Names of the bands that this campaign's list shows. */
export function bandsOf(policy: Policy, { purpose, vendor }: Pick<StoredCampaign, 'purpose' | 'vendor'>): readonly string[] {
  return policy.purposes[purpose]?.recipients[vendor]?.bands ?? [];
}

interface Read {
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
async function* readBatches(
  context: BankContext,
  policy: Policy,
  { purpose, selection }: StoredCampaign,
  now: number,
  wantsAttributes: boolean,
): AsyncGenerator<readonly Read[]> {
  const hex = (column: string) => `coalesce(encode(${column}, 'hex'), '')`;
  const ids = (customers: readonly string[]) => textArray(customers.map((id) => id.normalize('NFC')));
  const lists = [selection.customers, selection.except].filter((list) => list !== undefined);
  const among = [
    selection.customers === undefined ? '' : 'AND c.customer_id = ANY ($5::text::text[])',
    selection.except === undefined ? '' : `AND c.customer_id <> ALL ($${4 + lists.length}::text::text[])`,
  ].join(' ');
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
                WHERE c.id > $4 AND c.erased_at IS NULL ${among}
                ORDER BY c.id LIMIT $3) AS rows`,
      [...values, after, ...lists.map(ids)],
    );
    if (row === undefined || row.batch === null) return;
    yield openBatch(
      context,
      row.batch.split('\n').map((line) => line.split(FIELD)),
    );
    after = row.last;
  }
}

/** As the statement above lists them. */
const COLUMN = { id: 0, customerId: 1, consent: 2, doNotCall: 3, phone: 4, attributes: 5 } as const;

function openBatch(context: BankContext, lines: readonly (readonly string[])[]): Read[] {
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
    const digits = phone[i];
    const json = attributes[i];
    return {
      consent: CONSENT[line[COLUMN.consent] as keyof typeof CONSENT],
      doNotCall: line[COLUMN.doNotCall] !== '',
      candidate:
        digits === undefined
          ? undefined
          : {
              customer: Number(line[COLUMN.id]),
              customerId: line[COLUMN.customerId] as CustomerId,
              phone: phoneOf(digits),
              attributes: json === undefined ? NO_ATTRIBUTES : (JSON.parse(json) as Attributes),
            },
    };
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

function wantsPadding(policy: Policy, purpose: string): boolean {
  return (policy.purposes[purpose]?.padding ?? 0) > 0;
}

/** Adds customers from outside the criterion, so that being on the list does not tell that one meets it. */
function padded(
  context: BankContext,
  policy: Policy,
  purpose: string,
  selected: readonly Candidate[],
  others: readonly Candidate[],
): readonly Candidate[] {
  const share = policy.purposes[purpose]?.padding ?? 0;
  if (share <= 0 || share >= 1) return selected;
  return [...selected, ...draw(context, others, Math.round((selected.length * share) / (1 - share)))];
}

/** Draws some at random, each set of them as likely as any other (Fisher-Yates, from the end). */
function draw({ random }: BankContext, from: readonly Candidate[], count: number): Candidate[] {
  const pool = [...from];
  const taken = Math.min(count, pool.length);
  for (let i = 0; i < taken; i++) {
    const j = i + below(random, pool.length - i);
    [pool[i], pool[j]] = [pool[j] as Candidate, pool[i] as Candidate];
  }
  return pool.slice(0, taken);
}

/** A random whole number below `limit`, without the bias of a plain remainder. */
function below(random: (bytes: number) => Uint8Array, limit: number): number {
  const range = 2 ** 32;
  const fair = range - (range % limit);
  for (;;) {
    const bytes = random(4);
    const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
    if (value < fair) return value % limit;
  }
}
