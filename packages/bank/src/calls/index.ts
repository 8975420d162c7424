/**
 * Calls: authorize, place, settle. README.md tells the life of a call.
 * @module
 */
import { hash } from 'node:crypto';
import { fitsEntry, sha256FromHex, subjectsOf } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { CallAnswer } from './answer.js';
import type { Carrier } from './carrier.js';
import type { DecisionPoint } from './decision-point.js';
import { CallDesk } from './desk.js';
import { type CallEnd, endCall } from './ended.js';
import { type HangUpAnswer, type HangUpRequest, hangUp } from './hang-up.js';
import { randomPool } from './ids.js';
import type { LaneShared } from './lane.js';
import { type OutcomeAnswer, type OutcomeRequest, type RecordedOutcome, readOutcomes, recordOutcome } from './outcome.js';
import {
  type CallRecord,
  type CallView,
  listRefusals,
  listUnknown,
  type RefusalQuery,
  type RefusalRecord,
  readCall,
  readRecord,
  type UnknownCall,
} from './read.js';
import { type ReconcileReport, reconcileCalls } from './reconcile.js';
import { RefusalMeter } from './refusal-meter.js';
import { Release, releaseRefusals } from './release.js';
import type { CallRequest } from './request.js';
import { tidyCalls } from './tidy.js';
import { type CallEvent, CallWatch, type Watched } from './watch.js';
import { claimBatch, type WriteRequest } from './writes.js';

export interface OpenCallsOptions {
  /** Without one, nothing can be placed; everything else works. */
  readonly carrier?: Carrier;
  /** Asked before every call, and can only narrow. Without one, the policy decides alone. Answers and handovers are given it themselves. */
  readonly decisionPoint?: DecisionPoint;
  /** Milliseconds since 1970, instead of the database's clock. For tests: several processes would each have their own time. */
  readonly clock?: () => number;
  /** How often calls that are being watched are looked at: 10,000 by default, so that an event's arrival says no more than its times. */
  readonly watchEveryMs?: number;
}

const WATCH_EVERY_MS = 10_000;

/** The calls of a bank. */
export interface Calls {
  /** Authorizes and places one call: see `CallDesk.place`. */
  place(request: CallRequest): Promise<CallAnswer>;
  /** A vendor's own call, or `undefined`. */
  get(callId: string, vendor: string): Promise<CallView | undefined>;
  /** Claims a batch's key for what it holds. See calls/writes.ts. */
  claimBatch(request: WriteRequest, asked: readonly string[]): Promise<'ours' | 'mismatch' | 'revoked'>;
  /** Tells once when a vendor's own call is over. */
  watch(callId: string, vendor: string, tell: (event: CallEvent) => void): Promise<Watched>;
  /** Hangs up a vendor's own call; never refunded. */
  hangUp(request: HangUpRequest): Promise<HangUpAnswer>;
  /** Records what a vendor says came of its call; acts on `opted-out` at once. */
  recordOutcome(request: OutcomeRequest): Promise<OutcomeAnswer>;
  /** What came of a call, notes included; for the bank's own people. */
  outcomes(callId: string): Promise<RecordedOutcome[]>;
  /** Everything on record about a call; for the bank's own people. */
  show(callId: string): Promise<CallRecord | undefined>;
  /** The carrier's report that a call is over. */
  ended(callId: string, end: CallEnd): Promise<boolean>;
  /** The bank's exact reasons, newest first. */
  refusals(query?: RefusalQuery): Promise<RefusalRecord[]>;
  /** Calls whose fate nobody knows. */
  unknown(): Promise<UnknownCall[]>;
  /** Asks the carrier about them and settles them; enters refusals that a stopped process held back. */
  reconcile(): Promise<ReconcileReport>;
  /** Deletes expired keys, proofs and sticky refusals; once an hour is enough. Returns how many. */
  tidy(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens the calls of a bank. Connections are opened with the first call.
 *
 * @throws `ERR_CARRIER_NAME`
 */
export function openCalls(context: BankContext, options: OpenCallsOptions = {}): Calls {
  const { carrier, clock, decisionPoint, watchEveryMs = WATCH_EVERY_MS } = options;
  if (carrier !== undefined && !fitsEntry(carrier.name)) throw fail('ERR_CARRIER_NAME');
  const shared: LaneShared = {
    context,
    carrier: carrier?.name ?? 'none',
    clock,
    subjectOf: subjectsOf(
      sha256FromHex((bytes) => hash('sha256', bytes, 'hex')),
      context.logOrigin,
    ),
    random: randomPool(context.random),
    meter: new RefusalMeter(),
    onHeld: () => release.soon(),
  };
  const release = new Release(shared);
  const desk = new CallDesk(shared, carrier, decisionPoint);
  const { database } = context;
  const watch = new CallWatch(database, watchEveryMs);
  const now = () => (clock === undefined ? null : new Date(clock()));
  return {
    place: (request) => desk.place(request),
    get: (callId, vendor) => readCall(database, callId, vendor, now()),
    claimBatch: (request, asked) => claimBatch(database, request, asked, now()),
    watch: (callId, vendor, tell) => watch.watch(callId, vendor, tell),
    hangUp: (request) => hangUp(shared, carrier, request),
    recordOutcome: (request) => recordOutcome(shared, request),
    outcomes: (callId) => readOutcomes(context, callId),
    show: (callId) => readRecord(database, callId),
    ended: (callId, end) => endCall(shared, callId, end),
    refusals: (query) => listRefusals(database, query),
    unknown: () => listUnknown(database, now()),
    async reconcile() {
      if (carrier === undefined) throw fail('ERR_CARRIER_MISSING');
      await releaseRefusals(shared, clock?.() ?? context.clock());
      return reconcileCalls(shared, desk, carrier, now());
    },
    tidy: () => tidyCalls(database, now()),
    async close() {
      release.stop();
      watch.close();
      await desk.close();
    },
  };
}
