import fc from 'fast-check';
import { compactDecrypt, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { bankKey, issuer, now, strangerKey } from './bank.fixture.js';
import { type EncryptionJwk, generateRecipientKey, type HandoverTerms, openHandover, readEncryptionKey, sealHandover } from './handover.js';
import { readKeySet } from './keys/key-set.js';

const ALGORITHM = 'ECDH-ES+A256KW';
const terms: HandoverTerms = {
  issuer,
  recipient: 'insurer',
  handover: 'handover_0123456789abcdef',
  fields: { name: '王小明', account: '6222020000000001', balance: 80_000, resident_id: null },
  now,
};

describe.each(['P-256', 'X25519'] as const)('a handover to a %s key', (crv) => {
  let key: EncryptionJwk;
  let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

  beforeAll(async () => {
    const pair = await generateKeyPair(ALGORITHM, { crv, extractable: true });
    privateKey = pair.privateKey;
    key = readEncryptionKey({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'insurer-1', use: 'enc' }] });
  });

  it('opens for the recipient alone, says from whom it is, and holds exactly the fields', async () => {
    const sealed = await sealHandover(terms, bankKey, key);
    for (const text of ['王小明', '6222020000000001', '80000', 'balance']) {
      expect(sealed).not.toContain(text);
      expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain(text);
    }
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, privateKey);
    expect(protectedHeader).toMatchObject({ alg: ALGORITHM, enc: 'A256GCM', kid: 'insurer-1', typ: 'numbra-handover+jwe', cty: 'JWT' });
    const signed = new TextDecoder().decode(plaintext);
    const { payload, protectedHeader: inner } = await jwtVerify(signed, await importJWK(bankKey.publicJwk as JWK, 'ES256'), {
      audience: 'insurer',
      issuer,
    });
    expect(inner).toEqual({ alg: 'ES256', typ: 'numbra-handover+jwt', kid: bankKey.kid });
    expect(payload).toEqual({
      iss: issuer,
      aud: 'insurer',
      jti: terms.handover,
      iat: Math.floor(now / 1000),
      fields: terms.fields,
    });
    const other = await generateKeyPair(ALGORITHM, { crv, extractable: true });
    await expect(compactDecrypt(sealed, other.privateKey)).rejects.toThrow();
  });

  it('differs each time it is sealed', async () => {
    expect(await sealHandover(terms, bankKey, key)).not.toBe(await sealHandover(terms, bankKey, key));
  });
});

describe('a recipient', () => {
  const bank = readKeySet({ keys: [bankKey.publicJwk] });
  const required = { issuer, recipient: 'insurer', keys: bank };

  it('opens what was sealed to its key, and verifies who sealed it', async () => {
    const { privateJwk, jwks } = await generateRecipientKey();
    const older = await generateRecipientKey();
    const sealed = await sealHandover(terms, bankKey, readEncryptionKey(jwks));
    expect(await openHandover(sealed, { ...required, privateKeys: [older.privateJwk, privateJwk] })).toEqual({
      handover: terms.handover,
      fields: terms.fields,
      sealedAt: Math.floor(now / 1000) * 1000,
    });
    expect(JSON.stringify(jwks)).not.toContain(privateJwk.d);
  });

  it('tells nothing apart: another key, bank, recipient or form, and any changed character', async () => {
    const { privateJwk, jwks } = await generateRecipientKey();
    const key = readEncryptionKey(jwks);
    const privateKeys = [privateJwk];
    const sealed = await sealHandover(terms, bankKey, key);
    const refused: [string, Partial<Parameters<typeof openHandover>[1]>][] = [
      [sealed, { privateKeys: [] }],
      [sealed, { privateKeys: [{ ...(await generateRecipientKey()).privateJwk, kid: privateJwk.kid }] }],
      [sealed, { issuer: 'https://other.example' }],
      [sealed, { recipient: 'broker' }],
      [await sealHandover(terms, strangerKey, key), {}],
      ['', {}],
      ['a.b.c.d.e', {}],
      [undefined as never, {}],
    ];
    for (const [text, change] of refused)
      await expect(() => openHandover(text, { ...required, privateKeys, ...change })).toFailWith('ERR_HANDOVER_INVALID');
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 2), fc.constantFrom(...'ABCxyz019_-.'), async (at, character) => {
        fc.pre(sealed[at] !== character);
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        await expect(() => openHandover(changed, { ...required, privateKeys })).toFailWith('ERR_HANDOVER_INVALID');
      }),
      { numRuns: 100 },
    );
  });
});

describe('a handover', () => {
  it.each([
    ['issuer', { issuer: 'nowhere' }],
    ['recipient', { recipient: 'two words' }],
    ['handover', { handover: 'call_0123456789' }],
    ['fields', { fields: {} }],
  ])('is not sealed with a wrong %s', async (field, change) => {
    const { publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const key = readEncryptionKey({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] });
    await expect(() => sealHandover({ ...terms, ...change }, bankKey, key)).toFailWith('ERR_HANDOVER_TERMS');
    await expect(sealHandover({ ...terms, ...change }, bankKey, key)).rejects.toMatchObject({ where: { field } });
  });
});

describe('a recipient’s key set', () => {
  it('holds exactly one public key to encrypt to', async () => {
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k' };
    expect(readEncryptionKey({ keys: [{ ...jwk, alg: ALGORITHM, use: 'enc', key_ops: [], ext: true }] })).toEqual({
      ...jwk,
      alg: ALGORITHM,
      use: 'enc',
    });
    const wrong: unknown[] = [
      undefined,
      {},
      [jwk],
      { keys: [] },
      { keys: [jwk, jwk] },
      { keys: [null] },
      { keys: [{ ...jwk, kid: undefined }] },
      { keys: [{ ...(await exportJWK(privateKey)), kid: 'k' }] },
      { keys: [{ ...jwk, use: 'sig' }] },
      { keys: [{ ...jwk, alg: 'ECDH-ES' }] },
      { keys: [{ ...jwk, crv: 'P-384' }] },
      { keys: [{ ...jwk, x: jwk.y }] },
      { keys: [{ ...jwk, x5c: ['x'] }] },
    ];
    for (const jwks of wrong) await expect(() => readEncryptionKey(jwks)).toFailWith('ERR_RECIPIENT_KEY');
  });
});
