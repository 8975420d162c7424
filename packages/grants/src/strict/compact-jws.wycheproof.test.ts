/**
 * Project Wycheproof, json_web_signature: all 401 cases.
 * Ours verifies ES256 and EdDSA only, so of the other algorithms it accepts nothing, valid or not.
 * jose, which we sign with, is judged too: the twelve cases where it differs from the label are listed with reasons.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compactVerify, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { importPublic, publicJwkOf } from '../keys/jwk.js';
import { decodeBase64url } from './base64url.js';
import { algorithmOf, readSegment, splitCompact, verifiesCompact } from './compact-jws.js';
import { hasMembers } from './json.js';

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: unknown;
  readonly result: 'valid' | 'invalid';
}
interface Group {
  readonly comment: string;
  readonly public?: JWK;
  readonly private?: JWK;
  readonly tests: readonly Case[];
}

const file = fileURLToPath(new URL('../../../../../shared/vectors/wycheproof/json_web_signature_test.json', import.meta.url));
const groups: readonly Group[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testGroups : [];
const cases = groups.flatMap((group) =>
  group.tests.map((test) => ({ ...test, group: group.comment, jwk: (group.public ?? group.private) as JWK })),
);

const SPELLING = 'spaces around a segment, or stray bits in its last character: jose takes this other spelling, ours does not decode it.';
const NOT_PADDED = 'the comment speaks of wrong padding, but the text is a plain, valid token (HS256, which ours does not do).';
const WRONG_ALGORITHM = 'the key says PS256 or the unknown ES521, the header PS384 or ES512; jose takes only the algorithm of the key.';
const UNREADABLE = 'the vector calls a token valid that holds a character outside the alphabet; jose and we refuse it.';
const JOSE_DIFFERS: Readonly<Record<number, string>> = {
  346: WRONG_ALGORITHM,
  347: WRONG_ALGORITHM,
  350: WRONG_ALGORITHM,
  351: WRONG_ALGORITHM,
  360: SPELLING,
  365: SPELLING,
  367: NOT_PADDED,
  368: SPELLING,
  370: NOT_PADDED,
  372: UNREADABLE,
  373: UNREADABLE,
  375: SPELLING,
};

async function oursAccepts(jws: unknown, jwk: JWK): Promise<boolean> {
  const segments = splitCompact(jws as string, 4096);
  const header = segments && readSegment(segments.header);
  const algorithm = header && algorithmOf(header.alg);
  const key = publicJwkOf(publicHalf(jwk));
  const imported = key && importPublic(key);
  if (!segments || !header || !algorithm || !imported || !hasMembers(header, ['alg'], ['kid'])) return false;
  if (key.kty !== (algorithm === 'ES256' ? 'EC' : 'OKP')) return false;
  return verifiesCompact(algorithm, imported, segments.signingInput, segments.signature);
}

/** Some groups give the key pair only. */
function publicHalf({ d: _private, ...jwk }: JWK): JWK {
  return jwk;
}

async function joseAccepts(jws: unknown, jwk: JWK): Promise<boolean> {
  if (typeof jws !== 'string') return false;
  try {
    const header: { alg?: string } = JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString());
    await compactVerify(jws, jwk, { algorithms: [jwk.alg ?? header.alg ?? ''] });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(cases.length === 0)('Wycheproof json_web_signature', () => {
  it('has all 401 cases', () => {
    expect(cases).toHaveLength(401);
  });

  it('ours accepts none of the invalid', async () => {
    const accepted: number[] = [];
    for (const { tcId, result, jws, jwk } of cases) if (result === 'invalid' && (await oursAccepts(jws, jwk))) accepted.push(tcId);
    expect(accepted).toEqual([]);
  });

  it('ours accepts the valid ones with ES256, and no other algorithm', async () => {
    const valid = cases.filter(({ result, jwk }) => result === 'valid' && jwk.alg === 'ES256');
    expect(valid.length).toBe(2);
    for (const { jws, jwk } of cases) {
      expect(await oursAccepts(jws, jwk)).toBe(valid.some((known) => known.jws === jws && known.jwk === jwk));
    }
  });

  it('jose judges as labelled, but for twelve', async () => {
    const differing: number[] = [];
    for (const { tcId, result, jws, jwk } of cases) if ((await joseAccepts(jws, jwk)) !== (result === 'valid')) differing.push(tcId);
    expect(differing).toEqual(Object.keys(JOSE_DIFFERS).map(Number));
  });

  it('the four spellings that jose accepts have a segment that ours does not decode', () => {
    const spelled = cases.filter(({ tcId }) => JOSE_DIFFERS[tcId] === SPELLING);
    expect(spelled).toHaveLength(4);
    for (const { jws } of spelled) expect((jws as string).split('.').some((part) => decodeBase64url(part) === undefined)).toBe(true);
  });
});
