/** Every keyring there is, held to one list of vectors: the same root gives the same keys, tokens and wraps wherever it lies. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CustomerId,
  createMemoryKeyring,
  type Keyring,
  type KeyringSecrets,
  openDialToken,
  openReference,
  openScope,
  type Phone,
  parseName,
  Sensitive,
  sealDialToken,
  sealNumericToken,
  sealReference,
} from '@numbra/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPassphraseFile } from './passphrase-file.js';
import { createPkcs11Keyring, openPkcs11Keyring, type Pkcs11Mode } from './pkcs11/index.js';
import { makeTokens, NEEDS_SOFTHSM, pin, type SoftHsm, softhsm } from './pkcs11/softhsm.fixture.js';
import { newFileKey, sealSecrets, wipeFileKey } from './sealed-secrets.js';
import { createKmsKeyring, createTransit, openKmsKeyring } from './transit/index.js';
import { startTransitServer, TOKEN, type TransitServer } from './transit/transit-server.fixture.js';

const vectors = JSON.parse(readFileSync(new URL('../../core/src/tokens/vectors/tokens.json', import.meta.url), 'utf8'));
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const name = (text: string) => parseName(text)!;
const identity = {
  bank: name(vectors.identity.bank),
  vendor: name(vectors.identity.vendor),
  purpose: name(vectors.identity.purpose),
  campaign: name(vectors.identity.campaign),
};
const campaignSecret = bytes(vectors.campaignSecret);
const secrets: KeyringSecrets = { root: bytes(vectors.root), shredKeys: [new Uint8Array(32).fill(0x5e)] };

let folder: string;
let server: TransitServer;
let hsm: SoftHsm | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra keyrings '));
  server = await startTransitServer();
  if (softhsm) hsm = makeTokens('numbra');
});
afterAll(async () => {
  await server.close();
  hsm?.remove();
  await rm(folder, { recursive: true });
});

/** Makes what a keyring is opened from. Each call of what it returns opens it once, as a process of its own would. */
type Make = () => Promise<() => Promise<Keyring>>;

const inToken =
  (mode: Pkcs11Mode): Make =>
  async () => {
    const location = { library: softhsm ?? '', token: 'numbra', name: mode };
    (await createPkcs11Keyring(location, pin, { mode, secrets })).close();
    return () => openPkcs11Keyring(location, pin);
  };
const keyrings: Readonly<Record<string, Make>> = {
  memory: async () => async () => createMemoryKeyring(secrets.root, secrets.shredKeys),
  'passphrase-file': async () => {
    const passphrase = new Sensitive('correct horse battery');
    const path = join(folder, 'passphrase.json');
    const random = (length: number) => new Uint8Array(length).fill(1);
    const fileKey = await newFileKey(passphrase, random, { N: 2 ** 14, r: 8, p: 1 });
    await writeFile(path, sealSecrets(secrets, fileKey, random));
    wipeFileKey(fileKey);
    return () => openPassphraseFile(path, passphrase);
  },
  transit: async () => {
    const kms = createTransit({ address: server.address, token: new Sensitive(TOKEN) });
    const path = join(folder, 'transit.json');
    (await createKmsKeyring(path, kms, { secrets })).close();
    return () => openKmsKeyring(path, kms);
  },
  ...(softhsm ? { 'pkcs11, wrap': inToken('wrap'), 'pkcs11, inside': inToken('inside') } : {}),
};

it.skipIf(!softhsm)(`counts both modes of a PKCS#11 token among them (${NEEDS_SOFTHSM})`, () => {
  expect(Object.keys(keyrings)).toHaveLength(5);
});

describe.each(Object.keys(keyrings))('%s', (kind) => {
  let keyring: Keyring;
  let open: () => Promise<Keyring>;
  beforeAll(async () => {
    open = await (keyrings[kind] as Make)();
    keyring = await open();
  });
  afterAll(() => keyring.close());

  it('says its kind, and that it has one shred key', () => {
    expect(kind.startsWith(keyring.kind)).toBe(true);
    expect(keyring.shredKeys).toBe(1);
  });

  it('seals and opens the tokens of the vectors', async () => {
    const scope = await openScope(keyring, { identity, tag: bytes(vectors.tag), campaignSecret });
    const [{ id, token }] = vectors.references;
    expect(sealReference(scope, id as CustomerId)).toBe(token);
    expect(openReference(scope, token)).toBe(id);
    const phone = new Sensitive('8613800138000' as Phone);
    const dial = 'nd1_oKGio6SlUXrLN3Xcrk74MqpCO7x2b9rFOkJWPu1F8sneQs2P';
    expect(sealDialToken(scope, phone, token)).toBe(dial);
    expect(openDialToken(scope, dial)).toBeDefined();
    expect(sealNumericToken(scope, 32_000)).toBe('990368160566520');
    scope.close();
  });

  it('derives the keys of the vectors, or keeps those inside that it must not give', async () => {
    expect(hex(await keyring.scopeKey('numeric', identity, campaignSecret))).toBe(vectors.keys.numeric);
    if (keyring.scopeCiphers) {
      await expect(() => keyring.scopeKey('ref', identity, campaignSecret)).toFailWith('ERR_KEYRING_KEY_STAYS');
    } else {
      expect(hex(await keyring.scopeKey('ref', identity, campaignSecret))).toBe(vectors.keys.ref);
      expect(hex(await keyring.scopeKey('dial', identity, campaignSecret))).toBe(vectors.keys.dial);
    }
    const memory = createMemoryKeyring(secrets.root, secrets.shredKeys);
    for (const bankKey of ['store', 'subject', 'index', 'decoys', 'guard'] as const) {
      expect(hex(await keyring.bankKey(bankKey))).toBe(hex(await memory.bankKey(bankKey)));
    }
  });

  it('wraps to the same bytes, opens them, and opens no other', async () => {
    const wrapped = await keyring.wrapSecret(campaignSecret);
    expect(wrapped).toEqual(await createMemoryKeyring(secrets.root, secrets.shredKeys).wrapSecret(campaignSecret));
    expect(await keyring.unwrapSecret(wrapped)).toEqual(campaignSecret);
    wrapped[0] = (wrapped[0] as number) ^ 1;
    await expect(() => keyring.unwrapSecret(wrapped)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
  });

  it('refuses keys of another length and names that are not well formed', async () => {
    await expect(() => keyring.wrapSecret(campaignSecret.subarray(1))).toFailWith('ERR_KEY_LENGTH');
    await expect(() => keyring.scopeKey('numeric', identity, campaignSecret.subarray(1))).toFailWith('ERR_KEY_LENGTH');
    const crooked = { ...identity, vendor: 'a\u001fb' as typeof identity.vendor };
    await expect(() => keyring.scopeKey('numeric', crooked, campaignSecret)).toFailWith('ERR_NAME_INVALID');
  });

  it('shreds: two shred keys, then the newer one', async () => {
    const old = await keyring.wrapSecret(campaignSecret);
    await keyring.addShredKey();
    expect(keyring.shredKeys).toBe(2);
    await expect(() => keyring.addShredKey()).toFailWith('ERR_KEYRING_SHRED_UNFINISHED');
    expect(await keyring.unwrapSecret(old)).toEqual(campaignSecret);
    const fresh = await keyring.wrapSecret(campaignSecret);
    await keyring.dropOldShredKeys();
    expect(keyring.shredKeys).toBe(1);
    expect(await keyring.unwrapSecret(fresh)).toEqual(campaignSecret);
    await expect(() => keyring.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
  });

  it('reads again what another process shredded, where there is something to read', async () => {
    if (keyring.reload === undefined) return expect(kind).toBe('memory');
    const other = await open();
    await keyring.addShredKey();
    await keyring.dropOldShredKeys();
    const fresh = await keyring.wrapSecret(campaignSecret);
    // A token says that the key it was asked for is gone.
    await expect(() => other.unwrapSecret(fresh)).toFailWith(
      kind.startsWith('pkcs11') ? 'ERR_KEYRING_CHANGED' : 'ERR_KEYRING_SECRET_UNREADABLE',
    );
    await other.reload?.();
    expect(await other.unwrapSecret(fresh)).toEqual(campaignSecret);
    expect(other.shredKeys).toBe(1);
    other.close();
    await expect(() => other.reload?.() as Promise<void>).toFailWith('ERR_CLOSED');
  });
});
