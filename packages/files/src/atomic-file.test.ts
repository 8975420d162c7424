import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resumePart, sha256OfFile, writeFileAtomic, writePart } from './atomic-file.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra files '));
  path = join(folder, 'list.csv');
});
afterEach(() => rm(folder, { recursive: true }));

const sha256 = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
const text = async () => readFile(path, 'utf8');

async function* failing(): AsyncGenerator<string> {
  yield 'half';
  throw new Error('the source broke');
}

describe('writeFileAtomic', () => {
  it('writes all pieces and returns their digest', async () => {
    expect(await writeFileAtomic(path, ['a,', Buffer.from('张'), '\n'])).toEqual({ path, bytes: 6, sha256: sha256('a,张\n') });
    expect(await text()).toBe('a,张\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['list.csv']);
  });

  it('leaves the old file and no part when the source breaks', async () => {
    await writeFile(path, 'old');
    await expect(writeFileAtomic(path, failing())).rejects.toThrow('the source broke');
    expect(await text()).toBe('old');
    expect(await readdir(folder)).toEqual(['list.csv']);
  });

  it('refuses to replace a file when told so, also one that appeared meanwhile', async () => {
    await writeFile(path, 'old');
    await expect(() => writeFileAtomic(path, ['new'], { existing: 'refused' })).toFailWith('ERR_FILE_EXISTS');
    await unlink(path);
    const appearing = async function* () {
      yield 'new';
      await writeFile(path, 'other');
    };
    await expect(() => writeFileAtomic(path, appearing(), { existing: 'refused' })).toFailWith('ERR_FILE_EXISTS');
    expect(await text()).toBe('other');
    expect(await readdir(folder)).toEqual(['list.csv']);
  });

  it('says that a folder is missing', async () => {
    await expect(() => writeFileAtomic(join(folder, 'none', 'list.csv'), ['x'])).toFailWith('ERR_FILE_UNWRITABLE');
  });
});

describe('writePart', () => {
  it('shows nothing under the name before commit, and everything after', async () => {
    const part = await writePart(path, ['whole']);
    expect(part.sha256).toEqual(sha256('whole'));
    expect(await readdir(folder)).toEqual(['list.csv.part']);
    await part.commit();
    await part.commit();
    expect(await readdir(folder)).toEqual(['list.csv']);
    expect(await text()).toBe('whole');
  });

  it('leaves the old file when discarded', async () => {
    await writeFile(path, 'old');
    const part = await writePart(path, ['new']);
    await part.discard();
    await part.commit();
    expect(await readdir(folder)).toEqual(['list.csv']);
    expect(await text()).toBe('old');
  });

  it('replaces the part of a process that was killed', async () => {
    await writeFile(`${path}.part`, 'half of something long');
    await writeFileAtomic(path, ['new']);
    expect(await text()).toBe('new');
  });

  it('gives no name to a file that another writer put in its place', async () => {
    const mine = await writePart(path, ['mine']);
    const others = await writePart(path, ['theirs']);
    await expect(() => mine.commit()).toFailWith('ERR_FILE_PART_REPLACED');
    await mine.discard();
    await others.commit();
    expect(await text()).toBe('theirs');
  });
});

describe('resumePart', () => {
  it('finds a complete part again, with its digest', async () => {
    await writePart(path, ['whole']);
    const part = await resumePart(path);
    expect(part).toMatchObject({ bytes: 5, sha256: sha256('whole') });
    await part?.commit();
    expect(await text()).toBe('whole');
    expect(await resumePart(path)).toBeUndefined();
  });
});

describe('sha256OfFile', () => {
  it('digests a file, or says that it is not there', async () => {
    await writeFile(path, 'x');
    expect(await sha256OfFile(path)).toEqual({ path, bytes: 1, sha256: sha256('x') });
    await expect(() => sha256OfFile(join(folder, 'none'))).toFailWith('ERR_FILE_MISSING');
  });
});
