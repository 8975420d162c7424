import { describe, expect, it, vi } from 'vitest';
import { agentKey, grantToken, now, segment, strangerKey, vendorKey } from '../bank.fixture.js';
import { grantDigest } from '../grant/verify.js';
import { type GrantKey, signCompact } from '../keys/grant-key.js';
import { bare, thumbprint } from '../keys/jwk.js';
import { replayKey } from '../replay.js';
import { createProof } from './create.js';
import { acceptsProofNonce, NONCE_SECONDS, proofNonce } from './nonce.js';
import { type ProofRequirements, verifyProof } from './verify.js';

const htm = 'POST';
const htu = 'https://resolver.bank.example/v1/calls';
const request: ProofRequirements = { htm, htu, now, accessToken: grantToken, expectedThumbprint: thumbprint(vendorKey.publicJwk) };
const make = (more: Partial<Parameters<typeof createProof>[0]> = {}) =>
  createProof({ key: vendorKey, htm, htu, accessToken: grantToken, now, jti: 'jti-1', ...more });
/** A proof with any header and claims, properly signed. */
const forge = async (header: object, claims: object, key: GrantKey = vendorKey) =>
  signCompact(
    { typ: 'dpop+jwt', jwk: { ...bare(key.publicJwk) }, ...header } as { typ: string },
    { ...(await claimsOf()), ...claims },
    key,
  );
const claimsOf = async () => JSON.parse(Buffer.from((await make()).split('.')[1] as string, 'base64url').toString());

describe('a proof', () => {
  it.each([
    ['ES256', vendorKey],
    ['EdDSA', agentKey],
  ] as const)('%s proves its key, id and time', async (_name, key) => {
    const proof = await verifyProof(await make({ key }), { ...request, expectedThumbprint: thumbprint(key.publicJwk) });
    expect(proof).toMatchObject({ thumbprint: thumbprint(key.publicJwk), jti: 'jti-1', issuedAt: now });
    expect(proof.replayKey).toEqual(replayKey(proof.thumbprint, 'jti-1'));
  });

  it('goes with the digest of the access token as well as with the token', async () => {
    const { accessToken: _token, ...rest } = request;
    expect(await verifyProof(await make(), { ...rest, accessTokenHash: grantDigest(grantToken) })).toMatchObject({ jti: 'jti-1' });
  });

  it.each([
    ['another method', { htm: 'GET' }, 'ERR_DPOP_METHOD'],
    ['the method in small letters', { htm: 'post' }, 'ERR_DPOP_METHOD'],
    ['another path', { htu: `${htu}/call_1` }, 'ERR_DPOP_URL'],
    ['a slash more', { htu: `${htu}/` }, 'ERR_DPOP_URL'],
    ['a query', { htu: `${htu}?a=b` }, 'ERR_DPOP_URL'],
    ['the host in capitals', { htu: 'https://RESOLVER.bank.example/v1/calls' }, 'ERR_DPOP_URL'],
    ['the port spelled out', { htu: 'https://resolver.bank.example:443/v1/calls' }, 'ERR_DPOP_URL'],
    ['another host', { htu: 'https://resolver.bank.example.attacker.example/v1/calls' }, 'ERR_DPOP_URL'],
    ['an age of 66 seconds', { now: now - 66_000 }, 'ERR_DPOP_TIME'],
    ['6 seconds in the future', { now: now + 6_000 }, 'ERR_DPOP_TIME'],
    ['another access token', { accessToken: `${grantToken}x` }, 'ERR_DPOP_ACCESS_TOKEN'],
    ['no access token', { accessToken: undefined }, 'ERR_DPOP_ACCESS_TOKEN'],
    ["a stranger's key", { key: strangerKey }, 'ERR_DPOP_KEY'],
  ] as const)('is refused with %s', async (_name, change, code) => {
    const { accessToken, ...rest } = { accessToken: grantToken, ...change } as { accessToken: string | undefined };
    const proof = await createProof({
      key: vendorKey,
      htm,
      htu,
      now,
      jti: 'jti-1',
      ...(accessToken !== undefined && { accessToken }),
      ...rest,
    });
    await expect(() => verifyProof(proof, request)).toFailWith(code);
  });

  it('is taken 65 seconds long, and 5 seconds early', async () => {
    const proof = await make();
    expect(await verifyProof(proof, { ...request, now: now + 65_000 })).toMatchObject({ jti: 'jti-1' });
    expect(await verifyProof(proof, { ...request, now: now - 5_000 })).toMatchObject({ jti: 'jti-1' });
    await expect(() => verifyProof(proof, { ...request, now: now + 11_000, maxAgeSeconds: 10, skewSeconds: 0 })).toFailWith(
      'ERR_DPOP_TIME',
    );
  });

  it('with an access token is no proof for the token endpoint', async () => {
    await expect(() => verifyProof('', { htm, htu, now })).toFailWith('ERR_DPOP_MALFORMED');
    const { accessToken: _token, ...atTokenEndpoint } = request;
    await expect(() => make().then((proof) => verifyProof(proof, atTokenEndpoint))).toFailWith('ERR_DPOP_ACCESS_TOKEN');
  });

  it.each([
    ['typ JWT', { typ: 'JWT' }, {}],
    ['no typ', { typ: undefined }, {}],
    ['typ at+jwt', { typ: 'at+jwt' }, {}],
    ['a kid', { kid: 'k' }, {}],
    ['jku', { jku: 'https://attacker.example' }, {}],
    ['x5c', { x5c: ['MIIB'] }, {}],
    ['no jwk', { jwk: undefined }, {}],
    ['a private jwk', { jwk: { ...bare(vendorKey.publicJwk), d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI' } }, {}],
    ['a secret as jwk', { jwk: { kty: 'oct', k: 'AAAA' } }, {}],
    ["another algorithm's jwk", { jwk: bare(agentKey.publicJwk) }, {}],
    ['an unknown claim', {}, { sub: 'vendor-42' }],
    ['no jti', {}, { jti: undefined }],
    ['an empty jti', {}, { jti: '' }],
    ['a long jti', {}, { jti: 'j'.repeat(129) }],
    ['a jti that is no text', {}, { jti: 5 }],
    ['no iat', {}, { iat: undefined }],
    ['iat as text', {}, { iat: String(now / 1000) }],
    ['iat with a fraction', {}, { iat: now / 1000 + 0.5 }],
    ['no htm', {}, { htm: undefined }],
    ['no htu', {}, { htu: undefined }],
  ])('is malformed with %s', async (_name, header, claims) => {
    const proof = await forge(header, claims);
    await expect(() => verifyProof(proof, request)).toFailWith('ERR_DPOP_MALFORMED');
  });

  it.each(['none', 'HS256', 'RS256', 'ES384', 'es256', ''])('is malformed with alg %s', async (alg) => {
    const [, payload, signature] = (await make()).split('.');
    const header = segment({ typ: 'dpop+jwt', alg, jwk: bare(vendorKey.publicJwk) });
    await expect(() => verifyProof(`${header}.${payload}.${signature}`, request)).toFailWith('ERR_DPOP_MALFORMED');
    await expect(() => verifyProof(`${header}.${payload}.`, request)).toFailWith('ERR_DPOP_MALFORMED');
  });

  it('is refused when another key signed it than it carries', async () => {
    const proof = await signCompact({ typ: 'dpop+jwt', jwk: { ...bare(vendorKey.publicJwk) } }, await claimsOf(), strangerKey);
    await expect(() => verifyProof(proof, request)).toFailWith('ERR_DPOP_SIGNATURE');
  });

  it('is malformed when longer than 2,048 characters, and not looked at', async () => {
    await expect(async () => verifyProof(await make({ htu: `${htu}${'a'.repeat(2000)}` }), request)).toFailWith('ERR_DPOP_MALFORMED');
  });
});

describe('a known key', () => {
  it('needs no import and no thumbprint, and proves as much', async () => {
    const first = await verifyProof(await make(), request);
    const second = await verifyProof(await make({ jti: 'jti-2' }), { ...request, knownKey: first.key });
    expect(second.key).toBe(first.key);
    expect(second).toMatchObject({ jti: 'jti-2', thumbprint: first.thumbprint });
  });

  it('does not stand for a signature, nor for another key', async () => {
    const { key: knownKey } = await verifyProof(await make(), request);
    const [header, payload] = (await make()).split('.');
    const [, , signature] = (await make({ jti: 'jti-2' })).split('.');
    await expect(() => verifyProof(`${header}.${payload}.${signature}`, { ...request, knownKey })).toFailWith('ERR_DPOP_SIGNATURE');
    await expect(async () => verifyProof(await make({ key: strangerKey }), { ...request, knownKey })).toFailWith('ERR_DPOP_KEY');
  });
});

describe('a nonce', () => {
  const key = new Uint8Array(32).fill(7);
  const acceptNonce = vi.fn((nonce: string | undefined) => acceptsProofNonce(key, nonce, now));

  it('that the server asks for must stand in the proof', async () => {
    const nonce = proofNonce(key, now);
    expect(await verifyProof(await make({ nonce }), { ...request, acceptNonce })).toMatchObject({ jti: 'jti-1' });
    expect(await verifyProof(await make({ nonce }), { ...request, nonce })).toMatchObject({ jti: 'jti-1' });
    await expect(async () => verifyProof(await make(), { ...request, acceptNonce })).toFailWith('ERR_DPOP_NONCE');
    await expect(async () => verifyProof(await make({ nonce: 'other' }), { ...request, acceptNonce })).toFailWith('ERR_DPOP_NONCE');
    await expect(async () => verifyProof(await make({ nonce: 'other' }), { ...request, nonce })).toFailWith('ERR_DPOP_NONCE');
    await expect(async () => verifyProof(await forge({}, { nonce: 5 }), { ...request, acceptNonce })).toFailWith('ERR_DPOP_NONCE');
  });

  it('is asked for last: a bad proof learns nothing of it', async () => {
    acceptNonce.mockClear();
    await expect(async () => verifyProof(await make({ htm: 'GET' }), { ...request, acceptNonce })).toFailWith('ERR_DPOP_METHOD');
    expect(acceptNonce).not.toHaveBeenCalled();
  });

  it('lives for its slot and the next, on every gateway with the key', () => {
    const nonce = proofNonce(key, now);
    const slots = (n: number) => now + n * NONCE_SECONDS * 1000;
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{30}$/);
    expect(acceptsProofNonce(key, nonce, slots(1))).toBe(true);
    expect(acceptsProofNonce(key, nonce, slots(-1))).toBe(true);
    expect(acceptsProofNonce(key, nonce, slots(2))).toBe(false);
    expect(acceptsProofNonce(new Uint8Array(32), nonce, now)).toBe(false);
    expect(acceptsProofNonce(key, `${nonce}=`, now)).toBe(false);
    expect(acceptsProofNonce(key, undefined, now)).toBe(false);
  });
});
