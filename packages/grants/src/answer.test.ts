import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { base64url, compactVerify, importJWK, type JWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { ANSWER_SECONDS, type AnswerKey, type AnswerTerms, signAnswer, verifyAnswer } from './answer.js';
import { bankKey, bankKeys, issuer, now, segment, strangerKey } from './bank.fixture.js';
import { generateGrantKey } from './keys/grant-key.js';
import { readKeySet } from './keys/key-set.js';

const reference = `nr1_${'A'.repeat(48)}`;
const terms: AnswerTerms = { issuer, asker: 'vendor-42', reference, question: 'balance-50k', answer: true, now };
const required = { issuer, asker: 'vendor-42', keys: bankKeys, now };
const shared: AnswerKey = { kid: 'answerkey_1', secret: new Uint8Array(randomBytes(32)) };

describe('a signed answer', () => {
  it.each(['ES256', 'EdDSA'] as const)(
    'by %s says issuer, asker, reference, question, answer and a day, and nothing else',
    async (algorithm) => {
      const key = await generateGrantKey(algorithm);
      const token = await signAnswer(terms, key);
      const { payload, protectedHeader } = await jwtVerify(token, await importJWK(key.publicJwk as JWK, algorithm), {
        currentDate: new Date(now),
      });
      expect(protectedHeader).toEqual({ alg: algorithm, typ: 'numbra-answer+jwt', kid: key.kid });
      const iat = Math.floor(now / 1000);
      const said = { iss: issuer, aud: 'vendor-42', sub: reference, question: 'balance-50k', answer: true };
      expect(payload).toEqual({ ...said, iat, exp: iat + ANSWER_SECONDS });
      expect(await verifyAnswer(token, { ...required, keys: readKeySet({ keys: [key.publicJwk] }) })).toEqual({
        reference,
        question: 'balance-50k',
        answer: true,
        issuedAt: iat * 1000,
        expiresAt: (iat + ANSWER_SECONDS) * 1000,
      });
    },
  );

  it('verifies for nobody else, under no other key, and not after its day', async () => {
    const token = await signAnswer(terms, bankKey);
    for (const other of [{ asker: 'vendor-43' }, { issuer: 'https://other.example' }, { now: now - 120_000 }])
      await expect(() => verifyAnswer(token, { ...required, ...other })).toFailWith('ERR_ANSWER_INVALID');
    await expect(() => verifyAnswer(token, { ...required, keys: readKeySet({ keys: [strangerKey.publicJwk] }) })).toFailWith(
      'ERR_ANSWER_INVALID',
    );
    await expect(() => verifyAnswer(token, { ...required, now: now + ANSWER_SECONDS * 1000 })).toFailWith('ERR_ANSWER_EXPIRED');
  });

  it('changed in any character does not verify', async () => {
    const token = await signAnswer(terms, bankKey);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'ABCxyz019_-.'), async (at, character) => {
        fc.pre(token[at] !== character);
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        await expect(() => verifyAnswer(changed, required)).toFailWith('ERR_ANSWER_INVALID');
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['issuer', { issuer: 'http:nowhere' }],
    ['asker', { asker: 'two words' }],
    ['reference', { reference: 'nd1_oKGio6SlUXrLN3Xcrk74MqpCO7x2b9rFOkJWPu1F8sneQs2P' }],
    ['question', { question: '' }],
    ['answer', { answer: 'yes' as never }],
    ['ttlSeconds', { ttlSeconds: ANSWER_SECONDS + 1 }],
    ['now', { now: Number.NaN }],
  ])('is not made of a wrong %s', async (field, change) => {
    await expect(() => signAnswer({ ...terms, ...change }, bankKey)).toFailWith('ERR_ANSWER_TERMS');
    await expect(signAnswer({ ...terms, ...change }, bankKey)).rejects.toMatchObject({ where: { field } });
  });
});

describe('an answer as a MAC', () => {
  it('verifies for who shares the key, and with no public key of the bank', async () => {
    const token = await signAnswer(terms, shared);
    expect((await compactVerify(token, shared.secret)).protectedHeader).toEqual({
      alg: 'HS256',
      typ: 'numbra-answer+jwt',
      kid: shared.kid,
    });
    expect(await verifyAnswer(token, { ...required, keys: shared })).toMatchObject({ reference, answer: true });
    await expect(() => verifyAnswer(token, required)).toFailWith('ERR_ANSWER_INVALID');
    for (const other of [
      { ...shared, kid: 'answerkey_2' },
      { ...shared, secret: new Uint8Array(32) },
    ])
      await expect(() => verifyAnswer(token, { ...required, keys: other })).toFailWith('ERR_ANSWER_INVALID');
    await expect(() => verifyAnswer(`${token.slice(0, -2)}AA`, { ...required, keys: shared })).toFailWith('ERR_ANSWER_INVALID');
  });

  // What a third party could be shown: the bank's own bytes, and the asker's own bytes. They are the same.
  it('is deniable: the asker makes the same bytes, for either answer, so that a third party learns nothing from them', async () => {
    const told = await signAnswer(terms, shared);
    const forge = (answer: boolean): string => {
      const iat = Math.floor(now / 1000);
      const head = segment({ alg: 'HS256', typ: 'numbra-answer+jwt', kid: shared.kid });
      const body = segment({
        iss: issuer,
        aud: 'vendor-42',
        sub: reference,
        question: 'balance-50k',
        answer,
        iat,
        exp: iat + ANSWER_SECONDS,
      });
      return `${head}.${body}.${macOf(`${head}.${body}`)}`;
    };
    expect(forge(true)).toBe(told);
    expect(await verifyAnswer(forge(false), { ...required, keys: shared })).toMatchObject({ answer: false });
  });

  it('and a signed answer are never taken for each other', async () => {
    const signed = await signAnswer(terms, bankKey);
    await expect(() => verifyAnswer(signed, { ...required, keys: shared })).toFailWith('ERR_ANSWER_INVALID');
    // The bank's public key, as bytes that everybody knows, used as a secret: RFC 8725 § 2.1.
    const known = new TextEncoder().encode(JSON.stringify(bankKey.publicJwk)).slice(0, 32);
    const confused = await signAnswer(terms, { kid: bankKey.kid, secret: known });
    await expect(() => verifyAnswer(confused, required)).toFailWith('ERR_ANSWER_INVALID');
  });

  it('is not made under a short key', async () => {
    await expect(() => signAnswer(terms, { ...shared, secret: new Uint8Array(16) })).toFailWith('ERR_ANSWER_TERMS');
  });
});

function macOf(input: string): string {
  return base64url.encode(createHmac('sha256', shared.secret).update(input).digest());
}
