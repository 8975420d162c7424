import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, engines, entriesOf, type Listed, stateOf, TestCarrier } from '../../../../tests/support/calls.js';
import { type Fault, hasRequests, noFault } from '../../../../tests/support/faults.js';
import { type Stage, stageOn } from '../../../../tests/support/stage.js';
import { fail } from '../errors.js';
import { StoreError } from '../store/store-error.js';
import { openCalls } from './index.js';
import { LEASE_MS } from './limits.js';

const ENOUGH = 8;

describe.each(engines)('faults on %s', (engine) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOn(engine);
  });
  afterEach(async () => {
    stage.faults.current = noFault;
    await stage.drop();
  });

  async function scene(rows = 1) {
    const { world } = stage;
    const carrier = new TestCarrier();
    const campaign = await world.campaign();
    const listed = await world.list(campaign, await world.customers(rows));
    return { world, carrier, campaign, listed, row: listed[0] as Listed, grant: await world.grant(campaign) };
  }

  it('an answer to COMMIT that is lost: nothing is dialled, and the row decides', async () => {
    const { world, carrier, campaign, row, grant } = await scene();
    let now = Date.now();
    const calls = world.calls({ carrier, clock: () => now });
    stage.faults.current = async (transaction, work) => {
      const result = await transaction.run(work);
      if (hasRequests(transaction)) throw fail('ERR_COMMIT_UNCERTAIN');
      return result;
    };
    const request = ask(grant, row);
    await expect(() => calls.place(request)).toFailWith('ERR_COMMIT_UNCERTAIN');
    stage.faults.current = noFault;
    expect(carrier.orders).toHaveLength(0);
    expect(await calls.place(request)).toEqual({ outcome: 'conflict', status: 409 });
    now += LEASE_MS;
    expect(await calls.place(request)).toMatchObject({ outcome: 'called', body: { state: 'unknown' } });
    carrier.found = 'not-placed';
    expect(await calls.reconcile()).toEqual({ placed: 0, failed: 1, unknown: 0 });
    expect(carrier.orders).toHaveLength(0);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 1000, calls: 1 });
  });

  it('a COMMIT that answers ROLLBACK: nothing is written, the request goes singly, one call', async () => {
    const { world, carrier, campaign, listed, grant } = await scene(3);
    const calls = world.calls({ carrier });
    let times = 1;
    stage.faults.current = (transaction, work) =>
      transaction.run(async (tx) => {
        const result = await work(tx);
        if (times-- > 0) throw fail('ERR_COMMIT_REFUSED');
        return result;
      });
    const answers = await Promise.all(listed.map((row) => calls.place(ask(grant, row))));
    for (const answer of answers) expect(answer).toMatchObject({ outcome: 'called', body: { state: 'placed' } });
    expect(carrier.orders).toHaveLength(3);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 997, calls: 3 });
  });

  it('a deadlock is tried again three times; one more and the requests go singly', async () => {
    const { world, carrier, campaign, listed, grant } = await scene(4);
    const calls = world.calls({ carrier });
    for (const deadlocks of [1, 3, 4]) {
      let left = deadlocks;
      let attempts = 0;
      stage.faults.current = (transaction, work) => {
        attempts++;
        return left-- > 0 ? Promise.reject(new StoreError('40P01', undefined, 'SQLSTATE 40P01')) : transaction.run(work);
      };
      const answers = await Promise.all(listed.map((row) => calls.place(ask(grant, row))));
      for (const answer of answers) expect(answer).toMatchObject({ body: { state: 'placed' } });
      expect(attempts).toBeGreaterThan(deadlocks);
    }
    expect(carrier.orders).toHaveLength(12);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 988, calls: 12 });
  });

  it('one bad request spoils nobody else’s', async () => {
    const { world, carrier, campaign, listed, grant } = await scene(ENOUGH);
    const calls = world.calls({ carrier });
    const [bad] = listed as [Listed];
    // A customer key that does not open stands for any row that makes deciding throw.
    await world.database.query(`UPDATE customer SET customer_key = '\\x00' WHERE id = $1`, [bad.customer.row]);
    const answers = await Promise.allSettled(listed.map((row) => calls.place(ask(grant, row))));
    expect(answers[0]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_STORE_CELL' } });
    for (const answer of answers.slice(1)) expect(answer).toMatchObject({ status: 'fulfilled', value: { body: { state: 'placed' } } });
    expect(carrier.orders).toHaveLength(ENOUGH - 1);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 1000 - ENOUGH + 1, calls: ENOUGH - 1, answers: ENOUGH - 1 });
  });

  it('settlements that the database does not take are written later, and the answer waits for them', async () => {
    const { world, carrier, campaign, listed, grant } = await scene(3);
    const calls = world.calls({ carrier });
    let left = 5;
    stage.faults.current = (transaction, work) =>
      transaction.run(async (tx) => {
        const result = await work(tx);
        if (transaction.statements.some((sql) => sql.includes('calls_settle')) && left-- > 0) throw fail('ERR_STORE_UNREACHABLE');
        return result;
      });
    const answers = await Promise.all(listed.map((row) => calls.place(ask(grant, row))));
    for (const answer of answers) expect(answer).toMatchObject({ body: { state: 'placed' } });
    expect(left).toBeLessThan(0);
    const types = (await entriesOf(world)).slice(-6).map(({ type }) => type);
    expect(types.filter((type) => type === 'call.placed')).toHaveLength(3);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 997 });
  });

  it('a settlement whose COMMIT answer is lost is entered once', async () => {
    const { world, carrier, row, grant } = await scene();
    const calls = world.calls({ carrier });
    let left = 2;
    stage.faults.current = async (transaction, work) => {
      const result = await transaction.run(work);
      if (!hasRequests(transaction) && left-- > 0) throw fail('ERR_COMMIT_UNCERTAIN');
      return result;
    };
    expect(await calls.place(ask(grant, row))).toMatchObject({ body: { state: 'placed' } });
    const { callId } = carrier.orders[0]!;
    const types = (await entriesOf(world)).filter(({ call }) => call === callId).map(({ type }) => type);
    expect(types).toEqual(['call.authorized', 'call.placed']);
  });

  it('a policy that another process adopted holds from the next call on', async () => {
    const { world, carrier, row, grant } = await scene();
    const calls = world.calls({ carrier });
    expect(await calls.place(ask(grant, row))).toMatchObject({ outcome: 'called' });
    await world.database.query(
      `INSERT INTO policy (digest, document, adopted_at)
       SELECT 'sha256:' || repeat('0', 64), replace(document, 'marketing.free: {}', 'marketing.free: { recipients: [vendor-b] }'), now() FROM policy`,
    );
    // Its digest is another one than the text's: the bank computes its own.
    await world.database.query(`UPDATE policy SET digest = $1 WHERE digest LIKE 'sha256:000%'`, [
      (await world.context.policies.refresh(world.database)).digest,
    ]);
    expect(await calls.place(ask(grant, row))).toRefuse('campaign-closed');
  });

  describe('a process that dies', () => {
    const forever = <T>(): Promise<T> => new Promise(() => {});

    /** At the named moment of a call's life the first process stops for ever. */
    const deaths: Record<
      string,
      { arrange: (faults: { current: Fault }, carrier: TestCarrier) => void; authorized: boolean; ordered: boolean }
    > = {
      'before it asks the database': {
        arrange: (faults) => {
          faults.current = () => forever();
        },
        authorized: false,
        ordered: false,
      },
      'between reading and writing': {
        arrange: (faults) => {
          faults.current = (transaction, work) =>
            transaction
              .run(async (tx) => {
                await work({
                  query: (sql, values) => (sql.includes('calls_write') ? Promise.reject(new Error('dead')) : tx.query(sql, values)),
                });
                throw new Error('dead');
              })
              .catch(() => forever());
        },
        authorized: false,
        ordered: false,
      },
      'after COMMIT, before the carrier is asked': {
        arrange: (faults) => {
          faults.current = (transaction, work) => transaction.run(work).then(() => forever());
        },
        authorized: true,
        ordered: false,
      },
      'while the carrier is asked': {
        arrange: (_faults, carrier) => {
          carrier.answer = () => forever();
        },
        authorized: true,
        ordered: true,
      },
      'before the settlement is committed': {
        arrange: (faults) => {
          faults.current = async (transaction, work) => {
            const result = await transaction
              .run(async (tx) => {
                const done = await work(tx);
                if (!hasRequests(transaction)) throw new Error('dead');
                return done;
              })
              .catch(() => forever<never>());
            return result;
          };
        },
        authorized: true,
        ordered: true,
      },
    };

    it.each(Object.entries(deaths))(
      '%s: no call without its entry, no second call, and another process settles it',
      async (_name, death) => {
        const { world, carrier, campaign, row, grant } = await scene();
        const before = await stateOf(world, campaign);
        death.arrange(stage.faults, carrier);
        const request = ask(grant, row);
        // Not closed by the test: it is dead.
        void openCalls(world.context, { carrier })
          .place(request)
          .catch(() => {});
        const until = Date.now() + 3000;
        while (Date.now() < until && (death.ordered ? carrier.orders.length === 0 : (await stateOf(world, campaign)).calls === 0))
          await sleep(20);
        await sleep(50);

        const other = await stage.reopen();
        try {
          const entries = (await entriesOf(other)).slice(before.entries);
          expect(entries.map(({ type }) => type)).toEqual(death.authorized ? ['call.authorized'] : []);
          expect(carrier.orders).toHaveLength(death.ordered ? 1 : 0);
          for (const { callId } of carrier.orders) expect(entries[0]!['call']).toBe(callId);

          const second = new TestCarrier();
          let now = Date.now();
          const calls = other.calls({ carrier: second, clock: () => now });
          const answer = await calls.place(request);
          if (!death.authorized) {
            expect(answer).toMatchObject({ outcome: 'called', body: { state: 'placed' } });
            expect(second.orders).toHaveLength(1);
            expect(await stateOf(other, campaign)).toMatchObject({ remaining: 999, calls: 1 });
            return;
          }
          expect(answer).toEqual({ outcome: 'conflict', status: 409 });
          now += LEASE_MS + 1000;
          expect(await calls.place(request)).toMatchObject({ outcome: 'called', status: 201, body: { state: 'unknown' } });
          expect(await calls.unknown()).toHaveLength(1);
          second.found = death.ordered ? 'placed' : 'not-placed';
          expect(await calls.reconcile()).toEqual({ placed: death.ordered ? 1 : 0, failed: death.ordered ? 0 : 1, unknown: 0 });
          expect(await calls.place(request)).toMatchObject({ body: { state: 'unknown' } });
          expect(second.orders).toHaveLength(0);
          expect(await stateOf(other, campaign)).toMatchObject({ remaining: death.ordered ? 999 : 1000, calls: 1 });
        } finally {
          await other.drop();
        }
      },
    );
  });
});

describe('time', () => {
  it('with too little lease left the carrier is not asked, and the budget comes back', async () => {
    const stage = await stageOn('pglite');
    const { world, faults } = stage;
    const carrier = new TestCarrier();
    const calls = world.calls({ carrier });
    const campaign = await world.campaign();
    const [row] = await world.list(campaign, await world.customers(1));
    let slow = true;
    faults.current = async (transaction, work) => {
      const result = await transaction.run(work);
      if (slow) await sleep(5_100);
      slow = false;
      return result;
    };
    expect(await calls.place(ask(await world.grant(campaign), row!))).toMatchObject({ outcome: 'called', body: { state: 'failed' } });
    expect(carrier.orders).toHaveLength(0);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 1000 });
    expect((await entriesOf(world)).at(-1)).toMatchObject({ type: 'call.failed', cause: 'lease-short', returned: true });
    await stage.drop();
  });

  it('a carrier that hangs is unknown after five seconds, told to stop, and its late answer changes nothing', async () => {
    const stage = await stageOn('pglite');
    const { world } = stage;
    const carrier = new TestCarrier();
    let aborted = false;
    carrier.answer = ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          aborted = true;
          resolve({ outcome: 'not-placed', cause: 'cancelled' });
        }),
      );
    const calls = world.calls({ carrier });
    const campaign = await world.campaign();
    const [row] = await world.list(campaign, await world.customers(1));
    expect(await calls.place(ask(await world.grant(campaign), row!))).toMatchObject({ body: { state: 'unknown' } });
    expect(aborted).toBe(true);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 999 });
    await stage.drop();
  });
});
