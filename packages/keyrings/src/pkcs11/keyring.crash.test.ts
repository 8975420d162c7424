/** A token that dies at every single step, before it did what it was asked or after: the keyring opens with the shred keys of before or of after. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cryptoki, createPkcs11Keyring, openPkcs11Keyring, type Pkcs11Location, type Pkcs11Mode } from './index.js';
import { loadModule } from './module.js';
import { makeTokens, NEEDS_SOFTHSM, pin, type SoftHsm, softhsm } from './softhsm.fixture.js';

const secret = new Uint8Array(32).fill(9);
const CHANGES = ['C_GenerateKey', 'C_CreateObject', 'C_DestroyObject'];
const CKR_DEVICE_ERROR = 0x30;

type Death = 'before the change' | 'after the change';

/** Loads a module whose token takes `steps` changes and then answers nothing any more. */
function dyingToken(steps: number, death: Death) {
  let left = steps;
  let isDead = false;
  const die = () => {
    isDead = true;
    throw Object.assign(new Error('CKR_DEVICE_ERROR'), { code: CKR_DEVICE_ERROR });
  };
  const load = async (library: string) => {
    const module = await loadModule(library);
    const cryptoki = new Proxy(module.cryptoki, {
      get:
        (target, member: keyof Cryptoki) =>
        (...args: never[]) => {
          if (isDead && member !== 'C_CloseSession' && member !== 'C_Logout') die();
          const isChange = CHANGES.includes(member);
          if (isChange && left-- === 0) {
            if (death === 'after the change') (target[member] as (...given: never[]) => unknown)(...args);
            die();
          }
          return (target[member] as (...given: never[]) => unknown)(...args);
        },
    });
    return { cryptoki, release: () => module.release() };
  };
  return { load, died: () => isDead };
}

describe.skipIf(!softhsm)(`a keyring in a token that dies at every step (${NEEDS_SOFTHSM})`, () => {
  let hsm: SoftHsm;
  let count = 0;
  const at = (): Pkcs11Location => ({ library: hsm.library, token: 'numbra', name: `bank-${++count}` });
  beforeAll(() => {
    hsm = makeTokens('numbra');
  });
  afterAll(() => hsm.remove());

  const ways = (['wrap', 'inside'] as const satisfies Pkcs11Mode[]).flatMap((mode) =>
    (['before the change', 'after the change'] as const).map((death) => ({ mode, death })),
  );

  describe.each(ways)('mode $mode, $death,', ({ mode, death }) => {
    it('is not there, or opens, after being made; and can be made then', async () => {
      let steps = 0;
      for (; ; steps++) {
        const location = at();
        const { load, died } = dyingToken(steps, death);
        const finished = await createPkcs11Keyring(location, pin, { mode, load }).then(
          (keyring) => keyring.close() ?? true,
          () => false,
        );
        const opened = await openPkcs11Keyring(location, pin).catch((error: { code: string }) => {
          expect(error.code).toBe('ERR_KEYRING_ABSENT');
          expect(finished).toBe(false);
          return createPkcs11Keyring(location, pin, { mode });
        });
        expect(opened.shredKeys).toBe(1);
        expect(await opened.unwrapSecret(await opened.wrapSecret(secret))).toEqual(secret);
        opened.close();
        if (!died()) break;
      }
      expect(steps).toBe(3);
    });

    it('has one shred key or two after adding one, and what was wrapped opens; the shred can be finished', async () => {
      const location = at();
      const made = await createPkcs11Keyring(location, pin, { mode });
      const wrapped = await made.wrapSecret(secret);
      made.close();
      const { load } = dyingToken(0, death);
      const dying = await openPkcs11Keyring(location, pin, { load });
      await expect(() => dying.addShredKey()).toFailWith('ERR_KEYRING_TOKEN_LOST');
      dying.close();
      const opened = await openPkcs11Keyring(location, pin);
      expect(opened.shredKeys).toBe(death === 'before the change' ? 1 : 2);
      expect(await opened.unwrapSecret(wrapped)).toEqual(secret);
      if (opened.shredKeys === 1) await opened.addShredKey();
      await opened.dropOldShredKeys();
      await expect(() => opened.unwrapSecret(wrapped)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
      opened.close();
    });

    it('has two shred keys or the newer one after dropping, never the older alone', async () => {
      const location = at();
      const made = await createPkcs11Keyring(location, pin, { mode });
      const old = await made.wrapSecret(secret);
      await made.addShredKey();
      const fresh = await made.wrapSecret(secret);
      made.close();
      const { load } = dyingToken(0, death);
      const dying = await openPkcs11Keyring(location, pin, { load });
      await expect(() => dying.dropOldShredKeys()).toFailWith('ERR_KEYRING_TOKEN_LOST');
      dying.close();
      const opened = await openPkcs11Keyring(location, pin);
      expect(opened.shredKeys).toBe(death === 'before the change' ? 2 : 1);
      expect(await opened.unwrapSecret(fresh)).toEqual(secret);
      await opened.dropOldShredKeys();
      await expect(() => opened.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
      opened.close();
    });
  });
});
