import { describe, expect, it } from 'vitest';
import type { Name } from '../identifiers/name.js';
import { deriveBankKey, deriveScopeKey } from './derive.js';
import { createMemoryKeyring, type KeyringSecrets } from './keyring.js';

const root = Uint8Array.from({ length: 32 }, (_, i) => i);
const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const named = (text: string): Name => text as Name;
const identity = { bank: named('b'), vendor: named('v'), purpose: named('p'), campaign: named('c') };

describe('a memory keyring', () => {
  it('hands out keys as they are derived', async () => {
    const keyring = createMemoryKeyring(root, [filled(1)]);
    expect(await keyring.scopeKey('ref', identity, filled(9))).toEqual(deriveScopeKey(root, filled(9), 'ref', identity));
    expect(await keyring.bankKey('store')).toEqual(deriveBankKey(root, 'store'));
    expect(keyring.kind).toBe('memory');
    expect(keyring.shredKeys).toBe(1);
  });

  it('wraps a campaign secret as RFC 3394 §4.6 does', async () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const secret = Uint8Array.from(Buffer.from('00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f', 'hex'));
    const keyring = createMemoryKeyring(root, [key]);
    const wrapped = await keyring.wrapSecret(secret);
    expect(Buffer.from(wrapped).toString('hex')).toBe('28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21');
    expect(await keyring.unwrapSecret(wrapped)).toEqual(secret);
  });

  it('refuses secrets that were changed, cut or wrapped by another bank', async () => {
    const keyring = createMemoryKeyring(root, [filled(1)]);
    const wrapped = await keyring.wrapSecret(filled(9));
    for (let i = 0; i < wrapped.length; i++) {
      const changed = Uint8Array.from(wrapped);
      changed[i] = (changed[i] as number) ^ 1;
      await expect(() => keyring.unwrapSecret(changed)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    }
    await expect(() => keyring.unwrapSecret(wrapped.subarray(8))).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    await expect(() => createMemoryKeyring(root, [filled(2)]).unwrapSecret(wrapped)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    await expect(() => keyring.wrapSecret(new Uint8Array(31))).toFailWith('ERR_KEY_LENGTH');
  });

  it('shreds: during it both keys unwrap, after it only the new one', async () => {
    const written: KeyringSecrets[] = [];
    const persist = async ({ root, shredKeys }: KeyringSecrets): Promise<void> => {
      written.push({ root: Uint8Array.from(root), shredKeys: shredKeys.map((key) => Uint8Array.from(key)) });
    };
    const keyring = createMemoryKeyring(root, [filled(1)], { persist, random: () => filled(2), kind: 'test' });
    const shredded = await keyring.wrapSecret(filled(8));
    const before = await keyring.wrapSecret(filled(9));
    await keyring.addShredKey();
    expect(keyring.shredKeys).toBe(2);
    expect(await keyring.unwrapSecret(before)).toEqual(filled(9));
    const after = await keyring.wrapSecret(await keyring.unwrapSecret(before));
    expect(after).not.toEqual(before);
    await keyring.dropOldShredKeys();
    expect(keyring.shredKeys).toBe(1);
    expect(await keyring.unwrapSecret(after)).toEqual(filled(9));
    for (const old of [shredded, before]) await expect(() => keyring.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    expect(written).toEqual([
      { root, shredKeys: [filled(1), filled(2)] },
      { root, shredKeys: [filled(2)] },
    ]);
  });

  it('refuses a second shred before the first is finished', async () => {
    const keyring = createMemoryKeyring(root, [filled(1)]);
    const [first, second] = await Promise.allSettled([keyring.addShredKey(), keyring.addShredKey()]);
    expect(first.status).toBe('fulfilled');
    await expect(() => (second.status === 'rejected' ? Promise.reject(second.reason) : undefined)).toFailWith(
      'ERR_KEYRING_SHRED_UNFINISHED',
    );
    await keyring.dropOldShredKeys();
    await keyring.dropOldShredKeys();
    await keyring.addShredKey();
    expect(keyring.shredKeys).toBe(2);
  });

  it('changes nothing when the change cannot be written', async () => {
    const persist = (): Promise<void> => Promise.reject(new Error('disk full'));
    const keyring = createMemoryKeyring(root, [filled(1)], { persist });
    const wrapped = await keyring.wrapSecret(filled(9));
    await expect(keyring.addShredKey()).rejects.toThrow('disk full');
    expect(keyring.shredKeys).toBe(1);
    expect(await keyring.unwrapSecret(wrapped)).toEqual(filled(9));
    const two = createMemoryKeyring(root, [filled(1), filled(2)], { persist });
    await expect(two.dropOldShredKeys()).rejects.toThrow('disk full');
    expect(two.shredKeys).toBe(2);
    expect(await two.unwrapSecret(wrapped)).toEqual(filled(9));
  });

  it('copies the secrets it is given, and wipes its copies when it is closed', async () => {
    const [mine, shred] = [Uint8Array.from(root), filled(1)];
    const keyring = createMemoryKeyring(mine, [shred]);
    const before = await keyring.bankKey('store');
    mine.fill(0);
    shred.fill(0);
    expect(await keyring.bankKey('store')).toEqual(before);
    let held: KeyringSecrets | undefined;
    const other = createMemoryKeyring(root, [filled(1)], {
      persist: async (secrets) => {
        held = secrets;
      },
    });
    await other.addShredKey();
    other.close();
    expect([held?.root, ...(held?.shredKeys ?? [])].every((key) => key?.every((byte) => byte === 0))).toBe(true);
  });

  it('does nothing once it is closed', async () => {
    const keyring = createMemoryKeyring(root, [filled(1)]);
    keyring.close();
    keyring.close();
    await expect(() => keyring.bankKey('store')).toFailWith('ERR_CLOSED');
    await expect(() => keyring.scopeKey('ref', identity, filled(9))).toFailWith('ERR_CLOSED');
    await expect(() => keyring.wrapSecret(filled(9))).toFailWith('ERR_CLOSED');
    await expect(() => keyring.unwrapSecret(new Uint8Array(40))).toFailWith('ERR_CLOSED');
    await expect(() => keyring.addShredKey()).toFailWith('ERR_CLOSED');
    await expect(() => keyring.dropOldShredKeys()).toFailWith('ERR_CLOSED');
  });

  it('refuses keys of another length and none or three shred keys', async () => {
    await expect(() => createMemoryKeyring(new Uint8Array(31), [filled(1)])).toFailWith('ERR_KEY_LENGTH');
    await expect(() => createMemoryKeyring(root, [new Uint8Array(33)])).toFailWith('ERR_KEY_LENGTH');
    await expect(() => createMemoryKeyring(root, [])).toFailWith('ERR_KEY_LENGTH');
    await expect(() => createMemoryKeyring(root, [filled(1), filled(2), filled(3)])).toFailWith('ERR_KEY_LENGTH');
  });
});
