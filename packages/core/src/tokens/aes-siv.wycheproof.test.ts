/**
 * Wycheproof: `aes_siv_cmac` (one component of associated data) and `aead_aes_siv_cmac` (RFC 5297 §3: associated data, then nonce).
 *
 * Every case runs, one at a time and in one batch. Two thirds have keys of 256 or 384 bits, that is AES-128 or AES-192: the product
 * never makes such a key (`AesSiv` takes 64 bytes), so those run on the same engine over the test's own block cipher.
 */
import { describe, expect, it } from 'vitest';
import { AesSiv } from './aes-siv.js';
import { bytes, hex, readWycheproof, sivCiphersOfAnySize } from './vectors/foreign.js';

interface Group<T> {
  readonly keySize: number;
  readonly tests: readonly T[];
}

interface SivCase {
  readonly tcId: number;
  readonly key: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly result: 'valid' | 'invalid';
}

interface AeadCase extends SivCase {
  readonly iv: string;
  readonly tag: string;
}

const siv = readWycheproof<Group<SivCase>>('aes_siv_cmac_test.json');
const aead = readWycheproof<Group<AeadCase>>('aead_aes_siv_cmac_test.json');
const PRODUCT_KEY_BITS = 512;

const engineFor = (key: string, bits: number): AesSiv =>
  new AesSiv(bits === PRODUCT_KEY_BITS ? bytes(key) : sivCiphersOfAnySize(bytes(key)));

describe('AES-SIV against Wycheproof', () => {
  describe.skipIf(siv === undefined)('aes_siv_cmac', () => {
    const cases = (siv?.testGroups ?? []).flatMap((group) => group.tests.map((test) => ({ ...test, bits: group.keySize })));

    it('has the 442 cases of the file', () => {
      expect(cases).toHaveLength(442);
    });

    it.each([256, 384, 512])('seals and opens what is valid and refuses what is not, keys of %i bits', (bits) => {
      for (const { tcId, key, aad, msg, ct, result } of cases.filter((test) => test.bits === bits)) {
        const engine = engineFor(key, bits);
        const note = `case ${tcId}`;
        const opened = engine.open(bytes(ct), bytes(aad));
        const [openedInBatch] = engine.openMany([bytes(ct)], [bytes(aad)]);
        expect(hex(opened), note).toBe(result === 'valid' ? msg : undefined);
        expect(hex(openedInBatch), note).toBe(hex(opened));
        const sealed = hex(engine.seal(bytes(msg), bytes(aad)));
        expect(sealed === ct, note).toBe(result === 'valid');
        engine.close();
      }
    });
  });

  describe.skipIf(aead === undefined)('aead_aes_siv_cmac', () => {
    const cases = (aead?.testGroups ?? []).flatMap((group) => group.tests.map((test) => ({ ...test, bits: group.keySize })));

    it('has the 900 cases of the file', () => {
      expect(cases).toHaveLength(900);
    });

    it.each([256, 384, 512])('seals and opens what is valid and refuses what is not, keys of %i bits', (bits) => {
      for (const { tcId, key, iv, aad, msg, ct, tag, result } of cases.filter((test) => test.bits === bits)) {
        const engine = engineFor(key, bits);
        const note = `case ${tcId}`;
        expect(hex(engine.open(bytes(tag + ct), bytes(aad), bytes(iv))), note).toBe(result === 'valid' ? msg : undefined);
        const sealed = hex(engine.seal(bytes(msg), bytes(aad), bytes(iv)));
        expect(sealed === tag + ct, note).toBe(result === 'valid');
        engine.close();
      }
    });
  });
});
