/**
 * What is kept of a look-up or an opening: a row here, and an entry about the customer, if there is one to enter it about.
 * @module
 */
import { type LocalDay, localTime, type Policy } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';

/** Who looks, why, and in which role. */
export interface DeskWork {
  /** A purpose of the policy that names the desk as a recipient. */
  readonly purpose: string;
  /** The desk, a recipient of the policy. */
  readonly desk: string;
  /** Pseudonymous staff id. */
  readonly person: string;
  /** A code of the bank's own, such as `card-lost`. It stands in the ledger. */
  readonly reason: string;
}

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of the bank's own time zone. */
  readonly day: LocalDay;
  readonly hour: number;
}

const REASON = /^(?!.*\d{9})[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const LONGEST_REASON = 64;

/** @throws `ERR_LOOKUP_REASON` */
export function checkReason(reason: string): void {
  if (reason.length > LONGEST_REASON || !REASON.test(reason)) throw fail('ERR_LOOKUP_REASON', { field: 'reason' });
}

export function momentOf(policy: Policy, now: number): Moment {
  const { day, minute } = localTime(policy.timeZone, now);
  return { now, day, hour: Math.floor(minute / 60) };
}

export interface LookupRow extends DeskWork, Moment {
  readonly id: string;
  /** Row id; absent: nobody has what was asked for. */
  readonly customer: bigint | undefined;
  /** Why it was refused. */
  readonly code?: string;
}

export async function recordLookup(tx: Queryable, row: LookupRow): Promise<void> {
  const { id, now, day, hour, person, desk, purpose, reason, customer, code } = row;
  await tx.query(
    'INSERT INTO lookup (id, at, day, hour, person, desk, purpose, reason, customer, code) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    [id, new Date(now), day, hour, person, desk, purpose, reason, customer ?? null, code ?? null],
  );
}

const KEPT_DAYS = 400;

/** Deletes what nobody counts any more. Returns how many rows. */
export async function tidyLookups({ database, clock }: Pick<BankContext, 'database' | 'clock'>): Promise<number> {
  const before = new Date(clock() - KEPT_DAYS * 86_400_000);
  const gone = await database.query('DELETE FROM lookup WHERE at < $1 RETURNING 1', [before]);
  await database.query(`DELETE FROM lookup_budget WHERE day < $1`, [before.toISOString().slice(0, 10)]);
  return gone.length;
}
