import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { startPostgres, type TestServer } from '../../../../tests/support/postgres.js';
import { canMount, type SmallDisk, smallDisk } from '../../../../tests/support/small-disk.js';

const PAUSE_MS = 400;

/** What a fault must leave as it was. */
async function traces({ database }: TestGateway) {
  const [row] = await database.query<{ keys: number; calls: number; remaining: number; pending: number }>(
    `SELECT (SELECT count(*)::integer FROM idempotency) AS keys, (SELECT count(*)::integer FROM call) AS calls,
            (SELECT sum(remaining)::integer FROM campaign_budget) AS remaining`,
  );
  return row!;
}

describe('a carrier that fails', () => {
  let test: TestGateway;
  let row = 0;
  beforeAll(async () => {
    test = await startGateway('pglite', { breaker: { failures: 3, pauseMs: PAUSE_MS } });
  });
  afterAll(() => test.close());
  /** The breaker is closed again. */
  beforeEach(async () => {
    test.carrier.answer(async () => ({ outcome: 'placed' }));
    await expect.poll(async () => (await order()).status, { timeout: 10_000 }).toBe(201);
  });

  const order = (key?: string, at: number = row++): Promise<Answer> =>
    test.call(test.b, { dial_token: test.b.rows[at]!.dialToken }, key === undefined ? {} : { key });
  const stateOf = ({ body }: Answer) => (JSON.parse(body) as { state: string }).state;

  it('after the commit, says unknown; then orders pause, and one that came in the pause leaves no trace', async () => {
    test.carrier.answer(() => Promise.reject(new Error('broken')));
    for (let i = 0; i < 3; i++) expect(stateOf(await order())).toBe('unknown');
    const before = await traces(test);
    const orders = test.carrier.orders.length;
    const at = row++;
    const paused = await order('paused-1', at);
    expect(paused).toMatchObject({ status: 503, code: 'unavailable' });
    expect(Number(paused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await traces(test)).toEqual(before);
    expect(test.carrier.orders).toHaveLength(orders);
    // The same key, when the carrier is there again.
    test.carrier.answer(async () => ({ outcome: 'placed' }));
    await expect.poll(async () => (await order('paused-1', at)).status, { timeout: 10_000 }).toBe(201);
    expect(test.carrier.orders).toHaveLength(orders + 1);
  });

  it('that cannot be reached gives back what it took, and pauses orders all the same', async () => {
    test.carrier.answer(async () => ({ outcome: 'not-placed', cause: 'not-connected' }));
    const before = await traces(test);
    for (let i = 0; i < 3; i++) expect(stateOf(await order())).toBe('failed');
    expect((await traces(test)).remaining).toBe(before.remaining);
    expect((await order()).status).toBe(503);
  });

  it('that rejects orders is there: nothing pauses', async () => {
    test.carrier.answer(async () => ({ outcome: 'not-placed', cause: 'rejected' }));
    for (let i = 0; i < 5; i++) expect(stateOf(await order())).toBe('failed');
  });

  it('that never answers is not waited for longer than five seconds, and then orders pause', async () => {
    test.carrier.answer(() => new Promise(() => {}));
    const answers = await Promise.all([order(), order(), order()]);
    for (const answer of answers) expect(stateOf(answer)).toBe('unknown');
    expect((await order()).status).toBe(503);
    expect((await test.bank.calls.unknown()).length).toBeGreaterThanOrEqual(0);
  });
});

describe('a database that goes away and comes back', () => {
  let server: TestServer;
  let test: TestGateway;
  beforeAll(async () => {
    server = await startPostgres();
    test = await startGateway({ url: server.url });
  });
  afterAll(async () => {
    await test.close();
    await server.stop();
  });

  it('is answered 503 meanwhile, and needs no hand afterwards', async () => {
    const { a, b, carrier, url } = test;
    const [grantA, grantB] = [await test.grant(a), await test.grant(b)];
    const first = await test.call(a, { dial_token: a.rows[0]!.dialToken }, { grant: grantA, key: 'before' });
    expect(first.status).toBe(201);
    await server.halt();
    const orders = carrier.orders.length;
    for (const [vendor, grant] of [
      [a, grantA],
      [b, grantB],
    ] as const) {
      const answer = await test.call(vendor, { dial_token: vendor.rows[20]!.dialToken }, { grant, key: 'meanwhile' });
      expect(answer).toMatchObject({ status: 503, code: 'unavailable' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(carrier.orders).toHaveLength(orders);
    await server.resume();
    // A connection that broke while it was idle may cost one more 503; the same key is sent again, as the answer says.
    let again = await test.call(a, { dial_token: a.rows[0]!.dialToken }, { grant: grantA, key: 'before' });
    if (again.status === 503) again = await test.call(a, { dial_token: a.rows[0]!.dialToken }, { grant: grantA, key: 'before' });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(carrier.orders).toHaveLength(orders);
    const meanwhile = await test.call(b, { dial_token: b.rows[20]!.dialToken }, { grant: grantB, key: 'meanwhile' });
    expect([201, 403]).toContain(meanwhile.status);
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 20_000 }).toBe(200);
    // The sequencer goes on by itself.
    await expect
      .poll(async () => (await test.database.query<{ n: number }>('SELECT count(*)::integer AS n FROM ledger_head WHERE size > 0'))[0]!.n, {
        timeout: 20_000,
      })
      .toBe(1);
    await test.bank.ledger.sequence();
    await test.bank.ledger.verify();
    expect(test.log()).not.toContain('unhandled');
  });
});

describe.skipIf(!canMount)('a disk that is full (needs root, who may mount a small one)', () => {
  let server: TestServer;
  let disk: SmallDisk;
  let test: TestGateway;
  beforeAll(async () => {
    server = await startPostgres();
    disk = await smallDisk(server.folder);
    test = await startGateway({ url: server.url });
    await test.database.query(`CREATE TABLESPACE small LOCATION '${disk.path}'`);
    await test.database.query('ALTER TABLE call SET TABLESPACE small');
  });
  afterAll(async () => {
    await test.close();
    await server.stop();
    await disk.remove();
  });

  it('is answered 503, nothing is dialled and nothing kept under the key; with room again the same key dials once', async () => {
    const { b, carrier } = test;
    await disk.fill();
    const before = await traces(test);
    const order = () => test.call(b, { dial_token: b.rows[0]!.dialToken }, { key: 'full' });
    const answer = await order();
    expect(answer).toMatchObject({ status: 503, code: 'unavailable' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(test.log()).toContain('SQLSTATE 53100');
    expect(await traces(test)).toEqual(before);
    expect(carrier.orders).toHaveLength(0);
    await disk.empty();
    expect((await order()).status).toBe(201);
    expect((await order()).status).toBe(201);
    expect(carrier.orders).toHaveLength(1);
    await test.bank.ledger.sequence();
    await test.bank.ledger.verify();
  });
});
