/** The code of docs/guides/bank/keyrings.md, run: the fences there are compared with the regions here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sensitive } from '@numbra/core';
import { createPkcs11Keyring, openPkcs11Keyring } from '@numbra/keyrings/pkcs11';
import { createKmsKeyring, createTransit, type KeyManagementService, openKmsKeyring } from '@numbra/keyrings/transit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTokens, NEEDS_SOFTHSM, PIN, type SoftHsm, softhsm } from './pkcs11/softhsm.fixture.js';
import { startTransitServer, TOKEN, type TransitServer } from './transit/transit-server.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'numbra guide '));
const file = join(folder, 'keyring.json');
let server: TransitServer;
let hsm: SoftHsm | undefined;
beforeAll(async () => {
  server = await startTransitServer();
  if (softhsm) hsm = makeTokens('numbra');
});
afterAll(async () => {
  await server.close();
  hsm?.remove();
  rmSync(folder, { recursive: true });
});

it.skipIf(!softhsm)(`makes and opens a keyring in a token (${NEEDS_SOFTHSM})`, async () => {
  const library = softhsm ?? '';
  const pinText = PIN;
  // #region pkcs11
  const location = { library, token: 'numbra', name: 'demo-bank' };
  const pin = new Sensitive(pinText);
  (await createPkcs11Keyring(location, pin, { mode: 'inside' })).close();

  const keyring = await openPkcs11Keyring(location, pin);
  // #endregion
  expect(keyring.scopeCiphers).toBeDefined();
  keyring.close();
});

it('makes and opens a keyring behind a Transit engine', async () => {
  const { address } = server;
  const tokenText = TOKEN;
  // #region transit
  const kms = createTransit({ address, token: new Sensitive(tokenText) });
  (await createKmsKeyring(file, kms, { name: 'demo-bank' })).close();

  const keyring = await openKmsKeyring(file, kms);
  // #endregion
  expect(keyring.kind).toBe('transit');
  keyring.close();
});

it('takes any service that does four things', async () => {
  const kept = new Map<string, Uint8Array>();
  const service: KeyManagementService = {
    kind: 'another-cloud',
    createKey: async () => {},
    encrypt: async (name, plaintext) => {
      kept.set(name, Uint8Array.from(plaintext));
      return name;
    },
    decrypt: async (name) => Uint8Array.from(kept.get(name) ?? []),
    deleteKey: async (name) => void kept.delete(name),
  };
  const made = await createKmsKeyring(join(folder, 'other.json'), service);
  expect(await (await openKmsKeyring(join(folder, 'other.json'), service)).bankKey('index')).toEqual(await made.bankKey('index'));
});
