import { flattenedVerify, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { bankKey, bankKeys, grantToken, segment, strangerKey, vendorKey } from './bank.fixture.js';
import { signDetached, verifyDetached } from './detached.js';
import { readKeySet } from './keys/key-set.js';

const manifest = new TextEncoder().encode('{"campaign":"c-2026-11","rows":32000}');

describe('a detached signature', () => {
  it('is header..signature, and jose verifies it with the payload put back', async () => {
    const signature = await signDetached(manifest, bankKey);
    const [header = '', empty, value = ''] = signature.split('.');
    expect(empty).toBe('');
    const jws = { protected: header, payload: Buffer.from(manifest).toString('base64url'), signature: value };
    const verified = await flattenedVerify(jws, await importJWK(bankKey.publicJwk as JWK, 'ES256'));
    expect(verified.payload).toEqual(manifest);
    expect(verified.protectedHeader).toEqual({ alg: 'ES256', typ: 'numbra-manifest+jws', kid: bankKey.kid });
  });

  it('names the key that made it', async () => {
    expect(await verifyDetached(await signDetached(manifest, bankKey), manifest, bankKeys)).toEqual({
      kid: bankKey.kid,
      algorithm: 'ES256',
    });
  });

  it('of a file of a megabyte, and of none, verifies', async () => {
    for (const payload of [new Uint8Array(1_000_003).fill(0x61), new Uint8Array()])
      expect(await verifyDetached(await signDetached(payload, bankKey), payload, bankKeys)).toMatchObject({ kid: bankKey.kid });
  });

  it('is refused for other bytes and by other keys', async () => {
    const signature = await signDetached(manifest, bankKey);
    await expect(() => verifyDetached(signature, manifest.subarray(1), bankKeys)).toFailWith('ERR_DETACHED_SIGNATURE');
    await expect(() => verifyDetached(signature, manifest, readKeySet({ keys: [strangerKey.publicJwk] }))).toFailWith(
      'ERR_DETACHED_SIGNATURE',
    );
  });

  it('for one use is none for another', async () => {
    const countersignature = await signDetached(manifest, vendorKey, 'countersignature');
    const keys = readKeySet({ keys: [vendorKey.publicJwk] });
    expect(await verifyDetached(countersignature, manifest, keys, 'countersignature')).toMatchObject({ kid: vendorKey.kid });
    await expect(() => verifyDetached(countersignature, manifest, keys)).toFailWith('ERR_DETACHED_MALFORMED');
  });

  it('is malformed with a payload, as a grant, with b64 or crit, or in another spelling', async () => {
    const signature = await signDetached(manifest, bankKey);
    const [, , value] = signature.split('.');
    const head = (header: object) => `${segment({ alg: 'ES256', typ: 'numbra-manifest+jws', kid: bankKey.kid, ...header })}..${value}`;
    const payload = Buffer.from(manifest).toString('base64url');
    const others = [
      signature.replace('..', `.${payload}.`),
      grantToken,
      head({ b64: false, crit: ['b64'] }),
      head({ crit: ['exp'] }),
      head({ jwk: strangerKey.publicJwk }),
      `${signature}=`,
      `${signature} `,
      signature.replace('..', '.'),
      signature.replace('..', '...'),
      '',
    ];
    for (const other of others) await expect(() => verifyDetached(other, manifest, bankKeys)).toFailWith('ERR_DETACHED_MALFORMED');
  });
});
