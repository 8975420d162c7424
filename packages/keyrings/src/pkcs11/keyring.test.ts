import { join } from 'node:path';
import { createMemoryKeyring, type Keyring, openScope, parseName, Sensitive, sealReferences } from '@numbra/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPkcs11Keyring, openPkcs11Keyring, type Pkcs11Location, type Pkcs11Mode } from './index.js';
import { loadModule } from './module.js';
import { makeTokens, NEEDS_SOFTHSM, pin, type SoftHsm, softhsm } from './softhsm.fixture.js';

const secret = Uint8Array.from({ length: 32 }, (_, i) => i + 32);
const identity = {
  bank: parseName('bank')!,
  vendor: parseName('vendor-42')!,
  purpose: parseName('marketing')!,
  campaign: parseName('c-2026-11')!,
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
/** As pkcs11js throws what a token returns. */
const raise = (code: number) => {
  throw Object.assign(new Error('CKR'), { code });
};

describe.skipIf(!softhsm)(`a keyring in a PKCS#11 token (${NEEDS_SOFTHSM})`, () => {
  let hsm: SoftHsm;
  let count = 0;
  const at = (over: Partial<Pkcs11Location> = {}): Pkcs11Location => ({
    library: hsm.library,
    token: 'numbra',
    name: `bank-${++count}`,
    ...over,
  });
  const keysOf = async (keyring: Keyring) => [
    hex(await keyring.bankKey('store')),
    hex(await keyring.scopeKey('numeric', identity, secret)),
  ];
  /** Everything that lies in the token, by number of objects. */
  const objectsIn = async (token = 'numbra'): Promise<number> => {
    const { cryptoki, release } = await loadModule(hsm.library);
    const { openSession } = await import('./module.js');
    const session = openSession(cryptoki, hsm.library, token, pin);
    cryptoki.C_FindObjectsInit(session.session, []);
    const found = cryptoki.C_FindObjects(session.session, 1000).length;
    cryptoki.C_FindObjectsFinal(session.session);
    session.close();
    release();
    return found;
  };

  beforeAll(() => {
    hsm = makeTokens('numbra', 'twin', 'twin', 'guarded');
  });
  afterAll(() => hsm.remove());

  describe.each<Pkcs11Mode>(['wrap', 'inside'])('in the mode %s', (mode) => {
    it('holds the same keys when it is opened again', async () => {
      const location = at();
      const made = await createPkcs11Keyring(location, pin, { mode });
      const wrapped = await made.wrapSecret(secret);
      const keys = await keysOf(made);
      made.close();
      const opened = await openPkcs11Keyring(location, pin);
      expect([opened.kind, opened.shredKeys]).toEqual(['pkcs11', 1]);
      expect(await keysOf(opened)).toEqual(keys);
      expect(await opened.unwrapSecret(wrapped)).toEqual(secret);
      opened.close();
    });

    it('wraps as a keyring in memory does, bit for bit', async () => {
      const root = new Uint8Array(32).fill(1);
      const shredKeys = [new Uint8Array(32).fill(2), new Uint8Array(32).fill(3)];
      const memory = createMemoryKeyring(root, shredKeys);
      const keyring = await createPkcs11Keyring(at(), pin, { mode, secrets: { root, shredKeys } });
      expect(keyring.shredKeys).toBe(2);
      expect(await keyring.wrapSecret(secret)).toEqual(await memory.wrapSecret(secret));
      const older = await createMemoryKeyring(root, [new Uint8Array(32).fill(2)]).wrapSecret(secret);
      expect(await keyring.unwrapSecret(older)).toEqual(secret);
      keyring.close();
    });

    it('adds a shred key and drops the old one, for good', async () => {
      const location = at();
      const keyring = await createPkcs11Keyring(location, pin, { mode });
      const old = await keyring.wrapSecret(secret);
      await keyring.addShredKey();
      await expect(() => keyring.addShredKey()).toFailWith('ERR_KEYRING_SHRED_UNFINISHED');
      const again = await openPkcs11Keyring(location, pin);
      expect(again.shredKeys).toBe(2);
      again.close();
      const fresh = await keyring.wrapSecret(secret);
      expect(await keyring.unwrapSecret(old)).toEqual(secret);
      await keyring.dropOldShredKeys();
      await keyring.dropOldShredKeys();
      keyring.close();
      const opened = await openPkcs11Keyring(location, pin);
      expect(opened.shredKeys).toBe(1);
      expect(await opened.unwrapSecret(fresh)).toEqual(secret);
      await expect(() => opened.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
      opened.close();
    });

    it('refuses a change that another process has come before, and leaves it as it was', async () => {
      const location = at();
      const one = await createPkcs11Keyring(location, pin, { mode });
      const other = await openPkcs11Keyring(location, pin);
      await one.addShredKey();
      await expect(() => other.addShredKey()).toFailWith('ERR_KEYRING_CHANGED');
      await expect(() => other.dropOldShredKeys()).toFailWith('ERR_KEYRING_CHANGED');
      expect(one.shredKeys).toBe(2);
      await one.dropOldShredKeys();
      // The key that the other one knows is destroyed: it must be opened again, not guess.
      await expect(() => other.wrapSecret(secret)).toFailWith('ERR_KEYRING_CHANGED');
      one.close();
      other.close();
    });

    it('gives nothing after it was closed, and closes once', async () => {
      const location = at();
      const keyring = await createPkcs11Keyring(location, pin, { mode });
      keyring.close();
      keyring.close();
      await expect(() => keyring.bankKey('store')).toFailWith('ERR_CLOSED');
      await expect(() => keyring.scopeKey('numeric', identity, secret)).toFailWith('ERR_CLOSED');
      await expect(() => keyring.wrapSecret(secret)).toFailWith('ERR_CLOSED');
      await expect(() => keyring.unwrapSecret(secret)).toFailWith('ERR_CLOSED');
      await expect(() => keyring.addShredKey()).toFailWith('ERR_CLOSED');
      await expect(() => keyring.dropOldShredKeys()).toFailWith('ERR_CLOSED');
    });

    it('refuses to be made where one is, and leaves that one as it was', async () => {
      const location = at();
      const keyring = await createPkcs11Keyring(location, pin, { mode });
      const before = [await objectsIn(), ...(await keysOf(keyring))];
      await expect(() => createPkcs11Keyring(location, pin, { mode })).toFailWith('ERR_KEYRING_EXISTS');
      expect([await objectsIn(), ...(await keysOf(keyring))]).toEqual(before);
      keyring.close();
    });

    it('shows no key to who has the PIN', async () => {
      const location = at();
      (await createPkcs11Keyring(location, pin, { mode })).close();
      const { cryptoki, release } = await loadModule(hsm.library);
      const { openSession } = await import('./module.js');
      const token = openSession(cryptoki, hsm.library, 'numbra', pin);
      const { findKey, readManifest, rootLabel, shredLabel } = await import('./objects.js');
      const { draw } = readManifest(token, location.name);
      for (const label of [rootLabel(location.name, draw), shredLabel(location.name, draw)]) {
        expect(() => cryptoki.C_GetAttributeValue(token.session, findKey(token, label), [{ type: 0x11 }])).toThrow(
          'CKR_ATTRIBUTE_SENSITIVE',
        );
        // Extractable, wrap, unwrap, sign, verify, derive: none is allowed, whatever the token's defaults are.
        const denied = [0x162, 0x106, 0x107, 0x108, 0x10a, 0x10c].map((type) => ({ type }));
        const answers = cryptoki.C_GetAttributeValue(token.session, findKey(token, label), denied);
        expect(answers.map(({ value }) => Buffer.from(value)[0])).toEqual([0, 0, 0, 0, 0, 0]);
      }
      token.close();
      release();
    });

    it('says that a key is gone from the token', async () => {
      for (const which of ['root', 'shred'] as const) {
        const location = at();
        (await createPkcs11Keyring(location, pin, { mode })).close();
        const { cryptoki, release } = await loadModule(hsm.library);
        const { openSession } = await import('./module.js');
        const token = openSession(cryptoki, hsm.library, 'numbra', pin);
        const { destroy, findKey, readManifest, rootLabel, shredLabel } = await import('./objects.js');
        const { draw } = readManifest(token, location.name);
        destroy(token, findKey(token, (which === 'root' ? rootLabel : shredLabel)(location.name, draw)));
        token.close();
        release();
        await expect(() => openPkcs11Keyring(location, pin)).toFailWith('ERR_KEYRING_KEY_GONE');
      }
    });
  });

  it('keeps keys of references and dial tokens inside in the mode inside, session keys that end with it', async () => {
    const root = new Uint8Array(32).fill(9);
    const keyring = await createPkcs11Keyring(at(), pin, { mode: 'inside', secrets: { root, shredKeys: [root] } });
    await expect(() => keyring.scopeKey('ref', identity, secret)).toFailWith('ERR_KEYRING_KEY_STAYS');
    await expect(() => keyring.scopeKey('dial', identity, secret)).toFailWith('ERR_KEYRING_KEY_STAYS');
    const settings = { identity, tag: new Uint8Array(6), campaignSecret: secret };
    const before = await objectsIn();
    const scope = await openScope(keyring, settings);
    expect(await objectsIn()).toBe(before + 4);
    const ids = Array.from({ length: 3000 }, (_, i) => `C${i}` as Parameters<typeof sealReferences>[1][number]);
    const inMemory = await openScope(createMemoryKeyring(root, [root]), settings);
    expect(sealReferences(scope, ids)).toEqual(sealReferences(inMemory, ids));
    scope.close();
    expect(await objectsIn()).toBe(before);
    const left = await openScope(keyring, settings);
    keyring.close();
    expect(() => sealReferences(left, ids)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
    left.close();
    expect(await objectsIn()).toBe(before);
  });

  it.each([
    ['cannot digest a key', 'C_DigestKey', 0x67],
    ['has no such mechanism', 'C_DigestInit', 0x70],
    ['has no such function', 'C_DigestKey', 0x54],
  ])('says at once that a token %s, and leaves nothing in it', async (_, member, code) => {
    const before = await objectsIn();
    const load = async (library: string) => {
      const module = await loadModule(library);
      const cryptoki = new Proxy(module.cryptoki, {
        get: (target, asked) => {
          if (asked === member) return () => raise(code);
          return (Reflect.get(target, asked) as (...given: unknown[]) => unknown).bind(target);
        },
      });
      return { cryptoki, release: () => module.release() };
    };
    await expect(() => createPkcs11Keyring(at(), pin, { mode: 'inside', load })).toFailWith('ERR_KEYRING_TOKEN_UNSUITABLE');
    expect(await objectsIn()).toBe(before);
  });

  it('never takes an answer of the token that is shorter than what it was given', async () => {
    const root = new Uint8Array(32).fill(9);
    let isShort = false;
    const load = async (library: string) => {
      const module = await loadModule(library);
      const cryptoki = new Proxy(module.cryptoki, {
        get: (target, asked) => {
          const call = (Reflect.get(target, asked) as (...given: unknown[]) => unknown).bind(target);
          return asked === 'C_Encrypt' && isShort ? (...given: unknown[]) => (call(...given) as Buffer).subarray(1) : call;
        },
      });
      return { cryptoki, release: () => module.release() };
    };
    const keyring = await createPkcs11Keyring(at(), pin, { mode: 'inside', secrets: { root, shredKeys: [root] }, load });
    const scope = await openScope(keyring, { identity, tag: new Uint8Array(6), campaignSecret: secret });
    isShort = true;
    await expect(async () => sealReferences(scope, ['C1' as Parameters<typeof sealReferences>[1][number]])).toFailWith(
      'ERR_KEYRING_TOKEN_FAILED',
    );
    await expect(() => keyring.wrapSecret(secret)).toFailWith('ERR_KEYRING_TOKEN_FAILED');
    isShort = false;
    scope.close();
    keyring.close();
  });

  it('refuses names, secrets and campaign secrets that are malformed, before it touches the token', async () => {
    const before = await objectsIn();
    for (const mode of ['wrap', 'inside'] as const) {
      await expect(() => createPkcs11Keyring(at({ name: 'a/b' }), pin, { mode })).toFailWith('ERR_KEYRING_NAME_INVALID');
      const short = { root: new Uint8Array(31), shredKeys: [new Uint8Array(32)] };
      await expect(() => createPkcs11Keyring(at(), pin, { mode, secrets: short })).toFailWith('ERR_KEY_LENGTH');
      const none = { root: new Uint8Array(32), shredKeys: [] };
      await expect(() => createPkcs11Keyring(at(), pin, { mode, secrets: none })).toFailWith('ERR_KEY_LENGTH');
    }
    expect(await objectsIn()).toBe(before);
    const keyring = await createPkcs11Keyring(at(), pin, { mode: 'inside' });
    await expect(() => keyring.scopeCiphers?.('ref', identity, secret.subarray(1)) ?? Promise.resolve()).toFailWith('ERR_KEY_LENGTH');
    await expect(() => keyring.wrapSecret(secret.subarray(1))).toFailWith('ERR_KEY_LENGTH');
    await expect(() => keyring.unwrapSecret(secret)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    keyring.close();
  });

  it('refuses, by code, what is not there', async () => {
    await expect(() => openPkcs11Keyring(at(), pin)).toFailWith('ERR_KEYRING_ABSENT');
    await expect(() => openPkcs11Keyring(at({ token: 'other' }), pin)).toFailWith('ERR_KEYRING_TOKEN_ABSENT');
    await expect(() => openPkcs11Keyring(at({ token: 'twin' }), pin)).toFailWith('ERR_KEYRING_TOKEN_AMBIGUOUS');
    await expect(() => openPkcs11Keyring(at({ library: join(hsm.folder, 'no.so') }), pin)).toFailWith('ERR_KEYRING_MODULE_UNREADABLE');
    await expect(() => openPkcs11Keyring(at({ library: hsm.configuration }), pin)).toFailWith('ERR_KEYRING_MODULE_UNREADABLE');
  });

  it('tries a wrong PIN once and opens with the right one after it', async () => {
    const location = at({ token: 'guarded' });
    (await createPkcs11Keyring(location, pin, { mode: 'wrap' })).close();
    let tries = 0;
    const load = async (library: string) => {
      const module = await loadModule(library);
      const cryptoki = new Proxy(module.cryptoki, {
        get: (target, member) => {
          if (member === 'C_Login') tries++;
          const found = Reflect.get(target, member) as (...args: unknown[]) => unknown;
          return found.bind(target);
        },
      });
      return { cryptoki, release: () => module.release() };
    };
    await expect(() => openPkcs11Keyring(location, new Sensitive('000000'), { load })).toFailWith('ERR_KEYRING_WRONG_PIN');
    expect(tries).toBe(1);
    const keyring = await openPkcs11Keyring(location, pin);
    // Logged in by this process already: another PIN is still another PIN, and the token is not asked.
    await expect(() => openPkcs11Keyring(location, new Sensitive('000000'), { load })).toFailWith('ERR_KEYRING_WRONG_PIN');
    expect(tries).toBe(1);
    expect(await keyring.bankKey('index')).toHaveLength(32);
    keyring.close();
  });
});
