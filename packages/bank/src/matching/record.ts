/**
 * What a run leaves behind: a row and a ledger entry, with counts and nothing of whom.
 * @module
 */
import { parseName } from '@numbra/core';
import { fitsEntry, writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';

/** One run, as it stands on record. */
export interface MatchRun {
  /** `match_…`, as in the ledger. */
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly campaign: string;
  readonly learner: 'bank' | 'vendor';
  /** Elements of the learner's list. */
  readonly asked: number;
  /** Elements of the other list. */
  readonly listed: number;
  /** Elements that both hold, where the bank learned it. */
  readonly matches?: number;
  readonly at: Date;
}

/** Who asked, and who approved. */
export interface MatchPeople {
  readonly by?: string;
  readonly approvals?: readonly string[];
}

/** Records a run in the caller's transaction. */
export async function recordRun(context: BankContext, tx: Queryable, run: MatchRun, people: MatchPeople): Promise<void> {
  const { id, vendor, purpose, campaign, learner, asked, listed, matches, at } = run;
  await tx.query(
    `INSERT INTO match_run (id, vendor, purpose, campaign, learner, asked, listed, matches, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, vendor, purpose, campaign, learner, asked, listed, matches ?? null, at],
  );
  const entry = { match: id, vendor, purpose, campaign, learner, asked, listed, matches, ...people };
  await appendEntries(tx, [writeEntry('match.run', entry, { at: at.getTime(), nonce: context.random(16) })]);
}

interface RunRow extends Omit<MatchRun, 'matches'> {
  readonly matches: number | null;
}

/** The newest first. */
export async function listRuns({ database }: BankContext): Promise<MatchRun[]> {
  const rows = await database.query<RunRow>(
    'SELECT id, vendor, purpose, campaign, learner, asked, listed, matches, at FROM match_run ORDER BY at DESC, id',
  );
  return rows.map(({ matches, ...run }) => ({ ...run, ...(matches !== null && { matches }) }));
}

/** @throws `ERR_VENDOR_UNKNOWN` */
export async function checkVendor(queryable: Queryable, vendor: string): Promise<void> {
  const [found] = await queryable.query('SELECT id FROM vendor WHERE id = $1 AND revoked_at IS NULL', [vendor]);
  if (found === undefined) throw fail('ERR_VENDOR_UNKNOWN');
}

/** @throws `ERR_MATCHING_TERMS`: it is no name, or reads as a number, and would stand in an entry */
export function checkNames(names: Readonly<Record<string, string | undefined>>): void {
  for (const [field, value] of Object.entries(names))
    if (value !== undefined && (parseName(value) === undefined || !fitsEntry(value))) throw fail('ERR_MATCHING_TERMS', { field });
}
