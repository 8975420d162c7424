/**
 * A gateway and a key service as two processes: the one that faces vendors is given a database, a socket and no keyring.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../../../tests/support/databases.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(dirname(here)));
const command = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--conditions=@numbra/source', join(here, 'main.ts')];

let folder: string;
let database: Awaited<ReturnType<typeof createDatabase>>;
let env: NodeJS.ProcessEnv;
const running = new Set<ChildProcess>();
const at = (...names: string[]): string => join(folder, ...names);

const run = (...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [...command, ...args, '--json'], { env }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

/** Starts a command that stays, and waits for its line. */
function start(...args: string[]): Promise<{ child: ChildProcess; said: Record<string, string> }> {
  const child = spawn(process.execPath, [...command, ...args, '--json'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (text.includes('\n')) resolve({ child, said: JSON.parse(text) as Record<string, string> });
    });
    child.once('exit', (status) => reject(new Error(`ended with ${status}: ${text}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await ended;
  running.delete(child);
}

const keysHome = (): string[] => ['--home', at('keys'), '--passphrase-file', at('passphrase')];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra-two-'));
  database = await createDatabase();
  env = { PATH: process.env['PATH'], NUMBRA_DATABASE_URL: database.url };
  await writeFile(at('passphrase'), 'correct horse battery staple\n', { mode: 0o600 });
  const made = await run(...keysHome(), 'init', 'demo-bank', '--postgres', '--port', '0');
  expect(`${made.status} ${made.stdout}${made.status === 0 ? '' : made.stderr}`).toMatch(/^0 /);
  await mkdir(at('gateway'));
  await copyFile(at('keys', 'numbra.json'), at('gateway', 'numbra.json'));
});
afterAll(async () => {
  for (const child of running) await stop(child);
  await database.drop();
  await rm(folder, { recursive: true });
});

describe('numbra keys serve', () => {
  it('lets a gateway serve that has settings, database and socket only', async () => {
    const keys = await start(...keysHome(), 'keys', 'serve');
    const gateway = await start('--home', at('gateway'), 'serve', '--port', '0', '--keys', keys.said['socket'] as string);
    expect(await readdir(at('gateway'))).toEqual(['numbra.json']);
    const { url } = gateway.said;
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
    const jwks = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
    // The operator's commands go to the process with the keyring.
    const rotated = JSON.parse((await run(...keysHome(), 'keys', 'rotate')).stdout) as { kid: string; previous: string };
    expect(rotated.previous).toBe(jwks.keys[0]?.kid);
    await stop(keys.child);
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(503);
    const again = await start(...keysHome(), 'keys', 'serve');
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
    await stop(gateway.child);
    await stop(again.child);
  });

  it('is what a gateway without keyring needs: it does not start alone', async () => {
    const { status, stdout } = await run('--home', at('gateway'), 'serve', '--port', '0', '--keys', at('none', 'keys.sock'));
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ERR_KEY_SERVICE_UNREACHABLE' } });
  });
});
