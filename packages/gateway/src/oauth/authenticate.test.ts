import { randomUUID } from 'node:crypto';
import { createProof, generateGrantKey, issueGrant, proofNonce } from '@numbra/grants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { type Answer, comparable, readAnswer, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

describe.each(engines)('authentication on %s', (engine) => {
  let test: TestGateway;
  let grant: string;
  let next = 0;
  beforeAll(async () => {
    test = await startGateway(engine);
    grant = await test.grant(test.a);
  });
  afterAll(() => test.close());

  type Change = Partial<Parameters<typeof createProof>[0]>;
  const proof = (change?: Change): Promise<string> => test.proof(test.a, grant, 'POST', '/v1/calls', change);
  const send = async (headers: Record<string, string>): Promise<Answer> =>
    readAnswer(
      await fetch(`${test.url}/v1/calls`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
        body: JSON.stringify({ dial_token: test.a.rows[next++ % 50]!.dialToken }),
      }),
    );

  it('refuses a replayed proof, and lets exactly one of 64 equal ones through', async () => {
    const dpop = await proof();
    const headers = { authorization: `DPoP ${grant}`, dpop };
    expect((await send(headers)).status).toBe(201);
    const replayed = await send(headers);
    expect(replayed).toMatchObject({ status: 401, code: 'proof-invalid' });
    expect(replayed.headers['www-authenticate']).toContain('error="invalid_dpop_proof"');

    const before = test.carrier.orders.length;
    const fresh = { authorization: `DPoP ${grant}`, dpop: await proof() };
    const answers = await Promise.all(Array.from({ length: 64 }, () => send(fresh)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(63);
    expect(test.carrier.orders).toHaveLength(before + 1);
  });

  it('takes a proof once only, also on another path', async () => {
    const dpop = await test.proof(test.a, grant, 'GET', '/v1/calls/x');
    const get = async () => readAnswer(await fetch(`${test.url}/v1/calls/x`, { headers: { authorization: `DPoP ${grant}`, dpop } }));
    expect((await get()).status).toBe(404);
    expect(await get()).toMatchObject({ status: 401, code: 'proof-invalid' });
  });

  it('does not use a proof up when the request is refused for another reason', async () => {
    const dpop = await proof();
    const malformed = await fetch(`${test.url}/v1/calls`, {
      method: 'POST',
      headers: { authorization: `DPoP ${grant}`, dpop, 'content-type': 'application/json', 'idempotency-key': 'x' },
      body: '{"dial_token": 1}',
    });
    expect(malformed.status).toBe(400);
    expect((await send({ authorization: `DPoP ${grant}`, dpop })).status).toBe(201);
  });

  it.each<[string, Change]>([
    ['another method', { htm: 'GET' }],
    ['another URL', { htu: 'https://other.example/v1/calls' }],
    ['this URL with a slash', { htu: 'http://127.0.0.1/v1/calls/' }],
    ['another access token', { accessToken: 'another' }],
    ['an old time', { now: Date.now() - 120_000 }],
    ['a future time', { now: Date.now() + 120_000 }],
  ])('refuses a proof for %s', async (_name, change) => {
    const answer = await send({ authorization: `DPoP ${grant}`, dpop: await proof(change) });
    expect(answer).toMatchObject({ status: 401, code: 'proof-invalid' });
  });

  it('refuses a proof of another key, without a token hash, twice, and none', async () => {
    const other = await generateGrantKey();
    const { accessToken: _without, ...bare } = {
      accessToken: grant,
      key: test.a.key,
      htm: 'POST',
      htu: `${test.url}/v1/calls`,
      now: Date.now(),
      jti: randomUUID(),
    };
    for (const dpop of [await proof({ key: other }), await createProof(bare), `${await proof()}, ${await proof()}`, 'nonsense', '']) {
      const answer = await send({ authorization: `DPoP ${grant}`, dpop });
      expect(answer).toMatchObject({ status: 401, code: 'proof-invalid' });
    }
    expect(await send({ authorization: `DPoP ${grant}` })).toMatchObject({ status: 401, code: 'proof-invalid' });
  });

  it('takes its own nonce, and asks for it when it is another', async () => {
    const key = await test.bank.grants.nonceKey();
    expect((await send({ authorization: `DPoP ${grant}`, dpop: await proof({ nonce: proofNonce(key, Date.now()) }) })).status).toBe(201);
    const refused = await send({ authorization: `DPoP ${grant}`, dpop: await proof({ nonce: proofNonce(key, Date.now() - 600_000) }) });
    expect(refused).toMatchObject({ status: 401, code: 'proof-nonce-required' });
    expect(refused.headers['www-authenticate']).toContain('error="use_dpop_nonce"');
    const again = await proof({ nonce: refused.headers['dpop-nonce']! });
    expect((await send({ authorization: `DPoP ${grant}`, dpop: again })).status).toBe(201);
  });

  it('answers forged, foreign, expired, revoked and Bearer grants alike', async () => {
    const { a, bank, url } = test;
    const key = await generateGrantKey();
    const offered = (await bank.grants.offer({ vendor: a.id, campaign: a.campaign }))!;
    const terms = {
      issuer: url,
      audience: url,
      clientId: a.id,
      thumbprint: a.key.kid,
      campaign: offered,
      now: Date.now(),
      jti: randomUUID(),
    };
    const forged = await issueGrant(terms, key);
    const order = { vendor: a.id, thumbprint: a.key.kid, issuer: url, audience: url, granted: offered };
    const foreignIssuer = (await bank.grants.issue({ ...order, issuer: 'https://other.example' })).accessToken;
    const next = async () => (await bank.grants.offer({ vendor: a.id, campaign: a.campaign }))!;
    const foreignAudience = (await bank.grants.issue({ ...order, audience: 'https://other.example', granted: await next() })).accessToken;
    const granted = await next();
    const revoked = (await bank.grants.issue({ ...order, granted })).accessToken;
    const used = await send({ authorization: `DPoP ${revoked}`, dpop: await proof({ accessToken: revoked }) });
    expect(used.status).toBe(201); // and now it is in the cache
    await bank.grants.revoke(granted.identifier);

    const answers = [];
    for (const token of [
      forged,
      foreignIssuer,
      foreignAudience,
      revoked,
      `${grant.slice(0, -2)}AA`,
      `${grant}=`,
      grant.replace('.', '..'),
      'x',
      'a.b.c',
    ]) {
      answers.push(await send({ authorization: `DPoP ${token}`, dpop: await proof({ accessToken: token }) }));
    }
    answers.push(await send({ authorization: `Bearer ${grant}`, dpop: await proof() }));
    answers.push(await send({ authorization: `DPoP ${grant} x`, dpop: await proof() }));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 401, code: 'grant-invalid' });
      expect(comparable(answer)).toEqual(comparable(answers[0]!));
    }
    const nobody = await send({});
    expect(nobody).toMatchObject({ status: 401, code: 'credentials-missing' });
    expect(nobody.headers['www-authenticate']).not.toContain('error=');
  });

  it("does not let one vendor's grant be used with another vendor's key", async () => {
    const { a, b } = test;
    const answer = await send({ authorization: `DPoP ${grant}`, dpop: await test.proof(b, grant, 'POST', '/v1/calls') });
    expect(answer).toMatchObject({ status: 401, code: 'proof-invalid' });
    const ofB = await test.grant(b);
    const tokenOfA = await send({ authorization: `DPoP ${ofB}`, dpop: await test.proof(b, ofB, 'POST', '/v1/calls') });
    expect(a.campaign).not.toBe(b.campaign);
    expect(tokenOfA).toMatchObject({ status: 403, code: 'token-invalid' });
  });
});
