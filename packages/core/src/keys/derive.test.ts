import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Name } from '../identifiers/name.js';
import { deriveBankKey, deriveScopeKey, type ScopeUse, scopeContext } from './derive.js';

const root = Uint8Array.from({ length: 32 }, (_, i) => i);
const secret = Uint8Array.from({ length: 32 }, (_, i) => 32 + i);
const named = (text: string): Name => text as Name;
const identity = {
  bank: named('bank'),
  vendor: named('vendor-42'),
  purpose: named('marketing.insurance.term-life'),
  campaign: named('c-2026-11'),
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/).map(named);
const use = fc.constantFrom<ScopeUse>('ref', 'dial', 'numeric');
const parts = fc.tuple(use, fc.record({ bank: name, vendor: name, purpose: name, campaign: name }));

describe('key derivation', () => {
  it('writes the context of a scope with U+001F between its parts', () => {
    expect(Buffer.from(scopeContext('ref', identity)).toString()).toBe(
      'numbra/v1\x1fref\x1fbank\x1fvendor-42\x1fmarketing.insurance.term-life\x1fc-2026-11',
    );
  });

  it('gives two scopes or uses two contexts', () => {
    fc.assert(
      fc.property(parts, parts, ([useA, a], [useB, b]) => {
        const same = useA === useB && (Object.keys(a) as (keyof typeof a)[]).every((key) => a[key] === b[key]);
        expect(hex(scopeContext(useA, a)) === hex(scopeContext(useB, b))).toBe(same);
      }),
    );
  });

  it('moves no letter from one name to the next', () => {
    const a = { ...identity, vendor: named('ab'), purpose: named('c') };
    const b = { ...identity, vendor: named('a'), purpose: named('bc') };
    expect(scopeContext('ref', a)).not.toEqual(scopeContext('ref', b));
  });

  it('fits the longest names into an HKDF info', () => {
    const longest = named('x'.repeat(64));
    const key = deriveScopeKey(root, secret, 'numeric', { bank: longest, vendor: longest, purpose: longest, campaign: longest });
    expect(key).toHaveLength(32);
  });

  it('derives scope keys of the lengths their ciphers take', () => {
    expect(hex(deriveScopeKey(root, secret, 'ref', identity))).toMatch(/^4a632126866e066a.{112}$/);
    expect(hex(deriveScopeKey(root, secret, 'dial', identity))).toMatch(/^6c03dedb2afc063e.{112}$/);
    expect(hex(deriveScopeKey(root, secret, 'numeric', identity))).toMatch(/^cb89ac48ecc92944.{48}$/);
  });

  it('derives another key when root, secret, use or a name changes', () => {
    const keys = [
      deriveScopeKey(root, secret, 'ref', identity),
      deriveScopeKey(secret, root, 'ref', identity),
      deriveScopeKey(root, root, 'ref', identity),
      deriveScopeKey(root, secret, 'dial', identity),
      ...(['bank', 'vendor', 'purpose', 'campaign'] as const).map((part) =>
        deriveScopeKey(root, secret, 'ref', { ...identity, [part]: named('other') }),
      ),
    ];
    expect(new Set(keys.map(hex)).size).toBe(keys.length);
  });

  it('derives bank keys, each another', () => {
    const lengths = { store: 64, subject: 64, index: 32, decoys: 32, guard: 32 } as const;
    const keys = (Object.keys(lengths) as (keyof typeof lengths)[]).map((key) => {
      const derived = deriveBankKey(root, key);
      expect(derived).toHaveLength(lengths[key]);
      return hex(derived.subarray(0, 32));
    });
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('refuses secrets of another length and names that are none', async () => {
    await expect(() => deriveScopeKey(root.subarray(1), secret, 'ref', identity)).toFailWith('ERR_KEY_LENGTH');
    await expect(() => deriveScopeKey(root, new Uint8Array(0), 'ref', identity)).toFailWith('ERR_KEY_LENGTH');
    await expect(() => deriveBankKey(new Uint8Array(31), 'store')).toFailWith('ERR_KEY_LENGTH');
    for (const wrong of ['', 'a\x1fb', '.a', 'a b', 'ä', 'x'.repeat(65)]) {
      await expect(() => scopeContext('ref', { ...identity, campaign: named(wrong) })).toFailWith('ERR_NAME_INVALID');
    }
  });
});
