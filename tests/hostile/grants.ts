/**
 * Hostile grants: edited, forged, and, worst of all, properly signed by the bank's own key and still not what a grant is.
 * Each is sent with a good proof for exactly this text, by the holder of the key that the grant names.
 * @module
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { ANSWERS, type Attack, refusedWith } from './attack.js';
import { change, junk, line } from './mutate.js';
import { hmacJws, jws, MARK, partsOf, type World } from './world.js';

type Json = Record<string, unknown>;

const seconds = (): number => Math.floor(Date.now() / 1000);

/** Tries a grant at the resolver, at introspection, for revocation and as the parent of an exchange. */
async function tryGrant(world: World, token: string, where: number): Promise<ReturnType<typeof refusedWith>> {
  const { a } = world;
  switch (where % 4) {
    case 0:
      return refusedWith(
        await world.call(token, world.proof(a.key, 'POST', '/v1/calls', token), JSON.stringify({ dial_token: a.dialTokens[0] })),
      );
    case 1:
      return refusedWith(await world.post('/oauth/introspect', { token, ...by(world) }), ANSWERS.inactive);
    case 2:
      return refusedWith(await world.post('/oauth/revoke', { token, ...by(world) }), ANSWERS.empty);
    default: {
      const form = { ...EXCHANGE, subject_token: token, ...by(world) };
      return refusedWith(await world.post('/oauth/token', form, { dpop: world.proof(world.agentKey, 'POST', '/oauth/token') }));
    }
  }
}

export const EXCHANGE = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  agent: 'agent-17',
};

export const by = (world: World, claims: Json = {}): Record<string, string> => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: world.assertion(world.a, claims),
});

/** `family`: what is wrong; `make`: the token, from a good one. */
const attack = (family: string, make: fc.Arbitrary<(world: World, good: string) => string>): fc.Arbitrary<Attack> =>
  fc.tuple(make, fc.nat(3)).map(([token, where]) => ({
    family: `grant: ${family}`,
    run: async (world) => tryGrant(world, token(world, await world.grant(world.a)), where),
  }));

const HEADERS: readonly Json[] = [
  { alg: 'none' },
  { alg: 'HS256' },
  { alg: 'RS256' },
  { alg: 'ES384' },
  { alg: 'es256' },
  { alg: 'EdDSA' },
  { alg: ['ES256'] },
  { typ: 'JWT' },
  { typ: 'AT+JWT' },
  { typ: 'application/at+jwt' },
  { typ: 'dpop+jwt' },
  { typ: undefined },
  { kid: undefined },
  { kid: '../../../../etc/passwd' },
  { kid: '/dev/null' },
  { kid: "' OR '1'='1" },
  { kid: `${MARK}\u0000` },
  { kid: 'k'.repeat(200) },
  { kid: 7 },
  { kid: MARK },
  { jku: `https://${MARK}.example/jwks` },
  { x5u: `https://${MARK}.example/cert` },
  { x5c: ['MIIB'] },
  { x5t: MARK },
  { jwk: { kty: 'oct', k: 'AAAA' } },
  { crit: ['exp'] },
  { crit: [] },
  { b64: false },
  { b64: false, crit: ['b64'] },
  { zip: 'DEF' },
  { cty: 'JWT' },
  { enc: 'A256GCM', alg: 'dir' },
];

const header: fc.Arbitrary<(world: World, good: string) => string> = fc.oneof(
  fc.constantFrom(...HEADERS).map((odd) => (world: World, good: string) => {
    const { header: ours, claims } = partsOf(good);
    return jws({ ...ours, ...odd }, claims, world.bankKey);
  }),
  fc.tuple(line, junk).map(([name, value]) => (world: World, good: string) => {
    const { header: ours, claims } = partsOf(good);
    return jws({ ...ours, [name]: value }, claims, world.bankKey);
  }),
  fc.constantFrom('alg', 'typ', 'kid').map((member) => (world: World, good: string) => {
    const { header: ours, claims } = partsOf(good);
    return jws(JSON.stringify(ours).replace('{', `{"${member}":"${MARK}",`), claims, world.bankKey);
  }),
);

/** Another key than the bank's; the header's jwk, and a MAC with the public key for a secret. */
const forged: fc.Arbitrary<(world: World, good: string) => string> = fc.oneof(
  fc.boolean().map((own) => (world: World, good: string) => {
    const { header: ours, claims } = partsOf(good);
    const key = own ? world.a.key : world.stranger;
    return jws({ ...ours, ...(own && { kid: key.kid }) }, { ...claims, jti: randomUUID() }, key);
  }),
  fc.constant((world: World, good: string) => {
    const { header: ours, claims } = partsOf(good);
    return jws({ ...ours, kid: world.stranger.kid, jwk: world.stranger.publicJwk }, claims, world.stranger);
  }),
  fc.constantFrom('HS256', 'ES256', 'none').map((alg) => (world: World, good: string) => {
    const { header: ours, claims } = partsOf(good);
    return hmacJws({ ...ours, alg }, claims, JSON.stringify(world.bankKey.publicJwk));
  }),
  fc.constant((_world: World, good: string) => `${good.slice(0, good.lastIndexOf('.'))}.`),
);

type ClaimChange = (claims: Json, world: World) => Json;

const details =
  (change: (details: Json) => unknown): ClaimChange =>
  (claims) => ({
    ...claims,
    authorization_details: change((claims['authorization_details'] as Json[])[0] as Json),
  });

const CLAIMS: readonly ClaimChange[] = [
  (c) => ({ ...c, iss: `https://${MARK}.example` }),
  (c) => ({ ...c, iss: `${c['iss']}/` }),
  (c) => ({ ...c, aud: [c['aud']] }),
  (c) => ({ ...c, aud: [c['aud'], 'https://other.example'] }),
  (c) => ({ ...c, aud: 'https://other.example' }),
  (c) => ({ ...c, sub: 'vendor-b' }),
  (c) => ({ ...c, client_id: 'vendor-b' }),
  (c) => ({ ...c, exp: seconds() - 1 }),
  (c) => ({ ...c, iat: seconds() - 400, exp: seconds() - 100 }),
  (c) => ({ ...c, exp: seconds() + 301, iat: seconds() }),
  (c) => ({ ...c, exp: `${seconds() + 100}` }),
  (c) => ({ ...c, exp: seconds() + 100.5 }),
  (c) => ({ ...c, exp: 1e300 }),
  (c) => ({ ...c, iat: seconds() + 60, exp: seconds() + 160 }),
  (c) => ({ ...c, nbf: seconds() + 60 }),
  (c) => ({ ...c, nbf: seconds() - 60 }),
  (c) => ({ ...c, cnf: undefined }),
  (c) => ({ ...c, cnf: {} }),
  (c) => ({ ...c, cnf: { ...(c['cnf'] as Json), 'x5t#S256': (c['cnf'] as Json)['jkt'] } }),
  (c) => ({ ...c, act: { sub: 'agent 17' } }),
  (c) => ({ ...c, act: { sub: 'agent-17', act: { sub: 'agent-18' } } }),
  (c) => ({ ...c, act: 'agent-17', exp: (c['iat'] as number) + 100 }),
  (c) => ({ ...c, status: { status_list: { idx: -1, uri: 'https://x.example/1' } } }),
  (c) => ({ ...c, scope: 'dial' }),
  details((d) => [d, d]),
  details((d) => d),
  details(() => []),
  details((d) => [{ ...d, type: 'numbra_audit' }]),
  details((d) => [{ ...d, type: 'payment_initiation' }]),
  details((d) => [{ ...d, identifier: 'grant_' }]),
  details((d) => [{ ...d, actions: [] }]),
  details((d) => [{ ...d, actions: ['dial', 'dial'] }]),
  details((d) => [{ ...d, actions: ['audit'] }]),
  details((d) => [{ ...d, actions: ['dial', 'admin'] }]),
  details((d) => [{ ...d, campaigns: ['c-a', 'c-b'] }]),
  details((d) => [{ ...d, budget: { ...(d['budget'] as Json), calls: -1 } }]),
  details((d) => [{ ...d, budget: { ...(d['budget'] as Json), calls: 1e12 } }]),
  details((d) => [{ ...d, window: { ...(d['window'] as Json), tz: '../../etc/localtime' } }]),
  details((d) => [{ ...d, window: { ...(d['window'] as Json), from: '25:00' } }]),
  details((d) => [{ ...d, [MARK]: true }]),
];

const NAMES = [
  'iss',
  'sub',
  'client_id',
  'aud',
  'iat',
  'exp',
  'jti',
  'cnf',
  'act',
  'authorization_details',
  'status',
  MARK,
  '__proto__',
  'constructor',
];

const claims: fc.Arbitrary<(world: World, good: string) => string> = fc.oneof(
  fc.constantFrom(...CLAIMS).map((odd) => (world: World, good: string) => {
    const { header: ours, claims: good_ } = partsOf(good);
    return jws(ours, odd(good_, world), world.bankKey);
  }),
  fc.tuple(fc.constantFrom(...NAMES), junk).map(([name, value]) => (world: World, good: string) => {
    const { header: ours, claims: good_ } = partsOf(good);
    // As text, so that `__proto__` is a member.
    const { [name]: _was, ...rest } = good_;
    return jws(ours, JSON.stringify(rest).replace('{', `{${JSON.stringify(name)}:${JSON.stringify(value)},`), world.bankKey);
  }),
  fc.constantFrom(...NAMES).map((name) => (world: World, good: string) => {
    const { header: ours, claims: good_ } = partsOf(good);
    return jws(ours, JSON.stringify(good_).replace('{', `{"${name}":"${MARK}","${name}":1,`), world.bankKey);
  }),
  fc.constantFrom('\ufeff', '[', '{}', '"', '\u0000').map((more) => (world: World, good: string) => {
    const { header: ours, claims: good_ } = partsOf(good);
    return jws(ours, more + JSON.stringify(good_), world.bankKey);
  }),
);

/** The scheme: a key-bound grant as Bearer, two of them, none. */
const scheme: fc.Arbitrary<Attack> = fc.tuple(fc.nat(5), line).map(([which, text]) => ({
  family: 'grant: scheme',
  async run(world) {
    const token = await world.grant(world.a);
    const dpop = world.proof(world.a.key, 'POST', '/v1/calls', token);
    const body = JSON.stringify({ dial_token: world.a.dialTokens[0] });
    const headers = [
      { authorization: `Bearer ${token}` },
      { authorization: `Bearer ${token}`, dpop: [] },
      { authorization: [`DPoP ${token}`, `DPoP ${token}`] },
      { authorization: `Basic ${Buffer.from(`vendor-a:${text}`).toString('base64')}` },
      { authorization: `DPoP ${text} ${token}` },
      { authorization: `DPoP ${token},${text}` },
    ][which] as Record<string, string>;
    return refusedWith(await world.call(token, dpop, body, headers));
  },
}));

export const grantAttacks: fc.Arbitrary<Attack>[] = [
  attack(
    'edited text',
    change.map((edit) => (_world, good) => edit(good)),
  ),
  attack(
    'any text',
    line.map((text) => () => text),
  ),
  attack('header, signed by the bank', header),
  attack('forged', forged),
  attack('claims, signed by the bank', claims),
  scheme,
];
