import type { lookup as Lookup } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutbound, type Network, networkOf } from './outbound.js';

/** A resolver that says what the test wants. */
const resolver = (...addresses: string[]): typeof Lookup =>
  ((_host: string, _options: object, callback: (error: null, found: { address: string; family: number }[]) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof Lookup;

describe('outgoing connections', () => {
  let server: Server;
  let port: number;
  let hits = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      hits++;
      response.end('reached');
    });
    await new Promise<void>((resolve) => server.listen(0, '::', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  async function reach(host: string, networks: Network[], lookup?: typeof Lookup): Promise<string> {
    const dispatcher = createOutbound({ networks: new Set(networks), connectTimeoutMs: 500, ...(lookup && { lookup }) });
    try {
      const { body } = await request(`http://${host}:${port}/`, { dispatcher });
      return await body.text();
    } catch (error) {
      return String((error as { code?: unknown }).code);
    } finally {
      await dispatcher.destroy();
    }
  }

  it.each([
    'localhost',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '017700000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '[::]',
    '169.254.169.254',
    '100.64.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '[fe80::1]',
    '[fd00::1]',
    '[64:ff9b::7f00:1]',
    '224.0.0.1',
    '255.255.255.255',
  ])('never reaches %s from the public network alone', async (host) => {
    const before = hits;
    expect(await reach(host, ['public'])).toBe('ERR_CARRIER_ADDRESS_REFUSED');
    expect(hits).toBe(before);
  });

  it.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'fd00::1'])(
    'refuses a name that leads to %s, also beside a good address',
    async (address) => {
      expect(await reach('dialler.example', ['public'], resolver(address))).toBe('ERR_CARRIER_ADDRESS_REFUSED');
      expect(await reach('dialler.example', ['public'], resolver('203.0.113.7', address))).toBe('ERR_CARRIER_ADDRESS_REFUSED');
    },
  );

  it('reaches loopback when that is allowed, by name too', async () => {
    expect(await reach('127.0.0.1', ['loopback'])).toBe('reached');
    expect(await reach('localhost', ['loopback'])).toBe('reached');
    expect(await reach('dialler.example', ['loopback'], resolver('127.0.0.1'))).toBe('reached');
  });

  it('looks again at every connection: a name that changes its answer leads nowhere', async () => {
    let asked = 0;
    const rebinding = ((host: string, options: object, callback: never) =>
      resolver(asked++ === 0 ? '127.0.0.1' : '169.254.169.254')(host, options, callback)) as unknown as typeof Lookup;
    const dispatcher = createOutbound({ networks: new Set(['loopback']), connectTimeoutMs: 500, lookup: rebinding });
    const go = async () => (await request(`http://dialler.example:${port}/`, { dispatcher, headers: { connection: 'close' } })).body.text();
    expect(await go()).toBe('reached');
    await expect(go()).rejects.toMatchObject({ code: 'ERR_CARRIER_ADDRESS_REFUSED' });
    expect(asked).toBe(2);
    await dispatcher.destroy();
  });

  it('knows four kinds of address', () => {
    expect(['8.8.8.8', '10.0.0.1', 'fd00::1', '::ffff:10.0.0.1', '127.9.9.9', '169.254.0.1', 'ff02::1', 'name'].map(networkOf)).toEqual([
      'public',
      'private',
      'private',
      'private',
      'loopback',
      undefined,
      undefined,
      undefined,
    ]);
  });
});
