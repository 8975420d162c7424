/**
 * The local admin socket: commands on the same machine reach a running gateway, which alone holds the bank's store
 * and keys. A Unix domain socket of mode 0600 in a folder of mode 0700: who may open it is who runs the gateway.
 * Never TCP, and nothing here for vendors.
 * @module
 */
import type { Stats } from 'node:fs';
import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { isNumbraError } from '@numbra/core';
import type { Logger } from 'pino';
import { fail } from '../errors.js';
import { reachable } from './client.js';
import { type AdminEvent, LineReader, type Operation, type ToldError } from './protocol.js';

/** The shortest `sun_path` in use has 104 bytes, its last one zero. */
const PATH_LIMIT_BYTES = 100;

/** A command comes at once, or not at all. */
const SILENT_MS = 10_000;

export interface AdminServer {
  /** Takes no new command, waits for those under way, removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens for commands of this machine's operator.
 *
 * @param path - the socket; its folder is made with mode 0700 if there is none
 * @param operations - what can be run, by name; nothing else can
 * @throws `ERR_ADMIN_FOLDER_OPEN`, `ERR_ADMIN_SOCKET_PATH`, `ERR_ADMIN_SOCKET_IN_USE`
 */
export async function listenAdmin(
  path: string,
  operations: Readonly<Record<string, Operation>>,
  logger?: Pick<Logger, 'info' | 'error'>,
  access: SocketAccess = 'owner',
): Promise<AdminServer> {
  if (Buffer.byteLength(path) > PATH_LIMIT_BYTES) throw fail('ERR_ADMIN_SOCKET_PATH');
  const folder = await preparedFolder(dirname(path), access);
  if (await reachable(path)) throw fail('ERR_ADMIN_SOCKET_IN_USE');
  await rm(path, { force: true }); // nobody answers: what a killed gateway left

  const running = new Set<Promise<void>>();
  /** Connections that have not said yet what they want. */
  const silent = new Set<Socket>();
  const table = new Map(Object.entries(operations)); // a Map: `__proto__` is no operation
  const server = createServer((socket) => {
    silent.add(socket);
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    const heard = (): void => {
      silent.delete(socket);
      socket.setTimeout(0);
    };
    const work = serve(socket, table, heard, logger).finally(() => running.delete(work));
    running.add(work);
  });
  await listen(server, path);
  await openTo(path, access, folder);

  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve())); // which also removes the socket's file
      for (const socket of silent) socket.destroy();
      await Promise.all(running);
      await closed;
    },
  };
}

/** Who may open a socket: its owner, or also the group of its folder. */
export type SocketAccess = 'owner' | 'group';

/** What nobody else may have on the folder. */
const CLOSED_TO = { owner: 0o077, group: 0o027 } as const satisfies Record<SocketAccess, number>;

async function preparedFolder(folder: string, access: SocketAccess): Promise<Stats> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const others = (found.mode & CLOSED_TO[access]) !== 0;
  const foreign = process.getuid !== undefined && found.uid !== process.getuid();
  if (!found.isDirectory() || others || foreign) throw fail('ERR_ADMIN_FOLDER_OPEN');
  return found;
}

async function openTo(path: string, access: SocketAccess, folder: Stats): Promise<void> {
  // The folder's group reads it only where this user is a member of it: else the socket stays its owner's.
  if (access === 'group') await chown(path, folder.uid, folder.gid);
  await chmod(path, access === 'group' ? 0o660 : 0o600);
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? fail('ERR_ADMIN_SOCKET_IN_USE') : fail('ERR_ADMIN_SOCKET_PATH', {}, { cause })),
    );
    server.listen(path, resolve);
  });

/** One connection carries one command. */
async function serve(
  socket: Socket,
  operations: ReadonlyMap<string, Operation>,
  heard: () => void,
  logger?: Pick<Logger, 'info' | 'error'>,
): Promise<void> {
  const gone = new AbortController();
  const send = (event: AdminEvent): void => {
    if (socket.writable) socket.write(`${JSON.stringify(event)}\n`);
  };
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.once('close', () => gone.abort());
  socket.on('error', () => {}); // the caller hung up: `close` follows

  const line = await firstLine(socket);
  heard();
  if (line !== undefined) {
    const request = parseRequest(line);
    const operation = request && operations.get(request.operation);
    if (request === undefined) send({ error: told(fail('ERR_ADMIN_REQUEST')) });
    else if (operation === undefined) send({ error: told(fail('ERR_ADMIN_OPERATION')) });
    else {
      logger?.info({ operation: request.operation }, 'admin operation');
      try {
        const result = await operation(request.params, { onProgress: (progress) => send({ progress }), signal: gone.signal });
        send({ result: result ?? null });
      } catch (error) {
        logger?.error({ operation: request.operation, err: error }, 'admin operation failed');
        send({ error: told(error) });
      }
    }
  }
  socket.end();
  await closed;
}

/** A foreign error's message may carry a value, so only our own are told. */
function told(error: unknown): ToldError {
  const { code, message, action, status } = isNumbraError(error) ? error : fail('ERR_ADMIN_FAILED');
  return { code, message, action, ...(status !== undefined && { status }) };
}

function firstLine(socket: Socket): Promise<string | undefined> {
  const lines = new LineReader();
  return new Promise((resolve) => {
    socket.once('close', () => resolve(undefined));
    socket.once('end', () => resolve(undefined));
    socket.on('data', (chunk: Buffer) => {
      const done = lines.push(chunk);
      if (done === undefined) socket.destroy();
      else if (done[0] !== undefined) resolve(done[0]);
    });
  });
}

function parseRequest(line: string): { operation: string; params: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { operation, params } = value as { operation?: unknown; params?: unknown };
  return typeof operation === 'string' ? { operation, params } : undefined;
}
