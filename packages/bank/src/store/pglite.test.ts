import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPGlite } from './pglite.js';

/** The source that a second process of the tests runs, by the same loader that runs workspaces from source. */
const SOURCE = new URL('./pglite.ts', import.meta.url).href;

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra store '));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Runs code in another process; resolves with the first line it prints. */
function otherProcess(code: string): Promise<{ line: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@numbra/source', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: new URL('../../../../', import.meta.url),
  });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve({ line: data.toString('utf8').trim(), child }));
    child.once('exit', (status) => reject(new Error(`ended with ${status} before it printed a line`)));
  });
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

describe('a PGlite store in a folder', () => {
  it('keeps what was written, and says nothing about it twice', async () => {
    const path = join(folder, 'store');
    const first = await openPGlite(path);
    await first.query('CREATE TABLE thing (id integer)');
    await first.query('INSERT INTO thing VALUES (7)');
    await first.close();
    const second = await openPGlite(path);
    expect(await second.query('SELECT id FROM thing')).toStrictEqual([{ id: 7 }]);
    await second.close();
    await second.close();
    expect(await readdir(folder)).toEqual(['store']);
  });

  it('belongs to one process: a second is refused with the pid of the first, also inside one process', async () => {
    const path = join(folder, 'store');
    const { line, child } = await otherProcess(
      `const { openPGlite } = await import(${JSON.stringify(SOURCE)});
       await openPGlite(${JSON.stringify(path)}); console.log('open'); setInterval(() => {}, 1000);`,
    );
    expect(line).toBe('open');
    const error = await openPGlite(path).catch((e: unknown) => e as Error);
    expect(error).toMatchObject({ code: 'ERR_STORE_IN_USE' });
    expect((error as Error).message).toContain(`pid ${child.pid}`);
    // Killed without a farewell: its lock is stale, and the store opens.
    const end = ended(child);
    child.kill('SIGKILL');
    await end;
    const mine = await openPGlite(path);
    await expect(() => openPGlite(path)).toFailWith('ERR_STORE_IN_USE');
    await mine.close();
    const again = await openPGlite(path);
    await again.close();
  });

  it('recognises a lock whose pid now belongs to another process', async () => {
    const path = join(folder, 'store');
    await writeFile(`${path}.lock`, JSON.stringify({ pid: process.pid, started: 'another boot/1', nonce: '' }));
    const database = await openPGlite(path);
    expect(JSON.parse(await readFile(`${path}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
    await database.close();
  });

  it.each(['', '{', 'null', '{"pid":"x"}'])('takes over a lock file that names nobody: %j', async (text) => {
    const path = join(folder, 'store');
    await writeFile(`${path}.lock`, text);
    await expect(() => openPGlite(path, { missing: 'refuse' })).toFailWith('ERR_STORE_MISSING');
    expect(await readdir(folder)).toEqual([]);
  });

  it('starts clean after a first start that was killed half-way', async () => {
    const path = join(folder, 'store');
    const child = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        '--conditions=@numbra/source',
        '--input-type=module',
        '-e',
        `(await import(${JSON.stringify(SOURCE)})).openPGlite(${JSON.stringify(path)})`,
      ],
      { stdio: 'ignore', cwd: new URL('../../../../', import.meta.url) },
    );
    children.push(child);
    // Killed as soon as files of the new store appear.
    while (!(await readdir(folder)).some((name) => name.startsWith('store.init-'))) await new Promise((wake) => setTimeout(wake, 20));
    const end = ended(child);
    child.kill('SIGKILL');
    await end;
    expect(await readdir(folder)).not.toContain('store');
    const database = await openPGlite(path);
    expect(await database.query('SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
    await database.close();
    expect(await readdir(folder)).toEqual(['store']);
  });

  it('refuses a folder that holds something else, and leaves it as it was', async () => {
    const path = join(folder, 'documents');
    await mkdir(path);
    await writeFile(join(path, 'letter.txt'), 'dear bank');
    await expect(() => openPGlite(path)).toFailWith('ERR_STORE_DAMAGED');
    expect(await readdir(path)).toEqual(['letter.txt']);
    expect(await readdir(folder)).toEqual(['documents']);
    await expect(() => openPGlite(join(path, 'letter.txt'))).toFailWith('ERR_STORE_DAMAGED');
  });

  it.each(['global/pg_control', 'PG_VERSION'])('refuses a store whose %s was cut', async (file) => {
    const path = join(folder, 'store');
    await (await openPGlite(path)).close();
    await truncate(join(path, file), 1);
    await expect(() => openPGlite(path)).toFailWith('ERR_STORE_DAMAGED');
    expect(await readdir(folder)).toEqual(['store']);
  });

  it('fills an empty folder that was made before', async () => {
    const path = join(folder, 'store');
    await mkdir(path);
    const database = await openPGlite(path);
    expect(await database.query('SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
    await database.close();
  });
});
