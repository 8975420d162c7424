import { readKeySet, statusAt, verifyStatusList } from '@numbra/grants';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';
import { STATUS_LIST_SIZE, scatter, statusListUri } from './status.js';

const key = new Uint8Array(32).fill(9);

describe('places in a status list', () => {
  it('are each taken once: the scattering is a permutation, another one for each list', () => {
    const places = new Set(Array.from({ length: STATUS_LIST_SIZE }, (_, index) => scatter(key, 0n, index)));
    expect(places.size).toBe(STATUS_LIST_SIZE);
    expect(Math.max(...places)).toBe(STATUS_LIST_SIZE - 1);
    const same = Array.from({ length: 1_000 }, (_, index) => scatter(key, 0n, index) === scatter(key, 1n, index)).filter(Boolean);
    expect(same.length).toBeLessThan(10);
  });

  it('tell nothing of the order: neighbours lie apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: STATUS_LIST_SIZE - 2 }), fc.bigInt({ min: 0n, max: 1n << 40n }), (index, list) => {
        const [here, next] = [scatter(key, list, index), scatter(key, list, index + 1)];
        expect(here).not.toBe(next);
        expect(here).toBeLessThan(STATUS_LIST_SIZE);
        expect(scatter(key, list, index)).toBe(here);
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(engines)('status lists on %s', (engine) => {
  let test: TestBank;
  const issuer = 'https://bank.example';
  beforeAll(async () => {
    test = await createTestBank(engine);
  });
  afterAll(() => test.drop());

  it('are there once a grant stands in them, and show what was revoked in which list', async () => {
    const { bank, database } = test;
    expect(await bank.grants.statusList(issuer, 0)).toBeUndefined();
    // Two grants, on both sides of the border between two lists.
    await database.query(`SELECT setval('status_number', $1)`, [BigInt(STATUS_LIST_SIZE)]);
    await database.query(
      `INSERT INTO agent_grant (jti, identifier, agent, status, expires_at, revoked_at)
       VALUES ('a', 'grant_aaaaaaaa', 'x', $1, now(), now()), ('b', 'grant_aaaaaaaa', 'x', $2, now(), NULL)`,
      [BigInt(STATUS_LIST_SIZE - 1), BigInt(STATUS_LIST_SIZE)],
    );
    const counts = [];
    for (const list of [0, 1]) {
      const token = await bank.grants.statusList(issuer, list);
      const read = await verifyStatusList(token as string, {
        uri: statusListUri(issuer, list),
        keys: readKeySet(bank.grants.keys()),
        now: Date.now(),
      });
      counts.push(Array.from({ length: STATUS_LIST_SIZE }, (_, index) => statusAt(read.list, index) ?? 0).reduce((sum, bit) => sum + bit));
    }
    expect(counts).toEqual([1, 0]);
    expect(await bank.grants.statusList(issuer, 2)).toBeUndefined();
  });

  it('end with the rows of agents’ grants a day after those expired', async () => {
    await test.database.query(
      `INSERT INTO agent_grant (jti, identifier, agent, status, expires_at) VALUES ('old', 'grant_aaaaaaaa', 'x', 7, now() - interval '2 days')`,
    );
    expect(await test.bank.grants.tidy()).toBe(1);
    expect(await test.bank.grants.tidy()).toBe(0);
  });
});
