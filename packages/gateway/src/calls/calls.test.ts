import { randomUUID } from 'node:crypto';
import { exportGrantKey } from '@numbra/grants';
import { createVendorClient } from '@numbra/vendor-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { engines } from '../../../../tests/support/banks.js';
import { comparable, customerPhone, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

/** Rows at the head of the list that other tests here call. */
const SKIPPED = 6;

describe.each(engines)('calls on %s', (engine) => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startGateway(engine);
  });
  afterAll(() => test.close());

  it('places a call for the vendor client, and shows it to that vendor only', async () => {
    const { url, a, b, carrier } = test;
    const client = createVendorClient({ issuer: url, clientId: a.id, key: await exportGrantKey(a.key), campaign: a.campaign });
    const row = a.rows[0]!;
    const options = { agent: 'agent-7', reference: row.reference, idempotencyKey: 'order-1' };
    const call = await client.calls.place(row.dialToken, options);
    expect(call).toMatchObject({ outcome: 'placed', maskedPhone: row.maskedPhone });
    if (call.outcome === 'refused') throw new Error(call.code);
    expect(carrier.orders).toHaveLength(1);
    expect(carrier.orders[0]!.callId).toBe(call.callId);
    expect(Array.from({ length: 60 }, (_, i) => `86${customerPhone(i)}`)).toContain(carrier.orders[0]!.number);

    expect(await client.calls.place(row.dialToken, options)).toMatchObject({ outcome: 'placed', callId: call.callId });
    expect(carrier.orders).toHaveLength(1);
    expect(await client.calls.get(call.callId)).toMatchObject({ callId: call.callId, state: 'placed' });

    const foreign = await test.call(b, undefined, { method: 'GET', path: `/v1/calls/${call.callId}` });
    const unknown = await test.call(b, undefined, { method: 'GET', path: `/v1/calls/${randomUUID()}` });
    const noId = await test.call(b, undefined, { method: 'GET', path: '/v1/calls/no-id' });
    expect(foreign.status).toBe(404);
    expect(comparable(foreign)).toEqual(comparable(unknown));
    expect(comparable(foreign)).toEqual(comparable(noId));
  });

  it("answers another vendor's token, a forged one, an edited one and no token at all byte for byte alike", async () => {
    const { a, b, carrier } = test;
    const before = carrier.orders.length;
    const good = b.rows[3]!.dialToken;
    const last = good.at(-1) === 'A' ? 'B' : 'A';
    const tokens = [
      good, // vendor B's
      `${a.rows[3]!.dialToken.slice(0, -1)}${last}`,
      `nd1_${'A'.repeat(48)}`,
      'no token',
      a.rows[3]!.reference,
      `${a.rows[3]!.dialToken}A`,
      '\u{1F600}',
    ];
    const grant = await test.grant(a);
    const answers = [];
    for (const dial_token of tokens) answers.push(await test.call(a, { dial_token }, { grant }));
    answers.push(await test.call(a, { dial_token: a.rows[4]!.dialToken, reference: a.rows[5]!.reference }, { grant }));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 403, code: 'token-invalid' });
      expect(comparable(answer)).toEqual(comparable(answers[0]!));
      expect(answer.headers).not.toHaveProperty('retry-after');
      expect(answer.headers['content-type']).toBe('application/problem+json');
    }
    expect(carrier.orders).toHaveLength(before);
  });

  it('tells nothing about why a customer is unavailable, and no time', async () => {
    const { a, bank, carrier } = test;
    const before = carrier.orders.length;
    // Three customers whose rows are among those that are called below; rows follow no order that a test could know.
    const chosen: string[] = [];
    for (let i = 0; chosen.length < 3; i++) {
      const customerId = `C${String(i).padStart(6, '0')}`;
      const listing = (await bank.evidence.listings(customerId)).find(({ vendor }) => vendor === a.id);
      if (listing !== undefined && listing.rowNumber > SKIPPED) chosen.push(customerId);
    }
    const [withdrawn = '', listed = '', erased = ''] = chosen;
    await bank.customers.withdraw(withdrawn, 'marketing.insurance');
    await bank.customers.doNotCall({ customerIds: [listed], source: 'register' });
    await bank.customers.erase(erased);
    const grant = await test.grant(a);
    const refused = new Map<string, unknown>();
    for (const row of a.rows.slice(SKIPPED)) {
      const answer = await test.call(a, { dial_token: row.dialToken }, { grant });
      if (answer.status === 201) {
        await bank.calls.ended((JSON.parse(answer.body) as { call_id: string }).call_id, { result: 'ended' }); // its concurrency slot
        continue;
      }
      expect(answer).toMatchObject({ status: 403, code: 'customer-unavailable' });
      expect(answer.headers).not.toHaveProperty('retry-after');
      refused.set(row.reference, comparable(answer));
    }
    expect(refused.size).toBeGreaterThanOrEqual(3); // and who was called before
    expect(new Set([...refused.values()].map((one) => JSON.stringify(one))).size).toBe(1);
    const codes = (await bank.calls.refusals({ vendor: a.id })).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['consent-withdrawn', 'customer-erased', 'do-not-call']));
    expect(carrier.orders.length).toBeGreaterThan(before);
  });

  it('asks for a new key when one was used for another request', async () => {
    const { b } = test;
    const grant = await test.grant(b);
    const first = await test.call(b, { dial_token: b.rows[0]!.dialToken }, { grant, key: 'one-key' });
    const other = await test.call(b, { dial_token: b.rows[1]!.dialToken }, { grant, key: 'one-key' });
    const again = await test.call(b, { dial_token: b.rows[0]!.dialToken }, { grant, key: 'one-key' });
    expect(other).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    expect(again.status).toBe(first.status);
    expect(again.body).toBe(first.body);
  });

  it('says unknown when the carrier does not answer, and failed when it certainly did not dial', async () => {
    const { b, carrier, list } = test;
    const rows = await list('vendor-b', { id: 'c-b-2' });
    const grant = await test.grant(b, { campaign: 'c-b-2' });
    const free = async (how: Parameters<typeof carrier.answer>[0]) => {
      carrier.answer(how);
      for (const row of rows) {
        const answer = await test.call(b, { dial_token: row.dialToken }, { grant });
        if (answer.status === 201) return JSON.parse(answer.body) as { state: string };
      }
      throw new Error('nobody may be called');
    };
    expect(await free(async () => ({ outcome: 'not-placed', cause: 'rejected' }))).toMatchObject({ state: 'failed' });
    expect(await free(() => Promise.reject(new Error('no answer')))).toMatchObject({ state: 'unknown' });
    carrier.answer(async () => ({ outcome: 'placed' }));
  });

  it('writes nothing into the log that was sent or answered', async () => {
    const { a, b } = test;
    const log = test.log();
    expect(log).toContain('"route":"/v1/calls"');
    for (const row of [...a.rows, ...b.rows]) {
      expect(log).not.toContain(row.dialToken);
      expect(log).not.toContain(row.reference);
    }
    for (let i = 0; i < 60; i++) expect(log).not.toContain(customerPhone(i));
    for (const word of ['eyJ', 'DPoP', 'order-1', 'one-key', '张三', 'agent-7']) expect(log).not.toContain(word);
  });
});
