import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateVendorKey, readKey, type Signer, signJwt, type VendorKey } from './key.js';

async function proves(key: VendorKey): Promise<{ signer: Signer; header: object; claims: unknown }> {
  const signer = await readKey(key);
  const jwt = await signJwt(signer, { typ: 'JWT' }, { sub: 'vendor-42', n: '号' });
  const { payload, protectedHeader } = await compactVerify(jwt, await importJWK(signer.publicJwk as JWK, signer.algorithm));
  return { signer, header: protectedHeader, claims: JSON.parse(new TextDecoder().decode(payload)) };
}

describe('the key of a vendor', () => {
  it('is made with its thumbprint as kid, and its public half for the bank', async () => {
    const { privateJwk, jwks } = await generateVendorKey();
    expect(privateJwk.kid).toBe(await calculateJwkThumbprint(privateJwk as unknown as JWK));
    expect(jwks.keys[0]).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: privateJwk.x,
      y: privateJwk.y,
      kid: privateJwk.kid,
      alg: 'ES256',
      use: 'sig',
    });
  });

  it('signs as a private JWK, P-256 or Ed25519, what jose verifies', async () => {
    const { privateJwk } = await generateVendorKey();
    expect(await proves(privateJwk)).toMatchObject({ header: { alg: 'ES256', typ: 'JWT' }, claims: { sub: 'vendor-42', n: '号' } });
    const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    expect(await proves(ed25519 as VendorKey)).toMatchObject({ header: { alg: 'EdDSA' } });
  });

  it('signs as a pair of WebCrypto keys that cannot be exported', async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    expect(await proves(pair)).toMatchObject({ header: { alg: 'ES256' } });
  });

  it('signs as one extractable WebCrypto key', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const { signer, header } = await proves(privateKey);
    expect(header).toMatchObject({ alg: 'ES256' });
    expect(Object.keys(signer.publicJwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
  });

  it('may lie elsewhere: only what is to be signed is handed over', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' }) as Signer['publicJwk'];
    const elsewhere: Signer = {
      algorithm: 'ES256',
      publicJwk,
      sign: (input) => new Uint8Array(sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
    };
    expect(await proves(elsewhere)).toMatchObject({ header: { alg: 'ES256' } });
  });

  it.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' })],
    ['a public key', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })],
    ['nothing', {}],
  ])('refuses %s', async (_name, jwk) => {
    await expect(() => readKey(jwk as VendorKey)).toFailWith('ERR_CLIENT_KEY');
  });

  it('refuses a WebCrypto key whose public half cannot be had', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    await expect(() => readKey(privateKey)).toFailWith('ERR_CLIENT_KEY');
  });
});
