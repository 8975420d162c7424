/**
 * Hanging up: the carrier is told once a key, and asked again only when nobody knows whether it was told. Nothing comes back of budget
 * or caps: a free cancel would be a free probe. The end itself is the carrier's to report.
 * @module
 */
import { fail } from '../errors.js';
import type { NotWritten } from './answer.js';
import type { Carrier } from './carrier.js';
import { isCallId } from './ids.js';
import type { LaneShared } from './lane.js';
import { PLACE_TIMEOUT_MS } from './limits.js';
import { beginWrite, finishWrite, keyOf, type WriteRequest } from './writes.js';

export interface HangUpRequest extends WriteRequest {
  readonly callId: string;
}

export interface HangUpBody {
  readonly call_id: string;
  /** `unknown`: the carrier gave no answer; the call may go on. */
  readonly hang_up: 'done' | 'not-under-way' | 'unknown';
}

export type HangUpAnswer =
  | { readonly outcome: 'hung-up'; readonly body: HangUpBody }
  /** No such call, or another vendor's: one answer. */
  | { readonly outcome: 'not-found' }
  /** This bank's carrier cannot hang up. */
  | { readonly outcome: 'unsupported' }
  | NotWritten;

/** Hangs up a vendor's own call. */
export async function hangUp(shared: LaneShared, carrier: Carrier | undefined, request: HangUpRequest): Promise<HangUpAnswer> {
  if (carrier === undefined) throw fail('ERR_CARRIER_MISSING');
  const { database } = shared.context;
  const { callId, grant, idempotencyKey } = request;
  const clock = shared.clock === undefined ? null : new Date(shared.clock());
  if (!isCallId(callId)) return { outcome: 'not-found' };
  const [call] = await database.query<{ state: string }>('SELECT state FROM call WHERE id = $1 AND vendor = $2', [callId, grant.clientId]);
  if (call === undefined) return { outcome: 'not-found' };
  if (carrier.hangUp === undefined) return { outcome: 'unsupported' };
  const begun = await database.transaction((tx) => beginWrite<HangUpBody>(tx, request, ['hang-up', callId], clock));
  if (begun.kind === 'done') return { outcome: 'hung-up', body: begun.body };
  if (begun.kind === 'not-written') return begun.answer;
  const over = call.state === 'ended' || call.state === 'failed';
  const body: HangUpBody = { call_id: callId, hang_up: over ? 'not-under-way' : await tell(carrier, callId) };
  await finishWrite(database, keyOf(grant.clientId, idempotencyKey), 200, body);
  return { outcome: 'hung-up', body };
}

/** A carrier that does not answer may have hung up or not. */
async function tell(carrier: Carrier, callId: string): Promise<HangUpBody['hang_up']> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'unknown'>((resolve) => {
    timer = setTimeout(() => {
      resolve('unknown');
      abort.abort();
    }, PLACE_TIMEOUT_MS);
  });
  try {
    const told = await Promise.race([carrier.hangUp?.(callId, abort.signal), timeout]);
    return told === 'done' || told === 'not-under-way' ? told : 'unknown';
  } catch {
    return 'unknown';
  } finally {
    clearTimeout(timer);
  }
}
