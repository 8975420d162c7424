/**
 * Where the program listens: a port of this machine's loopback, or a Unix socket whose permissions say who may connect.
 * @module
 */
import { chmod, lstat, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { ProgramError } from './errors.js';

/** Never another address: the line is not encrypted. */
const LOOPBACK = '127.0.0.1';

/** `mode`: 0o600 for the program's own user, 0o660 for its group too. */
export type ListenAt = { readonly port: number } | { readonly socket: string; readonly mode: number };

/**
 * Listens.
 *
 * @returns the address, as a URL or path
 * @throws `ERR_PROGRAM_SOCKET_IN_USE` · `ERR_PROGRAM_SOCKET`
 */
export async function listenAt(server: Server, at: ListenAt): Promise<string> {
  if ('port' in at) {
    await begin(server, () => server.listen(at.port, LOOPBACK)).catch((error: unknown) => {
      throw listenError(error);
    });
    return `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  }
  try {
    await beginPrivately(server, at.socket);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isLeftOver(at.socket))) throw listenError(error);
    await unlink(at.socket);
    await beginPrivately(server, at.socket).catch((again: unknown) => {
      throw listenError(again);
    });
  }
  await chmod(at.socket, at.mode);
  return at.socket;
}

/** Made with nobody else's permissions, so that there is no moment at which others may connect. */
function beginPrivately(server: Server, path: string): Promise<void> {
  return begin(server, () => {
    const before = process.umask(0o177);
    try {
      server.listen(path); // binds before it returns
    } finally {
      process.umask(before);
    }
  });
}

function begin(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      server.off('error', done).off('listening', done);
      if (error) reject(error);
      else resolve();
    };
    server.once('error', done).once('listening', done);
    listen();
  });
}

/** A socket that nobody listens at any more: of a program that was killed. */
async function isLeftOver(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => resolve(false)).once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
    probe.once('connect', () => probe.destroy());
  });
}

function listenError(error: unknown): ProgramError {
  const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  return new ProgramError(inUse ? 'ERR_PROGRAM_SOCKET_IN_USE' : 'ERR_PROGRAM_SOCKET', undefined, error);
}
