/**
 * What a decoy's line does when it rings: it is answered, busy or rings out as often as the customers of the same campaign are. A vendor
 * who counts outcomes learns nothing of which rows are decoys.
 *
 * An interface, and no telephony: whoever runs the bank's lines asks once a call, by the caller id, which is one per campaign.
 * @module
 */
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { plainArray } from '../store/arrays.js';
import { readDecoyLines } from './lines.js';

/** How the calls of a campaign end. */
export interface DecoyBehaviour {
  /** Where the rates come from: the campaign's own calls, the bank's while those are too few, or none yet. */
  readonly basis: 'campaign' | 'bank' | 'none';
  /** Calls that were counted. */
  readonly calls: number;
  /** Shares of 1. */
  readonly answered: number;
  readonly busy: number;
  readonly notReached: number;
  /** Seconds of talk at the 5th, 15th … 95th percentile of answered calls; empty where nobody answered. */
  readonly talkSeconds: readonly number[];
}

/** What a line does with one call. */
export type LineAct = { readonly act: 'answer'; readonly talkSeconds: number } | { readonly act: 'busy' } | { readonly act: 'ring-out' };

/** Fewer calls say little: the error of a rate over 100 is five in a hundred. */
const CALLS_ENOUGH = 100;

/**
 * Measures how a campaign's calls end; calls to decoys are left out.
 *
 * @throws `ERR_CAMPAIGN_UNKNOWN`
 */
export async function decoyBehaviour(context: BankContext, campaign: string): Promise<DecoyBehaviour> {
  const [found] = await context.database.query<{ number: number }>('SELECT number FROM campaign WHERE id = $1', [campaign]);
  if (found === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
  const decoys = plainArray([...(await readDecoyLines(context)).keys()]);
  const own = await ratesOf(context, decoys, found.number);
  if (own.calls >= CALLS_ENOUGH) return { basis: 'campaign', ...own };
  const all = await ratesOf(context, decoys, null);
  return all.calls >= CALLS_ENOUGH ? { basis: 'bank', ...all } : { basis: 'none', ...own };
}

async function ratesOf({ database }: BankContext, decoys: string, campaign: number | null): Promise<Omit<DecoyBehaviour, 'basis'>> {
  const [row] = await database.query<{ answered: bigint; busy: bigint; missed: bigint; talk: string | null }>(
    `SELECT count(*) FILTER (WHERE result IN ('answered', 'ended')) AS answered, count(*) FILTER (WHERE result = 'busy') AS busy,
            count(*) FILTER (WHERE result = 'not-reached') AS missed,
            array_to_string(percentile_disc(ARRAY[.05, .15, .25, .35, .45, .55, .65, .75, .85, .95]) WITHIN GROUP (ORDER BY talk_seconds)
              FILTER (WHERE talk_seconds IS NOT NULL), ' ') AS talk
       FROM call k LEFT JOIN unnest($1::text::bigint[]) AS d (customer) ON d.customer = k.customer
      WHERE d.customer IS NULL AND result IS NOT NULL AND ($2::integer IS NULL OR campaign = $2)`,
    [decoys, campaign],
  );
  const [answered, busy, missed] = [Number(row?.answered ?? 0), Number(row?.busy ?? 0), Number(row?.missed ?? 0)];
  const calls = answered + busy + missed;
  const share = (count: number) => (calls === 0 ? 0 : count / calls);
  const talkSeconds = row?.talk ? row.talk.split(' ').map(Number) : [];
  return { calls, answered: share(answered), busy: share(busy), notReached: share(missed), talkSeconds };
}

/** A line that hangs up at once is known by it: what is talked where nothing was measured. */
const SHORTEST_TALK_SECONDS = 10;

/**
 * What a line does with a call. Without rates it rings out, as a phone does that nobody hears.
 *
 * @param random - numbers from 0 up to, not including, 1; two are drawn
 */
export function lineAct({ calls, answered, busy, talkSeconds }: DecoyBehaviour, random: () => number): LineAct {
  const outcome = random();
  const talk = random();
  if (calls === 0 || outcome >= answered + busy) return { act: 'ring-out' };
  if (outcome >= answered) return { act: 'busy' };
  return { act: 'answer', talkSeconds: talkSeconds[Math.floor(talk * talkSeconds.length)] ?? SHORTEST_TALK_SECONDS };
}
