import { randomUUID } from 'node:crypto';
import { createProof, generateGrantKey } from '@numbra/grants';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { type Answer, readAnswer, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe.each(engines)('the token endpoint on %s', (engine) => {
  let test: TestGateway;
  let nonce: string;
  beforeAll(async () => {
    test = await startGateway(engine);
    nonce = (await ask({ nonce: null })).headers['dpop-nonce']!;
  });
  afterAll(() => test.close());

  interface Asking {
    readonly claims?: Record<string, unknown>;
    readonly form?: Record<string, string | undefined>;
    readonly nonce?: string | null;
    readonly proof?: Partial<Parameters<typeof createProof>[0]>;
    readonly headers?: Record<string, string>;
    readonly body?: string | Uint8Array;
    readonly assertion?: string;
    readonly dpop?: string;
  }

  async function assertionOf(claims: Record<string, unknown> = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: test.a.id, sub: test.a.id, aud: test.url, jti: randomUUID(), iat: now, exp: now + 60, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: test.a.key.kid })
      .sign(test.a.key.privateKey);
  }
  const proofOf = (asking: Asking): Promise<string> =>
    createProof({
      key: test.a.key,
      htm: 'POST',
      htu: `${test.url}/oauth/token`,
      now: Date.now(),
      jti: randomUUID(),
      ...(asking.nonce === null ? {} : { nonce: asking.nonce ?? nonce }),
      ...asking.proof,
    });

  async function ask(asking: Asking = {}): Promise<Answer> {
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: asking.assertion ?? (await assertionOf(asking.claims)),
      authorization_details: JSON.stringify([{ type: 'numbra_campaign', campaign: test.a.campaign, actions: ['dial'] }]),
      ...asking.form,
    };
    const given = Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const response = await fetch(`${test.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', dpop: asking.dpop ?? (await proofOf(asking)), ...asking.headers },
      body: asking.body ?? new URLSearchParams(given).toString(),
    });
    return readAnswer(response);
  }

  it('gives the nonce with a refusal, and a grant to who comes back with it', async () => {
    const refused = await ask({ nonce: null });
    expect(refused).toMatchObject({ status: 400, code: 'use_dpop_nonce' });
    const answer = await ask({ nonce: refused.headers['dpop-nonce']! });
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(answer.body)).toMatchObject({
      token_type: 'DPoP',
      authorization_details: [{ type: 'numbra_campaign', campaign: 'c-a' }],
    });
  });

  it('refuses an assertion that was used before, and a proof likewise', async () => {
    const assertion = await assertionOf();
    expect((await ask({ assertion })).status).toBe(200);
    expect(await ask({ assertion })).toMatchObject({ status: 401, code: 'invalid_client' });
    const dpop = await proofOf({});
    expect((await ask({ dpop })).status).toBe(200);
    expect(await ask({ dpop })).toMatchObject({ status: 400, code: 'invalid_dpop_proof' });
  });

  it('does not use up what it refuses for another reason', async () => {
    const assertion = await assertionOf();
    const dpop = await proofOf({});
    expect(await ask({ assertion, dpop, form: { authorization_details: '[]' } })).toMatchObject({ code: 'invalid_authorization_details' });
    expect((await ask({ assertion, dpop })).status).toBe(200);
  });

  it('issues one grant for 64 equal requests at once', async () => {
    const assertion = await assertionOf();
    const dpop = await proofOf({});
    const answers = await Promise.all(Array.from({ length: 64 }, () => ask({ assertion, dpop })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ code }) => code))).toEqual(new Set(['invalid_client']));
  });

  const details = (value: unknown): Asking => ({ form: { authorization_details: JSON.stringify(value) } });
  const campaign = { type: 'numbra_campaign', campaign: 'c-a', actions: ['dial'] };
  it.each<[string, Asking | (() => Promise<Asking>), number, string]>([
    ['an assertion for another audience', { claims: { aud: 'https://other.example' } }, 401, 'invalid_client'],
    ['an assertion for the token endpoint', async () => ({ claims: { aud: `${test.url}/oauth/token` } }), 401, 'invalid_client'],
    ['an assertion for several audiences', async () => ({ claims: { aud: [test.url] } }), 401, 'invalid_client'],
    ['an assertion that lives too long', { claims: { exp: Math.floor(Date.now() / 1000) + 3600 } }, 401, 'invalid_client'],
    ['an expired assertion', { claims: { exp: Math.floor(Date.now() / 1000) - 60 } }, 401, 'invalid_client'],
    ['an assertion without jti', { claims: { jti: undefined } }, 401, 'invalid_client'],
    ['an assertion by another client', { claims: { iss: 'vendor-b', sub: 'vendor-b' } }, 401, 'invalid_client'],
    ['no assertion', { form: { client_assertion: undefined } }, 401, 'invalid_client'],
    ['another assertion type', { form: { client_assertion_type: 'saml' } }, 401, 'invalid_client'],
    ['a client secret', { form: { client_secret: 'x' } }, 401, 'invalid_client'],
    ['Basic credentials', { headers: { authorization: 'Basic dmVuZG9yLWE6eA==' } }, 401, 'invalid_client'],
    ['another client_id', { form: { client_id: 'vendor-b' } }, 401, 'invalid_client'],
    ['a proof for another method', { proof: { htm: 'GET' } }, 400, 'invalid_dpop_proof'],
    ['a proof for another URL', { proof: { htu: 'https://other.example/oauth/token' } }, 400, 'invalid_dpop_proof'],
    ['an old proof', { proof: { now: Date.now() - 600_000 } }, 400, 'invalid_dpop_proof'],
    ['a proof from the future', { proof: { now: Date.now() + 600_000 } }, 400, 'invalid_dpop_proof'],
    ['a proof for an access token', { proof: { accessToken: 'x' } }, 400, 'invalid_dpop_proof'],
    ['no proof', { dpop: '' }, 400, 'invalid_dpop_proof'],
    ['a nonce of nobody', { nonce: 'AAAA' }, 400, 'use_dpop_nonce'],
    ['another grant type', { form: { grant_type: 'password' } }, 400, 'unsupported_grant_type'],
    ['no grant type', { form: { grant_type: undefined } }, 400, 'invalid_request'],
    ['a scope', { form: { scope: 'dial' } }, 400, 'invalid_scope'],
    ['another resource', { form: { resource: 'https://other.example' } }, 400, 'invalid_target'],
    ['two campaigns', details([campaign, campaign]), 400, 'invalid_authorization_details'],
    ['no details', { form: { authorization_details: undefined } }, 400, 'invalid_authorization_details'],
    ['an unknown member', details([{ ...campaign, extra: true }]), 400, 'invalid_authorization_details'],
    ['another type', details([{ ...campaign, type: 'payment' }]), 400, 'invalid_authorization_details'],
    ['another purpose', details([{ ...campaign, purpose: 'marketing.insurance.health' }]), 400, 'invalid_authorization_details'],
    ['more actions', details([{ ...campaign, actions: ['dial', 'answer'] }]), 400, 'invalid_authorization_details'],
    ['a larger budget', details([{ ...campaign, budget: { calls: 1_000_000 } }]), 400, 'invalid_authorization_details'],
    ["another vendor's campaign", details([{ ...campaign, campaign: 'c-b' }]), 400, 'invalid_authorization_details'],
    ['a parameter twice', { body: 'grant_type=client_credentials&grant_type=client_credentials' }, 400, 'invalid_request'],
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{}' }, 400, 'invalid_request'],
    ['invalid UTF-8', { body: new Uint8Array([0x67, 0x3d, 0xff]) }, 400, 'invalid_request'],
    ['invalid UTF-8, escaped', { body: 'grant_type=%ff' }, 400, 'invalid_request'],
    ['a form that is too long', { body: `x=${'y'.repeat(80_000)}` }, 400, 'invalid_request'],
  ])('refuses %s', async (_name, asking, status, code) => {
    const answer = await ask(typeof asking === 'function' ? await asking() : asking);
    expect(answer).toMatchObject({ status, code });
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).not.toMatch(/other\.example|vendor-|eyJ/);
  });

  it('answers an unknown client as a wrong signature', async () => {
    const stranger = await generateGrantKey();
    const sign = (iss: string) =>
      new SignJWT({ iss, sub: iss, aud: test.url, jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 60 })
        .setProtectedHeader({ alg: 'ES256', kid: stranger.kid })
        .sign(stranger.privateKey);
    const [known, unknown] = [await ask({ assertion: await sign('vendor-a') }), await ask({ assertion: await sign('vendor-z') })];
    expect(known.status).toBe(401);
    expect(unknown.body).toBe(known.body);
  });
});
