import { aessiv } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AesSiv } from './aes-siv.js';
import { createSivCiphers, type SivCiphers } from './block-cipher.js';

const key = fc.uint8Array({ minLength: 64, maxLength: 64 });
const value = fc.uint8Array({ maxLength: 70 });
const rows = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 20 });

/** Every length at which S2V or CTR changes its ways: around one block, and around two. */
const EDGES = [0, 1, 14, 15, 16, 17, 31, 32, 33, 47, 48];

describe('AES-256-SIV', () => {
  it('opens what it sealed', () => {
    fc.assert(
      fc.property(key, value, fc.array(value, { maxLength: 4 }), (k, plaintext, ad) => {
        const siv = new AesSiv(k);
        expect(siv.open(siv.seal(plaintext, ...ad), ...ad)).toEqual(plaintext);
      }),
    );
  });

  it('equals @noble/ciphers at every length around a block', () => {
    const k = Uint8Array.from({ length: 64 }, (_, i) => 3 * i);
    const siv = new AesSiv(k);
    for (const length of EDGES) {
      for (const adLength of EDGES) {
        const [plaintext, ad] = [new Uint8Array(length).fill(7), new Uint8Array(adLength).fill(9)];
        expect(siv.seal(plaintext, ad)).toEqual(aessiv(k, ad).encrypt(plaintext));
      }
    }
  });

  it('equals @noble/ciphers for any key, value and components', () => {
    fc.assert(
      fc.property(key, value, fc.array(value, { maxLength: 4 }), (k, plaintext, ad) => {
        expect(new AesSiv(k).seal(plaintext, ...ad)).toEqual(aessiv(k, ...ad).encrypt(plaintext));
      }),
    );
  });

  it('gives in a batch what it gives one at a time, for values of mixed lengths', () => {
    fc.assert(
      fc.property(key, rows, (k, pairs) => {
        const siv = new AesSiv(k);
        const [plaintexts, ad] = [pairs.map(([p]) => p), pairs.map(([, a]) => a)];
        const sealed = siv.sealMany(plaintexts, ad);
        expect(sealed).toEqual(pairs.map(([p, a]) => siv.seal(p, a)));
        expect(siv.openMany(sealed, ad)).toEqual(plaintexts);
      }),
    );
  });

  it('gives the same across the border of a chunk', () => {
    const siv = new AesSiv(new Uint8Array(64).fill(5));
    const values = Array.from({ length: 2500 }, (_, i) => Buffer.from(`value ${i}`.repeat(1 + (i % 4))));
    const sealed = siv.sealMany(values, values);
    expect(sealed).toHaveLength(values.length);
    for (const i of [0, 1023, 1024, 2047, 2048, 2499]) expect(sealed[i]).toEqual(siv.seal(values[i] as Buffer, values[i] as Buffer));
    expect(siv.openMany(sealed, values).every((opened, i) => Buffer.compare(opened as Uint8Array, values[i] as Buffer) === 0)).toBe(true);
  });

  it('refuses a change of any one byte, a cut at any byte, and one byte more', () => {
    const siv = new AesSiv(new Uint8Array(64).fill(1));
    const ad = Buffer.from('table\x1fcolumn\x1fid');
    const sealed = siv.seal(Buffer.from('8613800138000 and some more'), ad);
    for (let i = 0; i < sealed.length; i++) {
      for (const flip of [1, 0x80, 0xff]) {
        const changed = Uint8Array.from(sealed);
        changed[i] = (changed[i] as number) ^ flip;
        expect(siv.open(changed, ad)).toBeUndefined();
      }
      expect(siv.open(sealed.subarray(0, i), ad)).toBeUndefined();
    }
    expect(siv.open(Uint8Array.of(...sealed, 0), ad)).toBeUndefined();
    expect(siv.open(sealed, ad)).toBeDefined();
  });

  it('opens the good rows of a batch beside bad ones', () => {
    const siv = new AesSiv(new Uint8Array(64).fill(1));
    const ad = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')];
    const sealed = siv.sealMany([Buffer.from('one'), Buffer.from('two'), Buffer.from('three')], ad);
    const opened = siv.openMany([sealed[0] as Uint8Array, new Uint8Array(3), sealed[2] as Uint8Array], ad);
    expect(opened.map((value) => value && Buffer.from(value).toString())).toEqual(['one', undefined, 'three']);
  });

  it('refuses another key and other associated data', () => {
    const sealed = new AesSiv(new Uint8Array(64).fill(1)).seal(Buffer.from('x'), Buffer.from('a'));
    expect(new AesSiv(new Uint8Array(64).fill(2)).open(sealed, Buffer.from('a'))).toBeUndefined();
    expect(new AesSiv(new Uint8Array(64).fill(1)).open(sealed, Buffer.from('b'))).toBeUndefined();
    expect(new AesSiv(new Uint8Array(64).fill(1)).open(sealed)).toBeUndefined();
    expect(new AesSiv(new Uint8Array(64).fill(1)).open(sealed, Buffer.from('a'), new Uint8Array(0))).toBeUndefined();
  });

  it('works with ciphers whose key lies elsewhere, in three calls for a batch of one length', () => {
    const key64 = new Uint8Array(64).fill(3);
    let calls = 0;
    const inner = createSivCiphers(key64);
    const counting = (cipher: SivCiphers['mac']): SivCiphers['mac'] => ({
      encrypt: (input, output) => {
        calls++;
        cipher.encrypt(input, output);
      },
      close: () => cipher.close(),
    });
    const siv = new AesSiv({ mac: counting(inner.mac), ctr: counting(inner.ctr) });
    const values = Array.from({ length: 1000 }, (_, i) => Buffer.from(`value ${1000 + i}`));
    calls = 0;
    expect(siv.sealMany(values, values)).toEqual(new AesSiv(key64).sealMany(values, values));
    expect(calls).toBe(3);
  });

  it('takes 126 components and no more', async () => {
    const siv = new AesSiv(new Uint8Array(64));
    const component = new Uint8Array(1);
    expect(siv.seal(component, ...new Array<Uint8Array>(126).fill(component))).toHaveLength(17);
    await expect(() => siv.seal(component, ...new Array<Uint8Array>(127).fill(component))).toFailWith('ERR_TOO_MANY_COMPONENTS');
  });

  it('refuses keys of another length, lists of two lengths, and work after it was closed', async () => {
    await expect(() => new AesSiv(new Uint8Array(32))).toFailWith('ERR_KEY_LENGTH');
    const siv = new AesSiv(new Uint8Array(64));
    await expect(() => siv.sealMany([new Uint8Array(1)], [])).toFailWith('ERR_LENGTH_MISMATCH');
    await expect(() => siv.openMany([], [new Uint8Array(1)])).toFailWith('ERR_LENGTH_MISMATCH');
    siv.close();
    siv.close();
    await expect(() => siv.seal(new Uint8Array(1))).toFailWith('ERR_CLOSED');
    await expect(() => siv.open(new Uint8Array(17))).toFailWith('ERR_CLOSED');
  });
});
