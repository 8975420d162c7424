import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  audience,
  bankKey,
  bankKeys,
  campaign,
  grantToken,
  issuer,
  now,
  requirements,
  segment,
  strangerKey,
  terms,
} from '../bank.fixture.js';
import { generateGrantKey, signCompact } from '../keys/grant-key.js';
import { readKeySet } from '../keys/key-set.js';
import type { GrantedCampaign } from './campaign.js';
import { issueGrant } from './issue.js';
import { grantDigest, isCurrent, verifyGrant } from './verify.js';

const claims = decodeJwt(grantToken);
/** A grant with any header and claims, properly signed by the bank. */
const forge = (header: object, changed: object, key = bankKey) =>
  signCompact({ typ: 'at+jwt', kid: key.kid, ...header } as { typ: string }, { ...claims, ...changed }, key);

describe('issuing a grant', () => {
  it('makes an at+jwt with one authorization_details object, as in the formats', () => {
    expect(decodeProtectedHeader(grantToken)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: bankKey.kid });
    expect(claims).toEqual({
      iss: issuer,
      sub: 'vendor-42',
      client_id: 'vendor-42',
      aud: audience,
      iat: now / 1000,
      exp: now / 1000 + 300,
      jti: 'jti-0001',
      cnf: { jkt: terms.thumbprint },
      authorization_details: [{ type: 'numbra_campaign', ...campaign }],
    });
  });

  it('names the agent, for 120 seconds at most', async () => {
    const token = await issueGrant({ ...terms, act: 'agent-17' }, bankKey);
    expect(decodeJwt(token)).toMatchObject({ act: { sub: 'agent-17' }, exp: now / 1000 + 120 });
    await expect(() => issueGrant({ ...terms, act: 'agent-17', ttlSeconds: 121 }, bankKey)).toFailWith('ERR_GRANT_TERMS');
    await expect(() => issueGrant({ ...terms, ttlSeconds: 301 }, bankKey)).toFailWith('ERR_GRANT_TERMS');
  });

  it.each([
    ['issuer', { issuer: 'bank.example' }],
    ['issuer with a query', { issuer: 'https://bank.example?a' }],
    ['audience', { audience: '' }],
    ['clientId', { clientId: 'vendor 42' }],
    ['thumbprint', { thumbprint: 'short' }],
    ['jti', { jti: '' }],
    ['act', { act: '张三' }],
    ['no life', { ttlSeconds: 0 }],
    ['a time in seconds instead of milliseconds', { now: now / 1000 }],
    ['an action that is none', { campaign: { ...campaign, actions: ['audit'] } as unknown as GrantedCampaign }],
    ['no action', { campaign: { ...campaign, actions: [] } }],
    ['an action twice', { campaign: { ...campaign, actions: ['dial', 'dial'] } as GrantedCampaign }],
    ['an identifier without prefix', { campaign: { ...campaign, identifier: '0123456789' } }],
    ['a day that is none', { campaign: { ...campaign, window: { ...campaign.window, until: '2026-02-30' } } }],
    ['an hour that is none', { campaign: { ...campaign, window: { ...campaign.window, from: '24:00' } } }],
    ['a negative budget', { campaign: { ...campaign, budget: { ...campaign.budget, calls: -1 } } }],
  ])('signs nothing when wrong: %s', async (_name, change) => {
    await expect(() => issueGrant({ ...terms, ...change }, bankKey)).toFailWith('ERR_GRANT_TERMS');
  });
});

describe('a grant', () => {
  it('verifies into a frozen value', async () => {
    const grant = await verifyGrant(grantToken, requirements);
    expect(grant).toEqual({
      issuer,
      audience,
      clientId: 'vendor-42',
      subject: 'vendor-42',
      jti: 'jti-0001',
      binding: 'dpop',
      thumbprint: terms.thumbprint,
      issuedAt: now,
      expiresAt: now + 300_000,
      campaign,
    });
    expect(
      [grant, grant.campaign, grant.campaign.actions, grant.campaign.window, grant.campaign.window.days, grant.campaign.budget].every(
        Object.isFrozen,
      ),
    ).toBe(true);
  });

  it('may be bound to a client certificate and stand in a status list', async () => {
    const status = { idx: 48213, uri: 'https://bank.example/status/7' };
    const token = await issueGrant({ ...terms, binding: 'mtls', status }, bankKey);
    expect(decodeJwt(token)).toMatchObject({ cnf: { 'x5t#S256': terms.thumbprint }, status: { status_list: status } });
    expect(await verifyGrant(token, requirements)).toMatchObject({ binding: 'mtls', thumbprint: terms.thumbprint, status });
  });

  it('verifies with whichever key of the set it names, and Ed25519 as well', async () => {
    const next = await generateGrantKey('EdDSA');
    const keys = { keys: [bankKey.publicJwk, next.publicJwk] };
    expect(await verifyGrant(await issueGrant(terms, next), { ...requirements, keys })).toMatchObject({ jti: 'jti-0001' });
    expect(
      await verifyGrant(grantToken, { ...requirements, keys: (kid, algorithm) => readKeySet(keys).find(kid, algorithm) }),
    ).toMatchObject({ jti: 'jti-0001' });
  });

  it('ends on the millisecond, and a kept one is asked again', async () => {
    const grant = await verifyGrant(grantToken, { ...requirements, now: now + 299_999 });
    await expect(() => verifyGrant(grantToken, { ...requirements, now: now + 300_000 })).toFailWith('ERR_GRANT_EXPIRED');
    expect([isCurrent(grant, now + 299_999), isCurrent(grant, now + 300_000)]).toEqual([true, false]);
  });

  it('of five seconds in the future is forgiven, of six not', async () => {
    expect(await verifyGrant(grantToken, { ...requirements, now: now - 5_000 })).toMatchObject({ jti: 'jti-0001' });
    await expect(() => verifyGrant(grantToken, { ...requirements, now: now - 6_000 })).toFailWith('ERR_GRANT_NOT_YET');
  });

  it('is for one issuer and one audience', async () => {
    await expect(() => verifyGrant(grantToken, { ...requirements, issuer: 'https://other.example' })).toFailWith('ERR_GRANT_ISSUER');
    await expect(() => verifyGrant(grantToken, { ...requirements, issuer: `${issuer}/` })).toFailWith('ERR_GRANT_ISSUER');
    await expect(() => verifyGrant(grantToken, { ...requirements, audience: issuer })).toFailWith('ERR_GRANT_AUDIENCE');
  });

  it.each([
    ['an unknown claim', { scope: 'all' }],
    ['no client_id', { client_id: undefined }],
    ['another subject', { sub: 'vendor-43' }],
    ['two audiences', { aud: [audience, 'https://other.example'] }],
    ['one audience in a list', { aud: [audience] }],
    ['a life of 301 seconds', { exp: now / 1000 + 301 }],
    ['an end before its beginning', { exp: now / 1000 - 1 }],
    ['times as text', { iat: String(now / 1000) }],
    ['no confirmation', { cnf: undefined }],
    ['two confirmations', { cnf: { jkt: terms.thumbprint, 'x5t#S256': terms.thumbprint } }],
    ['a key in full', { cnf: { jwk: {} } }],
    ['an actor with an actor', { act: { sub: 'agent-17', act: { sub: 'agent-18' } } }],
    ['an actor and 300 seconds', { act: { sub: 'agent-17' } }],
    ['a status of another kind', { status: { status_list: { idx: -1, uri: 'https://bank.example/status/7' } } }],
    ['no details', { authorization_details: [] }],
    ['two details', { authorization_details: [campaign, campaign] }],
    ['details of another type', { authorization_details: [{ ...campaign, type: 'payment_initiation' }] }],
    ['audit beside a campaign', { authorization_details: [{ ...campaign, type: 'numbra_audit' }] }],
    ['a limit that is not known', { authorization_details: [{ ...campaign, type: 'numbra_campaign', max_duration: 60 }] }],
    [
      'a window without days',
      { authorization_details: [{ ...campaign, type: 'numbra_campaign', window: { ...campaign.window, days: [] } }] },
    ],
    [
      'a budget without limit',
      { authorization_details: [{ ...campaign, type: 'numbra_campaign', budget: { ...campaign.budget, calls: null } }] },
    ],
  ])('of the bank itself is refused with %s', async (_name, changed) => {
    const token = await forge({}, changed);
    await expect(() => verifyGrant(token, requirements)).toFailWith('ERR_GRANT_CLAIMS');
  });

  it.each([
    ['typ JWT', { typ: 'JWT' }],
    ['typ in capitals', { typ: 'AT+JWT' }],
    ['typ application/at+jwt', { typ: 'application/at+jwt' }],
    ['no kid', { kid: undefined }],
    ['a path for a kid', { kid: '../../../../dev/null' }],
    ['SQL for a kid', { kid: "x' UNION SELECT 'key" }],
    ['a kid that is no text', { kid: 5 }],
    ['a jwk', { jwk: strangerKey.publicJwk }],
    ['jku', { jku: 'https://attacker.example/jwks.json' }],
    ['x5u', { x5u: 'https://attacker.example/cert.pem' }],
    ['cty', { cty: 'JWT' }],
    ['alg Ed25519', { alg: 'Ed25519' }],
  ])('is malformed with %s', async (_name, header) => {
    const [, payload, signature] = grantToken.split('.');
    const forged = segment({ alg: 'ES256', typ: 'at+jwt', kid: bankKey.kid, ...header });
    await expect(() => verifyGrant(`${forged}.${payload}.${signature}`, requirements)).toFailWith('ERR_GRANT_MALFORMED');
  });

  it('of an unknown key, or of a known kid by another key, has the same error', async () => {
    const foreign = await issueGrant(terms, strangerKey);
    const pretended = await forge({ kid: bankKey.kid }, {}, strangerKey);
    for (const token of [foreign, pretended]) await expect(() => verifyGrant(token, requirements)).toFailWith('ERR_GRANT_SIGNATURE');
  });

  it('names the claim that is wrong, never its value', async () => {
    const token = await forge({}, { jti: '\u0000SECRET' });
    const error = await verifyGrant(token, requirements).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_GRANT_CLAIMS', where: { field: 'jti' }, status: 401 });
    expect(String(error)).not.toContain('SECRET');
  });

  it('has a digest of its text: a second spelling of it is another text, and is refused', async () => {
    expect(grantDigest(grantToken)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    for (const spelling of [`${grantToken}=`, ` ${grantToken}`, `${grantToken}\n`, grantToken.replace('.', ' .')]) {
      expect(grantDigest(spelling)).not.toBe(grantDigest(grantToken));
      await expect(() => verifyGrant(spelling, requirements)).toFailWith('ERR_GRANT_MALFORMED');
    }
  });

  it('of a set whose key was taken out no longer verifies', async () => {
    const next = await generateGrantKey();
    await expect(() => verifyGrant(grantToken, { ...requirements, keys: { keys: [next.publicJwk] } })).toFailWith('ERR_GRANT_SIGNATURE');
    expect(bankKeys.keys).toHaveLength(1);
  });
});
