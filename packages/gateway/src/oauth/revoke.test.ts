import { type Bank, openBank } from '@numbra/bank';
import { createGateway, type Gateway } from '@numbra/gateway';
import { generateGrantKey, readKeySet, statusAt, verifyStatusList } from '@numbra/grants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, testKeyring } from '../../../../tests/support/banks.js';
import { comparable, readAnswer, startGateway, type TestGateway, testCarrier } from '../../../../tests/support/gateways.js';
import { claimsOf, exchange, postForm } from '../../../../tests/support/oauth.js';

const agentKey = await generateGrantKey();
const identifierOf = (token: string) => (claimsOf(token)['authorization_details'] as [{ identifier: string }])[0].identifier;
const statusOf = (token: string) => (claimsOf(token)['status'] as { status_list: { idx: number; uri: string } }).status_list;

describe.each(engines)('revocation on %s', (engine) => {
  let test: TestGateway;
  let otherBank: Bank;
  let other: Gateway;
  let otherUrl: string;
  beforeAll(async () => {
    test = await startGateway(engine);
    // A second gateway of the same bank, as another process would be.
    otherBank = await openBank({ database: test.database, keyring: testKeyring() });
    other = await createGateway({ bank: otherBank, issuer: test.url, carrier: testCarrier() });
    ({ url: otherUrl } = await other.listen({ port: 0 }));
  });
  afterAll(async () => {
    await other.close();
    await otherBank.close();
    await test.close();
  });

  const revoke = (form: Record<string, string>, by = test.a, at = test.url) => postForm(test, '/oauth/revoke', form, { by, at });
  /** Looks a call up: nothing but authentication stands before 404. */
  const use = async (token: string, key = test.a.key, at = otherUrl) =>
    readAnswer(
      await fetch(`${at}/v1/calls/x`, {
        headers: { authorization: `DPoP ${token}`, dpop: await test.proof({ ...test.a, key }, token, 'GET', '/v1/calls/x') },
      }),
    );
  /** Asks until the answer is this; the test's own time limit ends it otherwise. */
  async function until(status: number, ask: () => Promise<{ status: number }>): Promise<void> {
    while ((await ask()).status !== status) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it('by token ends the grant and its agents’ on every gateway, cached or not', async () => {
    const grant = await test.grant(test.a);
    const child = JSON.parse((await exchange(test, { key: agentKey, form: { subject_token: grant } })).body).access_token as string;
    expect((await use(grant)).status).toBe(404);
    expect((await use(child, agentKey)).status).toBe(404);
    expect(await revoke({ token: grant, token_type_hint: 'access_token' })).toMatchObject({ status: 200, body: '' });
    expect(await use(grant, test.a.key, test.url)).toMatchObject({ status: 401, code: 'grant-invalid' });
    await until(401, () => use(grant));
    await until(401, () => use(child, agentKey));
  });

  it('by identifier ends it too; of an agent’s token, it alone', async () => {
    const grant = await test.grant(test.a);
    const [first, second] = await Promise.all(
      ['agent-1', 'agent-2'].map(
        async (agent) =>
          JSON.parse((await exchange(test, { key: agentKey, form: { subject_token: grant, agent } })).body).access_token as string,
      ),
    );
    expect((await revoke({ token: first! })).status).toBe(200);
    await until(401, () => use(first!, agentKey));
    expect((await use(second!, agentKey)).status).toBe(404);
    expect((await revoke({ grant: identifierOf(grant) }, test.a, otherUrl)).status).toBe(200);
    await until(401, () => use(second!, agentKey, test.url));
    await until(401, () => use(grant, test.a.key, test.url));
  });

  it('answers unknown, somebody else’s and revoked before alike, and changes nothing of theirs', async () => {
    const theirs = await test.grant(test.b);
    const mine = await test.grant(test.a);
    await revoke({ token: mine });
    const answers = [];
    for (const form of [{ token: 'x' }, { token: theirs }, { token: mine }, { grant: 'grant_unknown000' }, { grant: identifierOf(theirs) }])
      answers.push(await revoke(form as Record<string, string>));
    for (const answer of answers) expect(comparable(answer)).toEqual(comparable(answers[0]!));
    const [row] = await test.database.query('SELECT revoked_at FROM issued_grant WHERE identifier = $1', [identifierOf(theirs)]);
    expect(row).toEqual({ revoked_at: null });
  });

  it('needs one of token and grant, and a client', async () => {
    expect(await revoke({})).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(await revoke({ token: 'x', grant: 'grant_unknown000' })).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(await postForm(test, '/oauth/revoke', { token: 'x' })).toMatchObject({ status: 401, code: 'invalid_client' });
  });

  it('of a vendor as a whole, and everything before a restore, counts on every route', async () => {
    const grant = await test.grant(test.a);
    expect((await use(grant)).status).toBe(404);
    await test.database.query('UPDATE bank SET minimum_issued_at = now() + $1::text::interval', ['1 hour']);
    await until(401, () => use(grant));
    await test.database.query(`UPDATE bank SET minimum_issued_at = '-infinity'`);
    await until(404, () => use(grant));
    await test.database.query('UPDATE vendor SET revoked_at = now() WHERE id = $1', [test.a.id]);
    await until(401, () => use(grant));
    await test.database.query('UPDATE vendor SET revoked_at = NULL WHERE id = $1', [test.a.id]);
  });

  it('shows in the status list that grants name, and numbers are never used twice', async () => {
    const grants = await Promise.all(Array.from({ length: 8 }, () => test.grant(test.a)));
    const child = JSON.parse((await exchange(test, { key: agentKey, form: { subject_token: grants[0]! } })).body).access_token as string;
    const places = [...grants, child].map(statusOf);
    expect(new Set(places.map(({ idx, uri }) => `${uri} ${idx}`)).size).toBe(9);
    await revoke({ token: grants[0]! });
    const { uri } = places[0]!;
    await expect
      .poll(
        async () => {
          const response = await fetch(uri);
          expect(response.headers.get('content-type')).toBe('application/statuslist+jwt');
          expect(response.headers.get('cache-control')).toBe('public, max-age=10');
          const keys = readKeySet(test.bank.grants.keys());
          const { list, freshUntil } = await verifyStatusList(await response.text(), { uri, keys, now: Date.now() });
          expect(freshUntil).toBeLessThanOrEqual(Date.now() + 10_000);
          return places.map(({ idx }) => statusAt(list, idx));
        },
        { timeout: 10_000 },
      )
      .toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect((await readAnswer(await fetch(`${test.url}/status/1`))).code).toBe('not-found');
    expect((await fetch(`${test.url}/status/-1`)).status).toBe(400);
    expect((await fetch(`${test.url}/status/00`)).status).toBe(400);
  });
});
