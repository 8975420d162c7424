/**
 * Hostile proofs and client assertions, signed by the right key wherever that is worse.
 * @module
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type Attack, refusedWith } from './attack.js';
import { by, EXCHANGE } from './grants.js';
import { change, junk, line } from './mutate.js';
import { hmacJws, jws, MARK, proofHeader, type World } from './world.js';

type Json = Record<string, unknown>;
const seconds = (): number => Math.floor(Date.now() / 1000);

const bodyOf = (world: World): string => JSON.stringify({ dial_token: world.a.dialTokens[1] });

/** A proof that is wrong, at the resolver with a good grant or at the token endpoint with a good assertion. */
const proofAttack = (family: string, make: fc.Arbitrary<(world: World, header: Json, claims: Json) => string>): fc.Arbitrary<Attack> =>
  fc.tuple(make, fc.boolean()).map(([wrong, atToken]) => ({
    family: `proof: ${family}`,
    async run(world) {
      const { a } = world;
      if (atToken) {
        const dpop = wrong(world, proofHeader(a.key), world.proofClaims('POST', '/oauth/token'));
        return refusedWith(await world.post('/oauth/token', { ...asked(world), ...by(world) }, { dpop }));
      }
      const token = await world.grant(a);
      const dpop = wrong(world, proofHeader(a.key), world.proofClaims('POST', '/v1/calls', token));
      return refusedWith(await world.call(token, dpop, bodyOf(world)));
    },
  }));

const asked = ({ a }: World, more: Json = {}): Record<string, string> => ({
  grant_type: 'client_credentials',
  authorization_details: JSON.stringify([{ type: 'numbra_campaign', campaign: a.campaign, ...more }]),
});

const PROOF_CLAIMS: readonly ((claims: Json) => Json)[] = [
  (c) => ({ ...c, htm: 'GET' }),
  (c) => ({ ...c, htm: 'post' }),
  (c) => ({ ...c, htu: `${c['htu']}/` }),
  (c) => ({ ...c, htu: `${c['htu']}?x=1` }),
  (c) => ({ ...c, htu: String(c['htu']).replace('127.0.0.1', 'localhost') }),
  (c) => ({ ...c, htu: String(c['htu']).replace('http:', 'https:') }),
  (c) => ({ ...c, htu: `https://${MARK}.example/v1/calls` }),
  (c) => ({ ...c, iat: seconds() - 70 }),
  (c) => ({ ...c, iat: seconds() + 20 }),
  (c) => ({ ...c, iat: String(seconds()) }),
  (c) => ({ ...c, ath: c['ath'] === undefined ? 'A'.repeat(43) : undefined }),
  (c) => ({ ...c, ath: 'A'.repeat(43) }),
  (c) => ({ ...c, nonce: MARK }),
  (c) => ({ ...c, nonce: 'A'.repeat(30) }),
  (c) => ({ ...c, jti: '' }),
  (c) => ({ ...c, jti: 'j'.repeat(129) }),
  (c) => ({ ...c, jti: undefined }),
  (c) => ({ ...c, exp: seconds() + 60 }),
  (c) => ({ ...c, [MARK]: true }),
];

const PROOF_HEADERS: readonly Json[] = [
  { typ: 'JWT' },
  { typ: undefined },
  { alg: 'none' },
  { alg: 'HS256' },
  { alg: 'EdDSA' },
  { jwk: undefined },
  { jwk: { kty: 'oct', k: 'AAAA' } },
  { kid: MARK },
  { jku: `https://${MARK}.example` },
  { x5c: ['MIIB'] },
  { crit: ['htm'] },
  { b64: false, crit: ['b64'] },
];

/** A good proof that was used before, on another path and on the same. */
const replay: fc.Arbitrary<Attack> = fc.boolean().map((elsewhere) => ({
  family: 'proof: replay',
  async run(world) {
    const token = await world.grant(world.a);
    const path = '/v1/calls/x';
    const dpop = world.proof(world.a.key, 'GET', path, token);
    const headers = { authorization: `DPoP ${token}`, dpop };
    const first = await world.send(path, { method: 'GET', headers }); // 404: good credentials, no such call
    if (first.status !== 404) return { verdict: 'crashed', answers: [first] };
    return refusedWith(await world.send(elsewhere ? '/v1/calls/y' : path, { method: 'GET', headers }));
  },
}));

const assertionAttack = (family: string, make: fc.Arbitrary<(world: World) => string>): fc.Arbitrary<Attack> =>
  fc.tuple(make, fc.nat(2)).map(([wrong, where]) => ({
    family: `assertion: ${family}`,
    async run(world) {
      const form = { client_assertion_type: by(world)['client_assertion_type'] as string, client_assertion: wrong(world) };
      const token = await world.grant(world.a);
      if (where === 1) return refusedWith(await world.post('/oauth/introspect', { token, ...form }));
      if (where === 2) return refusedWith(await world.post('/oauth/revoke', { token, ...form }));
      const dpop = world.proof(world.a.key, 'POST', '/oauth/token');
      return refusedWith(await world.post('/oauth/token', { ...asked(world), ...form }, { dpop }));
    },
  }));

const ASSERTION_CLAIMS: readonly ((world: World) => Json)[] = [
  ({ url }) => ({ aud: `${url}/oauth/token` }),
  ({ url }) => ({ aud: `${url}/` }),
  ({ url }) => ({ aud: [url] }),
  ({ url }) => ({ aud: [url, 'https://other.example'] }),
  () => ({ aud: 'https://other.example' }),
  () => ({ aud: undefined }),
  () => ({ iss: 'vendor-b' }),
  () => ({ sub: 'vendor-b' }),
  () => ({ iss: 'vendor-b', sub: 'vendor-b' }),
  () => ({ iss: 'core-banking', sub: 'core-banking' }),
  () => ({ iss: 'vendor-nobody', sub: 'vendor-nobody' }),
  () => ({ jti: undefined }),
  () => ({ jti: '' }),
  () => ({ exp: seconds() - 1 }),
  () => ({ exp: seconds() + 400 }),
  () => ({ exp: undefined }),
  () => ({ iat: seconds() + 60 }),
  () => ({ nbf: seconds() + 60 }),
  () => ({ [MARK]: 1 }),
];

const assertionReplay: fc.Arbitrary<Attack> = fc.constant({
  family: 'assertion: replay',
  async run(world) {
    const form = { token: MARK, ...by(world) };
    const first = await world.post('/oauth/introspect', form);
    if (first.status !== 200) return { verdict: 'crashed', answers: [first] };
    return refusedWith(await world.post('/oauth/introspect', form));
  },
});

/** A good client that asks for more than it may have. */
const WIDER: readonly Json[] = [
  { actions: ['dial', 'answer'] },
  { actions: ['audit'] },
  { budget: { calls: 501 } },
  { budget: { per_customer: 3 } },
  { budget: { per_agent_per_hour: 41 } },
  { purpose: 'marketing.insurance.health' },
  { campaign: 'c-b' },
  { campaign: 'c-nowhere' },
  { window: { tz: 'Asia/Tokyo', days: ['mo'], from: '09:00', to: '10:00' } },
  { type: 'numbra_audit' },
  { [MARK]: 1 },
];
const wider: fc.Arbitrary<Attack> = fc.tuple(fc.constantFrom(...WIDER), fc.boolean()).map(([more, exchanged]) => ({
  family: exchanged ? 'exchange: wider' : 'token: wider',
  async run(world) {
    const form = exchanged
      ? { ...EXCHANGE, ...asked(world, more), grant_type: EXCHANGE.grant_type, subject_token: await world.grant(world.a) }
      : asked(world, more);
    const dpop = world.proof(exchanged ? world.agentKey : world.a.key, 'POST', '/oauth/token');
    return refusedWith(await world.post('/oauth/token', { ...form, ...by(world) }, { dpop }));
  },
}));

const EXCHANGES: readonly ((world: World) => Promise<Record<string, string>>)[] = [
  async (world) => ({ subject_token: await world.grant(world.b) }),
  async () => ({ agent: `call ${MARK}` }),
  async () => ({ agent: '' }),
  async () => ({ subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }),
  async () => ({ requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }),
  async () => ({ actor_token: MARK, actor_token_type: 'urn:ietf:params:oauth:token-type:jwt' }),
  async () => ({ resource: `https://${MARK}.example` }),
  async () => ({ audience: `https://${MARK}.example` }),
  async () => ({ scope: MARK }),
  async () => ({ client_id: 'vendor-b' }),
  async () => ({ client_secret: MARK }),
  async () => ({ grant_type: MARK }),
];
const exchanges: fc.Arbitrary<Attack> = fc.tuple(fc.constantFrom(...EXCHANGES), fc.boolean()).map(([odd, ownKey]) => ({
  family: 'exchange',
  async run(world) {
    const form = { ...EXCHANGE, subject_token: await world.grant(world.a), ...by(world), ...(await odd(world)) };
    const dpop = world.proof(ownKey ? world.a.key : world.agentKey, 'POST', '/oauth/token');
    return refusedWith(await world.post('/oauth/token', form, { dpop }));
  },
}));

export const proofAttacks: fc.Arbitrary<Attack>[] = [
  proofAttack(
    'edited text',
    change.map((edit) => (world, header, claims) => edit(jws(header, claims, world.a.key))),
  ),
  proofAttack(
    'any text',
    line.map((text) => () => text),
  ),
  proofAttack(
    'claims',
    fc.constantFrom(...PROOF_CLAIMS).map((odd) => (world, header, claims) => jws(header, odd(claims), world.a.key)),
  ),
  proofAttack(
    'junk claims',
    fc.tuple(fc.constantFrom('jti', 'htm', 'htu', 'iat', 'ath', MARK), junk).map(
      ([name, value]) =>
        (world, header, claims) =>
          jws(header, { ...claims, [name]: value }, world.a.key),
    ),
  ),
  proofAttack(
    'header',
    fc.constantFrom(...PROOF_HEADERS).map((odd) => (world, header, claims) => jws({ ...header, ...odd }, claims, world.a.key)),
  ),
  proofAttack(
    'signed by another than its jwk',
    fc.constant((world, header, claims) => jws(header, claims, world.stranger)),
  ),
  proofAttack(
    'MAC',
    fc.constant((world, header, claims) => hmacJws({ ...header, alg: 'HS256' }, claims, JSON.stringify(world.a.key.publicJwk))),
  ),
  replay,
  assertionReplay,
  assertionAttack(
    'edited text',
    change.map((edit) => (world) => edit(world.assertion(world.a))),
  ),
  assertionAttack(
    'any text',
    line.map((text) => () => text),
  ),
  assertionAttack(
    'claims',
    fc.constantFrom(...ASSERTION_CLAIMS).map((odd) => (world) => world.assertion(world.a, odd(world))),
  ),
  assertionAttack(
    'junk claims',
    fc.tuple(fc.constantFrom('iss', 'sub', 'aud', 'exp', 'jti', 'iat', 'nbf', MARK), junk).map(
      ([name, value]) =>
        (world) =>
          world.assertion(world.a, { [name]: value }),
    ),
  ),
  assertionAttack(
    'another key',
    fc
      .boolean()
      .map(
        (claimed) => (world) =>
          world.assertion({ id: 'vendor-a', key: claimed ? { ...world.stranger, kid: world.a.key.kid } : world.b.key }),
      ),
  ),
  assertionAttack(
    'MAC',
    fc.constant((world) =>
      hmacJws(
        { alg: 'HS256', kid: world.a.key.kid },
        { iss: 'vendor-a', sub: 'vendor-a', aud: world.url, jti: randomUUID(), exp: seconds() + 60 },
        JSON.stringify(world.a.key.publicJwk),
      ),
    ),
  ),
  wider,
  exchanges,
];
