/**
 * Refusals beyond a hundred a minute of one grant have no ledger entry of their own; this writes one for all of a minute, with a
 * count and every subject. Any process may do it: whoever deletes the rows writes the entry, in one transaction.
 * @module
 */
import { MAX_LIST, writeEntry } from '@numbra/ledger';
import { appendEntries } from '../ledger/append.js';
import type { LaneShared } from './lane.js';

interface HeldRefusal {
  readonly at: Date;
  readonly campaign: string;
  readonly vendor: string;
  readonly grant_id: string;
  readonly code: string;
  readonly policy: string;
  readonly subject: Uint8Array | null;
}

type ReleaseShared = Pick<LaneShared, 'context' | 'random'>;

const MINUTE_MS = 60_000;

/**
 * Enters what was held back in minutes that are over.
 *
 * @returns how many refusals were entered
 */
export async function releaseRefusals({ context, random }: ReleaseShared, now: number): Promise<number> {
  const minute = new Date(Math.floor(now / MINUTE_MS) * MINUTE_MS);
  return context.database.transaction(async (tx) => {
    const rows = await tx.query<HeldRefusal>(
      `WITH taken AS (DELETE FROM refusal_held WHERE at < $1 RETURNING *)
       SELECT t.at, c.id AS campaign, t.vendor, t.grant_id, t.code, t.policy, t.subject
         FROM taken t JOIN campaign c ON c.number = t.campaign ORDER BY t.id`,
      [minute],
    );
    const groups = new Map<string, HeldRefusal[]>();
    for (const row of rows) {
      const group = [row.grant_id, row.campaign, row.policy, Math.floor(row.at.getTime() / MINUTE_MS)].join(' ');
      groups.set(group, [...(groups.get(group) ?? []), row]);
    }
    const entries: string[] = [];
    for (const group of groups.values()) {
      for (let first = 0; first < group.length; first += MAX_LIST) {
        entries.push(entryOf(group.slice(first, first + MAX_LIST), now, random(16)));
      }
    }
    if (entries.length > 0) await appendEntries(tx, entries);
    return rows.length;
  });
}

/** After the minute, so that no transaction of it is still under way. */
const AFTER_MS = 5_000;

/** Enters what this process held back, when its minute is over. What a stopped process leaves, the next reconciliation enters. */
export class Release {
  readonly #shared: ReleaseShared;
  #timer: NodeJS.Timeout | undefined;

  constructor(shared: ReleaseShared) {
    this.#shared = shared;
  }

  soon(): void {
    if (this.#timer !== undefined) return;
    const { context } = this.#shared;
    const wait = MINUTE_MS - (context.clock() % MINUTE_MS) + AFTER_MS;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      releaseRefusals(this.#shared, context.clock()).catch(() => this.soon());
    }, wait).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function entryOf(rows: readonly HeldRefusal[], now: number, nonce: Uint8Array): string {
  const [first] = rows as [HeldRefusal, ...HeldRefusal[]];
  const last = rows.at(-1) as HeldRefusal;
  const codes: Record<string, number> = {};
  for (const { code } of rows) codes[code] = (codes[code] ?? 0) + 1;
  return writeEntry(
    'refusals',
    {
      campaign: first.campaign,
      vendor: first.vendor,
      grant: first.grant_id,
      from: first.at.getTime(),
      to: last.at.getTime(),
      count: rows.length,
      codes,
      policy: first.policy,
      subjects: rows.flatMap(({ subject }) => (subject === null ? [] : [subject])),
    },
    { at: now, nonce },
  );
}
