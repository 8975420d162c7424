import { createCipheriv, createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrapKey, wrapKey } from './key-wrap.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const encrypt = (key: Uint8Array) => (block: Buffer) => createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
const decrypt = (key: Uint8Array) => (block: Buffer) => createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
const hex = (text: string) => Buffer.from(text, 'hex');

describe('AES Key Wrap of 32 bytes', () => {
  it('gives the vector of RFC 3394 §4.6', () => {
    const key = hex('000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F');
    const secret = hex('00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F');
    const wrapped = hex('28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21');
    expect(Buffer.from(wrapKey(encrypt(key), secret))).toEqual(wrapped);
    expect(unwrapKey(decrypt(key), wrapped)).toEqual(Uint8Array.from(secret));
  });

  it("gives node:crypto's bytes, and takes them back", () => {
    fc.assert(
      fc.property(bytes32, bytes32, (key, secret) => {
        const cipher = createCipheriv('id-aes256-wrap', key, Buffer.alloc(8, 0xa6));
        const wrapped = Uint8Array.from(Buffer.concat([cipher.update(secret), cipher.final()]));
        expect(wrapKey(encrypt(key), secret)).toEqual(wrapped);
        expect(unwrapKey(decrypt(key), wrapped)).toEqual(secret);
      }),
    );
  });

  it('unwraps nothing that was changed in any byte, or is of another length', () => {
    const key = new Uint8Array(32).fill(1);
    const wrapped = wrapKey(encrypt(key), new Uint8Array(32).fill(2));
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Uint8Array.from(wrapped);
      changed[at] = (changed[at] as number) ^ 1;
      expect(unwrapKey(decrypt(key), changed)).toBeUndefined();
    }
    expect(unwrapKey(decrypt(key), wrapped.subarray(8))).toBeUndefined();
    expect(unwrapKey(decrypt(new Uint8Array(32)), wrapped)).toBeUndefined();
  });
});
