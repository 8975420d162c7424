/**
 * A measured process, asked over its channel; and what processor time it and the database server use.
 */
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Ask } from './protocol.js';

export interface Child {
  ask<T>(ask: Ask): Promise<T>;
  stop(): Promise<void>;
}

type Told = { readonly id: number } & ({ readonly result?: unknown } | { readonly error: string });

export async function startChild(): Promise<Child> {
  const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  child.on('message', (told: Told) => {
    const next = waiting.get(told.id);
    waiting.delete(told.id);
    if ('error' in told) next?.reject(new Error(told.error));
    else next?.resolve(told.result);
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the measured process ended'));
  });
  const heard = (id: number) => new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
  await heard(0);
  const ask = (given: Ask): Promise<unknown> => {
    const answer = heard(++asked);
    child.send({ id: asked, ask: given });
    return answer;
  };
  return {
    // A cast: the other side is this folder's.
    ask: async <T>(given: Ask) => (await ask(given)) as T,
    async stop() {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      await ask({ act: 'stop' });
      await ended;
    },
  };
}

/** Linux counts processor time in hundredths of a second. */
const TICK_MICROSECONDS = 10_000;

/** The process that all of a database server's are children of. @param backend - pid of one, while it is there */
export const postmasterOf = (backend: number): number => statOf(backend)[1];

/** Processor time of a server's processes so far, microseconds; 0 where there is no /proc. */
export function serverTime(postmaster: number | undefined): number {
  if (postmaster === undefined) return 0;
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => statOf(Number(name)))
      .filter(([pid, parent]) => pid === postmaster || parent === postmaster)
      .reduce((sum, [, , ticks]) => sum + ticks * TICK_MICROSECONDS, 0);
  } catch {
    return 0;
  }
}

/** pid, parent, ticks in user and system mode. */
function statOf(pid: number): readonly [number, number, number] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [pid, Number(fields[1]), Number(fields[11]) + Number(fields[12])];
  } catch {
    return [pid, 0, 0]; // it has just ended
  }
}
