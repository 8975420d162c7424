import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryKeyring, type Keyring, Sensitive } from '@numbra/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Disk, realDisk } from '../durable-file.js';
import { createKmsKeyring, createTransit, type KeyManagementService, openKmsKeyring } from './index.js';
import { startTransitServer, TOKEN, type TransitServer } from './transit-server.fixture.js';

const secret = Uint8Array.from({ length: 32 }, (_, i) => i + 32);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

let server: TransitServer;
let kms: KeyManagementService;
let folder: string;
let path: string;
beforeAll(async () => {
  server = await startTransitServer();
  kms = createTransit({ address: server.address, token: new Sensitive(TOKEN), timeoutMs: 60_000 });
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra transit '));
  path = join(folder, 'keyring.json');
  await Promise.all([...server.keys.keys()].map((key) => kms.deleteKey(key)));
});
afterEach(() => {
  server.fault = undefined;
  server.forbidden = undefined;
  return rm(folder, { recursive: true });
});

const create = () => createKmsKeyring(path, kms, { name: 'bank' });
const open = () => openKmsKeyring(path, kms);
const keysOf = async (keyring: Keyring) => hex(await keyring.bankKey('store'));

describe('a keyring behind a key management service', () => {
  it('holds the same keys when it is opened again, and shows none', async () => {
    const made = await create();
    const wrapped = await made.wrapSecret(secret);
    const opened = await open();
    expect([opened.kind, opened.shredKeys]).toEqual(['transit', 1]);
    expect(await keysOf(opened)).toBe(await keysOf(made));
    expect(await opened.unwrapSecret(wrapped)).toEqual(secret);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['keyring.json']);
    expect([...server.keys.keys()].map((name) => name.replace(/[0-9a-f]{16}/, 'draw'))).toEqual(['bank-draw-root', 'bank-draw-shred-1']);
    made.close();
    await expect(() => made.bankKey('store')).toFailWith('ERR_CLOSED');
  });

  it('wraps as a keyring in memory does, bit for bit', async () => {
    const secrets = { root: new Uint8Array(32).fill(1), shredKeys: [new Uint8Array(32).fill(2), new Uint8Array(32).fill(3)] };
    const keyring = await createKmsKeyring(path, kms, { secrets });
    const memory = createMemoryKeyring(secrets.root, secrets.shredKeys);
    expect(await keyring.wrapSecret(secret)).toEqual(await memory.wrapSecret(secret));
    expect(await keysOf(await open())).toBe(await keysOf(memory));
  });

  it('drops a shred key so that an older copy of the file opens nothing', async () => {
    const keyring = await create();
    const old = await keyring.wrapSecret(secret);
    const copy = join(folder, 'copy.json');
    await writeFile(copy, await readFile(path));
    await keyring.addShredKey();
    await expect(() => keyring.addShredKey()).toFailWith('ERR_KEYRING_SHRED_UNFINISHED');
    const both = join(folder, 'both.json');
    await writeFile(both, await readFile(path));
    const fresh = await keyring.wrapSecret(secret);
    await keyring.dropOldShredKeys();
    await keyring.dropOldShredKeys();
    expect(server.keys.size).toBe(2);
    const opened = await open();
    expect(opened.shredKeys).toBe(1);
    expect(await opened.unwrapSecret(fresh)).toEqual(secret);
    await expect(() => opened.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    await expect(() => openKmsKeyring(copy, kms)).toFailWith('ERR_KEYRING_KEY_GONE');
    const half = await openKmsKeyring(both, kms);
    await expect(() => half.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
  });

  it('works on while the service is away, and shreds nothing then', async () => {
    const keyring = await create();
    const wrapped = await keyring.wrapSecret(secret);
    const before = await readFile(path, 'utf8');
    server.fault = () => ({ status: 503 });
    expect(await keyring.unwrapSecret(wrapped)).toEqual(secret);
    await expect(() => keyring.addShredKey()).toFailWith('ERR_KEYRING_KMS_UNAVAILABLE');
    await expect(open).toFailWith('ERR_KEYRING_KMS_UNAVAILABLE');
    expect([keyring.shredKeys, await readFile(path, 'utf8')]).toEqual([1, before]);
    server.fault = undefined;
    await keyring.addShredKey();
    server.fault = () => 'hang up';
    await expect(() => keyring.dropOldShredKeys()).toFailWith('ERR_KEYRING_KMS_UNAVAILABLE');
    expect(keyring.shredKeys).toBe(2);
    expect(await keyring.unwrapSecret(wrapped)).toEqual(secret);
    server.fault = undefined;
    await keyring.dropOldShredKeys();
    await expect(() => keyring.unwrapSecret(wrapped)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
  });

  it('refuses, by code, and leaves file and service as they were', async () => {
    await expect(open).toFailWith('ERR_KEYRING_MISSING');
    await expect(() => createKmsKeyring(path, kms, { name: 'a b' })).toFailWith('ERR_KEYRING_NAME_INVALID');
    await expect(() => createKmsKeyring(path, kms, { secrets: { root: secret, shredKeys: [] } })).toFailWith('ERR_KEY_LENGTH');
    expect(server.keys.size).toBe(0);
    const keyring = await create();
    const before = await readFile(path, 'utf8');
    await expect(create).toFailWith('ERR_KEYRING_EXISTS');
    server.forbidden = /decrypt/;
    await expect(open).toFailWith('ERR_KEYRING_KMS_REFUSED');
    server.forbidden = /POST .*keys/;
    await expect(() => keyring.addShredKey()).toFailWith('ERR_KEYRING_KMS_REFUSED');
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(server.keys.size).toBe(2);
  });

  it('finds a file that was changed', async () => {
    const keyring = await create();
    const text = await readFile(path, 'utf8');
    const members = JSON.parse(text);
    await writeFile(path, text.replace('bank-', 'bonk-'));
    await expect(open).toFailWith('ERR_KEYRING_DAMAGED');
    await expect(() => keyring.addShredKey()).toFailWith('ERR_KEYRING_CHANGED');
    // Somebody who repairs the checksum, too: root and shred key exchanged, a ciphertext of another key, a later format.
    const checksumOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('base64url');
    const { checksum: _, ...rest } = members;
    const forged = async (change: Record<string, unknown>, code: string) => {
      const changed = { ...rest, ...change };
      await writeFile(path, JSON.stringify({ ...changed, checksum: checksumOf(changed) }));
      await expect(open).toFailWith(code);
    };
    await forged({ root: rest.shredKeys[0], shredKeys: [rest.root] }, 'ERR_KEYRING_DAMAGED');
    await forged({ root: { ...rest.root, ciphertext: rest.shredKeys[0].ciphertext } }, 'ERR_KEYRING_DAMAGED');
    await forged({ shredKeys: [] }, 'ERR_KEYRING_DAMAGED');
    await forged({ shredKeys: [rest.shredKeys[0], rest.shredKeys[0]] }, 'ERR_KEYRING_DAMAGED');
    await forged({ format: 'numbra-keyring-kms-2' }, 'ERR_KEYRING_VERSION');
    await writeFile(path, 'x'.repeat(100_000));
    await expect(open).toFailWith('ERR_KEYRING_DAMAGED');
    await writeFile(path, text);
    expect(await keysOf(await open())).toBe(await keysOf(keyring));
  });

  it('says that a key is gone from the service', async () => {
    await create();
    const [root, shred] = [...server.keys.keys()] as [string, string];
    const kept = server.keys.get(shred)!;
    await kms.deleteKey(shred);
    await expect(open).toFailWith('ERR_KEYRING_KEY_GONE');
    (server.keys as Map<string, typeof kept>).set(shred, kept);
    (await open()).close();
    await kms.deleteKey(root);
    await expect(open).toFailWith('ERR_KEYRING_KEY_GONE');
  });
});

describe('a keyring behind a service that dies at every request, before its work or after,', () => {
  const deaths = ['hang up', 'lost'] as const;
  /** Requests from the `steps`-th on fail. */
  const dieAt = (steps: number, death: 'hang up' | 'lost') => {
    const from = server.requests.length + steps;
    let died = false;
    server.fault = (_, before) => {
      if (before < from) return undefined;
      const first = !died;
      died = true;
      return first ? death : 'hang up';
    };
    return () => died;
  };

  it.each(deaths)('is not there, or opens, after being made; and can be made then (%s)', async (death) => {
    let steps = 0;
    for (let died = true; died; steps++) {
      await rm(path, { force: true });
      const dead = dieAt(steps, death);
      const finished = await create().then(
        () => true,
        () => false,
      );
      server.fault = undefined;
      died = dead();
      expect(finished).toBe(!died);
      const opened = await open().catch(() => create());
      expect(opened.shredKeys).toBe(1);
    }
    expect(steps).toBeGreaterThanOrEqual(5);
  });

  it.each(deaths)('finishes a shred that was interrupted anywhere (%s)', async (death) => {
    for (let steps = 0, died = true; died; steps++) {
      await rm(path, { force: true });
      const keyring = await create();
      const old = await keyring.wrapSecret(secret);
      const dead = dieAt(steps, death);
      await keyring
        .addShredKey()
        .then(() => keyring.dropOldShredKeys())
        .catch(() => {});
      server.fault = undefined;
      died = dead();
      const opened = await open();
      if (opened.shredKeys === 1 && died) await opened.addShredKey();
      const fresh = await opened.wrapSecret(secret);
      await opened.dropOldShredKeys();
      const after = await open();
      expect(after.shredKeys).toBe(1);
      expect(await after.unwrapSecret(fresh)).toEqual(secret);
      await expect(() => after.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    }
  });

  it('counts two shred keys until the file says one, and drops again', async () => {
    let failing = false;
    const disk: Disk = {
      ...realDisk,
      readFile: (name) => realDisk.readFile(name),
      open: (...given) => (failing ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : realDisk.open(...given)),
      rename: (from, to) => realDisk.rename(from, to),
      link: (from, to) => realDisk.link(from, to),
      unlink: (name) => realDisk.unlink(name),
    };
    const keyring = await createKmsKeyring(path, kms, { disk });
    await keyring.addShredKey();
    const fresh = await keyring.wrapSecret(secret);
    failing = true;
    await expect(() => keyring.dropOldShredKeys()).toFailWith('ERR_KEYRING_UNWRITABLE');
    expect([keyring.shredKeys, server.keys.size]).toEqual([2, 2]);
    const opened = await open();
    expect(opened.shredKeys).toBe(2);
    expect(await opened.unwrapSecret(fresh)).toEqual(secret);
    await expect(() => opened.addShredKey()).toFailWith('ERR_KEYRING_SHRED_UNFINISHED');
    await opened.dropOldShredKeys();
    expect((await open()).shredKeys).toBe(1);
  });
});
