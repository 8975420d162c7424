import { parseEntry } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';
import { poisson, seeded } from '../../../../tests/support/seeded.js';
import { judgeLookups, type Tally } from './look.js';

interface Habits {
  /** Look-ups a day. */
  readonly rate: number;
  readonly night: number;
  readonly misses: number;
}

/** One day of a person, try after try: what is known after each. */
function dayOf(random: () => number, { rate, night, misses }: Habits): Tally[] {
  const seen: Tally[] = [];
  let tally: Tally = { days: 1, tries: 0, customers: 0, night: 0, misses: 0 };
  for (let left = poisson(random, rate); left > 0; left--) {
    const missed = random() < misses;
    tally = {
      days: 1,
      tries: tally.tries + 1,
      customers: tally.customers + (missed ? 0 : 1),
      night: tally.night + (random() < night ? 1 : 0),
      misses: tally.misses + (missed ? 1 : 0),
    };
    seen.push(tally);
  }
  return seen;
}

const add = (a: Tally, b: Tally): Tally => ({
  days: a.days + b.days,
  tries: a.tries + b.tries,
  customers: a.customers + b.customers,
  night: a.night + b.night,
  misses: a.misses + b.misses,
});
const NOTHING: Tally = { days: 0, tries: 0, customers: 0, night: 0, misses: 0 };

describe('made traces', () => {
  it.each<Habits>([
    { rate: 12, night: 0.02, misses: 0.03 },
    { rate: 45, night: 0.3, misses: 0.05 },
    { rate: 3, night: 0, misses: 0.1 },
  ])('of people with steady habits alarm falsely on fewer than one day in 2,000, looked at after every try: %o', (habits) => {
    const random = seeded(17);
    let days = 0;
    let alarmed = 0;
    for (let person = 0; person < 100; person++) {
      const past: Tally[] = [];
      for (let day = 0; day < 60; day++) {
        const seen = dayOf(random, habits);
        const before = past.slice(-28).reduce(add, NOTHING);
        if (day >= 28) {
          days++;
          if (seen.some((now) => judgeLookups(now, before).length > 0)) alarmed++;
        }
        past.push(seen.at(-1) ?? NOTHING);
      }
    }
    expect(days).toBe(3_200);
    // Seeded: one number, not chance. A rate of 1 in 2,000 would give 1.6.
    expect(alarmed).toBeLessThanOrEqual(1);
  });

  it('of a person who sells look-ups are found the first day', () => {
    const random = seeded(19);
    const usual = { rate: 20, night: 0.02, misses: 0.03 };
    const before = Array.from({ length: 28 }, () => dayOf(random, usual).at(-1) ?? NOTHING).reduce(add, NOTHING);
    const codes = (habits: Habits) => judgeLookups(dayOf(random, habits).at(-1) as Tally, before).map(({ code }) => code);
    expect(codes({ ...usual, rate: 70 })).toEqual(['lookups-many', 'lookups-spread']);
    expect(codes({ ...usual, night: 0.6 })).toEqual(['lookups-night']);
    expect(codes({ ...usual, misses: 0.5 })).toEqual(['lookups-misses']);
    expect(codes(usual)).toEqual([]);
  });
});

describe.each(engines)('alerts on %s', (engine) => {
  let test: TestBank;
  const now = Date.parse('2026-11-25T08:00:00Z');
  beforeAll(async () => {
    test = await createTestBank(engine, { clock: () => now });
  });
  afterAll(() => test.drop());
  /** Look-ups of a person on a day: one a customer. */
  const record = (person: string, day: string, count: number, hour = 10) =>
    test.database.query(
      `INSERT INTO lookup (id, at, day, hour, person, desk, purpose, reason)
       SELECT 'lookup_' || gen_random_uuid(), $2::date, $2, $4, $1, 'desk', 'service.desk', 'card-lost' FROM generate_series(1, $3)`,
      [person, day, count, hour],
    );
  const alertEntries = async () => {
    const rows = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return rows.map(({ body }) => parseEntry(body)).filter(({ type }) => type === 'alert');
  };

  it('are entered once a person, reason and day, with the figures, and nobody else is named', async () => {
    for (let day = 1; day <= 24; day++) {
      for (const person of ['staff-1', 'staff-2']) await record(person, `2026-11-${String(day).padStart(2, '0')}`, 20);
    }
    await record('staff-1', '2026-11-25', 70);
    await record('staff-2', '2026-11-25', 22);
    const [raised, ...more] = await test.bank.alerts.look();
    expect(more).toEqual([]);
    expect(raised).toMatchObject({
      code: 'lookups-many',
      about: 'staff-1',
      day: '2026-11-25',
      figures: { today: 70, 'earlier-days': 24, earlier: 480 },
    });
    expect(await test.bank.alerts.look()).toEqual([]);
    expect(await test.bank.alerts.list()).toEqual([raised]);
    expect(await alertEntries()).toMatchObject([{ code: 'lookups-many', person: 'staff-1', figures: { today: 70 } }]);
  });

  it('compare a new person with all', async () => {
    await record('staff-new', '2026-11-25', 70);
    await record('staff-new-2', '2026-11-25', 21);
    expect((await test.bank.alerts.look()).map(({ about }) => about)).toEqual(['staff-new']);
  });

  it('are entered once by 16 gateways that look at once', async () => {
    await record('staff-late', '2026-11-25', 80, 23);
    const raised = (await Promise.all(Array.from({ length: 16 }, () => test.bank.alerts.look()))).flat();
    expect(raised.map(({ code }) => code).sort()).toEqual(['lookups-many', 'lookups-night']);
  });

  it('name a vendor whose refusals rise', async () => {
    const day = (campaign: number, on: string, authorized: number, refused: number) =>
      test.database.query('INSERT INTO campaign_day (campaign, day, authorized, refused) VALUES ($1, $2, $3, $4)', [
        campaign,
        on,
        authorized,
        refused,
      ]);
    const { jwks } = { jwks: { keys: [test.bank.grants.keys().keys[0] as never] } };
    for (const id of ['vendor-a', 'vendor-b']) {
      await test.bank.vendors.add({ id, jwks });
      const terms = { purpose: 'marketing.insurance.term-life', budgetCalls: 1000, perCustomer: 2, perAgentPerHour: 40 };
      await test.bank.campaigns.create({ id: `c-${id.at(-1)}`, vendor: id, ...terms });
    }
    for (const campaign of [1, 2]) await day(campaign, '2026-11-24', 900, 20);
    await day(1, '2026-11-25', 80, 3);
    await day(2, '2026-11-25', 60, 40);
    expect(await test.bank.alerts.look()).toMatchObject([{ code: 'vendor-refusals', about: 'vendor-b', figures: { today: 40, of: 100 } }]);
    expect((await alertEntries()).at(-1)).toMatchObject({ code: 'vendor-refusals', vendor: 'vendor-b' });
  });
});
