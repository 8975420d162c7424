import type { lookup as Lookup } from 'node:dns';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type GrantKey, generateGrantKey } from '@numbra/grants';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { postForm } from '../../../../tests/support/oauth.js';
import { RemoteKeys } from './remote-keys.js';

const [first, second] = await Promise.all([generateGrantKey(), generateGrantKey('EdDSA')]);
const jwks = (...keys: GrantKey[]) => JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
const JSON_TYPE = { 'content-type': 'application/jwk-set+json' };

describe('keys at a vendor’s address', () => {
  let server: Server;
  let host: string;
  let hits: number;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let now: number;
  let logged: string;
  const open: RemoteKeys[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      hits++;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    hits = 0;
    now = 1_000_000_000;
    logged = '';
    answer = (_request, response) => response.writeHead(200, JSON_TYPE).end(jwks(first));
  });
  afterEach(async () => {
    for (const keys of open.splice(0)) await keys.close();
  });

  function keysFor(options: Partial<ConstructorParameters<typeof RemoteKeys>[0]> = {}): RemoteKeys {
    const logger = pino(
      { level: 'warn' },
      {
        write(line: string) {
          logged += line;
        },
      },
    );
    const keys = new RemoteKeys({ hosts: [host], networks: ['loopback'], timeoutMs: 500, clock: () => now, logger, ...options });
    open.push(keys);
    return keys;
  }
  const uri = () => `http://${host}/jwks.json`;

  it('are fetched once and kept; an unknown id makes them be fetched again, twice a minute at most', async () => {
    const keys = keysFor();
    const found = await Promise.all(Array.from({ length: 20 }, () => keys.find(uri(), first.kid, 'ES256')));
    expect(found.every((key) => key?.kid === first.kid)).toBe(true);
    expect(hits).toBe(1);
    answer = (_request, response) => response.writeHead(200, JSON_TYPE).end(jwks(second, first));
    expect(await keys.find(uri(), second.kid, 'EdDSA')).toBeUndefined();
    now += 31_000;
    expect((await keys.find(uri(), second.kid, 'EdDSA'))?.kid).toBe(second.kid);
    for (let i = 0; i < 10; i++) expect(await keys.find(uri(), `unknown-${i}`, 'ES256')).toBeUndefined();
    expect(hits).toBe(2);
  });

  it('that their owner took out count for five minutes at most; while its server is down, for an hour', async () => {
    const keys = keysFor();
    expect(await keys.find(uri(), first.kid, 'ES256')).toBeDefined();
    answer = (_request, response) => response.writeHead(200, JSON_TYPE).end(jwks(second));
    now += 301_000;
    expect(await keys.find(uri(), first.kid, 'ES256')).toBeUndefined();
    answer = (_request, response) => response.writeHead(500).end();
    now += 301_000;
    expect(await keys.find(uri(), second.kid, 'EdDSA')).toBeDefined();
    now += 3_600_000;
    expect(await keys.find(uri(), second.kid, 'EdDSA')).toBeUndefined();
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['a redirect', (_q, r) => r.writeHead(302, { location: `http://${host}/elsewhere` }).end()],
    ['an error', (_q, r) => r.writeHead(503, JSON_TYPE).end(jwks(first))],
    ['another type', (_q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end(jwks(first))],
    ['no type', (_q, r) => r.writeHead(200).end(jwks(first))],
    ['a compressed body', (_q, r) => r.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(jwks(first))],
    ['no JSON', (_q, r) => r.writeHead(200, JSON_TYPE).end('<html>')],
    ['invalid UTF-8', (_q, r) => r.writeHead(200, JSON_TYPE).end(Buffer.from([0x7b, 0xff]))],
    ['a private key', (_q, r) => r.writeHead(200, JSON_TYPE).end(JSON.stringify({ keys: [{ ...first.publicJwk, d: 'AA' }] }))],
    ['no key of ours', (_q, r) => r.writeHead(200, JSON_TYPE).end('{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}')],
    ['too much', (_q, r) => r.writeHead(200, JSON_TYPE).end(`${jwks(first)}${' '.repeat(70_000)}`)],
    ['half of it, and then silence', (_q, r) => void r.writeHead(200, JSON_TYPE).write('{"keys":')],
    ['silence', () => {}],
  ])('are none when the address answers with %s', async (_name, how) => {
    answer = how;
    const keys = keysFor();
    expect(await keys.find(uri(), first.kid, 'ES256')).toBeUndefined();
    expect(hits).toBe(1);
    expect(logged).toContain('keys not fetched');
    expect(logged).not.toContain(first.publicJwk.x);
  });

  it('besides keys of other kinds are found', async () => {
    const rsa = { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'rsa' };
    answer = (_q, r) => r.writeHead(200, JSON_TYPE).end(JSON.stringify({ keys: [rsa, { ...first.publicJwk, 'x-note': 'ours' }] }));
    expect(await keysFor().find(uri(), first.kid, 'ES256')).toBeDefined();
  });

  it('are asked for on allowed hosts only, without a word to any other', async () => {
    const port = host.split(':')[1];
    for (const hosts of [[], ['keys.vendor.example'], [`localhost:${port}`], ['127.0.0.1']])
      expect(await keysFor({ hosts }).find(uri(), first.kid, 'ES256')).toBeUndefined();
    expect(hits).toBe(0);
    expect(logged).toContain('ERR_KEYS_HOST');
  });

  it.each([
    '127.0.0.1',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f000001',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '169.254.169.254',
    '10.0.0.1',
    '[fe80::1]',
  ])('are not asked for at %s while only the public network is allowed, whatever the list of hosts says', async (name) => {
    const port = host.split(':')[1];
    const address = new URL(`https://${name}:${port}/jwks.json`);
    const keys = keysFor({ networks: ['public'], hosts: [address.host, `${name}:${port}`] });
    expect(await keys.find(address.href, first.kid, 'ES256')).toBeUndefined();
    expect(hits).toBe(0);
    expect(logged).toContain('ERR_KEYS_ADDRESS_REFUSED');
  });

  it('are not asked for when the name leads elsewhere at the second look (rebinding)', async () => {
    let looks = 0;
    const lookup = ((_host: string, _options: object, callback: (error: null, found: { address: string; family: number }[]) => void) => {
      looks++;
      callback(null, [{ address: looks === 1 ? '203.0.113.7' : '127.0.0.1', family: 4 }]);
    }) as unknown as typeof Lookup;
    const port = host.split(':')[1];
    const keys = keysFor({ networks: ['public'], hosts: [`keys.vendor.example:${port}`], lookup, timeoutMs: 200 });
    const address = `https://keys.vendor.example:${port}/jwks.json`;
    for (let round = 0; round < 3; round++) {
      expect(await keys.find(address, first.kid, 'ES256')).toBeUndefined();
      now += 31_000;
    }
    expect(hits).toBe(0);
  });

  it('are not asked for by http, except on loopback where that is allowed', async () => {
    const keys = keysFor({ networks: ['public'], hosts: ['keys.vendor.example'] });
    expect(await keys.find('http://keys.vendor.example/jwks.json', first.kid, 'ES256')).toBeUndefined();
    expect(logged).toContain('ERR_KEYS_HOST');
  });

  describe('and the token endpoint', () => {
    let test: TestGateway;
    beforeAll(async () => {
      test = await startGateway('pglite', { vendorKeys: { hosts: [host], networks: ['loopback'] } });
      await test.bank.vendors.add({ id: 'vendor-uri', jwksUri: uri() });
    });
    afterAll(() => test.close());

    it('know the vendor by them', async () => {
      const ask = (by: { id: string; key: GrantKey }) => postForm(test, '/oauth/introspect', { token: 'x' }, { by });
      expect((await ask({ id: 'vendor-uri', key: first })).status).toBe(200);
      const wrong = await ask({ id: 'vendor-uri', key: await generateGrantKey() });
      expect(wrong).toMatchObject({ status: 401, code: 'invalid_client' });
      expect(wrong.body).toBe((await ask({ id: 'vendor-nobody', key: first })).body);
      expect(await test.bank.vendors.get('vendor-uri')).toMatchObject({ jwksUri: uri(), jwks: { keys: [] } });
    });

    it.each([
      'http://keys.vendor.example/jwks',
      'https://user@keys.vendor.example/jwks',
      'https://keys.vendor.example/jwks#x',
      'https://KEYS.vendor.example/jwks',
      'https://2130706433/jwks',
      'file:///etc/passwd',
      'keys.vendor.example',
    ])('register no vendor at %s', async (jwksUri) => {
      await expect(() => test.bank.vendors.add({ id: 'vendor-wrong', jwksUri })).toFailWith('ERR_VENDOR_PROOF');
      expect(await test.bank.vendors.get('vendor-wrong')).toBeUndefined();
    });
  });
});
