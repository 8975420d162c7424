import { describe, expect, it } from 'vitest';
import { type DistinctHeaders, hostsAt, refuseAtDoor } from './door.js';

const SECRET = 's'.repeat(43);
const door = { hosts: hostsAt(8427), secret: SECRET };
const GOOD: DistinctHeaders = { host: ['127.0.0.1:8427'], authorization: [`Bearer ${SECRET}`] };

describe('the door', () => {
  it('lets software of this machine in that knows the secret', () => {
    expect(refuseAtDoor(door, GOOD)).toBeUndefined();
    expect(refuseAtDoor(door, { ...GOOD, host: ['LocalHost:8427'], authorization: [`bearer ${SECRET}`] })).toBeUndefined();
    expect(refuseAtDoor({ hosts: hostsAt(80), secret: SECRET }, { ...GOOD, host: ['localhost'] })).toBeUndefined();
  });

  it('leaves a socket to its permissions', () => {
    expect(refuseAtDoor({}, { host: ['localhost'] })).toBeUndefined();
    expect(refuseAtDoor({}, { origin: ['null'] })).toBe('desk-browser-refused');
    expect(refuseAtDoor({ secret: SECRET }, {})).toBe('desk-secret-wrong');
  });

  it.each([
    ['another name for this machine (rebinding)', { host: ['attacker.example:8427'] }],
    ['another port', { host: ['127.0.0.1:80'] }],
    ['another spelling of loopback', { host: ['127.1:8427'] }],
    ['two hosts', { host: ['127.0.0.1:8427', '127.0.0.1:8427'] }],
    ['no host', { host: [] }],
    ['a page', { origin: ['http://127.0.0.1:8427'] }],
    ['a page without an address', { origin: ['null'] }],
    ['a form, as browsers mark it', { 'sec-fetch-site': ['cross-site'] }],
  ])('is closed to %s, secret or not', (_name, headers: DistinctHeaders) => {
    expect(refuseAtDoor(door, { ...GOOD, ...headers })).toBe('desk-browser-refused');
  });

  it.each([
    ['none', []],
    ['another', [`Bearer ${'t'.repeat(43)}`]],
    ['a part', [`Bearer ${SECRET.slice(1)}`]],
    ['more', [`Bearer ${SECRET}s`]],
    ['two', [`Bearer ${SECRET}`, `Bearer ${SECRET}`]],
    ['another scheme', [`Basic ${SECRET}`]],
    ['an empty one', ['Bearer ']],
  ])('wants the secret: %s will not do', (_name, authorization) => {
    expect(refuseAtDoor(door, { ...GOOD, authorization })).toBe('desk-secret-wrong');
  });
});
