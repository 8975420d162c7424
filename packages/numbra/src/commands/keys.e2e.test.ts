/** Keys and vendors as an operator handles them: real processes on a real home. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(dirname(dirname(source)));
const command = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--conditions=@numbra/source', join(source, 'main.ts')];

describe('numbra keys and numbra vendor', () => {
  let folder: string;
  const run = (...args: string[]): Promise<{ status: number; body: Record<string, unknown> }> =>
    new Promise((resolve) => {
      const all = [...command, '--home', join(folder, 'bank'), '--passphrase-file', join(folder, 'passphrase'), '--json', ...args];
      execFile(process.execPath, all, { encoding: 'utf8', env: { PATH: process.env['PATH'] } }, (error, stdout) =>
        resolve({ status: error ? Number(error.code) : 0, body: JSON.parse(stdout) as Record<string, unknown> }),
      );
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra keys '));
    await writeFile(join(folder, 'passphrase'), 'correct horse battery staple\n');
    const { status } = await run('init', 'demo-bank', '--policy', join(root, 'examples/main-job/policy.yaml'), '--port', '0');
    expect(status).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('rotate puts a new key first, and the old one stays for its last grants', async () => {
    const before = (await run('keys', 'list')).body as { keys: { kid: string }[] };
    const rotated = await run('keys', 'rotate');
    expect(rotated).toMatchObject({ status: 0, body: { previous: before.keys[0]!.kid } });
    const { keys } = (await run('keys', 'list')).body as typeof before;
    expect(keys.map(({ kid }) => kid)).toEqual([rotated.body['kid'], before.keys[0]!.kid]);
  });

  it('add takes the address of a key set, and refuses what is none', async () => {
    const jwksUri = 'https://keys.vendor-b.example/jwks.json';
    expect(await run('vendor', 'add', 'vendor-b', '--jwks-uri', jwksUri)).toMatchObject({ status: 0, body: { vendor: 'vendor-b' } });
    expect(await run('vendor', 'list')).toMatchObject({ body: { vendors: [{ id: 'vendor-b', jwksUri }] } });
    const refused = await run('vendor', 'add', 'vendor-c', '--jwks-uri', 'http://keys.vendor-c.example');
    expect(refused).toMatchObject({ status: 1, body: { error: { code: 'ERR_VENDOR_PROOF' } } });
    expect(await run('vendor', 'add', 'vendor-d')).toMatchObject({ status: 1, body: { error: { code: 'ERR_VENDOR_PROOF' } } });
  });
});
