import fc from 'fast-check';
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import type { PublicJwk } from './key.js';
import { answerKid, type BankKeys, verifyAnswer } from './verify-answer.js';

const now = 1_795_423_090_000;
const iat = Math.floor(now / 1000);
const claims = {
  iss: 'https://bank.example',
  aud: 'vendor-42',
  sub: 'nr1_reference',
  question: 'balance-50k',
  answer: true,
  iat,
  exp: iat + 86_400,
};
const secret = new Uint8Array(32).fill(7);
const shared = [{ kid: 'answerkey_1', secret: `nak_${Buffer.from(secret).toString('base64url')}` }];
const pairs = { ES256: await generateKeyPair('ES256'), EdDSA: await generateKeyPair('Ed25519') };
const keys: BankKeys = {
  keys: await Promise.all(
    Object.entries(pairs).map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid }) as PublicJwk & { kid: string }),
  ),
};
const required = { issuer: 'https://bank.example', asker: 'vendor-42', keys, now };

type Algorithm = keyof typeof pairs;
function sign(alg: Algorithm | 'HS256', change: object = {}, header: object = {}): Promise<string> {
  const kid = alg === 'HS256' ? 'answerkey_1' : alg;
  return new CompactSign(new TextEncoder().encode(JSON.stringify({ ...claims, ...change })))
    .setProtectedHeader({ alg, typ: 'numbra-answer+jwt', kid, ...header })
    .sign(alg === 'HS256' ? secret : pairs[alg].privateKey);
}

describe('a signed answer', () => {
  it.each(['ES256', 'EdDSA'] as const)('by %s is read', async (alg) => {
    expect(await verifyAnswer(await sign(alg), required)).toEqual({
      reference: 'nr1_reference',
      question: 'balance-50k',
      answer: true,
      issuedAt: iat * 1000,
      expiresAt: (iat + 86_400) * 1000,
    });
  });

  it.each([
    ['another issuer', { iss: 'https://other.example' }],
    ['another asker', { aud: 'vendor-43' }],
    ['askers, several', { aud: ['vendor-42', 'vendor-43'] }],
    ['an answer that is no yes or no', { answer: 'true' }],
    ['more than a day', { exp: iat + 86_401 }],
    ['a time to come', { iat: iat + 120, exp: iat + 240 }],
    ['more than it may say', { balance: 60_000 }],
    ['less', { question: undefined }],
  ])('with %s is refused', async (_what, change) => {
    await expect(() => sign('ES256', change).then((token) => verifyAnswer(token, required))).toFailWith('ERR_CLIENT_SIGNED_ANSWER');
  });

  it('is refused after its end, and by its code alone', async () => {
    const token = await sign('ES256');
    await expect(() => verifyAnswer(token, { ...required, now: (iat + 86_400) * 1000 })).toFailWith('ERR_CLIENT_SIGNED_ANSWER_EXPIRED');
  });

  it.each([
    ['typ', { typ: 'at+jwt' }],
    ['kid', { kid: 'another' }],
    ['members', { crit: [] as string[] }],
  ])('with another header is refused: %s', async (_what, header) => {
    const token = await sign('ES256', {}, header).catch(() => 'x');
    await expect(() => verifyAnswer(token, required)).toFailWith('ERR_CLIENT_SIGNED_ANSWER');
  });

  it('changed in any character is refused', async () => {
    const token = await sign('ES256');
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 2), fc.constantFrom(...'ABCxyz019_-.=+ '), async (at, character) => {
        fc.pre(token[at] !== character);
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        await expect(() => verifyAnswer(changed, required)).toFailWith('ERR_CLIENT_SIGNED_ANSWER');
      }),
      { numRuns: 200 },
    );
    for (const nothing of ['', '..', 'a.b.c', `${token}.${token}`, 'x'.repeat(5_000), undefined as never])
      await expect(() => verifyAnswer(nothing, required)).toFailWith('ERR_CLIENT_SIGNED_ANSWER');
  });
});

describe('an answer as a MAC', () => {
  it('is read with the shared key, and with no other', async () => {
    const token = await sign('HS256');
    expect(answerKid(token)).toBe('answerkey_1');
    expect(await verifyAnswer(token, { ...required, keys: shared })).toMatchObject({ answer: true });
    for (const other of [keys, [], [{ kid: 'answerkey_1', secret: `nak_${'A'.repeat(43)}` }], [{ kid: 'answerkey_1', secret: 'short' }]])
      await expect(() => verifyAnswer(token, { ...required, keys: other })).toFailWith('ERR_CLIENT_SIGNED_ANSWER');
    await expect(() => sign('ES256').then((signed) => verifyAnswer(signed, { ...required, keys: shared }))).toFailWith(
      'ERR_CLIENT_SIGNED_ANSWER',
    );
  });
});
