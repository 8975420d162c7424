/**
 * The desk: takes requests, gathers them into batches, lets the carrier place what was authorized, and answers when the
 * settlement is committed. README.md tells the life of a call.
 *
 * Batches go on one lane. A request that a batch could not get through (a lock held too long, a defect) goes singly on another,
 * and one whose lock is still held waits for it on a third kind, so that nobody else waits for it.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isNumbraError } from '@numbra/core';
import { fail } from '../errors.js';
import { sqlstateOf } from '../store/store-error.js';
import { type CallAnswer, type CallState, called, REVOKED } from './answer.js';
import { type Carrier, placeOnce } from './carrier.js';
import type { AuthorizedCall, Verdict } from './decide-batch.js';
import { type DecisionPoint, isDenied } from './decision-point.js';
import { Gatherer } from './gather.js';
import { Lane, type LaneShared } from './lane.js';
import {
  BATCH_REQUESTS,
  BATCH_RIDERS,
  LEAST_LEASE_MS,
  LOCK_TIMEOUT_MS,
  PATIENT_LANES,
  PATIENT_LOCK_TIMEOUT_MS,
  SINGLE_LOCK_TIMEOUT_MS,
} from './limits.js';
import { type AskedCall, type CallRequest, prepareCall } from './request.js';
import type { Settlement } from './settle.js';
import { Turns } from './turns.js';

/** A request that waits for its batch. */
interface Waiting {
  readonly asked: AskedCall;
  readonly resolve: (decided: Decided) => void;
  readonly reject: (error: unknown) => void;
}

interface Decided {
  readonly verdict: Verdict;
  /** Monotonic, ms. */
  readonly leaseEnds: number;
}

/** A settlement that waits for a batch to ride in. */
class Riding {
  settlement: Settlement;
  /** With what the order is answered. */
  readonly resolve: (told: CallState) => void;
  /** How often it was not written. */
  failures = 0;
  #sent = false;
  #late = false;

  constructor(settlement: Settlement, resolve: (told: CallState) => void) {
    this.settlement = settlement;
    this.resolve = resolve;
  }

  send(): Settlement {
    this.#sent = true;
    return this.settlement;
  }

  failed(): void {
    this.failures++;
    this.#sent = false;
    if (this.#late) this.expire();
  }

  /** The lease is over: who repeats the request is told `unknown` from now on, so this order is too, and the row will say so. */
  expire(): void {
    this.#late = true;
    // What is on its way with another answer may be committed with it.
    if (this.#sent) return;
    this.settlement = { ...this.settlement, told: 'unknown' };
    this.resolve('unknown');
  }
}

/** PostgreSQL's lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Between attempts to write what the database did not take. */
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export class CallDesk {
  readonly #shared: LaneShared;
  readonly #carrier: Carrier | undefined;
  readonly #decisionPoint: DecisionPoint | undefined;
  readonly #lane: Lane;
  readonly #singles: Turns;
  readonly #patient: Turns;
  readonly #gatherer: Gatherer<Waiting, Riding>;
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(shared: LaneShared, carrier: Carrier | undefined, decisionPoint?: DecisionPoint) {
    this.#shared = shared;
    this.#carrier = carrier;
    this.#decisionPoint = decisionPoint;
    this.#lane = new Lane(shared, LOCK_TIMEOUT_MS);
    this.#singles = new Turns([new Lane(shared, SINGLE_LOCK_TIMEOUT_MS)]);
    this.#patient = new Turns(Array.from({ length: PATIENT_LANES }, () => new Lane(shared, PATIENT_LOCK_TIMEOUT_MS)));
    this.#gatherer = new Gatherer({ items: BATCH_REQUESTS, riders: BATCH_RIDERS, run: (waiting, riding) => this.#run(waiting, riding) });
  }

  /**
   * Authorizes and places one call.
   *
   * @returns what the vendor is answered, refusals too
   * @throws `ERR_COMMIT_UNCERTAIN`, `ERR_STORE_*`: nothing was dialled; the same key may be sent again
   * @throws `ERR_CARRIER_UNAVAILABLE`: nothing was authorized or kept
   * @throws `ERR_CALL_AGENT`, `ERR_CALL_KEY`, `ERR_CARRIER_MISSING`, `ERR_CALLS_CLOSED`
   */
  place(request: CallRequest): Promise<CallAnswer> {
    const answer = this.#place(request);
    const watched = answer.catch(() => {}).finally(() => this.#underWay.delete(watched));
    this.#underWay.add(watched);
    return answer;
  }

  /** Settles a call whose fate somebody found out. @returns what its order is answered; resolves when it is committed */
  settle(settlement: Settlement): Promise<CallState> {
    return new Promise((resolve) => this.#gatherer.ride(new Riding(settlement, resolve)));
  }

  /** Takes no more requests, waits for those under way and gives the connections back. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.#gatherer.whenIdle();
    await Promise.all([this.#lane.close(), this.#singles.close(), this.#patient.close()]);
  }

  async #place(request: CallRequest): Promise<CallAnswer> {
    if (this.#closed) throw fail('ERR_CALLS_CLOSED');
    const carrier = this.#carrier;
    if (carrier === undefined) throw fail('ERR_CARRIER_MISSING');
    if (carrier.isAvailable?.() === false) throw fail('ERR_CARRIER_UNAVAILABLE');
    const prepared = await prepareCall(this.#shared.context, request);
    if (prepared === undefined) return REVOKED;
    const { grant, campaign, agent } = prepared;
    const told = { action: 'dial', vendor: grant.clientId, campaign, agent: agent?.pseudonym } as const;
    const denied = this.#decisionPoint !== undefined && (await isDenied(this.#decisionPoint, told));
    const asked = denied ? { ...prepared, denied } : prepared;
    const { verdict, leaseEnds } = await new Promise<Decided>((resolve, reject) => this.#gatherer.add({ asked, resolve, reject }));
    switch (verdict.kind) {
      case 'answered':
        return verdict.answer;
      case 'authorized':
        return called(verdict.call.id, verdict.call.maskedPhone, await this.#dial(carrier, verdict.call, leaseEnds));
      case 'lapsed':
        return called(
          verdict.call,
          verdict.maskedPhone,
          await this.settle({ call: verdict.call, campaign: asked.campaign, state: 'unknown' }),
        );
      default:
        throw verdict satisfies never;
    }
  }

  /** Once, and only after the authorization is committed. */
  async #dial(carrier: Carrier, call: AuthorizedCall, leaseEnds: number): Promise<CallState> {
    const base = { call: call.id, campaign: call.campaign, subject: call.settlementSubject };
    let settlement: Settlement;
    if (leaseEnds - performance.now() <= LEAST_LEASE_MS) {
      settlement = { ...base, state: 'failed', cause: 'lease-short' };
    } else {
      const placement = await placeOnce(carrier, { callId: call.id, number: call.phone });
      if (placement.outcome === 'not-placed') settlement = { ...base, state: 'failed', cause: placement.cause };
      else settlement = { ...base, state: placement.outcome };
    }
    return new Promise((resolve) => {
      const riding = new Riding(settlement, (told) => {
        clearTimeout(timer);
        resolve(told);
      });
      const timer = setTimeout(() => riding.expire(), Math.max(0, leaseEnds - performance.now()));
      this.#gatherer.ride(riding);
    });
  }

  async #run(waiting: readonly Waiting[], riding: readonly Riding[]): Promise<void> {
    const [riders, later] = oncePerCall(riding);
    if (later.length > 0) this.#gatherer.ride(...later);
    try {
      await this.#runOn(this.#lane, waiting, riders);
    } catch (error) {
      const alone = waiting.length + riders.length === 1 && sqlstateOf(error) !== LOCK_NOT_AVAILABLE;
      if (alone || !isWorthSingly(error)) {
        this.#fail(waiting, riders, error);
        return;
      }
      // Nothing was written. One by one, so that the one that it was about stands alone.
      for (const one of waiting) this.#single([one], []);
      for (const one of riders) this.#single([], [one]);
    }
  }

  #single(waiting: readonly Waiting[], riding: readonly Riding[]): void {
    this.#singles
      .take((lane) => this.#runOn(lane, waiting, riding))
      .catch((error: unknown) => {
        if (sqlstateOf(error) !== LOCK_NOT_AVAILABLE) return this.#fail(waiting, riding, error);
        this.#patient.take((patient) => this.#runOn(patient, waiting, riding)).catch((last: unknown) => this.#fail(waiting, riding, last));
      });
  }

  async #runOn(lane: Lane, waiting: readonly Waiting[], riding: readonly Riding[]): Promise<void> {
    const { verdicts, settled, leaseEnds } = await lane.run(
      waiting.map(({ asked }) => asked),
      riding.map((one) => one.send()),
    );
    const told = new Map(settled.map((row) => [row.id, row.told]));
    for (const { settlement, resolve } of riding) resolve(told.get(settlement.call) ?? settlement.state);
    waiting.forEach(({ resolve }, i) => {
      resolve({ verdict: verdicts[i] as Verdict, leaseEnds });
    });
  }

  /** Requests are answered with the error; settlements are never given up. */
  #fail(waiting: readonly Waiting[], riding: readonly Riding[], error: unknown): void {
    for (const { reject } of waiting) reject(error);
    if (riding.length === 0) return;
    for (const one of riding) one.failed();
    const failures = riding.reduce((most, one) => Math.max(most, one.failures), 0);
    const waited = sleep(Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** failures)).then(() => {
      if (!this.#closed) this.#gatherer.ride(...riding);
    });
    this.#underWay.add(waited);
    void waited.finally(() => this.#underWay.delete(waited));
  }
}

/** Two settlements of one call must not meet in one statement: the second waits for the next batch. */
function oncePerCall(riding: readonly Riding[]): [Riding[], Riding[]] {
  const calls = new Set<string>();
  const first: Riding[] = [];
  const later: Riding[] = [];
  for (const one of riding) {
    (calls.has(one.settlement.call) ? later : first).push(one);
    calls.add(one.settlement.call);
  }
  return [first, later];
}

/** An unreachable database and an uncertain COMMIT are nobody's in particular. */
function isWorthSingly(error: unknown): boolean {
  return !(isNumbraError(error) && (error.code === 'ERR_STORE_UNREACHABLE' || error.code === 'ERR_COMMIT_UNCERTAIN'));
}
