/** What an attacker may send in place of a grant, a proof, an assertion or a signature: nothing is accepted, nothing crashes, nothing is echoed. */
import { createHmac } from 'node:crypto';
import { isNumbraError } from '@numbra/core';
import fc from 'fast-check';
import { compactVerify, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { bankKey, bankKeys, grantToken, issuer, now, requirements, segment, terms, vendorKey } from './bank.fixture.js';
import { verifyClientAssertion } from './client-assertion.js';
import { signDetached, verifyDetached } from './detached.js';
import { issueGrant } from './grant/issue.js';
import { verifyGrant } from './grant/verify.js';
import { signCompact } from './keys/grant-key.js';
import { thumbprint } from './keys/jwk.js';
import { readKeySet } from './keys/key-set.js';
import { createProof } from './proof/create.js';
import { verifyProof } from './proof/verify.js';
import { negate } from './strict/low-s.js';

const RUNS = 2_000;
const htu = 'https://resolver.bank.example/v1/calls';
const at = now / 1000;
const manifest = new TextEncoder().encode('{"rows":32000}');
const clientKeys = readKeySet({ keys: [vendorKey.publicJwk] });
const proof = await createProof({ key: vendorKey, htm: 'POST', htu, accessToken: grantToken, now, jti: 'jti-1' });
const { key: knownKey } = await verifyProof(proof, { htm: 'POST', htu, accessToken: grantToken, now });
const claims = { iss: 'vendor-42', sub: 'vendor-42', aud: issuer, jti: 'a-1', iat: at, exp: at + 60 };

/** Each kind of token, a valid one, and who verifies it. */
const kinds = {
  grant: { valid: grantToken, verify: (token: string) => verifyGrant(token, requirements) },
  proof: {
    valid: proof,
    verify: (token: string) =>
      verifyProof(token, { htm: 'POST', htu, accessToken: grantToken, expectedThumbprint: thumbprint(vendorKey.publicJwk), now }),
  },
  'proof of a known key': {
    valid: proof,
    verify: (token: string) => verifyProof(token, { htm: 'POST', htu, accessToken: grantToken, knownKey, now }),
  },
  assertion: {
    valid: await signCompact({ typ: 'JWT', kid: vendorKey.kid }, claims, vendorKey),
    verify: (token: string) =>
      verifyClientAssertion(token, { issuer, now, clientKeys: (id) => (id === 'vendor-42' ? clientKeys : undefined) }),
  },
  signature: { valid: await signDetached(manifest, bankKey), verify: (token: string) => verifyDetached(token, manifest, bankKeys) },
};
const all = Object.entries(kinds);

/** The code it is refused with; anything else, acceptance or a crash, is no code of ours. */
async function refusal(verify: (token: string) => Promise<unknown>, token: string): Promise<string> {
  try {
    await verify(token);
  } catch (error) {
    if (!isNumbraError(error)) throw error;
    for (const part of typeof token === 'string' ? token.split('.') : []) if (part.length > 8) expect(error.message).not.toContain(part);
    return error.code;
  }
  return 'accepted';
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const character = fc.oneof(fc.constantFrom(...alphabet), fc.constantFrom('.', '=', '+', '/', ' ', '\n', '\0', '號'));
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('replace' as const), where: fc.nat(), by: character }),
  fc.record({ kind: fc.constant('insert' as const), where: fc.nat(), by: character }),
  fc.record({ kind: fc.constant('remove' as const), where: fc.nat(), by: fc.constant('') }),
  fc.record({ kind: fc.constant('cut' as const), where: fc.nat(), by: fc.constant('') }),
  fc.record({ kind: fc.constant('swap' as const), where: fc.nat(), by: fc.constant('') }),
);

function mutate(token: string, { kind, where, by }: { kind: string; where: number; by: string }): string {
  const i = where % token.length;
  switch (kind) {
    case 'replace':
      return token.slice(0, i) + by + token.slice(i + 1);
    case 'insert':
      return token.slice(0, i) + by + token.slice(i);
    case 'remove':
      return token.slice(0, i) + token.slice(i + 1);
    case 'cut':
      return token.slice(0, i);
    default:
      return token.slice(0, i) + (token[i + 1] ?? '') + token[i] + token.slice(i + 2);
  }
}

// Thousands of signatures are checked: on a busy machine that takes its time.
describe.each(all)('a %s', { timeout: 60_000 }, (_name, { valid, verify }) => {
  it('is accepted as it is, so that the refusals below mean something', async () => {
    expect(await refusal(verify, valid)).toBe('accepted');
  });

  it(`is never accepted after a change of one to three characters (${RUNS} times)`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const changed = mutations.reduce(mutate, valid);
        fc.pre(changed !== valid);
        expect(await refusal(verify, changed)).toMatch(/^ERR_/);
      }),
      { numRuns: RUNS },
    );
  });

  it('is not any text, and not any other kind of token', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        expect(await refusal(verify, text)).toMatch(/_MALFORMED$/);
      }),
      { numRuns: 300 },
    );
    for (const [, other] of all) if (other.valid !== valid) expect(await refusal(verify, other.valid)).toMatch(/^ERR_/);
  });

  it('is refused with any header and payload around its signature', async () => {
    const [header, payload, signature] = valid.split('.');
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), async (value) => {
        expect(await refusal(verify, `${segment(value)}.${payload}.${signature}`)).toMatch(/^ERR_/);
        expect(await refusal(verify, `${header}.${segment(value)}.${signature}`)).toMatch(/^ERR_/);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['nothing', ''],
    ['dots', '..'],
    ['four segments', `${valid}.AAAA`],
    ['a million characters', 'A'.repeat(1_000_000)],
    ['a million dots', '.'.repeat(1_000_000)],
    ['the JSON serialization', JSON.stringify({ payload: valid.split('.')[1], signatures: [] })],
    ['no text at all', undefined as unknown as string],
    ['a number', 5 as unknown as string],
    ['an array of one token', [valid] as unknown as string],
  ])('is refused as %s', async (_what, token) => {
    expect(await refusal(verify, token)).toMatch(/_MALFORMED$/);
  });

  it('is not accepted in another spelling, of which jose takes some', async () => {
    const spellings = otherSpellings(valid);
    for (const spelling of spellings) expect(await refusal(verify, spelling)).toMatch(/_MALFORMED$|_SIGNATURE$/);
    if (!valid.includes('..')) {
      const key = await importJWK((valid === grantToken ? bankKey : vendorKey).publicJwk as JWK, 'ES256');
      const taken = await Promise.all(
        spellings.map((spelling) =>
          compactVerify(spelling, key).then(
            () => 1,
            () => 0,
          ),
        ),
      );
      expect(taken.filter(Boolean).length).toBeGreaterThanOrEqual(4);
    }
  });

  it('is not accepted when its signature is all zero', async () => {
    const [header, payload] = valid.split('.');
    expect(await refusal(verify, `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`)).toMatch(/_SIGNATURE$/);
  });
});

/** Ways to write the same bytes. */
function otherSpellings(token: string): string[] {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const last = alphabet.indexOf(signature.at(-1) as string);
  const strayBits = signature.slice(0, -1) + alphabet[last ^ 1];
  return [
    `${header}.${payload}.${signature}==`,
    `${header}.${payload}.${strayBits}`,
    `${header}.${payload}. ${signature}`,
    `${header}.${payload}.${signature}\n`,
    `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')} `,
    `${header}.${payload}.${signature.slice(0, 40)}\t${signature.slice(40)}`,
    ` ${header}.${payload}.${signature}`,
  ];
}

describe('a grant made by somebody who is not the bank', () => {
  const [, payload] = grantToken.split('.');
  const header = (more: object) => segment({ alg: 'ES256', typ: 'at+jwt', kid: bankKey.kid, ...more });

  it('has no algorithm none, however it is spelled', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null])
      for (const signature of ['', 'A'.repeat(86)])
        expect(await refusal(kinds.grant.verify, `${header({ alg })}.${payload}.${signature}`)).toBe('ERR_GRANT_MALFORMED');
  });

  it("is not an HMAC keyed with the bank's public key", async () => {
    const pem = bankKeys.keys[0]?.key.export({ format: 'pem', type: 'spki' }) as string;
    for (const secret of [pem, pem.trim(), JSON.stringify(bankKey.publicJwk), bankKey.publicJwk.x]) {
      const input = `${header({ alg: 'HS256' })}.${payload}`;
      const signature = createHmac('sha256', secret).update(input).digest('base64url');
      expect(await refusal(kinds.grant.verify, `${input}.${signature}`)).toBe('ERR_GRANT_MALFORMED');
    }
  });

  it('has no crit, no unencoded payload and no key of its own', async () => {
    const others = [
      { crit: ['b64'], b64: false },
      { crit: [] },
      { b64: true },
      { jwk: vendorKey.publicJwk },
      { jku: 'https://attacker.example' },
      { zip: 'DEF' },
    ];
    for (const more of others)
      expect(await refusal(kinds.grant.verify, `${header(more)}.${payload}.${'A'.repeat(86)}`)).toBe('ERR_GRANT_MALFORMED');
  });

  it("is not a bank's grant with ECDSA's other signature: one grant, one text", async () => {
    const [head, body, signature = ''] = grantToken.split('.');
    const twin = `${head}.${body}.${Buffer.from(negate(Buffer.from(signature, 'base64url'))).toString('base64url')}`;
    await expect(compactVerify(twin, await importJWK(bankKey.publicJwk as JWK, 'ES256'))).resolves.toBeDefined();
    expect(await refusal(kinds.grant.verify, twin)).toBe('ERR_GRANT_MALFORMED');
  });

  it('says nothing twice: not in its header, not in its claims', async () => {
    const text = Buffer.from(payload as string, 'base64url').toString();
    const twice = text.replace('{', '{"sub":"vendor-43",');
    const signedTwice = await signCompact({ typ: 'at+jwt', kid: bankKey.kid }, new TextEncoder().encode(twice), bankKey);
    expect(await refusal(kinds.grant.verify, signedTwice)).toBe('ERR_GRANT_MALFORMED');
  });

  it('holds no bytes that are not UTF-8, even signed by the bank', async () => {
    const bytes = Buffer.from(
      Buffer.from(payload as string, 'base64url')
        .toString('latin1')
        .replace('jti-0001', 'jti-\xff\xfe'),
      'latin1',
    );
    expect(await refusal(kinds.grant.verify, await signCompact({ typ: 'at+jwt', kid: bankKey.kid }, bytes, bankKey))).toBe(
      'ERR_GRANT_MALFORMED',
    );
  });

  it('is not an agent grant that calls itself a vendor grant', async () => {
    const agent = await issueGrant({ ...terms, act: 'agent-17' }, bankKey);
    const [, agentPayload = '', signature] = agent.split('.');
    const { act: _act, ...rest } = JSON.parse(Buffer.from(agentPayload, 'base64url').toString());
    expect(await refusal(kinds.grant.verify, `${header({})}.${segment(rest)}.${signature}`)).toBe('ERR_GRANT_SIGNATURE');
  });
});

it('whatever ours accepts, jose accepts', async () => {
  const keys = { grant: bankKey, proof: vendorKey, assertion: vendorKey };
  for (const [name, key] of Object.entries(keys)) {
    const { valid } = kinds[name as keyof typeof keys];
    await expect(compactVerify(valid, await importJWK(key.publicJwk as JWK, 'ES256'))).resolves.toBeDefined();
  }
});
