/** An access token as Keycloak writes it (client credentials, DPoP, ES256 as the realm's algorithm), made here with jose. */
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { audience, bankKey, bankKeys, campaign, grantToken, now, strangerKey, terms } from '../bank.fixture.js';
import type { GrantKey } from '../keys/grant-key.js';
import type { JsonObject } from '../strict/json.js';
import { verifyForeignGrant } from './foreign.js';

const issuer = 'https://sso.bank.example/realms/partners';
const at = now / 1000;
const claims = {
  exp: at + 300,
  iat: at,
  jti: 'trrtcc:7c0b4c0e-7d0f-4f7e-9a5c-4b7a7c1d2e3f',
  iss: issuer,
  aud: [audience, 'account'],
  sub: 'b2c1c7a4-0f2c-4a53-a3a0-1e0e3c1a5d11',
  typ: 'Bearer',
  azp: 'vendor-42',
  acr: '1',
  scope: 'profile email',
  campaign: 'c-2026-11',
  cnf: { jkt: terms.thumbprint },
};
const make = (changed: object = {}, header: object = {}, key: GrantKey = bankKey) =>
  new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: key.kid, ...header }).sign(key.privateKey);
const campaignOf = ({ campaign: name }: JsonObject) => (name === campaign.campaign ? campaign : undefined);
const requirements = { issuer, audience, keys: bankKeys, now, campaignOf };

describe("another server's access token", () => {
  it('becomes a grant of the campaign that its claims are mapped to', async () => {
    const grant = await verifyForeignGrant(await make(), requirements);
    expect(grant).toMatchObject({
      issuer,
      audience,
      clientId: 'vendor-42',
      thumbprint: terms.thumbprint,
      expiresAt: now + 300_000,
      campaign,
    });
  });

  it('is refused when it maps to nothing, or to what is no grant', async () => {
    await expect(async () => verifyForeignGrant(await make({ campaign: 'c-1' }), requirements)).toFailWith('ERR_GRANT_CLAIMS');
    const wrong = { ...requirements, campaignOf: () => ({ ...campaign, identifier: 'none' }) };
    await expect(async () => verifyForeignGrant(await make(), wrong)).toFailWith('ERR_GRANT_CLAIMS');
  });

  it.each([
    ['no key binding', { cnf: undefined }, 'ERR_GRANT_CLAIMS'],
    ['a life of an hour', { exp: at + 3600 }, 'ERR_GRANT_CLAIMS'],
    ['no client', { azp: undefined }, 'ERR_GRANT_CLAIMS'],
    ['a client name that is none', { azp: 'vendor 42' }, 'ERR_GRANT_CLAIMS'],
    ['another audience', { aud: ['https://other.example', 'account'] }, 'ERR_GRANT_CLAIMS'],
    ['another audience as text', { aud: 'https://other.example' }, 'ERR_GRANT_AUDIENCE'],
    ['another issuer', { iss: 'https://sso.bank.example/realms/staff' }, 'ERR_GRANT_ISSUER'],
    ['its end behind it', { iat: at - 300, exp: at }, 'ERR_GRANT_EXPIRED'],
  ])('is refused with %s', async (_name, changed, code) => {
    await expect(async () => verifyForeignGrant(await make(changed), requirements)).toFailWith(code);
  });

  it('is refused by another key, type or header', async () => {
    await expect(async () => verifyForeignGrant(await make({}, {}, strangerKey), requirements)).toFailWith('ERR_GRANT_SIGNATURE');
    await expect(async () => verifyForeignGrant(await make({}, { kid: bankKey.kid }, strangerKey), requirements)).toFailWith(
      'ERR_GRANT_SIGNATURE',
    );
    for (const header of [{ typ: 'logout+jwt' }, { typ: undefined }, { jku: 'https://attacker.example' }])
      await expect(async () => verifyForeignGrant(await make({}, header), requirements)).toFailWith('ERR_GRANT_MALFORMED');
    expect(await verifyForeignGrant(await make({}, { typ: 'at+jwt' }), requirements)).toMatchObject({ clientId: 'vendor-42' });
    await expect(() => verifyForeignGrant(grantToken, requirements)).toFailWith('ERR_GRANT_CLAIMS');
  });
});
