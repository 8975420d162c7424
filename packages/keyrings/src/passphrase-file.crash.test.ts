/** A shred that dies at every single step of the file system: the keyring opens afterwards, with the keys of before or of after. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sensitive } from '@numbra/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Disk, type DiskFile, realDisk } from './durable-file.js';
import { createPassphraseFile, openPassphraseFile } from './passphrase-file.js';

const cost = { N: 2 ** 14, r: 8, p: 1 };
const passphrase = new Sensitive('correct horse battery');
const secret = new Uint8Array(32).fill(9);

/** A disk that works for `steps` steps and never again, as a killed process leaves it. */
function dyingDisk(steps: number): { disk: Disk; died: () => boolean } {
  let left = steps;
  const step = async <R>(work: () => Promise<R>): Promise<R> => {
    left -= 1;
    if (left < 0) throw Object.assign(new Error('killed'), { code: 'EIO' });
    return work();
  };
  const fileOf = (file: DiskFile): DiskFile => ({
    // Half of the bytes are written when it dies in the middle of a write.
    writeFile: (data) =>
      step(() => file.writeFile(data)).catch((error) =>
        file.writeFile(data.subarray(0, data.length / 2)).then(() => Promise.reject(error)),
      ),
    sync: () => step(() => file.sync()),
    close: () => file.close(),
  });
  return {
    died: () => left < 0,
    disk: {
      readFile: (path) => realDisk.readFile(path),
      open: (path, flags, mode) => step(() => realDisk.open(path, flags, mode).then(fileOf)),
      rename: (from, to) => step(() => realDisk.rename(from, to)),
      link: (from, to) => step(() => realDisk.link(from, to)),
      unlink: (path) => step(() => realDisk.unlink(path)),
    },
  };
}

/** Runs `work` with a disk that dies after 0, 1, 2 … steps, until one run survives. Returns the number of steps at which it died. */
async function killedAtEveryStep(work: (disk: Disk) => Promise<void>, check: (finished: boolean) => Promise<void>): Promise<number> {
  for (let steps = 0; ; steps++) {
    const { disk, died } = dyingDisk(steps);
    const finished = await work(disk).then(
      () => true,
      () => false,
    );
    await check(finished);
    if (!died()) return steps;
  }
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra keyrings '));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a passphrase file, killed at every step,', { timeout: 60_000 }, () => {
  it('has one shred key or two after adding one, and what was wrapped opens', async () => {
    const path = join(folder, 'add.json');
    const original = join(folder, 'add.original.json');
    const wrapped = await (await createPassphraseFile(original, passphrase, { cost })).wrapSecret(secret);
    const steps = await killedAtEveryStep(
      async (disk) => {
        await copyFile(original, path);
        await (await openPassphraseFile(path, passphrase, { disk })).addShredKey();
      },
      async (finished) => {
        const opened = await openPassphraseFile(path, passphrase);
        expect(finished ? [2] : [1, 2]).toContain(opened.shredKeys);
        expect(await opened.unwrapSecret(wrapped)).toEqual(secret);
        // The shred can be taken up again from here.
        if (opened.shredKeys === 1) await opened.addShredKey();
        await opened.dropOldShredKeys();
        expect((await openPassphraseFile(path, passphrase)).shredKeys).toBe(1);
      },
    );
    expect(steps).toBeGreaterThanOrEqual(7);
  });

  it('has two shred keys or the newer one after dropping, never the older alone', async () => {
    const path = join(folder, 'drop.json');
    const original = join(folder, 'drop.original.json');
    const made = await createPassphraseFile(original, passphrase, { cost });
    const old = await made.wrapSecret(secret);
    await made.addShredKey();
    const fresh = await made.wrapSecret(secret);
    await killedAtEveryStep(
      async (disk) => {
        await copyFile(original, path);
        await (await openPassphraseFile(path, passphrase, { disk })).dropOldShredKeys();
      },
      async (finished) => {
        const opened = await openPassphraseFile(path, passphrase);
        expect(finished ? [1] : [1, 2]).toContain(opened.shredKeys);
        expect(await opened.unwrapSecret(fresh)).toEqual(secret);
        await opened.dropOldShredKeys();
        const after = await openPassphraseFile(path, passphrase);
        await expect(() => after.unwrapSecret(old)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
      },
    );
  });

  it('is not there, or opens, after being made; and can be made then', async () => {
    const path = join(folder, 'create.json');
    await killedAtEveryStep(
      async (disk) => {
        await rm(path, { force: true });
        await createPassphraseFile(path, passphrase, { cost, disk });
      },
      async () => {
        const opened = await openPassphraseFile(path, passphrase).catch(() => createPassphraseFile(path, passphrase, { cost }));
        expect(opened.shredKeys).toBe(1);
      },
    );
  });

  it('goes on working in the process that only saw the write fail', async () => {
    const path = join(folder, 'retry.json');
    (await createPassphraseFile(path, passphrase, { cost })).close();
    for (let steps = 0; steps < 7; steps++) {
      let failing: Disk | undefined = dyingDisk(steps).disk;
      const switching = new Proxy(realDisk, { get: (_, member: keyof Disk) => (failing ?? realDisk)[member] });
      const keyring = await openPassphraseFile(path, passphrase, { disk: switching });
      const wrapped = await keyring.wrapSecret(secret);
      await expect(() => keyring.addShredKey()).toFailWith('ERR_KEYRING_UNWRITABLE');
      expect(keyring.shredKeys).toBe(1);
      failing = undefined;
      await keyring.addShredKey();
      await keyring.dropOldShredKeys();
      await expect(() => keyring.unwrapSecret(wrapped)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
      expect((await openPassphraseFile(path, passphrase)).shredKeys).toBe(1);
    }
  });
});
