import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { type Answer, comparable, startGateway, type TestGateway, type TestVendor } from '../../../../tests/support/gateways.js';

describe.each(engines)('after a call, on %s', (engine) => {
  let test: TestGateway;
  let next = 0;
  beforeAll(async () => {
    test = await startGateway(engine, { watchEveryMs: 20 });
  });
  afterAll(() => test.close());

  /** A call of a vendor's to somebody who may be called. */
  async function call(vendor: TestVendor): Promise<string> {
    for (;;) {
      const row = vendor.rows[next++];
      if (row === undefined) throw new Error('nobody may be called');
      const answer = await test.call(vendor, { dial_token: row.dialToken });
      if (answer.status === 201) return (JSON.parse(answer.body) as { call_id: string }).call_id;
    }
  }
  const say = (vendor: TestVendor, id: string, body: unknown, key?: string): Promise<Answer> =>
    test.call(vendor, body, { path: `/v1/calls/${id}/outcome`, ...(key !== undefined && { key }) });
  const hangUp = (vendor: TestVendor, id: string, key: string = randomUUID()): Promise<Answer> =>
    test.call(vendor, undefined, { method: 'DELETE', path: `/v1/calls/${id}`, headers: { 'idempotency-key': key } });

  describe('outcomes', () => {
    it('are kept with their note, once a key', async () => {
      const id = await call(test.a);
      const body = { outcome: 'interested', note: 'Asks for the brochure; calls back after the holiday.' };
      const first = await say(test.a, id, body, 'outcome-1');
      expect(first).toMatchObject({ status: 200, body: JSON.stringify({ call_id: id, outcome: 'interested' }) });
      expect(comparable(await say(test.a, id, body, 'outcome-1'))).toEqual(comparable(first));
      expect(await say(test.a, id, { outcome: 'agreed' }, 'outcome-1')).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
      expect(await test.bank.calls.outcomes(id)).toMatchObject([{ outcome: 'interested', note: body.note }]);
      const [dump] = await test.database.query<{ text: string }>('SELECT string_agg(o::text, $1) AS text FROM call_outcome o', [' ']);
      expect(dump?.text).not.toContain('brochure');
    });

    it('of another vendor’s call, of none and of no id are answered alike', async () => {
      const id = await call(test.a);
      const answers = [];
      for (const one of [id, randomUUID(), 'no-id']) answers.push(await say(test.b, one, { outcome: 'other' }));
      expect(answers[0]).toMatchObject({ status: 404, code: 'not-found' });
      for (const answer of answers) expect(comparable(answer)).toEqual(comparable(answers[0]!));
      expect(await test.bank.calls.outcomes(id)).toEqual([]);
    });

    it('are of a closed list, and a note that reads as a number is refused', async () => {
      const id = await call(test.a);
      expect(await say(test.a, id, { outcome: 'sold' })).toMatchObject({ status: 400, code: 'request-invalid' });
      for (const note of ['call 138 0013 8000', 'card 4111 1111 1111 1111', '一三八零零一三八零零零', 'x'.repeat(1001)]) {
        const answer = await say(test.a, id, { outcome: 'other', note });
        expect([answer.status, answer.code]).toEqual(note.startsWith('x') ? [400, 'request-invalid'] : [422, 'note-refused']);
        expect(answer.body).not.toContain('138');
      }
      expect(await test.bank.calls.outcomes(id)).toEqual([]);
    });

    it('lose the customer’s own name from the note without a word', async () => {
      const id = await call(test.a);
      const named = await say(test.a, id, { outcome: 'other', note: '客户 张三 要求回电' });
      const other = await say(test.a, id, { outcome: 'other', note: '客户 李四 要求回电' });
      expect(comparable(named)).toEqual(comparable(other));
      const notes = (await test.bank.calls.outcomes(id)).map(({ note }) => note);
      expect(notes[0]).not.toContain('张三');
      expect(notes[1]).toContain('李四');
    });

    it('are few, but opting out is always taken', async () => {
      const id = await call(test.a);
      for (let i = 0; i < 8; i++) expect((await say(test.a, id, { outcome: 'call-back' })).status).toBe(200);
      expect(await say(test.a, id, { outcome: 'call-back' })).toMatchObject({ status: 403, code: 'outcomes-used' });
      expect((await say(test.a, id, { outcome: 'opted-out' })).status).toBe(200);
      expect(await test.bank.calls.outcomes(id)).toHaveLength(9);
    });

    it('opted-out keeps every vendor away at once, for six months at least', async () => {
      const id = await call(test.a);
      const record = await test.bank.calls.show(id);
      const before = Date.now();
      expect((await say(test.a, id, { outcome: 'opted-out' })).status).toBe(200);
      const rows = await test.database.query<{ withdrawn_at: Date | null; until: Date }>(
        `SELECT s.withdrawn_at, d.until FROM customer c JOIN consent s ON s.customer = c.id JOIN do_not_call d ON d.phone_index = c.phone_index
          WHERE c.customer_id = $1`,
        [record!.customerId!],
      );
      expect(rows).toHaveLength(1);
      expect(rows[0]!.withdrawn_at).not.toBeNull();
      expect(rows[0]!.until.getTime()).toBeGreaterThan(before + 180 * 86_400_000);
      const listing = (await test.bank.evidence.listings(record!.customerId!)).find(({ vendor }) => vendor === test.b.id);
      const orders = test.carrier.orders.length;
      const answer = await test.call(test.b, { dial_token: test.b.rows[listing!.rowNumber - 1]!.dialToken });
      expect(answer).toMatchObject({ status: 403, code: 'customer-unavailable' });
      expect(test.carrier.orders).toHaveLength(orders);
      await test.bank.ledger.sequence();
      // A second time changes nothing.
      const [uses] = await test.database.query<{ uses: bigint }>('SELECT uses FROM customer WHERE customer_id = $1', [record!.customerId!]);
      expect((await say(test.a, id, { outcome: 'opted-out' })).status).toBe(200);
      expect(await test.database.query('SELECT uses FROM customer WHERE customer_id = $1', [record!.customerId!])).toEqual([uses]);
    });
  });

  describe('hanging up', () => {
    it('is told to the carrier once a key, and gives nothing back', async () => {
      const id = await call(test.a);
      const remaining = async () => (await test.bank.campaigns.get(test.a.campaign))!.budgetRemaining;
      const before = await remaining();
      const first = await hangUp(test.a, id, 'hang-up-1');
      expect(JSON.parse(first.body)).toEqual({ call_id: id, hang_up: 'done' });
      expect(comparable(await hangUp(test.a, id, 'hang-up-1'))).toEqual(comparable(first));
      expect(JSON.parse((await hangUp(test.a, id)).body)).toEqual({ call_id: id, hang_up: 'not-under-way' });
      expect(test.carrier.hungUp).toEqual([id]);
      expect(await remaining()).toBe(before);
    });

    it('of another vendor’s call and of none are answered alike, and nothing is hung up', async () => {
      const id = await call(test.a);
      const before = [...test.carrier.hungUp];
      const [foreign, unknown, noId] = [await hangUp(test.b, id), await hangUp(test.b, randomUUID()), await hangUp(test.b, 'no-id')];
      expect(foreign.status).toBe(404);
      expect(comparable(foreign)).toEqual(comparable(unknown));
      expect(comparable(foreign)).toEqual(comparable(noId));
      expect(test.carrier.hungUp).toEqual(before);
    });

    it('needs a key', async () => {
      const id = await call(test.a);
      expect(await test.call(test.a, undefined, { method: 'DELETE', path: `/v1/calls/${id}` })).toMatchObject({
        status: 400,
        code: 'request-invalid',
      });
    });
  });

  describe('events', () => {
    const listen = async (vendor: TestVendor, id: string): Promise<Answer> =>
      test.call(vendor, undefined, { method: 'GET', path: `/v1/calls/${id}/events` });

    it('tell the end: state, minute, ten seconds of talk, and nothing else', async () => {
      const id = await call(test.a);
      const heard = listen(test.a, id);
      await test.bank.calls.ended(id, { result: 'answered', talkSeconds: 93.4 });
      const { status, headers, body } = await heard;
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/event-stream');
      const data = /^data: (.*)$/m.exec(body)?.[1] ?? '';
      expect(JSON.parse(data)).toEqual({
        call_id: id,
        state: 'answered',
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/),
        talk_seconds: 100,
      });
      expect(body.match(/^event: /gm)).toHaveLength(1);
      // One who comes later hears the same.
      expect((await listen(test.a, id)).body).toBe(body);
    });

    it('of another vendor’s call and of none are answered alike', async () => {
      const id = await call(test.a);
      const [foreign, unknown] = [await listen(test.b, id), await listen(test.b, randomUUID())];
      expect(foreign.status).toBe(404);
      expect(comparable(foreign)).toEqual(comparable(unknown));
    });
  });

  describe('batches', () => {
    const send = (vendor: TestVendor, calls: unknown[], key: string): Promise<Answer> =>
      test.call(vendor, { calls }, { path: '/v1/calls:batch', key });

    it('answer each order at its place, and a repeat alike', async () => {
      const rows = await test.list('vendor-b', { id: 'c-b-batch' });
      const vendor: TestVendor = { ...test.b, campaign: 'c-b-batch', rows };
      const orders = [
        { dial_token: rows[0]!.dialToken },
        { dial_token: 'no token' },
        { dial_token: rows[1]!.dialToken, idempotency_key: 'mine' },
        { dial_token: rows[0]!.dialToken, reference: rows[1]!.reference },
      ];
      const before = test.carrier.orders.length;
      const first = await send(vendor, orders, 'batch-1');
      expect(first.status).toBe(200);
      const { answers } = JSON.parse(first.body) as { answers: { index: number; status: number; problem?: { type: string } }[] };
      expect(answers.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      expect(answers[1]).toMatchObject({ status: 403, problem: { type: 'https://numbra.dev/problems/token-invalid' } });
      expect(answers[3]).toMatchObject({ status: 403, problem: { type: 'https://numbra.dev/problems/token-invalid' } });
      const placed = answers.filter(({ status }) => status === 201).length;
      expect(test.carrier.orders).toHaveLength(before + placed);
      expect(comparable(await send(vendor, orders, 'batch-1'))).toEqual(comparable(first));
      expect(test.carrier.orders).toHaveLength(before + placed);
      expect(await send(vendor, orders.slice(1), 'batch-1')).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
      // The named key is a key like any other.
      const single = await test.call(vendor, { dial_token: rows[1]!.dialToken }, { key: 'mine' });
      expect(single.status).toBe(answers[2]!.status);
    });

    it('are 1 to 500 orders', async () => {
      expect(await send(test.b, [], 'batch-2')).toMatchObject({ status: 400, code: 'request-invalid' });
      const many = Array.from({ length: 501 }, () => ({ dial_token: 'x' }));
      expect(await send(test.b, many, 'batch-3')).toMatchObject({ status: 400, code: 'request-invalid' });
    });
  });

  it('every answer says how many requests are left', async () => {
    const answer = await test.call(test.a, undefined, { method: 'GET', path: `/v1/calls/${randomUUID()}` });
    expect(answer.headers['ratelimit-policy']).toBe('"requests";q=30000;w=10');
    expect(answer.headers['ratelimit']).toMatch(/^"requests";r=\d+;t=\d+$/);
  });
});

it('a client that sends too much is told when to come again', async () => {
  const test = await startGateway('pglite', { requests: { requests: 3, windowSeconds: 3_600 } });
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push(await test.call(test.a, undefined, { method: 'GET', path: '/v1/calls/x' }));
  expect(answers.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(4); // the hour may turn once
  const refused = answers.find(({ code }) => code === 'request-rate');
  expect(refused).toMatchObject({ status: 429 });
  expect(Number(refused!.headers['retry-after'])).toBeGreaterThan(0);
  expect((await test.call(test.b, undefined, { method: 'GET', path: '/v1/calls/x' })).status).toBe(404);
  await test.close();
});
