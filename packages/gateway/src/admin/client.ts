/**
 * Runs one operation in a running gateway, from another process of the same machine. See protocol.ts.
 * @module
 */
import { connect, type Socket } from 'node:net';
import { NumbraError } from '@numbra/core';
import { fail } from '../errors.js';
import { type AdminEvent, LineReader, type ToldError } from './protocol.js';

/**
 * @param socketPath - where the gateway listens
 * @param params - anything JSON can carry
 * @param onProgress - called with each event the operation streams
 * @param silentMs - after so long without a word the other side counts as ended; for ever by default
 * @returns what the operation returned
 * @throws the operation's own error, with its code · `ERR_ADMIN_UNREACHABLE`: nobody listens · `ERR_ADMIN_INTERRUPTED`:
 *   the gateway ended before it answered
 */
export async function callAdmin(
  socketPath: string,
  operation: string,
  params?: unknown,
  onProgress?: (event: unknown) => void,
  silentMs = 0,
): Promise<unknown> {
  const socket = await open(socketPath);
  socket.setTimeout(silentMs, () => socket.destroy(fail('ERR_ADMIN_INTERRUPTED')));
  const lines = new LineReader();
  try {
    socket.write(`${JSON.stringify({ operation, params: params ?? null })}\n`);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const line of lines.push(chunk) ?? []) {
        const event = JSON.parse(line) as AdminEvent;
        if ('progress' in event) onProgress?.(event.progress);
        else if ('result' in event) return event.result;
        else throw received(event.error);
      }
    }
  } catch (error) {
    throw error instanceof NumbraError ? error : fail('ERR_ADMIN_INTERRUPTED', {}, { cause: error });
  } finally {
    socket.destroy();
  }
  throw fail('ERR_ADMIN_INTERRUPTED');
}

/** Whether somebody answers at a socket. */
export async function reachable(socketPath: string): Promise<boolean> {
  try {
    (await open(socketPath)).destroy();
    return true;
  } catch {
    return false;
  }
}

const open = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (cause) => reject(fail('ERR_ADMIN_UNREACHABLE', {}, { cause })));
  });

/** The gateway's error, in this process: same code, same words. */
function received({ code, message, action, status }: ToldError): NumbraError {
  return new NumbraError(code, { message, action, audience: 'operator', ...(status !== undefined && { status }) });
}
