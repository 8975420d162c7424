import { generateGrantKey, thumbprint, verifyGrant } from '@numbra/grants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { comparable, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { claimsOf, exchange } from '../../../../tests/support/oauth.js';

const agentKey = await generateGrantKey();

describe.each(engines)('token exchange on %s', (engine) => {
  let test: TestGateway;
  let parent: string;
  beforeAll(async () => {
    test = await startGateway(engine);
    parent = await test.grant(test.a);
  });
  afterAll(() => test.close());

  const details = (more: object) => JSON.stringify([{ type: 'numbra_campaign', campaign: test.a.campaign, ...more }]);
  const agentGrants = async () => Number((await test.database.query<{ n: bigint }>('SELECT count(*) AS n FROM agent_grant'))[0]!.n);

  it('makes a grant of 120 seconds that names the agent, bound to the agent’s key, and a call with it names the person', async () => {
    const answer = await exchange(test, { key: agentKey, form: { subject_token: parent } });
    expect(answer.status).toBe(200);
    const body = JSON.parse(answer.body);
    expect(body).toMatchObject({ token_type: 'DPoP', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' });
    expect(body.expires_in).toBeLessThanOrEqual(120);
    const requirements = { issuer: test.url, audience: test.url, keys: test.bank.grants.keys(), now: Date.now() };
    const [child, before] = [await verifyGrant(body.access_token, requirements), await verifyGrant(parent, requirements)];
    expect(child).toMatchObject({ actor: 'agent-17', clientId: test.a.id, thumbprint: thumbprint(agentKey.publicJwk) });
    expect(child.campaign).toEqual(before.campaign);
    expect(child.status).not.toEqual(before.status);

    const by = { ...test.a, key: agentKey };
    const called = await test.call(by, { dial_token: test.a.rows[0]!.dialToken }, { grant: body.access_token });
    expect(called.status).toBe(201);
    const [agent] = await test.database.query('SELECT pseudonym FROM agent');
    expect(agent).toEqual({ pseudonym: 'agent-17' });
    // Another name than the grant's is a contradiction.
    const other = await test.call(by, { dial_token: test.a.rows[1]!.dialToken, agent: 'agent-18' }, { grant: body.access_token });
    expect(other.status).toBe(400);
  });

  it('narrows, and never widens', async () => {
    const narrowed = await exchange(test, {
      key: agentKey,
      form: { subject_token: parent, authorization_details: details({ actions: ['dial'], budget: { calls: 3 } }) },
    });
    expect(JSON.parse(narrowed.body).authorization_details).toMatchObject([{ actions: ['dial'], budget: { calls: 3 } }]);
    const before = await agentGrants();
    for (const more of [
      { budget: { calls: 501 } },
      { actions: ['dial', 'answer'] },
      { campaign: 'c-b' },
      { purpose: 'marketing.insurance.health' },
    ]) {
      const wider = await exchange(test, { key: agentKey, form: { subject_token: parent, authorization_details: details(more) } });
      expect(wider).toMatchObject({ status: 400, code: 'invalid_authorization_details' });
    }
    const small = JSON.parse(narrowed.body).access_token as string;
    expect(await exchange(test, { key: await generateGrantKey(), form: { subject_token: small } })).toMatchObject({ status: 400 });
    expect(await agentGrants()).toBe(before);
  });

  it('answers a forged, an ended, a revoked and another vendor’s parent alike', async () => {
    const before = await agentGrants();
    const revoked = await test.grant(test.a);
    await test.bank.grants.revoke((claimsOf(revoked)['authorization_details'] as [{ identifier: string }])[0].identifier);
    const forged = `${parent.slice(0, -4)}AAAA`;
    const answers = [];
    for (const subject_token of [forged, revoked, await test.grant(test.b), 'x', `${parent}.`])
      answers.push(await exchange(test, { key: agentKey, form: { subject_token } }));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(comparable(answer)).toEqual(comparable(answers[0]!));
    }
    expect(await agentGrants()).toBe(before);
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['no agent', { agent: undefined }, 'invalid_request'],
    ['an agent that is a sentence', { agent: 'call 13800138000' }, 'invalid_grant'],
    ['no subject_token', { subject_token: undefined }, 'invalid_request'],
    ['no subject_token_type', { subject_token_type: undefined }, 'invalid_request'],
    ['an ID token', { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'invalid_request'],
    ['a refresh token asked for', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    ['an actor_token', { actor_token: 'x', actor_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, 'invalid_request'],
    ['another resource', { resource: 'https://other.example' }, 'invalid_target'],
    ['another audience', { audience: 'https://other.example' }, 'invalid_target'],
    ['a scope', { scope: 'dial' }, 'invalid_scope'],
  ])('refuses %s, and issues nothing', async (_name, form, code) => {
    const before = await agentGrants();
    const answer = await exchange(test, { key: agentKey, form: { subject_token: parent, ...form } });
    expect(answer).toMatchObject({ status: 400, code });
    expect(answer.body).not.toMatch(/13800138000|eyJ|other\.example/);
    expect(await agentGrants()).toBe(before);
  });

  it('refuses the vendor’s own key', async () => {
    expect(await exchange(test, { key: test.a.key, form: { subject_token: parent } })).toMatchObject({
      status: 400,
      code: 'invalid_request',
    });
  });

  it('dies with its parent: at the resolver, at introspection, for the next exchange', async () => {
    const mother = await test.grant(test.a);
    const { access_token: child } = JSON.parse((await exchange(test, { key: agentKey, form: { subject_token: mother } })).body);
    const by = { ...test.a, key: agentKey };
    expect((await test.call(by, { dial_token: test.a.rows[2]!.dialToken }, { grant: child })).status).toBe(201);
    expect(await test.bank.grants.revoke((claimsOf(mother)['authorization_details'] as [{ identifier: string }])[0].identifier)).toBe(true);
    const after = await test.call(by, { dial_token: test.a.rows[3]!.dialToken }, { grant: child });
    expect(after).toMatchObject({ status: 401, code: 'grant-invalid' });
    expect((await exchange(test, { key: agentKey, form: { subject_token: mother } })).status).toBe(400);
  });

  it('and a revocation at the same time leave no living child', async () => {
    for (let round = 0; round < 5; round++) {
      const mother = await test.grant(test.a);
      const identifier = (claimsOf(mother)['authorization_details'] as [{ identifier: string }])[0].identifier;
      const [answers] = await Promise.all([
        Promise.all(Array.from({ length: 4 }, () => exchange(test, { key: agentKey, form: { subject_token: mother } }))),
        test.bank.grants.revoke(identifier),
      ]);
      expect(answers.every(({ status }) => status === 200 || status === 400)).toBe(true);
      const [row] = await test.database.query<{ n: bigint }>(
        'SELECT count(*) AS n FROM agent_grant WHERE identifier = $1 AND revoked_at IS NULL',
        [identifier],
      );
      expect(row!.n).toBe(0n);
    }
  });
});
