import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bankKey, bankKeys, grantToken, now, strangerKey } from './bank.fixture.js';
import { signCompact } from './keys/grant-key.js';
import {
  createStatusList,
  decodeStatusList,
  encodeStatusList,
  type StatusBits,
  setStatus,
  signStatusList,
  statusAt,
  tokenStatus,
  verifyStatusList,
} from './status-list.js';

const uri = 'https://bank.example/status/7';
const requirements = { uri, keys: bankKeys, now };
const list = createStatusList(1, 100_000);
setStatus(list, 48_213, tokenStatus.invalid);
const terms = { uri, list, now, lifeSeconds: 600, ttlSeconds: 60 };
const lst = (bytes: Uint8Array) => deflateSync(bytes).toString('base64url');

describe('a status list', () => {
  it('holds what was set, and nothing beside it', () => {
    const entries = fc.array(fc.tuple(fc.nat(199), fc.nat(255)), { maxLength: 50 });
    fc.assert(
      fc.property(fc.constantFrom<StatusBits>(1, 2, 4, 8), entries, (bits, sets) => {
        const statuses = new Map<number, number>();
        const written = createStatusList(bits, 200);
        for (const [index, value] of sets) {
          const status = value % 2 ** bits;
          setStatus(written, index, status);
          statuses.set(index, status);
        }
        const read = decodeStatusList(encodeStatusList(written));
        return Array.from({ length: 200 }, (_, i) => i).every((i) => statusAt(read, i) === (statuses.get(i) ?? 0));
      }),
    );
  });

  it('says nothing about an index behind its end', () => {
    expect([statusAt(list, 99_999), statusAt(list, 100_000), statusAt(list, -1), statusAt(list, 0.5)]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes no index and no status that does not fit', async () => {
    await expect(() => setStatus(list, 100_000, 1)).toFailWith('ERR_STATUS_LIST_INDEX');
    await expect(() => setStatus(list, 0, tokenStatus.suspended)).toFailWith('ERR_STATUS_LIST_INDEX');
    await expect(() => setStatus(list, 0, -1)).toFailWith('ERR_STATUS_LIST_INDEX');
  });

  it.each([
    ['3 bits', { bits: 3, lst: lst(new Uint8Array(1)) }],
    ['bits as text', { bits: '1', lst: lst(new Uint8Array(1)) }],
    ['no zlib', { bits: 1, lst: 'AAAA' }],
    ['padding', { bits: 1, lst: `${lst(new Uint8Array(2))}=` }],
    ['another member', { bits: 1, lst: lst(new Uint8Array(1)), size: 8 }],
    ['5 MiB of zeros in 5 kB', { bits: 1, lst: lst(new Uint8Array(5 << 20)) }],
    ['a stream cut short', { bits: 1, lst: lst(Buffer.from('abcdefgh')).slice(0, -8) }],
    ['nothing', null],
  ])('is refused with %s', async (_name, value) => {
    await expect(() => decodeStatusList(value)).toFailWith('ERR_STATUS_LIST_INVALID');
  });
});

describe('a signed status list', () => {
  it('verifies for its address, and tells how long it is fresh', async () => {
    const verified = await verifyStatusList(await signStatusList(terms, bankKey), requirements);
    expect([statusAt(verified.list, 48_213), statusAt(verified.list, 48_214)]).toEqual([tokenStatus.invalid, tokenStatus.valid]);
    expect(verified).toMatchObject({ issuedAt: now, freshUntil: now + 60_000 });
    const short = await verifyStatusList(await signStatusList({ ...terms, lifeSeconds: 30 }, bankKey), requirements);
    expect(short.freshUntil).toBe(now + 30_000);
  });

  it('of a million grants with a hundredth revoked is small', async () => {
    const large = createStatusList(1, 1_000_000);
    for (let index = 0; index < 1_000_000; index += 97) setStatus(large, index, 1);
    expect((await signStatusList({ ...terms, list: large }, bankKey)).length).toBeLessThan(200_000);
  });

  it('is refused when it ended', async () => {
    const token = await signStatusList(terms, bankKey);
    await expect(() => verifyStatusList(token, { ...requirements, now: now + 600_000 })).toFailWith('ERR_STATUS_LIST_EXPIRED');
  });

  it('is refused for another address, by another key, as another type, without an end', async () => {
    const claims = { sub: uri, iat: now / 1000, ttl: 60, status_list: encodeStatusList(list) };
    const tokens = [
      await signStatusList({ ...terms, uri: 'https://bank.example/status/8' }, bankKey),
      await signStatusList(terms, strangerKey),
      await signCompact({ typ: 'statuslist+jwt', kid: bankKey.kid }, claims, bankKey),
      await signCompact({ typ: 'JWT', kid: bankKey.kid }, { ...claims, exp: now / 1000 + 600 }, bankKey),
      grantToken,
    ];
    for (const token of tokens) await expect(() => verifyStatusList(token, requirements)).toFailWith('ERR_STATUS_LIST_INVALID');
  });
});
