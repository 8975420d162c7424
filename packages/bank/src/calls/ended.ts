/**
 * The end of a call, as the carrier reports it. It takes a further use of the customer's and an entry, in a transaction of its own.
 * A report about a call whose fate was unknown says that it was placed, and settles it first.
 * @module
 */
import { type EntryStamp, writeEntry } from '@numbra/ledger';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { openBytes } from '../store/cells.js';
import type { Queryable } from '../store/database.js';
import { isRetryable } from '../store/store-error.js';
import { enqueueWebhooks } from '../webhooks/deliveries.js';
import { isCallId } from './ids.js';
import type { LaneShared } from './lane.js';
import { MOST_RETRIES } from './limits.js';
import { toTheMinute } from './read.js';

export interface CallEnd {
  readonly result: 'answered' | 'busy' | 'not-reached' | 'ended';
  /** Rounded up to ten seconds before it is kept. */
  readonly talkSeconds?: number;
}

interface EndingCall {
  readonly campaign: string;
  readonly vendor: string;
  readonly customer: bigint;
  readonly state: 'authorized' | 'placed' | 'failed' | 'unknown' | 'ended';
  readonly n: bigint;
  readonly moment: Date;
}

/** Vendors see talk time to this. */
const TALK_STEP_SECONDS = 10;

/**
 * Records the end of a call.
 *
 * @returns whether it was recorded: not twice, and not of a call that was never placed
 * @throws `ERR_CALL_ID`
 */
export async function endCall(shared: LaneShared, callId: string, end: CallEnd): Promise<boolean> {
  if (!isCallId(callId)) throw fail('ERR_CALL_ID');
  for (let retries = 0; ; retries++) {
    try {
      return await shared.context.database.transaction((tx) => writeEnd(tx, shared, callId, end));
    } catch (error) {
      if (!isRetryable(error) || retries >= MOST_RETRIES) throw error;
    }
  }
}

async function writeEnd(tx: Queryable, shared: LaneShared, id: string, { result, talkSeconds }: CallEnd): Promise<boolean> {
  const clock = shared.clock === undefined ? null : new Date(shared.clock());
  // The call before the customer, as everywhere.
  const [call] = await tx.query<EndingCall>(
    `SELECT c.id AS campaign, x.vendor, x.customer, x.state, x.n, coalesce($2, clock_timestamp()) AS moment
       FROM call x JOIN campaign c ON c.number = x.campaign WHERE x.id = $1 FOR NO KEY UPDATE OF x`,
    [id, clock],
  );
  if (call === undefined || call.state === 'failed' || call.state === 'ended') return false;
  const { subject, settlement } = await takeUse(tx, shared, call);
  const stamp = (): EntryStamp => ({ at: call.moment.getTime(), nonce: shared.random(16) });
  const seconds = talkSeconds === undefined ? undefined : Math.ceil(Math.max(0, talkSeconds) / TALK_STEP_SECONDS) * TALK_STEP_SECONDS;
  const entries = [writeEntry('call.ended', { call: id, campaign: call.campaign, subject, state: result, seconds }, stamp())];
  if (call.state !== 'placed') {
    entries.unshift(
      writeEntry('call.placed', { call: id, campaign: call.campaign, subject: settlement, carrier: shared.carrier }, stamp()),
    );
  }
  await tx.query(
    `UPDATE call SET state = 'ended', told = coalesce(told, 'placed'), settled_at = coalesce(settled_at, $2),
                     ended_at = $2, result = $3, talk_seconds = $4 WHERE id = $1`,
    [id, call.moment, result, seconds ?? null],
  );
  await appendEntries(tx, entries);
  const told = { call_id: id, campaign: call.campaign, state: result, at: toTheMinute(call.moment) };
  const data = { ...told, ...(seconds !== undefined && { talk_seconds: seconds }) };
  await enqueueWebhooks(tx, shared.context, call.vendor, 'call.ended', data, new Date(shared.context.clock()));
  return true;
}

/** Takes one use under the customer's lock; the settlement's was taken with the authorization. */
async function takeUse(tx: Queryable, { context, subjectOf, random }: LaneShared, call: EndingCall) {
  const [customer] = await tx.query<{ uses: bigint; customer_id: string; customer_key: Uint8Array | null }>(
    'SELECT uses, customer_id, customer_key FROM customer WHERE id = $1 FOR NO KEY UPDATE',
    [call.customer],
  );
  // Erased: nothing links any more, so that any bytes do.
  if (customer === undefined || customer.customer_key === null) return { subject: random(16), settlement: random(16) };
  const key = openBytes(context.keys.subject, 'customer_key', customer.customer_id, customer.customer_key);
  const uses = Number(customer.uses) + 1;
  await tx.query('UPDATE customer SET uses = $2 WHERE id = $1', [call.customer, uses]);
  const subjects = { subject: subjectOf(key, uses), settlement: subjectOf(key, Number(call.n) + 1) };
  key.fill(0);
  return subjects;
}
