import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, createWorldOn, type Listed, secondProcess, stateOf, TestCarrier, type World } from '../../../../tests/support/calls.js';
import { createDatabase } from '../../../../tests/support/databases.js';
import { openPostgres } from '../store/postgres.js';
import type { CallAnswer } from './answer.js';
import type { Calls } from './index.js';
import { recordReplays } from './replay.js';
import type { CallRequest } from './request.js';

const AT_ONCE = 64;
const ROUNDS = 4;

describe('two processes on one PostgreSQL, 64 requests at once', () => {
  let one: World;
  let two: World;
  let carrier: TestCarrier;
  let both: [Calls, Calls];

  beforeAll(async () => {
    const { url, drop } = await createDatabase();
    const database = await openPostgres(url);
    one = await createWorldOn(database, () => database.close().then(drop), { perDay: '1000' });
    two = await secondProcess(one, await openPostgres(url));
    carrier = new TestCarrier();
    both = [one.calls({ carrier }), two.calls({ carrier })];
  });
  afterAll(async () => {
    await two.drop();
    await one.drop();
  });

  /** Sends the requests at once, half to each process, and counts the answers. */
  async function race(
    requests: readonly CallRequest[],
  ): Promise<{ counts: Record<string, number>; answers: CallAnswer[]; orders: number }> {
    const before = carrier.orders.length;
    const answers = await Promise.all(requests.map((request, i) => both[i % 2]!.place(request)));
    const counts: Record<string, number> = {};
    for (const answer of answers) {
      const name = answer.outcome === 'refused' ? answer.code : answer.outcome;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return { counts, answers, orders: carrier.orders.length - before };
  }

  async function scene(rows: number, options: Parameters<World['campaign']>[0] = {}) {
    const campaign = await one.campaign(options);
    const listed = await one.list(campaign, await one.customers(rows));
    return { campaign, listed, row: listed[0] as Listed, grant: await one.grant(campaign) };
  }

  const times = <T>(make: (i: number) => T): T[] => Array.from({ length: AT_ONCE }, (_, i) => make(i));

  it.each(Array.from({ length: ROUNDS }, (_, round) => round))('the last unit of a budget is spent once (round %i)', async () => {
    const { campaign, listed, grant } = await scene(AT_ONCE, { budgetCalls: 1 });
    const { counts, orders } = await race(times((i) => ask(grant, listed[i]!)));
    expect(counts).toEqual({ called: 1, 'budget-used': 63 });
    expect(orders).toBe(1);
    expect(await stateOf(one, campaign)).toMatchObject({ remaining: 0, calls: 1 });
  });

  it('the last ten units are ten calls', async () => {
    const { campaign, listed, grant } = await scene(AT_ONCE, { budgetCalls: 10 });
    const { counts, orders } = await race(times((i) => ask(grant, listed[i]!)));
    expect(counts).toEqual({ called: 10, 'budget-used': 54 });
    expect(orders).toBe(10);
    expect(await stateOf(one, campaign)).toMatchObject({ remaining: 0, calls: 10 });
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'a cap of one on one customer lets one call through (round %i)',
    async () => {
      const { row, grant } = await scene(1, { purpose: 'marketing.capped' });
      const { counts, orders } = await race(times(() => ask(grant, row)));
      expect(counts).toEqual({ called: 1, 'customer-unavailable': 63 });
      expect(orders).toBe(1);
      const [customer] = await one.database.query<{ uses: bigint }>('SELECT uses FROM customer WHERE id = $1', [row.customer.row]);
      expect(customer!.uses).toBe(65n);
    },
  );

  it.each(Array.from({ length: ROUNDS }, (_, round) => round))('the last call of an agent is one call (round %i)', async (round) => {
    const { listed, grant } = await scene(AT_ONCE, { perAgentPerHour: 1 });
    const { counts, orders } = await race(times((i) => ask(grant, listed[i]!, { agent: `last-${round}` })));
    expect(counts).toEqual({ called: 1, 'agent-limit': 63 });
    expect(orders).toBe(1);
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => round))('three calls under way are three (round %i)', async () => {
    const { listed, grant } = await scene(AT_ONCE, { purpose: 'marketing.crowded' });
    const { counts, orders } = await race(times((i) => ask(grant, listed[i]!)));
    expect(counts).toEqual({ called: 3, 'concurrency-limit': 61 });
    expect(orders).toBe(3);
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => round))('one key is one call (round %i)', async () => {
    const { campaign, row, grant } = await scene(1);
    const request = ask(grant, row);
    const { answers, orders } = await race(times(() => request));
    const call = answers.find(({ outcome }) => outcome === 'called');
    for (const answer of answers) expect([call, { outcome: 'conflict', status: 409 }]).toContainEqual(answer);
    expect(orders).toBe(1);
    expect(await stateOf(one, campaign)).toMatchObject({ remaining: 999, calls: 1 });
    expect(await both[1].place(request)).toEqual(call);
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'one key with two bodies is one call, the other body a mismatch (round %i)',
    async () => {
      const { campaign, listed, grant } = await scene(2);
      const requests = listed.map((row) => ask(grant, row, { idempotencyKey: `two-bodies-${campaign}` }));
      const { counts, orders } = await race(times((i) => requests[Math.floor(i / 2) % 2]!));
      expect(counts['mismatch']).toBe(32);
      expect((counts['called'] ?? 0) + (counts['conflict'] ?? 0)).toBe(32);
      expect(orders).toBe(1);
      expect(await stateOf(one, campaign)).toMatchObject({ remaining: 999, calls: 1 });
    },
  );

  it('one replay key is first once', async () => {
    const key = one.context.random(16);
    const answers = await Promise.all(times((i) => recordReplays([one, two][i % 2]!.database, [{ key, expiresAt: Date.now() + 1000 }])));
    expect(answers.flat().filter(Boolean)).toHaveLength(1);
  });

  it('under load on the same customers and agents nothing is lost, doubled or deadlocked', async () => {
    const { campaign, listed, grant } = await scene(12, { purpose: 'marketing.thrice', budgetCalls: 30, perAgentPerHour: 9 });
    carrier.answer = ({ callId }) =>
      callId.charCodeAt(35) % 3 === 0 ? { outcome: 'not-placed', cause: 'busy-trunk' } : { outcome: 'placed' };
    const started = new Date();
    const totals: Record<string, number> = {};
    for (let round = 0; round < 6; round++) {
      const { counts } = await race(times((i) => ask(grant, listed[(i * 7 + round) % 12]!, { agent: `agent-${i % 5}` })));
      for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
    }
    carrier.answer = () => ({ outcome: 'placed' });
    const [row] = await one.database.query<{
      remaining: number;
      held: number;
      most: number;
      agent: number;
      doubled: number;
      uses: number;
      taken: number;
    }>(
      `SELECT b.remaining, (SELECT count(*)::integer FROM call x WHERE x.campaign = c.number AND x.state <> 'failed') AS held,
              (SELECT max(n)::integer FROM (SELECT count(*) AS n FROM call x WHERE x.campaign = c.number AND x.state <> 'failed' GROUP BY x.customer) y) AS most,
              (SELECT max(n)::integer FROM (SELECT count(*) AS n FROM call x WHERE x.campaign = c.number AND x.state <> 'failed' GROUP BY x.agent) y) AS agent,
              (SELECT count(*)::integer FROM (SELECT 1 FROM call x WHERE x.campaign = c.number GROUP BY x.customer, x.n HAVING count(*) > 1) y) AS doubled,
              (SELECT sum(u.uses)::integer FROM customer u WHERE u.id IN (SELECT m.customer FROM member m WHERE m.campaign = c.number)) AS uses,
              (SELECT 2 * count(*)::integer FROM call x WHERE x.campaign = c.number)
                + (SELECT count(*)::integer FROM refusal r WHERE r.campaign = c.number AND r.customer IS NOT NULL AND r.at >= $2) AS taken
         FROM campaign c JOIN campaign_budget b ON b.campaign = c.number WHERE c.id = $1`,
      [campaign, started],
    );
    expect(row!.remaining).toBe(30 - row!.held);
    expect(row!.held).toBeLessThanOrEqual(30);
    expect(row!.most).toBeLessThanOrEqual(3);
    expect(row!.agent).toBeLessThanOrEqual(9);
    expect(row!.doubled).toBe(0);
    expect(row!.uses).toBe(row!.taken);
    expect(Object.keys(totals).sort()).toEqual(expect.arrayContaining(['called', 'customer-unavailable']));
  });
});

describe('refusals of a day', () => {
  it('are counted exactly by two processes', async () => {
    const { url, drop } = await createDatabase();
    const database = await openPostgres(url);
    const one = await createWorldOn(database, () => database.close().then(drop), { perDay: '10' });
    const two = await secondProcess(one, await openPostgres(url));
    const both = [one, two].map((world) => world.calls({ carrier: new TestCarrier() }));
    const grant = await one.grant(await one.campaign());
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => both[i % 2]!.place(ask(grant, { dialToken: 'nonsense' as Listed['dialToken'] }))),
    );
    const codes = answers.map((answer) => (answer.outcome === 'refused' ? answer.code : answer.outcome));
    expect(codes.filter((code) => code === 'token-invalid')).toHaveLength(10);
    expect(codes.filter((code) => code === 'probing-limit')).toHaveLength(54);
    await two.drop();
    await one.drop();
  });
});
