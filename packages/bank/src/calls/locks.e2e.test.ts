import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ask, createWorldOn, entriesOf, stateOf, TestCarrier } from '../../../../tests/support/calls.js';
import { createDatabase } from '../../../../tests/support/databases.js';
import { openPostgres } from '../store/postgres.js';
import { LEASE_MS } from './limits.js';

const ENOUGH = 8;

describe('locks on PostgreSQL', () => {
  it('a customer locked by somebody else delays nobody but who calls that customer', async () => {
    const { url, drop } = await createDatabase();
    const database = await openPostgres(url);
    const world = await createWorldOn(database, () => database.close().then(drop));
    const carrier = new TestCarrier();
    const calls = world.calls({ carrier });
    const campaign = await world.campaign();
    const listed = await world.list(campaign, await world.customers(ENOUGH));
    const grant = await world.grant(campaign);
    await calls.place(ask(grant, listed[1]!));

    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM customer WHERE id = $1 FOR UPDATE', [String(listed[0]!.customer.row)]);
    let blockedDone = false;
    const blocked = calls.place(ask(grant, listed[0]!)).finally(() => {
      blockedDone = true;
    });
    const others = await Promise.all(listed.slice(1).map((row) => calls.place(ask(grant, row))));
    for (const answer of others) expect(answer).toMatchObject({ outcome: 'called' });
    expect(blockedDone).toBe(false);
    // While it is still blocked, further batches do not wait for it at all.
    await Promise.all(listed.slice(1).map((row) => calls.place(ask(grant, row))));
    expect(blockedDone).toBe(false);
    await holder.query('COMMIT');
    await holder.end();
    expect(await blocked).toMatchObject({ outcome: 'called' });
    expect(carrier.orders).toHaveLength(2 * ENOUGH);
    await world.drop();
  });

  it('a lock that is never given back: an error after its time, nothing written under the key', async () => {
    const { url, drop } = await createDatabase();
    const database = await openPostgres(url);
    const world = await createWorldOn(database, () => database.close().then(drop));
    const carrier = new TestCarrier();
    const calls = world.calls({ carrier });
    const campaign = await world.campaign();
    const [row] = await world.list(campaign, await world.customers(1));
    const grant = await world.grant(campaign);
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM customer WHERE id = $1 FOR UPDATE', [String(row!.customer.row)]);
    const request = ask(grant, row!);
    await expect(() => calls.place(request)).toFailWith('ERR_STORE_QUERY');
    expect(carrier.orders).toHaveLength(0);
    expect(await stateOf(world, campaign)).toMatchObject({ calls: 0, answers: 0, remaining: 1000 });
    await holder.query('COMMIT');
    await holder.end();
    expect(await calls.place(request)).toMatchObject({ body: { state: 'placed' } });
    await world.drop();
  });

  it('connections cut in mid-load: every order has its entry, no key is ordered twice, budget equals calls', async () => {
    const { url, drop } = await createDatabase();
    const database = await openPostgres(url);
    const world = await createWorldOn(database, () => database.close().then(drop));
    const carrier = new TestCarrier();
    let now: number | undefined;
    const calls = world.calls({ carrier });
    const campaign = await world.campaign();
    const listed = await world.list(campaign, await world.customers(40));
    const grant = await world.grant(campaign);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const requests = Array.from({ length: 300 }, (_, i) => ask(grant, listed[i % 40]!, { agent: `agent-${i % 7}` }));
    const settled = Promise.allSettled(
      requests.map(async (request, i) => {
        await sleep(i * 3);
        return calls.place(request);
      }),
    );
    for (let cut = 0; cut < 8; cut++) {
      await sleep(100);
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'numbra'`,
      );
    }
    const answers = await settled;
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(200);
    await admin.end();

    const orders = carrier.orders.map(({ callId }) => callId);
    expect(new Set(orders).size).toBe(orders.length);
    const entries = await entriesOf(world);
    const authorized = new Set(entries.filter(({ type }) => type === 'call.authorized').map(({ call }) => call));
    for (const order of orders) expect(authorized).toContain(order);
    // Whoever was not answered asks again: nothing is ordered that was authorized before.
    const again = await Promise.all(answers.map((answer, i) => (answer.status === 'rejected' ? calls.place(requests[i]!) : undefined)));
    for (const answer of again) if (answer !== undefined) expect(['called', 'conflict']).toContain(answer.outcome);
    now = Date.now() + LEASE_MS + 1000;
    const later = world.calls({ carrier, clock: () => now as number });
    carrier.found = 'not-placed';
    await later.reconcile();
    const [row] = await world.database.query<{ remaining: number; held: number }>(
      `SELECT b.remaining, (SELECT count(*)::integer FROM call WHERE state <> 'failed') AS held FROM campaign_budget b JOIN campaign c ON c.number = b.campaign WHERE c.id = $1`,
      [campaign],
    );
    expect(row!.remaining).toBe(1000 - row!.held);
    expect(row!.held).toBe(new Set(carrier.orders.map(({ callId }) => callId)).size);
    await world.drop();
  });
});
