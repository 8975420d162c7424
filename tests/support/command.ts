/**
 * The command line in the test's own process: the same words, output and status as a process of its own, without its start.
 * @module
 */
import { vi } from 'vitest';
import { run } from '../../packages/numbra/src/program.js';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line. @param args - the words after `numbra` */
export async function runCommand(...args: string[]): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    }),
  );
  try {
    const status = await run(args, {});
    return { status, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
