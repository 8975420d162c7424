/**
 * Reconciling: asks the carrier what became of the calls whose fate nobody knows, and settles them. It dials nothing.
 * Only calls whose lease is over: until then an answer may still be on its way.
 * @module
 */
import { openBytes } from '../store/cells.js';
import type { Carrier } from './carrier.js';
import type { CallDesk } from './desk.js';
import type { LaneShared } from './lane.js';
import { PLACE_TIMEOUT_MS } from './limits.js';
import { listUnknown } from './read.js';

export interface ReconcileReport {
  readonly placed: number;
  /** Not placed: their budget came back. */
  readonly failed: number;
  /** The carrier does not know either. */
  readonly unknown: number;
}

interface CallOfCustomer {
  readonly campaign: number;
  readonly campaign_id: string;
  readonly n: bigint;
  readonly customer_id: string;
  readonly customer_key: Uint8Array | null;
}

/** Asks about every unknown call, one after the other. */
export async function reconcileCalls(shared: LaneShared, desk: CallDesk, carrier: Carrier, clock: Date | null): Promise<ReconcileReport> {
  const { database, keys } = shared.context;
  const report = { placed: 0, failed: 0, unknown: 0 };
  for (const { callId } of await listUnknown(database, clock)) {
    const found = await find(carrier, callId);
    const state = found === 'not-placed' ? 'failed' : found;
    report[state]++;
    const [row] = await database.query<CallOfCustomer>(
      `SELECT x.campaign, c.id AS campaign_id, x.n, u.customer_id, u.customer_key
         FROM call x JOIN campaign c ON c.number = x.campaign JOIN customer u ON u.id = x.customer WHERE x.id = $1`,
      [callId],
    );
    if (row === undefined) continue;
    const key = row.customer_key === null ? undefined : openBytes(keys.subject, 'customer_key', row.customer_id, row.customer_key);
    // Erased: nothing links any more, so that any bytes do.
    const subject = key === undefined ? shared.random(16) : shared.subjectOf(key, Number(row.n) + 1);
    key?.fill(0);
    await desk.settle({
      call: callId,
      campaign: { number: row.campaign, id: row.campaign_id },
      state,
      told: 'unknown',
      subject,
      ...(state === 'failed' && { cause: 'not-placed' }),
    });
  }
  return report;
}

/** A carrier that does not answer does not know. */
async function find(carrier: Carrier, callId: string): Promise<'placed' | 'not-placed' | 'unknown'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'unknown'>((resolve) => {
    timer = setTimeout(() => resolve('unknown'), PLACE_TIMEOUT_MS);
  });
  try {
    const answer = await Promise.race([carrier.find(callId), timeout]);
    return answer === 'placed' || answer === 'not-placed' ? answer : 'unknown';
  } catch {
    return 'unknown';
  } finally {
    clearTimeout(timer);
  }
}
