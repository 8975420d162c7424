import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { bankKey } from '../bank.fixture.js';
import { exportGrantKey, generateGrantKey, importGrantKey } from './grant-key.js';
import { importPublic, type PublicJwk, parsePublicJwk, publicJwkOf, thumbprint } from './jwk.js';
import { readKeySet } from './key-set.js';

const p256 = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
} as const;
const ed25519 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;

describe('thumbprints', () => {
  it('are those of RFC 8037 A.3 and RFC 9449 § 6.1', () => {
    expect(thumbprint(ed25519)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    const proofKey = {
      kty: 'EC',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
      crv: 'P-256',
    } as const;
    expect(thumbprint(proofKey)).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  });

  it("are jose's, whatever stands beside the key", async () => {
    for (const algorithm of ['ES256', 'EdDSA'] as const) {
      const { publicJwk, kid } = await generateGrantKey(algorithm);
      expect(thumbprint(publicJwk)).toBe(await calculateJwkThumbprint(publicJwk as JWK));
      expect(kid).toBe(thumbprint(publicJwk));
    }
  });

  it('are not made of RSA keys, such as that of RFC 7638 § 3.1', async () => {
    await expect(() => thumbprint({ kty: 'RSA', n: '0vx7', e: 'AQAB' } as unknown as PublicJwk)).toFailWith('ERR_KEY_INVALID');
  });
});

describe('a public JWK', () => {
  it('may carry kid, alg and use; what WebCrypto adds is dropped', () => {
    expect(parsePublicJwk({ ...p256, kid: 'k-1', alg: 'ES256', use: 'sig', key_ops: ['verify'], ext: true })).toEqual({
      ...p256,
      kid: 'k-1',
      alg: 'ES256',
      use: 'sig',
    });
    expect(parsePublicJwk({ ...ed25519, alg: 'Ed25519' })).toEqual({ ...ed25519, alg: 'Ed25519' });
  });

  it.each([
    ['a private member', { ...p256, d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI' }],
    ['no y', { ...p256, y: undefined }],
    ['y on Ed25519', { ...ed25519, y: p256.y }],
    ['another curve', { ...p256, crv: 'P-384' }],
    ['a secret', { kty: 'oct', k: 'AAAA' }],
    ['a certificate', { ...p256, x5c: ['MIIB'] }],
    ['an address of a certificate', { ...p256, x5u: 'https://attacker.example' }],
    ['encryption', { ...p256, use: 'enc' }],
    ['operations other than verify', { ...p256, key_ops: ['sign'] }],
    ['another algorithm', { ...p256, alg: 'EdDSA' }],
    ['a padded coordinate', { ...p256, x: `${p256.x}=` }],
    ['stray bits in a coordinate', { ...p256, x: `${p256.x.slice(0, -1)}V` }],
    ['a short coordinate', { ...p256, x: p256.x.slice(0, -2) }],
    ['a path for a kid', { ...p256, kid: '../../etc/passwd' }],
    ['a long kid', { ...p256, kid: 'k'.repeat(129) }],
    ['an array', [p256]],
    ['null', null],
  ])('is refused with %s', async (_name, jwk) => {
    expect(publicJwkOf(jwk)).toBeUndefined();
    await expect(() => parsePublicJwk(jwk)).toFailWith('ERR_KEY_INVALID');
  });

  it('is no key when its point is not on the curve', async () => {
    const off = { ...p256, y: p256.x };
    expect(importPublic(off)).toBeUndefined();
    await expect(() => readKeySet({ keys: [off] })).toFailWith('ERR_KEY_INVALID');
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])(
    'is refused when it is Ed25519 point %i of small order: it would bind nobody',
    (index) => {
      const points = [
        '0100000000000000000000000000000000000000000000000000000000000000',
        'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
        '0000000000000000000000000000000000000000000000000000000000000000',
        '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
        'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
        'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
        'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      ];
      const bytes = Buffer.from(points[index % 7] as string, 'hex');
      if (index >= 7) bytes[31] = (bytes[31] as number) | 0x80;
      expect(publicJwkOf({ kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') })).toBeUndefined();
    },
  );
});

describe('a key pair', () => {
  it.each(['ES256', 'EdDSA'] as const)('%s comes back from its private JWK', async (algorithm) => {
    const key = await generateGrantKey(algorithm);
    const again = await importGrantKey(await exportGrantKey(key));
    expect({ ...again, privateKey: undefined }).toEqual({ ...key, privateKey: undefined });
    expect(key.publicJwk).not.toHaveProperty('d');
  });

  it('is refused when its halves do not belong together, or it is none', async () => {
    const other = await exportGrantKey(await generateGrantKey());
    await expect(() => importGrantKey({ ...bankKey.publicJwk, d: other.d })).toFailWith('ERR_KEY_INVALID');
    await expect(() => importGrantKey(bankKey.publicJwk as JWK)).toFailWith('ERR_KEY_INVALID');
    await expect(() =>
      importGrantKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK),
    ).toFailWith('ERR_KEY_INVALID');
  });
});

describe('a key set', () => {
  it('finds by kid and algorithm, and without a kid only what is alone of its algorithm', async () => {
    const second = await generateGrantKey('ES256');
    const edwards = await generateGrantKey('EdDSA');
    const set = readKeySet({ keys: [bankKey.publicJwk, second.publicJwk, edwards.publicJwk] });
    expect(set.find(bankKey.kid, 'ES256')?.kid).toBe(bankKey.kid);
    expect(set.find(bankKey.kid, 'EdDSA')).toBeUndefined();
    expect(set.find('__proto__', 'ES256')).toBeUndefined();
    expect(set.find(undefined, 'ES256')).toBeUndefined();
    expect(set.find(undefined, 'EdDSA')?.kid).toBe(edwards.kid);
  });

  it.each([
    ['no keys', { keys: [] }],
    [
      'two of one kid',
      {
        keys: [
          { ...p256, kid: 'k' },
          { ...ed25519, kid: 'k' },
        ],
      },
    ],
    ['another member', { keys: [p256], jku: 'https://attacker.example' }],
    ['33 keys', { keys: Array.from({ length: 33 }, (_, i) => ({ ...p256, kid: `k${i}` })) }],
    ['no object', [p256]],
  ])('is refused with %s', async (_name, jwks) => {
    await expect(() => readKeySet(jwks)).toFailWith('ERR_KEY_SET_INVALID');
  });

  it('that serves others too gives up its usable keys, and is refused when it shows a private one', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const mixed = {
      keys: [
        { ...rsa, kid: 'r' },
        { ...p256, kid: 'enc', use: 'enc' },
        { ...p256, kid: 'k', x5t: 'abc' },
      ],
    };
    expect(readKeySet(mixed, { others: 'skip' }).keys.map(({ kid }) => kid)).toEqual(['k']);
    await expect(() => readKeySet(mixed)).toFailWith('ERR_KEY_INVALID');
    await expect(() => readKeySet({ keys: [{ ...p256, d: 'AAAA' }] }, { others: 'skip' })).toFailWith('ERR_KEY_INVALID');
  });
});
