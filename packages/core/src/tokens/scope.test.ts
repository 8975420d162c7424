import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveScopeKey } from '../keys/derive.js';
import { createMemoryKeyring, type Keyring } from '../keys/keyring.js';
import { type BlockCipher, createSivCiphers, type SivCiphers } from './block-cipher.js';
import { openDialToken, sealDialToken } from './dial-token.js';
import { openNumericToken, sealNumericToken } from './numeric.js';
import { openReference, openReferences, sealReference, sealReferences } from './reference.js';
import { openScope, Scope, type ScopeSettings } from './scope.js';
import { bytes } from './vectors/foreign.js';
import { customer, name, phone, vectorScope, vectors } from './vectors/scopes.js';

const settings = (): ScopeSettings => ({
  identity: vectors.identity,
  tag: bytes(vectors.tag),
  referenceKey: bytes(vectors.keys.ref),
  dialKey: bytes(vectors.keys.dial),
});

/** Counts the calls of a cipher: a PKCS#11 token pays for each. */
function counted(ciphers: SivCiphers): { readonly ciphers: SivCiphers; readonly calls: { mac: number; ctr: number; closed: number } } {
  const calls = { mac: 0, ctr: 0, closed: 0 };
  const wrap = (cipher: BlockCipher, key: 'mac' | 'ctr'): BlockCipher => ({
    encrypt: (input, output) => {
      calls[key]++;
      cipher.encrypt(input, output);
    },
    close: () => {
      calls.closed++;
      cipher.close();
    },
  });
  return { ciphers: { mac: wrap(ciphers.mac, 'mac'), ctr: wrap(ciphers.ctr, 'ctr') }, calls };
}

describe('a scope', () => {
  it('opens from a keyring with the keys of its identity', async () => {
    const keyring = createMemoryKeyring(bytes(vectors.root), [new Uint8Array(32)]);
    const scope = await openScope(keyring, {
      identity: vectors.identity,
      tag: bytes(vectors.tag),
      campaignSecret: bytes(vectors.campaignSecret),
    });
    expect(sealReference(scope, customer('C000123'))).toBe(vectors.references[0]?.token);
    expect(sealNumericToken(scope, 1)).toBe(vectors.numericTokens[0]?.token);
    expect(scope.tag).toEqual(bytes(vectors.tag));
    expect(scope.identity).toEqual(vectors.identity);
  });

  it('has keys of its own: no two scopes seal one customer alike', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/).map(name);
    const identity = fc.record({ bank: part, vendor: part, purpose: part, campaign: part });
    fc.assert(
      fc.property(identity, identity, (one, two) => {
        const [a, b] = [vectorScope({ identity: one }), vectorScope({ identity: two })];
        const [ofA, ofB] = [sealReference(a, customer('C1')), sealReference(b, customer('C1'))];
        const same = JSON.stringify(one) === JSON.stringify(two);
        expect(ofA === ofB).toBe(same);
        expect(openReference(b, ofA)).toBe(same ? 'C1' : undefined);
        const token = sealDialToken(a, phone('8613800138000'), ofA);
        expect(openDialToken(b, token) !== undefined).toBe(same);
      }),
      { numRuns: 50 },
    );
  });

  it('works with ciphers whose key lies elsewhere, in one call a pass', async () => {
    const { ciphers, calls } = counted(createSivCiphers(bytes(vectors.keys.ref)));
    const scope = new Scope({ ...settings(), referenceKey: ciphers });
    const ids = Array.from({ length: 1024 }, (_, i) => customer(`C${i}`));
    calls.mac = 0;
    const references = sealReferences(scope, ids);
    expect(references).toEqual(sealReferences(vectorScope(), ids));
    expect(calls).toEqual({ mac: 1, ctr: 1, closed: 0 });
    expect(openReferences(scope, references)).toEqual(ids);
    expect(calls).toEqual({ mac: 2, ctr: 2, closed: 0 });
    scope.close();
    expect(calls.closed).toBe(2);
  });

  it('asks a keyring for ciphers where the keyring has them', async () => {
    const inner = createMemoryKeyring(bytes(vectors.root), [new Uint8Array(32)]);
    const asked: string[] = [];
    const keyring: Keyring = {
      kind: 'elsewhere',
      shredKeys: 1,
      scopeKey: async (use, identity, secret) => {
        asked.push(`key ${use}`);
        return inner.scopeKey(use, identity, secret);
      },
      scopeCiphers: async (use, identity, secret) => {
        asked.push(`ciphers ${use}`);
        return createSivCiphers(await inner.scopeKey(use, identity, secret));
      },
      bankKey: (use) => inner.bankKey(use),
      wrapSecret: (secret) => inner.wrapSecret(secret),
      unwrapSecret: (wrapped) => inner.unwrapSecret(wrapped),
      addShredKey: () => inner.addShredKey(),
      dropOldShredKeys: () => inner.dropOldShredKeys(),
      close: () => inner.close(),
    };
    const { identity } = vectors;
    const scope = await openScope(keyring, { identity, tag: bytes(vectors.tag), campaignSecret: bytes(vectors.campaignSecret) });
    expect(asked).toEqual(['ciphers ref', 'ciphers dial', 'key numeric']);
    expect(sealReference(scope, customer('C000123'))).toBe(vectors.references[0]?.token);
  });

  it('wipes the keys it was handed by the keyring, also when it does not open', async () => {
    const handed: Uint8Array[] = [];
    const inner = createMemoryKeyring(bytes(vectors.root), [new Uint8Array(32)]);
    const keyring = Object.create(inner, {
      scopeKey: {
        value: async (use: 'ref') => {
          const key = deriveScopeKey(bytes(vectors.root), bytes(vectors.campaignSecret), use, vectors.identity);
          handed.push(key);
          return key;
        },
      },
    }) as Keyring;
    const { identity } = vectors;
    const open = (tag: Uint8Array) => openScope(keyring, { identity, tag, campaignSecret: bytes(vectors.campaignSecret) });
    await open(bytes(vectors.tag));
    await expect(() => open(new Uint8Array(5))).toFailWith('ERR_TAG_LENGTH');
    expect(handed).toHaveLength(6);
    expect(handed.every((key) => key.every((byte) => byte === 0))).toBe(true);
  });

  it('keeps its own copy of the tag', () => {
    const tag = bytes(vectors.tag);
    const scope = vectorScope({ tag });
    tag.fill(0);
    scope.tag.fill(0);
    expect(sealReference(scope, customer('C000123'))).toBe(vectors.references[0]?.token);
  });

  it('is refused with a wrong tag, reference length, key or name', async () => {
    await expect(() => new Scope({ ...settings(), tag: new Uint8Array(5) })).toFailWith('ERR_TAG_LENGTH');
    for (const referenceLength of [0, 13, 15, 28, 30, 14.5, 269, Number.NaN]) {
      await expect(() => new Scope({ ...settings(), referenceLength })).toFailWith('ERR_REFERENCE_LENGTH');
    }
    await expect(() => new Scope({ ...settings(), referenceKey: new Uint8Array(32) })).toFailWith('ERR_KEY_LENGTH');
    await expect(() => new Scope({ ...settings(), dialKey: new Uint8Array(63) })).toFailWith('ERR_KEY_LENGTH');
    await expect(() => new Scope({ ...settings(), numericKey: new Uint8Array(16) })).toFailWith('ERR_KEY_LENGTH');
    const identity = { ...vectors.identity, purpose: name('a\x1fb') };
    await expect(() => new Scope({ ...settings(), identity })).toFailWith('ERR_NAME_INVALID');
  });

  it('has no numeric tokens without a numeric key', async () => {
    const scope = new Scope(settings());
    await expect(() => sealNumericToken(scope, 1)).toFailWith('ERR_NUMERIC_KEY_MISSING');
    await expect(() => openNumericToken(scope, '990441339638528', 10)).toFailWith('ERR_NUMERIC_KEY_MISSING');
  });

  it('seals and opens nothing once it is closed', async () => {
    const scope = vectorScope();
    const reference = sealReference(scope, customer('C1'));
    scope.close();
    scope.close();
    await expect(() => sealReference(scope, customer('C1'))).toFailWith('ERR_CLOSED');
    await expect(() => openReference(scope, reference)).toFailWith('ERR_CLOSED');
    await expect(() => sealDialToken(scope, phone('8613800138000'), reference)).toFailWith('ERR_CLOSED');
    await expect(() => openDialToken(scope, reference)).toFailWith('ERR_CLOSED');
    await expect(() => sealNumericToken(scope, 1)).toFailWith('ERR_CLOSED');
  });

  it('shows no key when it is printed', () => {
    expect(JSON.stringify(vectorScope())).not.toContain(vectors.keys.ref.slice(0, 8));
  });
});
