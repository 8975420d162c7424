import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keyring, parseName, Sensitive } from '@numbra/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changePassphrase, createPassphraseFile, openPassphraseFile } from './passphrase-file.js';

/** The least that a file may cost, for quick tests. */
const cost = { N: 2 ** 14, r: 8, p: 1 };
const passphrase = new Sensitive('correct horse battery');
const secret = Uint8Array.from({ length: 32 }, (_, i) => i + 32);
const name = (text: string) => parseName(text)!;
const identity = { bank: name('bank'), vendor: name('vendor-42'), purpose: name('marketing'), campaign: name('c-2026-11') };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra keyrings '));
  path = join(folder, 'keyring.json');
});
afterEach(() => rm(folder, { recursive: true }));

const create = () => createPassphraseFile(path, passphrase, { cost });
const open = () => openPassphraseFile(path, passphrase);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const keysOf = async (keyring: Keyring) => [hex(await keyring.bankKey('store')), hex(await keyring.scopeKey('ref', identity, secret))];

describe('a passphrase file', () => {
  it('holds the same keys when it is opened again', async () => {
    const made = await create();
    const wrapped = await made.wrapSecret(secret);
    const opened = await open();
    expect(opened.kind).toBe('passphrase-file');
    expect(await keysOf(opened)).toEqual(await keysOf(made));
    expect(await opened.unwrapSecret(wrapped)).toEqual(secret);
  });

  it('is one file, for its owner only, and shows no key', async () => {
    const keyring = await createPassphraseFile(path, passphrase, { cost, random: (bytes) => new Uint8Array(bytes).fill(7) });
    keyring.close();
    expect(await readdir(folder)).toEqual(['keyring.json']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const members = JSON.parse(await readFile(path, 'utf8'));
    expect(Object.keys(members)).toEqual(['format', 'kdf', 'check', 'sealed', 'checksum']);
    expect(members.kdf).toMatchObject({ name: 'scrypt', ...cost });
    expect(members.sealed).not.toContain(Buffer.alloc(32, 7).toString('base64url').slice(2, -2));
  });

  it('costs 128 MB a guess by default', { timeout: 20_000 }, async () => {
    (await createPassphraseFile(path, passphrase)).close();
    expect(JSON.parse(await readFile(path, 'utf8')).kdf).toMatchObject({ N: 2 ** 17, r: 8, p: 1 });
    (await open()).close();
  });

  it('takes a passphrase in any normal form', async () => {
    (await createPassphraseFile(path, new Sensitive('cafe\u0301 au lait'), { cost })).close();
    (await openPassphraseFile(path, new Sensitive('caf\u00e9 au lait'))).close();
  });

  it('adds a shred key and drops the old one, for good', async () => {
    const keyring = await create();
    const old = await keyring.wrapSecret(secret);
    await keyring.addShredKey();
    expect((await open()).shredKeys).toBe(2);
    const fresh = await keyring.wrapSecret(secret);
    await keyring.dropOldShredKeys();
    const opened = await open();
    expect(opened.shredKeys).toBe(1);
    expect(await opened.unwrapSecret(fresh)).toEqual(secret);
    await expect(() => opened.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    expect(await readdir(folder)).toEqual(['keyring.json']);
  });

  it('opens under its new passphrase only, after a change', async () => {
    const before = await keysOf(await create());
    const next = new Sensitive('another long one');
    await changePassphrase(path, passphrase, next, { cost });
    await expect(open).toFailWith('ERR_KEYRING_WRONG_PASSPHRASE');
    expect(await keysOf(await openPassphraseFile(path, next))).toEqual(before);
  });

  it('gives nothing after it was closed', async () => {
    const keyring = await create();
    keyring.close();
    await expect(() => keyring.bankKey('store')).toFailWith('ERR_CLOSED');
    await expect(() => keyring.addShredKey()).toFailWith('ERR_CLOSED');
  });

  it('writes no wiped key when it is closed while a shred key is being added', async () => {
    const keyring = await create();
    const before = await readFile(path, 'utf8');
    const adding = keyring.addShredKey();
    await Promise.resolve();
    keyring.close();
    await expect(() => adding).toFailWith('ERR_CLOSED');
    expect(await readFile(path, 'utf8')).toBe(before);
  });
});

describe('a passphrase file refuses, and leaves everything as it was,', () => {
  const unchanged = async (work: () => Promise<unknown>, code: string) => {
    const before = await readFile(path, 'utf8');
    await expect(work).toFailWith(code);
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(await readdir(folder)).toEqual(['keyring.json']);
  };
  const rewrite = async (change: (members: Record<string, Record<string, unknown>>) => void) => {
    const members = JSON.parse(await readFile(path, 'utf8'));
    change(members);
    await writeFile(path, JSON.stringify(members));
  };
  const repairChecksum = async () => {
    const { checksum: _, ...members } = JSON.parse(await readFile(path, 'utf8'));
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(JSON.stringify(members)));
    await writeFile(path, JSON.stringify({ ...members, checksum: Buffer.from(digest).toString('base64url') }));
  };

  it('to be made where one is', async () => {
    await create();
    await unchanged(create, 'ERR_KEYRING_EXISTS');
  });

  it('a short passphrase', async () => {
    await expect(() => createPassphraseFile(path, new Sensitive('secret'), { cost })).toFailWith('ERR_KEYRING_SHORT_PASSPHRASE');
    expect(await readdir(folder)).toEqual([]);
  });

  it('a wrong passphrase', async () => {
    await create();
    await unchanged(() => openPassphraseFile(path, new Sensitive('correct horse batterY')), 'ERR_KEYRING_WRONG_PASSPHRASE');
  });

  it('to be opened where none is, or where a folder is', async () => {
    await expect(open).toFailWith('ERR_KEYRING_MISSING');
    await expect(() => openPassphraseFile(folder, passphrase)).toFailWith('ERR_KEYRING_UNREADABLE');
    expect(await readdir(folder)).toEqual([]);
  });

  it('to be made in a folder that is not there', async () => {
    await expect(() => createPassphraseFile(join(folder, 'none', 'k.json'), passphrase, { cost })).toFailWith('ERR_KEYRING_UNWRITABLE');
  });

  it('every change of a single character, before asking scrypt', async () => {
    await create();
    const text = await readFile(path, 'utf8');
    for (let at = 0; at < text.length - 1; at += 3) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      await writeFile(path, changed);
      await expect(open, `character ${at}`).toFailWith('ERR_KEYRING_DAMAGED');
    }
  });

  it('a file cut short, emptied, or grown', async () => {
    await create();
    const text = await readFile(path, 'utf8');
    for (const changed of [text.slice(0, -20), '', 'null', '[]', `${text}${' '.repeat(1 << 20)}`]) {
      await writeFile(path, changed);
      await unchanged(open, 'ERR_KEYRING_DAMAGED');
    }
  });

  it('content that somebody changed and gave a right checksum', async () => {
    await create();
    await rewrite((members) => {
      const sealed = Buffer.from(String(members['sealed']), 'base64url');
      sealed[20]! ^= 1;
      members['sealed'] = sealed.toString('base64url') as never;
    });
    await repairChecksum();
    await unchanged(open, 'ERR_KEYRING_DAMAGED');
  });

  it('a file that asks for too much memory or time, or too little', async () => {
    await create();
    for (const asked of [{ N: 2 ** 30 }, { N: 2 ** 10 }, { N: 2 ** 14 + 1 }, { r: 1 << 20 }, { p: 1 << 20 }, { p: 0 }, { N: 1.5 }]) {
      await rewrite((members) => Object.assign(members['kdf']!, { ...cost, ...asked }));
      await repairChecksum();
      await unchanged(open, 'ERR_KEYRING_TOO_COSTLY');
    }
  });

  it('a file of a later version', async () => {
    await create();
    await rewrite((members) => Object.assign(members, { format: 'numbra-keyring-2' }));
    await unchanged(open, 'ERR_KEYRING_VERSION');
  });

  it('to overwrite what another process changed', async () => {
    const keyring = await create();
    const other = await open();
    await other.addShredKey();
    await unchanged(() => keyring.addShredKey(), 'ERR_KEYRING_CHANGED');
    expect(keyring.shredKeys).toBe(1);
  });

  it('to read again a file that is sealed under another passphrase by now, or belongs to another bank', async () => {
    const keyring = await create();
    const keys = await keysOf(keyring);
    await changePassphrase(path, passphrase, new Sensitive('another passphrase'), { cost });
    await unchanged(() => keyring.reload?.() as Promise<void>, 'ERR_KEYRING_CHANGED');
    await rm(path);
    await create();
    await unchanged(() => keyring.reload?.() as Promise<void>, 'ERR_KEYRING_CHANGED');
    expect(await keysOf(keyring)).toEqual(keys);
  });

  it('a path that is there and cannot be read as a file', async () => {
    // A folder, because permissions do not stop root.
    await mkdir(path);
    await expect(open).toFailWith('ERR_KEYRING_UNREADABLE');
    expect(await readdir(path)).toEqual([]);
  });
});
