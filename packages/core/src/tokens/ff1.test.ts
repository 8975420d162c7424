import { FF1 } from '@noble/ciphers/ff1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ff1 } from './ff1.js';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const tweak = fc.uint8Array({ maxLength: 40 });

/** Lengths at which a half changes its arithmetic, and Q or S their number of blocks. */
const LENGTHS = [6, 7, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 56, 57, 58, 72, 73, 74, 90];

const numerals = (length: number) =>
  fc.array(
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((digits) => digits.join('')),
    { minLength: 1, maxLength: 5 },
  );

describe('FF1', () => {
  it.each(LENGTHS)('equals @noble/ciphers and decrypts, %i digits', (length) => {
    fc.assert(
      fc.property(key, tweak, numerals(length), (k, t, texts) => {
        const [ours, theirs] = [new Ff1(k, t), FF1(10, k, t)];
        const extremes = [...texts, '9'.repeat(length), '0'.repeat(length)];
        const encrypted = ours.encrypt(extremes);
        expect(encrypted).toEqual(extremes.map((text) => theirs.encrypt(Array.from(text, Number)).join('')));
        expect(ours.decrypt(encrypted)).toEqual(extremes);
      }),
      { numRuns: 12 },
    );
  });

  it('encrypts halves as it encrypts texts', () => {
    fc.assert(
      fc.property(key, tweak, fc.integer({ min: 6, max: 22 }), fc.bigInt({ min: 0n, max: 10n ** 22n }), (k, t, length, seed) => {
        const ff1 = new Ff1(k, t);
        const text = String(seed % 10n ** BigInt(length)).padStart(length, '0');
        const half = Math.floor(length / 2);
        const [left, right] = [Float64Array.of(Number(text.slice(0, half))), Float64Array.of(Number(text.slice(half)))];
        ff1.encryptHalves(left, right, length);
        const joined = String(left[0]).padStart(half, '0') + String(right[0]).padStart(length - half, '0');
        expect(ff1.encrypt([text])).toEqual([joined]);
        ff1.decryptHalves(left, right, length);
        expect([left[0], right[0]]).toEqual([Number(text.slice(0, half)), Number(text.slice(half))]);
      }),
    );
  });

  it('gives in batches of several chunks what it gives one at a time', () => {
    const ff1 = new Ff1(new Uint8Array(32).fill(4), new Uint8Array(6));
    const texts = Array.from({ length: 2500 }, (_, i) => String(i).padStart(11, '0'));
    const encrypted = ff1.encrypt(texts);
    for (const i of [0, 1023, 1024, 2047, 2048, 2499]) expect(ff1.encrypt([texts[i] as string])).toEqual([encrypted[i]]);
    expect(new Set(encrypted).size).toBe(2500);
    expect(ff1.decrypt(encrypted)).toEqual(texts);
  });

  it('is a permutation of a whole small domain', () => {
    const ff1 = new Ff1(new Uint8Array(32).fill(4), new Uint8Array(6));
    const all = Array.from({ length: 1_000_000 }, (_, i) => i);
    const [left, right] = [Float64Array.from(all, (i) => Math.floor(i / 1000)), Float64Array.from(all, (i) => i % 1000)];
    ff1.encryptHalves(left, right, 6);
    const seen = new Uint8Array(1_000_000);
    for (let i = 0; i < seen.length; i++) seen[(left[i] as number) * 1000 + (right[i] as number)] = 1;
    expect(seen.every((hit) => hit === 1)).toBe(true);
  });

  it('refuses domains under a million, texts of two lengths, other characters, other keys, and work after it was closed', async () => {
    const ff1 = new Ff1(new Uint8Array(32), new Uint8Array(6));
    await expect(() => ff1.encrypt(['12345'])).toFailWith('ERR_FF1_DOMAIN');
    await expect(() => ff1.decrypt([''])).toFailWith('ERR_FF1_DOMAIN');
    await expect(() => ff1.encrypt(['123456', '1234567'])).toFailWith('ERR_FF1_DOMAIN');
    await expect(() => ff1.encrypt(['12345x'])).toFailWith('ERR_FF1_DOMAIN');
    await expect(() => ff1.encrypt(['12345\u0660'])).toFailWith('ERR_FF1_DOMAIN');
    await expect(() => ff1.encryptHalves(new Float64Array(1), new Float64Array(1), 23)).toFailWith('ERR_FF1_DOMAIN');
    await expect(() => ff1.encryptHalves(new Float64Array(1), new Float64Array(2), 11)).toFailWith('ERR_LENGTH_MISMATCH');
    await expect(() => new Ff1(new Uint8Array(16), new Uint8Array(6))).toFailWith('ERR_KEY_LENGTH');
    expect(ff1.encrypt([])).toEqual([]);
    ff1.close();
    await expect(() => ff1.encrypt(['123456'])).toFailWith('ERR_CLOSED');
  });
});
