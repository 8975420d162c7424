import { inspect } from 'node:util';
import { Sensitive } from '@numbra/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { judge } from './http.js';
import { createTransit, type KeyManagementService } from './index.js';
import { startTransitServer, TOKEN, type TransitServer } from './transit-server.fixture.js';

const token = new Sensitive(TOKEN);
const plaintext = new Uint8Array(32).fill(5);

let server: TransitServer;
let transit: KeyManagementService;
beforeAll(async () => {
  server = await startTransitServer();
  transit = createTransit({ address: server.address, token, timeoutMs: 60_000 });
});
afterAll(() => server.close());
afterEach(() => {
  server.fault = undefined;
  server.forbidden = undefined;
  server.namespace = undefined;
  server.requests.length = 0;
});

describe('Transit as a key management service', () => {
  it('makes a key, encrypts, decrypts, and deletes it for good', async () => {
    await transit.createKey('one');
    const ciphertext = await transit.encrypt('one', plaintext);
    expect(ciphertext).toMatch(/^vault:v1:/);
    expect(await transit.decrypt('one', ciphertext)).toEqual(plaintext);
    await transit.deleteKey('one');
    expect(server.keys.has('one')).toBe(false);
    await expect(() => transit.decrypt('one', ciphertext)).toFailWith('ERR_KEYRING_KMS_KEY_MISSING');
    expect(server.requests.slice(3, 6)).toEqual([
      'POST /v1/transit/keys/one/config',
      'DELETE /v1/transit/keys/one',
      'GET /v1/transit/keys/one',
    ]);
  });

  it('leaves a key that is there as it is, and deletes one that is not there without complaint', async () => {
    await transit.createKey('two');
    const ciphertext = await transit.encrypt('two', plaintext);
    await transit.createKey('two');
    expect(await transit.decrypt('two', ciphertext)).toEqual(plaintext);
    await transit.deleteKey('nobody');
  });

  it('tells a missing key from a ciphertext of another key', async () => {
    await transit.createKey('three');
    await transit.createKey('four');
    const ciphertext = await transit.encrypt('three', plaintext);
    await expect(() => transit.decrypt('four', ciphertext)).toFailWith('ERR_KEYRING_DAMAGED');
    await expect(() => transit.decrypt('five', ciphertext)).toFailWith('ERR_KEYRING_KMS_KEY_MISSING');
    await expect(() => transit.encrypt('five', plaintext)).toFailWith('ERR_KEYRING_KMS_KEY_MISSING');
    expect(server.keys.has('five')).toBe(false);
  });

  it('takes another mount, a namespace, and a token that is asked for before each request', async () => {
    const other = await startTransitServer('bank/transit');
    other.namespace = 'cards';
    let asked = 0;
    const there = createTransit({
      address: `${other.address}/`,
      mount: 'bank/transit',
      namespace: 'cards',
      token: async () => {
        asked++;
        return token;
      },
    });
    await there.createKey('one');
    expect(await there.decrypt('one', await there.encrypt('one', plaintext))).toEqual(plaintext);
    expect(asked).toBe(3);
    await expect(() => createTransit({ address: other.address, token }).createKey('one')).toFailWith('ERR_KEYRING_KMS_REFUSED');
    await other.close();
  });
});

describe('Transit says what went wrong', () => {
  it('by status', () => {
    const verdicts = [200, 204, 400, 401, 403, 404, 408, 412, 429, 472, 473, 500, 502, 503, 301, 307, 418].map(judge);
    expect(verdicts.join()).toBe(
      'done,done,bad-request,refused,refused,missing,unavailable,unavailable,unavailable,unavailable,unavailable,unavailable,unavailable,unavailable,unexpected,unexpected,unexpected',
    );
  });

  it.each([
    ['a sealed server', { status: 503, body: '{"errors":["Vault is sealed"]}' }, 'ERR_KEYRING_KMS_UNAVAILABLE'],
    ['a rate limit', { status: 429 }, 'ERR_KEYRING_KMS_UNAVAILABLE'],
    ['a proxy without its server', { status: 502, body: '<html>' }, 'ERR_KEYRING_KMS_UNAVAILABLE'],
    ['a connection that breaks', 'hang up', 'ERR_KEYRING_KMS_UNAVAILABLE'],
    ['an answer that never comes', 'silent', 'ERR_KEYRING_KMS_UNAVAILABLE'],
    ['an answer without end', 'endless', 'ERR_KEYRING_KMS_ANSWER'],
    ['an answer that is no JSON', 'malformed', 'ERR_KEYRING_KMS_ANSWER'],
    ['an answer without a plaintext', { status: 200, body: '{"data":{}}' }, 'ERR_KEYRING_KMS_ANSWER'],
    ['an empty answer', { status: 200, body: '' }, 'ERR_KEYRING_KMS_ANSWER'],
    ['a plaintext that is no base64', { status: 200, body: '{"data":{"plaintext":"%%%"}}' }, 'ERR_KEYRING_KMS_ANSWER'],
    ['a token that expired', { status: 403 }, 'ERR_KEYRING_KMS_REFUSED'],
    ['no such mount', { status: 404, body: '{"errors":["no handler for route"]}' }, 'ERR_KEYRING_KMS_KEY_MISSING'],
  ] as const)('of %s', async (_, fault, code) => {
    await transit.createKey('key');
    const ciphertext = await transit.encrypt('key', plaintext);
    server.fault = () => fault;
    const quick = createTransit({ address: server.address, token, timeoutMs: fault === 'silent' ? 100 : 60_000 });
    await expect(() => quick.decrypt('key', ciphertext)).toFailWith(code);
  });

  it('of a server that is not there', async () => {
    const gone = await startTransitServer();
    await gone.close();
    await expect(() => createTransit({ address: gone.address, token }).createKey('one')).toFailWith('ERR_KEYRING_KMS_UNAVAILABLE');
  });

  it('of a redirect, and never takes the token there', async () => {
    const thief = await startTransitServer();
    server.fault = () => ({ status: 307, location: `${thief.address}/v1/transit/decrypt/key` });
    await expect(() => transit.decrypt('key', 'vault:v1:AAAA')).toFailWith('ERR_KEYRING_KMS_ANSWER');
    expect(thief.requests).toEqual([]);
    await thief.close();
  });

  it('of a deletion that a policy forbids, or that did not happen', async () => {
    await transit.createKey('kept');
    server.forbidden = /DELETE/;
    await expect(() => transit.deleteKey('kept')).toFailWith('ERR_KEYRING_KMS_REFUSED');
    server.forbidden = undefined;
    server.fault = (request) => (request.startsWith('DELETE') ? { status: 204, body: '' } : undefined);
    await expect(() => transit.deleteKey('kept')).toFailWith('ERR_KEYRING_KMS_ANSWER');
    server.fault = (request) => (request.startsWith('DELETE') ? { status: 400 } : undefined);
    await expect(() => transit.deleteKey('kept')).toFailWith('ERR_KEYRING_KMS_REFUSED');
    server.fault = (request) => (request.includes('config') || request.startsWith('DELETE') ? { status: 404 } : undefined);
    await expect(() => transit.deleteKey('kept')).toFailWith('ERR_KEYRING_KMS_ANSWER');
    expect(server.keys.has('kept')).toBe(true);
  });

  it('without the token, the plaintext or a text of the server in it', async () => {
    server.fault = () => ({ status: 400, body: `{"errors":["${TOKEN} is bad"]}` });
    const error = await transit.decrypt('key', 'vault:v1:AAAA').catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 9 })).not.toContain(TOKEN);
    expect(inspect(transit, { depth: 9, showHidden: true })).not.toContain(TOKEN);
  });

  it('of an address that is not https, or has more in it than an address; and of a name that would leave its path', async () => {
    for (const address of [
      'http://vault.bank.example',
      'ftp://127.0.0.1',
      'vault',
      'https://u:p@vault.example',
      'https://vault.example/?a=1',
    ]) {
      await expect(async () => createTransit({ address, token })).toFailWith('ERR_KEYRING_KMS_ADDRESS');
    }
    await expect(async () => createTransit({ address: server.address, token, mount: '../sys' })).toFailWith('ERR_KEYRING_KMS_ADDRESS');
    createTransit({ address: 'https://vault.bank.example/base/', token });
    for (const name of ['..', 'a/b', 'a?b', '', 'a%2f']) await expect(() => transit.createKey(name)).toFailWith('ERR_KEYRING_NAME_INVALID');
    expect(server.requests).toEqual([]);
  });
});
