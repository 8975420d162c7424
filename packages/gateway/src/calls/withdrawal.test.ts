import { randomUUID } from 'node:crypto';
import { type Bank, openBank } from '@numbra/bank';
import { createGateway, type Gateway } from '@numbra/gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { type Answer, readAnswer, startGateway, type TestGateway, type TestVendor } from '../../../../tests/support/gateways.js';

const HALF_A_YEAR_MS = 181 * 86_400_000;

describe.each(engines)('two gateways of one bank on %s', (engine) => {
  let test: TestGateway;
  let otherBank: Bank;
  let other: Gateway;
  let otherUrl: string;
  beforeAll(async () => {
    test = await startGateway(engine);
    otherBank = await openBank({ database: test.database, keyring: test.keyring });
    other = await createGateway({ bank: otherBank, carrier: test.carrier, issuer: test.url });
    otherUrl = (await other.listen({ port: 0 })).url;
  });
  afterAll(async () => {
    await other.close();
    await otherBank.close();
    await test.close();
  });

  /** An order at the other gateway, under the address that both are known by. */
  async function callAtOther(vendor: TestVendor, row: number): Promise<Answer> {
    const path = '/v1/calls';
    const grant = await test.grant(vendor);
    const response = await fetch(`${otherUrl}${path}`, {
      method: 'POST',
      headers: {
        authorization: `DPoP ${grant}`,
        dpop: await test.proof(vendor, grant, 'POST', path),
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify({ dial_token: vendor.rows[row]?.dialToken }),
    });
    return readAnswer(response);
  }
  const callHere = (vendor: TestVendor, row: number): Promise<Answer> => test.call(vendor, { dial_token: vendor.rows[row]?.dialToken });
  /** Who stands in a row of a list. */
  async function customerIn(campaign: string, row: number): Promise<string> {
    const [found] = await test.database.query<{ id: string }>(
      `SELECT u.customer_id AS id FROM member m JOIN campaign c ON c.number = m.campaign JOIN customer u ON u.id = m.customer
        WHERE c.id = $1 AND m.row_number = $2`,
      [campaign, row + 1],
    );
    return found?.id ?? '';
  }
  async function rowOf(campaign: string, customer: string): Promise<number> {
    const [found] = await test.database.query<{ row: number }>(
      `SELECT m.row_number AS row FROM member m JOIN campaign c ON c.number = m.campaign JOIN customer u ON u.id = m.customer
        WHERE c.id = $1 AND u.customer_id = $2`,
      [campaign, customer],
    );
    return (found?.row ?? Number.NaN) - 1;
  }

  it('both refuse from the next decision on when a consent is withdrawn at one', async () => {
    // Both know campaign, key and policy by now.
    expect([(await callHere(test.a, 0)).status, (await callAtOther(test.a, 1)).status]).toEqual([201, 201]);
    await test.bank.customers.withdraw(await customerIn('c-a', 2), 'marketing.insurance');
    const dialled = test.carrier.orders.length;
    for (const call of [callAtOther, callHere]) expect(await call(test.a, 2)).toMatchObject({ status: 403, code: 'customer-unavailable' });
    expect(test.carrier.orders).toHaveLength(dialled);
    const exact = (await test.bank.calls.refusals()).slice(0, 2).map(({ code }) => code);
    expect(new Set(exact)).toEqual(new Set(['consent-withdrawn']));
  });

  it('both refuse every vendor after one agent reports `opted-out`: withdrawn, and on the do-not-call list for half a year at least', async () => {
    const customer = await customerIn('c-a', 3);
    const { call_id: id } = JSON.parse((await callHere(test.a, 3)).body) as { call_id: string };
    const reported = await test.call(test.a, { outcome: 'opted-out' }, { path: `/v1/calls/${id}/outcome` });
    expect(reported.status).toBeLessThan(300);
    const row = await rowOf('c-b', customer);
    expect(await callAtOther(test.b, row)).toMatchObject({ status: 403, code: 'customer-unavailable' });
    expect((await test.bank.calls.refusals())[0]).toMatchObject({ code: 'do-not-call' });
    const [entry] = await test.database.query<{ until: Date; withdrawn: boolean }>(
      `SELECT d.until, s.withdrawn_at IS NOT NULL AS withdrawn FROM customer u
         JOIN do_not_call d ON d.phone_index = u.phone_index JOIN consent s ON s.customer = u.id WHERE u.customer_id = $1`,
      [customer],
    );
    expect(entry?.withdrawn).toBe(true);
    expect((entry?.until.getTime() ?? 0) - Date.now()).toBeGreaterThan(HALF_A_YEAR_MS - 86_400_000);
  });

  it('count a customer’s calls of all vendors together, although no vendor can be linked to another', async () => {
    const customer = await customerIn('c-a', 4);
    expect((await callHere(test.a, 4)).status).toBe(201);
    // The test policy allows one call of all vendors in 60 days. The first call is over, and long enough ago that nobody is busy.
    await test.database.query(
      `UPDATE call SET state = 'ended', at = at - interval '3 hours', ended_at = at - interval '2 hours'
        WHERE customer = (SELECT id FROM customer WHERE customer_id = $1)`,
      [customer],
    );
    expect(await callAtOther(test.b, await rowOf('c-b', customer))).toMatchObject({ status: 403, code: 'customer-unavailable' });
    expect((await test.bank.calls.refusals())[0]).toMatchObject({ code: 'cap-all-vendors' });
  });
});
