import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNumbraError } from '@numbra/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail } from '../errors.js';
import { callAdmin, reachable } from './client.js';
import type { Operation } from './protocol.js';
import { type AdminServer, listenAdmin } from './server.js';

describe('the admin socket', () => {
  let folder: string;
  let path: string;
  let server: AdminServer | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-admin-'));
    path = join(folder, 'run', 'admin.sock');
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await rm(folder, { recursive: true });
  });
  const start = async (operations: Record<string, Operation>): Promise<void> => {
    server = await listenAdmin(path, operations);
  };

  it('runs a named operation, streams its progress and returns its result', async () => {
    await start({
      async count(params, { onProgress }) {
        const { to } = params as { to: number };
        for (let i = 1; i <= to; i++) onProgress({ done: i });
        return { counted: to, text: '三'.repeat(100_000) };
      },
    });
    const progress: unknown[] = [];
    const result = await callAdmin(path, 'count', { to: 3 }, (event) => progress.push(event));
    expect(result).toEqual({ counted: 3, text: '三'.repeat(100_000) });
    expect(progress).toEqual([{ done: 1 }, { done: 2 }, { done: 3 }]);
    expect(await callAdmin(path, 'count', { to: 0 })).toMatchObject({ counted: 0 });
  });

  it('is for its owner alone: folder 0700, socket 0600', async () => {
    await start({});
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('refuses a folder that others may enter', async () => {
    await mkdir(join(folder, 'run'));
    await chmod(join(folder, 'run'), 0o755);
    await expect(() => listenAdmin(path, {})).toFailWith('ERR_ADMIN_FOLDER_OPEN');
  });

  it('refuses a path that is too long', async () => {
    await expect(() => listenAdmin(join(folder, 'x'.repeat(100), 'admin.sock'), {})).toFailWith('ERR_ADMIN_SOCKET_PATH');
  });

  it("carries our errors' codes, and of others only that they happened", async () => {
    await start({
      async ours() {
        throw fail('ERR_GATEWAY_PORT_BUSY');
      },
      async foreign() {
        throw new Error('13800138000 is not a number');
      },
    });
    const error = await callAdmin(path, 'ours').catch((thrown: unknown) => thrown);
    expect(isNumbraError(error) && error.message).toContain('port');
    await expect(() => callAdmin(path, 'ours')).toFailWith('ERR_GATEWAY_PORT_BUSY');
    await expect(() => callAdmin(path, 'foreign')).toFailWith('ERR_ADMIN_FAILED');
    await expect(callAdmin(path, 'foreign')).rejects.not.toThrow('138');
  });

  it('knows no other operations', async () => {
    await start({ known: async () => 1 });
    for (const name of ['unknown', '__proto__', 'constructor', 'toString']) {
      await expect(() => callAdmin(path, name)).toFailWith('ERR_ADMIN_OPERATION');
    }
  });

  it('refuses what is not a request, and goes on', async () => {
    await start({ known: async () => 1 });
    for (const line of ['nonsense', '[]', '{"operation":1}', 'null']) {
      const socket = connect(path);
      socket.write(`${line}\n`);
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      expect(JSON.parse(text).error.code).toBe('ERR_ADMIN_REQUEST');
    }
    const bomb = connect(path);
    bomb.on('error', () => {});
    bomb.write('x'.repeat(5 << 20));
    await new Promise((resolve) => bomb.once('close', resolve));
    expect(await callAdmin(path, 'known')).toBe(1);
  });

  it('says that nobody listens', async () => {
    expect(await reachable(path)).toBe(false);
    await expect(() => callAdmin(path, 'known')).toFailWith('ERR_ADMIN_UNREACHABLE');
  });

  it('does not take the place of a gateway that answers, but that of one that was killed', async () => {
    await start({ known: async () => 1 });
    expect(await reachable(path)).toBe(true);
    await expect(() => listenAdmin(path, {})).toFailWith('ERR_ADMIN_SOCKET_IN_USE');
    await server!.close();
    server = undefined;
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await stat(path); // it left its socket
    await start({ known: async () => 2 });
    expect(await callAdmin(path, 'known')).toBe(2);
  });

  it('finishes an operation under way before it closes, and drops connections that say nothing', async () => {
    let finish = (): void => {};
    let begun = (): void => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    await start({
      slow: () => {
        begun();
        return new Promise((resolve) => {
          finish = () => resolve('done');
        });
      },
    });
    const silent = connect(path);
    silent.on('error', () => {});
    await once(silent, 'connect');
    const result = callAdmin(path, 'slow');
    await running;
    const closed = server!.close();
    await new Promise((resolve) => silent.once('close', resolve));
    finish();
    expect(await result).toBe('done');
    await closed;
    server = undefined;
    await expect(() => stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('tells an operation that its caller is gone, and the caller that the gateway is', async () => {
    let aborted = false;
    await start({
      wait: (_params, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve(undefined);
          });
        }),
    });
    const socket = connect(path);
    socket.write('{"operation":"wait"}\n');
    await once(socket, 'connect');
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await expect.poll(() => aborted).toBe(true);

    const script = `require('node:net').createServer((s) => s.once('data', () => process.exit())).listen(${JSON.stringify(join(folder, 'dying.sock'))}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(() => callAdmin(join(folder, 'dying.sock'), 'anything')).toFailWith('ERR_ADMIN_INTERRUPTED');
  });
});
