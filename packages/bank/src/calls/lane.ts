/**
 * A lane: one connection on which batches run one after the other, each in one transaction of two trips:
 *
 * ```
 * BEGIN · settle · lock and read     sent together
 *   decide                           in this process
 * write · COMMIT                     sent together
 * ```
 *
 * A lane answers nobody; it says what was committed, or throws when nothing was (or when nobody knows).
 * @module
 */

import { isNumbraError } from '@numbra/core';
import type { SubjectOf } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { openBytes } from '../store/cells.js';
import type { Queryable, Session } from '../store/database.js';
import { isRetryable, sqlstateOf } from '../store/store-error.js';
import { type DecidedBatch, decideBatch, type Verdict } from './decide-batch.js';
import { type RequestFacts, readFacts } from './facts.js';
import { newCallId } from './ids.js';
import { BATCH_REQUESTS, LEASE_MS, MOST_RETRIES, TRIP_TIMEOUT_MS } from './limits.js';
import { OVERTAKEN, writePlan } from './plan.js';
import type { RefusalMeter } from './refusal-meter.js';
import type { AskedCall } from './request.js';
import { refundsOf, type Settled, type Settlement, settleCalls, settlementEntries } from './settle.js';
import type { CampaignTally } from './tally.js';

/** What all lanes of a process share. */
export interface LaneShared {
  readonly context: BankContext;
  /** The carrier's name, for entries. */
  readonly carrier: string;
  /** Instead of the database's clock: tests that move time. */
  readonly clock: (() => number) | undefined;
  readonly subjectOf: SubjectOf;
  readonly random: (bytes: number) => Uint8Array;
  readonly meter: RefusalMeter;
  /** Refusals were committed whose entry waits for the end of the minute. */
  readonly onHeld: () => void;
}

/** What one transaction committed. */
export interface Committed {
  readonly verdicts: readonly Verdict[];
  readonly settled: readonly Settled[];
  /** By this process's monotonic clock, ms: before this the leases of the batch's calls have not ended. */
  readonly leaseEnds: number;
}

/** Overtaken once or with a policy adopted meanwhile, a batch is decided again; more often is a defect. */
const MOST_ROUNDS = 6;

/** With less than this left of a limit, the campaign's budget row is locked before it is read. */
const TIGHT = 4 * BATCH_REQUESTS;

export class Lane {
  readonly #shared: LaneShared;
  readonly #lockTimeoutMs: number;
  #session: Session | undefined;
  /** Campaigns of which so little is left that processes overtake each other. */
  readonly #locked = new Set<number>();

  constructor(shared: LaneShared, lockTimeoutMs: number) {
    this.#shared = shared;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  /**
   * Runs one batch and commits it.
   *
   * @throws `ERR_COMMIT_UNCERTAIN`: nobody knows whether it is committed; nothing of it may be dialled
   * @throws anything else: nothing was written
   */
  async run(asked: readonly AskedCall[], settlements: readonly Settlement[]): Promise<Committed> {
    let retries = 0;
    for (let round = 1; ; round++) {
      try {
        return await this.#attempt(asked, settlements);
      } catch (error) {
        if (round >= MOST_ROUNDS) throw error;
        if (sqlstateOf(error) === OVERTAKEN) {
          for (const { campaign } of asked) this.#locked.add(campaign.number);
        } else if (isRetryable(error)) {
          if (++retries > MOST_RETRIES) throw error;
        } else if (codeOf(error) === 'ERR_STORE_UNREACHABLE' && round === 1) {
          // The connection of an idle lane breaks unnoticed: a new one may work at once, and nothing was committed on the old one.
        } else if (!(error instanceof OtherPolicy)) {
          throw error;
        }
      }
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close().catch(() => {});
  }

  async #attempt(asked: readonly AskedCall[], settlements: readonly Settlement[]): Promise<Committed> {
    const session = await this.#open();
    const trip: Trip = { asked, settlements, started: performance.now(), writing: false, abandoned: false };
    try {
      const work = session.transaction((tx) => this.#transact(tx, trip));
      const { decided, settled } = await inTime(work, TRIP_TIMEOUT_MS);
      this.#shared.meter.add(decided.refusedGrants, decided.now);
      if (decided.plan.held.length > 0) this.#shared.onHeld();
      this.#loosen(decided.campaigns);
      return { verdicts: decided.verdicts, settled, leaseEnds: trip.started + LEASE_MS };
    } catch (error) {
      trip.abandoned = true;
      if (sqlstateOf(error) !== undefined || error instanceof OtherPolicy) throw error;
      // Not the database's own answer: the connection may be of no use any more.
      this.#session = undefined;
      void session.close().catch(() => {});
      const lost = codeOf(error) === 'ERR_STORE_UNREACHABLE' || error === TIMEOUT;
      if (lost) throw fail(trip.writing ? 'ERR_COMMIT_UNCERTAIN' : 'ERR_STORE_UNREACHABLE');
      throw error;
    }
  }

  async #transact(tx: Queryable, trip: Trip): Promise<{ decided: DecidedBatch; settled: readonly Settled[] }> {
    const { asked, settlements } = trip;
    const { context, clock: ownClock, carrier, random } = this.#shared;
    const clock = ownClock === undefined ? null : new Date(ownClock());
    const policy = context.policies.current();
    const calls = asked.map(() => newCallId(context.clock(), random(10)));
    const [settled, facts] = await Promise.all([
      settlements.length === 0 ? [] : settleCalls(tx, settlements, clock),
      asked.length === 0 ? NO_FACTS : readFacts(tx, asked, { policy, locked: this.#locked, calls, clock }),
    ]);
    // Nobody waits for it any more: what would be committed now would never be placed.
    if (trip.abandoned) throw TIMEOUT;
    for (const campaign of facts.campaigns.values()) {
      if (campaign.policy === policy.digest) continue;
      await context.policies.refresh(tx);
      throw new OtherPolicy();
    }
    const decided = decideBatch({
      asked,
      calls,
      facts,
      policy,
      refunds: refundsOf(settled),
      subjectOf: this.#shared.subjectOf,
      customerKey: (known) => customerKey(context, known),
      nonce: () => random(16),
      refusalsOf: (grant, now) => this.#shared.meter.of(grant, now),
    });
    const moment = facts.requests[0]?.moment ?? settled[0]?.moment;
    if (moment === undefined) return { decided, settled };
    const stamp = () => ({ at: moment.getTime(), nonce: random(16) });
    const entries = [...settlementEntries(settlements, settled, carrier, stamp), ...decided.entries];
    trip.writing = true;
    // Not awaited: COMMIT goes out behind them, and their errors roll it back.
    writePlan(tx, decided.plan, moment, clock).catch(() => {});
    if (entries.length > 0) appendEntries(tx, entries).catch(() => {});
    return { decided, settled };
  }

  async #open(): Promise<Session> {
    if (this.#session !== undefined) return this.#session;
    const { database } = this.#shared.context;
    const session = await database.connect();
    // PGlite has one connection, which nothing can block.
    if (database.kind === 'postgres') await session.query(`SET lock_timeout = ${this.#lockTimeoutMs}`);
    this.#session = session;
    return session;
  }

  #loosen(campaigns: ReadonlyMap<number, CampaignTally>): void {
    for (const [number, { remaining, concurrent, underWay }] of campaigns) {
      const ample = remaining > TIGHT && (concurrent === null || concurrent - underWay > TIGHT);
      if (ample) this.#locked.delete(number);
    }
  }
}

interface Trip {
  readonly asked: readonly AskedCall[];
  readonly settlements: readonly Settlement[];
  /** By the monotonic clock, before the database's clock was read: leases counted from here end no later than they do. */
  readonly started: number;
  writing: boolean;
  abandoned: boolean;
}

/** The policy in force is not the one that the facts were read for. */
class OtherPolicy extends Error {}

const NO_FACTS = { requests: [], campaigns: new Map() } as const;
const TIMEOUT = new Error('no answer');

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(TIMEOUT), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string | undefined {
  return isNumbraError(error) ? error.code : undefined;
}

/** `undefined`: the customer was erased. */
function customerKey({ keys }: BankContext, { customer_key: sealed, customer_id: id }: RequestFacts): Uint8Array | undefined {
  return sealed === null || id === null ? undefined : openBytes(keys.subject, 'customer_key', id, sealed);
}
