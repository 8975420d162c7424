/**
 * Hostile requests by somebody who holds good credentials: tokens that are not theirs, bodies, forms and addresses that are
 * not what they should be, and questions about what is somebody else's.
 * @module
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { ANSWERS, type Attack, alike, refusedWith } from './attack.js';
import { by, EXCHANGE } from './grants.js';
import { change, junk, line } from './mutate.js';
import { type Answer, MARK, type World } from './world.js';

/** A call by vendor a, with good credentials. */
async function call(world: World, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  const token = await world.grant(world.a);
  return world.call(token, world.proof(world.a.key, 'POST', '/v1/calls', token), body, headers);
}

const get = async (world: World, path: string): Promise<Answer> => {
  const token = await world.grant(world.a);
  const signed = path.split('?', 1)[0] as string;
  const headers = { authorization: `DPoP ${token}`, dpop: world.proof(world.a.key, 'GET', signed, token) };
  return world.send(path, { method: 'GET', headers });
};

const at = <T>(items: readonly T[], index: number): T => items[index % items.length] as T;

const dialToken = (family: string, make: fc.Arbitrary<(world: World) => string>): fc.Arbitrary<Attack> =>
  make.map((token) => ({
    family: `dial token: ${family}`,
    run: async (world) => refusedWith(await call(world, JSON.stringify({ dial_token: token(world) }))),
  }));

const dialTokens: fc.Arbitrary<Attack>[] = [
  dialToken(
    'edited',
    fc.tuple(change, fc.nat()).map(
      ([edit, i]) =>
        (world) =>
          edit(at(world.a.dialTokens, i)),
    ),
  ),
  dialToken(
    'another vendor’s',
    fc.nat().map((i) => (world) => at(world.b.dialTokens, i)),
  ),
  dialToken(
    'a reference',
    fc.nat().map((i) => (world) => at(world.a.references, i)),
  ),
  dialToken(
    'forged',
    fc.uint8Array({ minLength: 36, maxLength: 36 }).map((bytes) => () => `nd1_${Buffer.from(bytes).toString('base64url')}`),
  ),
  dialToken(
    'forged with the right tag',
    fc.uint8Array({ minLength: 30, maxLength: 30 }).map((bytes) => (world) => {
      const tag = Buffer.from((world.a.dialTokens[0] as string).slice(4), 'base64url').subarray(0, 6);
      return `nd1_${Buffer.concat([tag, bytes]).toString('base64url')}`;
    }),
  ),
  dialToken(
    'one bit changed',
    fc.tuple(fc.nat(), fc.nat(287)).map(([i, bit]) => (world) => {
      const bytes = Buffer.from(at(world.a.dialTokens, i).slice(4), 'base64url');
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      return `nd1_${bytes.toString('base64url')}`;
    }),
  ),
  dialToken(
    'any text',
    line.map((text) => () => text),
  ),
  fc.tuple(fc.nat(), fc.nat()).map(([i, j]) => ({
    family: 'dial token: with another row’s reference',
    async run(world: World) {
      const other = at(world.a.references, j % 60 === i % 60 ? j + 1 : j);
      return refusedWith(await call(world, JSON.stringify({ dial_token: at(world.a.dialTokens, i), reference: other })));
    },
  })),
];

const BODIES: readonly (string | Uint8Array)[] = [
  '',
  'null',
  '[]',
  '"x"',
  '{',
  `{"dial_token":"${MARK}","phone":"13800138000"}`,
  `{"dial_token":"${MARK}","__proto__":{"agent":"x"}}`,
  `{"dial_token":"${MARK}","constructor":{}}`,
  `{"dial_token":"${MARK}"} {}`,
  `\ufeff{"dial_token":"${MARK}"}`,
  `{"dial_token":"${MARK.repeat(4_000)}"}`,
  '['.repeat(10_000),
  `{"a":`.repeat(2_000),
  new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  new Uint8Array([0xed, 0xa0, 0x80]),
];
const MEDIA_TYPES = [
  'application/json',
  'text/plain',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
  MARK,
];

const bodies: fc.Arbitrary<Attack>[] = [
  fc.tuple(fc.constantFrom(...BODIES), fc.constantFrom(...MEDIA_TYPES)).map(([body, type]) => ({
    family: 'body',
    run: async (world: World) => refusedWith(await call(world, body, { 'content-type': type })),
  })),
  fc.tuple(fc.constantFrom('dial_token', 'reference', 'agent', MARK, '__proto__'), junk).map(([name, value]) => ({
    family: 'body: member',
    async run(world: World) {
      const rest = name === 'dial_token' ? {} : { dial_token: MARK };
      const more = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
      return refusedWith(await call(world, `{${more}${JSON.stringify(rest) === '{}' ? '' : ','}${JSON.stringify(rest).slice(1)}`));
    },
  })),
  fc.tuple(fc.constantFrom('idempotency-key', 'content-encoding', 'content-type'), line).map(([name, value]) => ({
    family: 'header',
    run: async (world: World) =>
      refusedWith(
        await call(world, `{"dial_token":"${MARK}"}`, { [name]: name === 'idempotency-key' ? `${value} ${value.repeat(2)}` : value }),
      ),
  })),
];

const FORMS: readonly string[] = [
  '',
  '&&&',
  'grant_type=client_credentials&grant_type=client_credentials',
  `grant_type=${MARK}`,
  'grant_type=client_credentials',
  'grant_type=password&username=x&password=y',
  'grant_type=refresh_token&refresh_token=x',
  'grant_type=authorization_code&code=x',
  `token=${MARK}&token=${MARK}`,
  'grant_type=%ff%fe',
  '%00=%00',
  `__proto__=x&constructor=${MARK}`,
  `x=${MARK.repeat(20_000)}`,
  `client_id=vendor-a&client_secret=${MARK}&grant_type=client_credentials`,
];
const ENDPOINTS = ['/oauth/token', '/oauth/introspect', '/oauth/revoke'];

const forms: fc.Arbitrary<Attack>[] = [
  fc.tuple(fc.constantFrom(...FORMS), fc.constantFrom(...ENDPOINTS), fc.boolean()).map(([body, path, basic]) => ({
    family: 'form',
    async run(world: World) {
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        dpop: world.proof(world.a.key, 'POST', '/oauth/token'),
        ...(basic && { authorization: `Basic ${Buffer.from(`vendor-a:${MARK}`).toString('base64')}` }),
      };
      return refusedWith(await world.send(path, { headers, body }));
    },
  })),
  fc
    .tuple(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(...ENDPOINTS), fc.constantFrom(...MEDIA_TYPES))
    .map(([bytes, path, type]) => ({
      family: 'form: bytes',
      run: async (world: World) => refusedWith(await world.send(path, { headers: { 'content-type': type }, body: bytes })),
    })),
  junk.map((value) => ({
    family: 'form: authorization_details',
    async run(world: World) {
      const form = { grant_type: 'client_credentials', authorization_details: JSON.stringify(value), ...by(world) };
      return refusedWith(await world.post('/oauth/token', form, { dpop: world.proof(world.a.key, 'POST', '/oauth/token') }));
    },
  })),
];

const PATHS = [
  '/v1/calls/',
  '/v1/campaigns/',
  '/v1/exports/',
  '/status/',
  '/ledger/tile/',
  '/ledger/tile/entries/',
  '/.well-known/',
  '/oauth/',
  '/',
];
const TRAVERSALS = ['../', '..%2f', '%2e%2e/', '....//', '%00', '%ff', ';', '//', '\\', '%0d%0a', '?x=1', '#'];

const addresses: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.constantFrom(...PATHS),
    fc.array(fc.oneof(fc.constantFrom(...TRAVERSALS), fc.stringMatching(/^[a-z0-9._~-]{1,12}$/)), { minLength: 1, maxLength: 5 }),
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  )
  .map(([path, parts, method]) => ({
    family: 'address',
    async run(world: World) {
      const where = `${path}${MARK}${parts.join('')}`;
      if (method === 'GET') return refusedWith(await get(world, where));
      return refusedWith(await world.send(where, { method, headers: { 'content-type': 'application/json' }, body: '{}' }));
    },
  }));

/** Asks about what does not exist and about what is vendor b's: the two answers must be one. */
const pair = (
  family: string,
  ask: (world: World, theirs: boolean, id: string) => Promise<Answer>,
  neutral?: string,
): fc.Arbitrary<Attack> =>
  fc.stringMatching(/^[a-z0-9]{8,20}$/).map((id) => ({
    family: `unknown or not yours: ${family}`,
    run: async (world: World) => alike(await ask(world, false, `x-${id}`), await ask(world, true, `x-${id}`), neutral),
  }));

const detailsOf = (campaign: string): string => JSON.stringify([{ type: 'numbra_campaign', campaign }]);

const pairs: fc.Arbitrary<Attack>[] = [
  pair('dial token', (world, theirs) =>
    call(world, JSON.stringify({ dial_token: theirs ? world.b.dialTokens[0] : `nd1_${Buffer.from(randomUUID()).toString('base64url')}` })),
  ),
  pair('campaign of a token request', (world, theirs, id) =>
    world.post(
      '/oauth/token',
      { grant_type: 'client_credentials', authorization_details: detailsOf(theirs ? world.b.campaign : id), ...by(world) },
      { dpop: world.proof(world.a.key, 'POST', '/oauth/token') },
    ),
  ),
  pair('campaign’s list', (world, theirs, id) => get(world, `/v1/campaigns/${theirs ? world.b.campaign : id}/list`)),
  pair('client', (world, theirs, id) =>
    world.post('/oauth/introspect', { token: MARK, ...by(world, { iss: theirs ? 'vendor-b' : id, sub: theirs ? 'vendor-b' : id }) }),
  ),
  pair('client by certificate', (world, theirs, id) =>
    world.post('/oauth/token', { grant_type: 'client_credentials', client_id: theirs ? 'vendor-b' : id }),
  ),
  pair(
    'introspected grant',
    async (world, theirs, id) => world.post('/oauth/introspect', { token: theirs ? await world.grant(world.b) : id, ...by(world) }),
    ANSWERS.inactive,
  ),
  pair(
    'revoked grant',
    async (world, theirs, id) => world.post('/oauth/revoke', { token: theirs ? await world.grant(world.b) : id, ...by(world) }),
    ANSWERS.empty,
  ),
  pair('exchanged grant', async (world, theirs, id) =>
    world.post(
      '/oauth/token',
      { ...EXCHANGE, subject_token: theirs ? await world.grant(world.b) : id, ...by(world) },
      { dpop: world.proof(world.agentKey, 'POST', '/oauth/token') },
    ),
  ),
];

export const requestAttacks: fc.Arbitrary<Attack>[] = [...dialTokens, ...bodies, ...forms, addresses, ...pairs];
