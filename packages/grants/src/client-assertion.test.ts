import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { agentKey, issuer, now, segment, strangerKey, vendorKey } from './bank.fixture.js';
import { verifyClientAssertion } from './client-assertion.js';
import { type GrantKey, signCompact } from './keys/grant-key.js';
import { readKeySet } from './keys/key-set.js';
import { replayKey } from './replay.js';

const at = now / 1000;
const claims = { iss: 'vendor-42', sub: 'vendor-42', aud: issuer, jti: 'a-1', iat: at, exp: at + 60 };
const make = (changed: object = {}, header: object = {}, key: GrantKey = vendorKey) =>
  signCompact({ typ: 'JWT', kid: key.kid, ...header } as { typ: string }, { ...claims, ...changed }, key);
const registered = readKeySet({ keys: [vendorKey.publicJwk] });
const requirements = { issuer, now, clientKeys: (id: string) => (id === 'vendor-42' ? registered : undefined) };

describe('a client assertion', () => {
  it('proves the client, its id and its end', async () => {
    const verified = await verifyClientAssertion(await make(), requirements);
    expect(verified).toEqual({ clientId: 'vendor-42', jti: 'a-1', expiresAt: now + 60_000, replayKey: replayKey('vendor-42', 'a-1') });
  });

  it('is taken from jose without typ, iat and kid when the client has one key', async () => {
    const { iat: _iat, ...rest } = claims;
    const assertion = await new SignJWT(rest).setProtectedHeader({ alg: 'ES256' }).sign(vendorKey.privateKey);
    expect(await verifyClientAssertion(assertion, requirements)).toMatchObject({ clientId: 'vendor-42' });
  });

  it('must name its key when the client has two of its algorithm', async () => {
    const two = readKeySet({ keys: [vendorKey.publicJwk, strangerKey.publicJwk] });
    const unnamed = await make({}, { kid: undefined });
    await expect(() => verifyClientAssertion(unnamed, { ...requirements, clientKeys: () => two })).toFailWith('ERR_ASSERTION_SIGNATURE');
    expect(await verifyClientAssertion(await make(), { ...requirements, clientKeys: () => two })).toMatchObject({ jti: 'a-1' });
  });

  it.each([
    ['the token endpoint', 'https://bank.example/oauth/token'],
    ['a list with the issuer in it', [issuer]],
    ['issuer and attacker', [issuer, 'https://attacker.example']],
    ['another server', 'https://attacker.example'],
    ['the issuer with a slash', `${issuer}/`],
  ])('for %s as audience is refused (CVE-2025-27370)', async (_name, aud) => {
    await expect(async () => verifyClientAssertion(await make({ aud }), requirements)).toFailWith('ERR_ASSERTION_AUDIENCE');
  });

  it.each([
    ['expired', { exp: at }],
    ['living for 306 seconds', { exp: at + 306 }],
    ['living for a year', { exp: at + 31_536_000 }],
    ['with an end in milliseconds', { exp: now + 60_000 }],
    ['from the future', { iat: at + 6 }],
    ['not valid yet', { nbf: at + 6 }],
    ['with an end as text', { exp: String(at + 60) }],
  ])('%s is refused', async (_name, changed) => {
    await expect(async () => verifyClientAssertion(await make(changed), requirements)).toFailWith('ERR_ASSERTION_TIME');
  });

  it.each([
    ['no jti', { jti: undefined }],
    ['another subject', { sub: 'vendor-43' }],
    ['no subject', { sub: undefined }],
    ['no end', { exp: undefined }],
    ['an unknown claim', { scope: 'all' }],
    ['an issuer that is no name', { iss: '../vendor', sub: '../vendor' }],
  ])('with %s is refused', async (_name, changed) => {
    await expect(async () => verifyClientAssertion(await make(changed), requirements)).toFailWith('ERR_ASSERTION_CLAIMS');
  });

  it('of an unknown client, an unknown key and a wrong signature has one error', async () => {
    const unknownClient = await make({ iss: 'vendor-43', sub: 'vendor-43' });
    const unknownKey = await make({}, {}, strangerKey);
    const wrongKey = await make({}, { kid: vendorKey.kid }, strangerKey);
    const wrongAlgorithm = await make({}, { kid: vendorKey.kid }, agentKey);
    for (const assertion of [unknownClient, unknownKey, wrongKey, wrongAlgorithm])
      await expect(() => verifyClientAssertion(assertion, requirements)).toFailWith('ERR_ASSERTION_SIGNATURE');
  });

  it.each([
    ['jwk', { jwk: strangerKey.publicJwk }],
    ['jku', { jku: 'https://attacker.example' }],
    ['crit', { crit: ['exp'] }],
    ['typ at+jwt', { typ: 'at+jwt' }],
    ['typ dpop+jwt', { typ: 'dpop+jwt' }],
    ['alg none', { alg: 'none' }],
    ['alg HS256', { alg: 'HS256' }],
    ['a path for a kid', { kid: '/etc/passwd' }],
  ])('with %s in its header is malformed', async (_name, header) => {
    const [, payload, signature] = (await make()).split('.');
    const forged = segment({ alg: 'ES256', typ: 'JWT', kid: vendorKey.kid, ...header });
    await expect(() => verifyClientAssertion(`${forged}.${payload}.${signature}`, requirements)).toFailWith('ERR_ASSERTION_MALFORMED');
  });
});
