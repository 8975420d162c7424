import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { audience, bankKey, campaign, grantToken, issuer, now, requirements, terms } from './bank.fixture.js';
import { issueGrant } from './grant/issue.js';
import { verifyGrant } from './grant/verify.js';
import { introspectGrant, signIntrospection } from './introspection.js';
import { importPublic } from './keys/jwk.js';

const grant = await verifyGrant(grantToken, requirements);

describe('introspection', () => {
  it('tells what the grant says', async () => {
    expect(introspectGrant(grant, now)).toEqual({
      active: true,
      token_type: 'DPoP',
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
    const agent = await verifyGrant(await issueGrant({ ...terms, act: 'agent-17', binding: 'mtls' }, bankKey), requirements);
    expect(introspectGrant(agent, now)).toMatchObject({
      token_type: 'Bearer',
      act: { sub: 'agent-17' },
      cnf: { 'x5t#S256': terms.thumbprint },
    });
  });

  it('has one answer for ended, unknown and revoked', () => {
    expect(introspectGrant(grant, grant.expiresAt)).toEqual({ active: false });
    expect(introspectGrant(undefined, now)).toEqual({ active: false });
  });

  it('is signed as RFC 9701 asks, which jose verifies', async () => {
    const key = importPublic(bankKey.publicJwk);
    if (!key) throw new Error('not imported');
    const answer = introspectGrant(grant, now);
    const token = await signIntrospection(answer, { issuer, audience, now }, bankKey);
    const { payload } = await jwtVerify(token, key, { issuer, audience, typ: 'token-introspection+jwt', currentDate: new Date(now) });
    expect(payload.token_introspection).toEqual(answer);
    expect(payload).not.toHaveProperty('sub');
    expect(payload).not.toHaveProperty('exp');
  });

  it('signed, is not a grant', async () => {
    const token = await signIntrospection(introspectGrant(grant, now), { issuer, audience, now }, bankKey);
    await expect(() => verifyGrant(token, requirements)).toFailWith('ERR_GRANT_MALFORMED');
  });
});
