import { type Bank, openBank } from '@numbra/bank';
import { createGateway, type Gateway } from '@numbra/gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, testKeyring } from '../../../../tests/support/banks.js';
import { readAnswer, startGateway, type TestGateway, testCarrier } from '../../../../tests/support/gateways.js';

describe.each(engines)('rotating the signing key on %s', (engine) => {
  let test: TestGateway;
  let otherBank: Bank;
  let other: Gateway;
  let otherUrl: string;
  let skewMs = 0;
  beforeAll(async () => {
    test = await startGateway(engine);
    otherBank = await openBank({ database: test.database, keyring: testKeyring(), clock: () => Date.now() + skewMs });
    other = await createGateway({ bank: otherBank, issuer: test.url, carrier: testCarrier() });
    ({ url: otherUrl } = await other.listen({ port: 0 }));
  });
  afterAll(async () => {
    await other.close();
    await otherBank.close();
    await test.close();
  });

  /** Looks a call up: 404 when grant and proof are good. */
  async function use(token: string, at: string): Promise<number> {
    const dpop = await test.proof(test.a, token, 'GET', '/v1/calls/x');
    return (await readAnswer(await fetch(`${at}/v1/calls/x`, { headers: { authorization: `DPoP ${token}`, dpop } }))).status;
  }
  const kidsAt = async (at: string) => {
    const { keys } = (await (await fetch(`${at}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };

  it('loses no request on two gateways, and both publish the new key first', async () => {
    const before = await kidsAt(test.url);
    let done = false;
    const statuses: number[] = [];
    const traffic = [test.url, otherUrl].map(async (at) => {
      while (!done) statuses.push(await use(await test.grant(test.a), at));
    });
    const kids = [];
    for (let i = 0; i < 3; i++) {
      const sent = statuses.length;
      kids.push((await test.bank.grants.rotateKey()).kid);
      while (statuses.length < sent + 6) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    done = true;
    await Promise.all(traffic);
    expect(new Set(statuses)).toEqual(new Set([404]));
    const expected = [...kids.reverse(), ...before];
    expect(await kidsAt(test.url)).toEqual(expected);
    expect(await kidsAt(otherUrl)).toEqual(expected);
  });

  it('takes grants of the old key until the last of them has ended, and then no more', async () => {
    const old = await test.grant(test.a);
    await test.bank.grants.rotateKey();
    const [kid] = await kidsAt(test.url);
    expect(await use(old, otherUrl)).toBe(404);
    skewMs = 361_000;
    expect(await otherBank.grants.publishedKeys()).toMatchObject({ keys: [{ kid }] });
    const everyKid = (await otherBank.grants.everyKey()).keys.map((key) => key.kid);
    expect(everyKid).toHaveLength(5);
    expect(everyKid[0]).toBe(kid);
    skewMs = 0;
  });

  it('by two at once ends with one key that signs', async () => {
    await Promise.allSettled([test.bank.grants.rotateKey(), otherBank.grants.rotateKey()]);
    const rows = await test.database.query(`SELECT kid FROM signing_key WHERE use = 'grant' AND retired_at IS NULL`);
    expect(rows).toHaveLength(1);
    expect(await use(await test.grant(test.a), otherUrl)).toBe(404);
  });

  it('is on the ledger', async () => {
    await test.bank.ledger.sequence();
    const entries = await test.database.query<{ n: bigint }>(
      `SELECT count(*) AS n FROM signing_key WHERE use = 'grant' AND retired_at IS NOT NULL`,
    );
    const [tail] = await test.database.query<{ bodies: string }>(
      `SELECT string_agg(body, E'\n') AS bodies FROM (SELECT body FROM ledger_pending UNION ALL SELECT data FROM ledger_bundle) x`,
    );
    expect(tail!.bodies.match(/"type":"key\.rotated"/g)).toHaveLength(Number(entries[0]!.n));
  });
});
