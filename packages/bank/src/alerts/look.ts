/**
 * What stands out today: a person's look-ups (how many, of how many customers, by night, and how many missed) and a vendor's refusals, each
 * against the four weeks before. statistics.ts says how surprising a figure must be; whoever is found stands in the ledger once a day.
 *
 * False alarms, where days are alike: at most 1 person-day in 5,000 by the two counts, and 1 in 10,000 by the two shares together, which are
 * looked at many times a day (alerts.e2e.test.ts measures both on made traces). A new person is compared with all of the bank.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import { momentOf } from '../lookups/record.js';
import { newId } from '../store/ids.js';
import { countTail, type History, type Share, shareTail } from './statistics.js';

export type AlertCode = 'lookups-many' | 'lookups-spread' | 'lookups-night' | 'lookups-misses' | 'vendor-refusals';

export interface Alert {
  /** `alert_…`, as in the ledger. */
  readonly id: string;
  readonly at: Date;
  readonly code: AlertCode;
  /** The person's id, or the vendor's. */
  readonly about: string;
  /** YYYY-MM-DD in the bank's time zone. */
  readonly day: string;
  /** What was counted: of the day, and of the days that it is compared with. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Alarms by counts, a check and day; by shares, which many looks a day are taken at. */
export const COUNT_ALARM = 1e-4;
export const SHARE_ALARM = 1e-5;

const COMPARED_DAYS = 28;
/** With fewer days of their own, a person is compared with all. */
const OWN_DAYS = 5;
/** A share of fewer tries is nobody's habit. */
const LEAST_TRIES = 10;
/** Local hours from here to there are night. */
const NIGHT = { from: 20, until: 7 } as const;

/** One person's look-ups of a day, or of the days before together. */
export interface Tally {
  /** Days with look-ups. */
  readonly days: number;
  readonly tries: number;
  /** Sum over days of different customers a day. */
  readonly customers: number;
  readonly night: number;
  /** Refused, or about nobody. */
  readonly misses: number;
}

interface Found {
  readonly code: AlertCode;
  readonly figures: Readonly<Record<string, number>>;
}

/** What stands out of a person's day. @param before - the person's own days, or all of the bank's as days of one person each */
export function judgeLookups(today: Tally, before: Tally): Found[] {
  const found: Found[] = [];
  const count = (code: AlertCode, figure: number, { days, sum }: History): void => {
    if (countTail(figure, { days, sum }) <= COUNT_ALARM)
      found.push({ code, figures: { today: figure, 'earlier-days': days, earlier: sum } });
  };
  const share = (code: AlertCode, part: number, earlier: Share): void => {
    found.push(...judgeShare(code, { part, whole: today.tries }, earlier));
  };
  count('lookups-many', today.tries, { days: before.days, sum: before.tries });
  count('lookups-spread', today.customers, { days: before.days, sum: before.customers });
  share('lookups-night', today.night, { part: before.night, whole: before.tries });
  share('lookups-misses', today.misses, { part: before.misses, whole: before.tries });
  return found;
}

/** What stands out of a share of a day's tries: one finding, or none. */
function judgeShare(code: AlertCode, { part, whole }: Share, earlier: Share): Found[] {
  if (whole < LEAST_TRIES || shareTail(part, whole, earlier) > SHARE_ALARM) return [];
  return [{ code, figures: { today: part, of: whole, earlier: earlier.part, 'earlier-of': earlier.whole } }];
}

/** Looks at today, and enters what was not entered yet. Returns that. */
export async function lookForAlerts(context: BankContext): Promise<Alert[]> {
  const policy = await context.policies.refresh(context.database);
  const { now, day } = momentOf(policy, context.clock());
  const found = [...(await ofPeople(context, day)), ...(await ofVendors(context, day))];
  const raised: Alert[] = [];
  for (const { about, code, figures } of found) {
    const alert: Alert = { id: newId(context, 'alert'), at: new Date(now), code, about, day, figures };
    if (await enter(context, alert)) raised.push(alert);
  }
  return raised;
}

/** The newest first. */
export async function listAlerts({ database }: Pick<BankContext, 'database'>): Promise<Alert[]> {
  const rows = await database.query<Omit<Alert, 'figures'> & { readonly figures: string }>(
    'SELECT id, at, code, about, day, figures FROM alert ORDER BY at DESC, id LIMIT 500',
  );
  return rows.map(({ figures, ...alert }) => ({ ...alert, figures: JSON.parse(figures) as Record<string, number> }));
}

async function enter(context: BankContext, { id, at, code, about, day, figures }: Alert): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    const fresh = await tx.query(
      `INSERT INTO alert (id, at, code, about, day, figures) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (code, about, day) DO NOTHING RETURNING 1`,
      [id, at, code, about, day, JSON.stringify(figures)],
    );
    if (fresh.length === 0) return false;
    const who = code === 'vendor-refusals' ? { vendor: about } : { person: about };
    await appendEntries(tx, [writeEntry('alert', { code, ...who, figures }, { at: at.getTime(), nonce: context.random(16) })]);
    return true;
  });
}

type PersonRow = { readonly person: string; readonly today: boolean } & Tally;

async function ofPeople({ database }: BankContext, day: string): Promise<(Found & { readonly about: string })[]> {
  const rows = await database.query<PersonRow>(
    `SELECT person, day = $1 AS today, count(DISTINCT day)::integer AS days, count(*)::integer AS tries,
            count(DISTINCT (day, customer)) FILTER (WHERE customer IS NOT NULL)::integer AS customers,
            count(*) FILTER (WHERE hour >= $3 OR hour < $4)::integer AS night,
            count(*) FILTER (WHERE code IS NOT NULL)::integer AS misses
       FROM lookup WHERE day <= $1 AND day >= to_char($1::date - $2::integer, 'YYYY-MM-DD')
      GROUP BY person, day = $1`,
    [day, COMPARED_DAYS, NIGHT.from, NIGHT.until],
  );
  const before = new Map(rows.filter(({ today }) => !today).map((row) => [row.person, row]));
  const all = [...before.values()].reduce(added, NOTHING);
  return rows
    .filter(({ today }) => today)
    .flatMap((today) => {
      const own = before.get(today.person);
      const compared = own !== undefined && own.days >= OWN_DAYS ? own : all;
      return judgeLookups(today, compared).map((found) => ({ ...found, about: today.person }));
    });
}

const NOTHING: Tally = { days: 0, tries: 0, customers: 0, night: 0, misses: 0 };

function added(a: Tally, b: Tally): Tally {
  return {
    days: a.days + b.days,
    tries: a.tries + b.tries,
    customers: a.customers + b.customers,
    night: a.night + b.night,
    misses: a.misses + b.misses,
  };
}

async function ofVendors({ database }: BankContext, day: string): Promise<(Found & { readonly about: string })[]> {
  const rows = await database.query<{ vendor: string; part: number; whole: number; earlier: number; earlier_whole: number }>(
    `SELECT c.vendor,
            coalesce(sum(d.refused) FILTER (WHERE d.day = $1), 0)::integer AS part,
            coalesce(sum(d.refused + d.authorized) FILTER (WHERE d.day = $1), 0)::integer AS whole,
            coalesce(sum(d.refused) FILTER (WHERE d.day < $1), 0)::integer AS earlier,
            coalesce(sum(d.refused + d.authorized) FILTER (WHERE d.day < $1), 0)::integer AS earlier_whole
       FROM campaign_day d JOIN campaign c ON c.number = d.campaign
      WHERE d.day <= $1 AND d.day >= to_char($1::date - $2::integer, 'YYYY-MM-DD') GROUP BY c.vendor`,
    [day, COMPARED_DAYS],
  );
  return rows.flatMap(({ vendor, part, whole, earlier, earlier_whole: earlierWhole }) =>
    judgeShare('vendor-refusals', { part, whole }, { part: earlier, whole: earlierWhole }).map((found) => ({ ...found, about: vendor })),
  );
}
