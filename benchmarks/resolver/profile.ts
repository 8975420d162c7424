/**
 * A look at where a process's time goes: V8's sampling profiler, by the function on top.
 */
import { Session } from 'node:inspector/promises';

export interface Share {
  /** `function file:line`. */
  readonly name: string;
  /** Of the time that was not idle, 0 to 1. */
  readonly share: number;
}

const SAMPLE_MICROSECONDS = 500;

/** Begins; what it returns ends it. @returns the largest shares of self time, largest first */
export async function startProfile(): Promise<(most: number) => Promise<Share[]>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await session.post('Profiler.start');
  return async (most) => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    const times = new Map<string, number>();
    const names = new Map(
      profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
        id,
        `${functionName || '(anonymous)'} ${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`,
      ]),
    );
    let busy = 0;
    profile.samples?.forEach((node, i) => {
      const name = names.get(node) ?? '';
      // The profiler's own work is in `dispatch`.
      if (name.startsWith('(idle)') || name.startsWith('dispatch ')) return;
      const spent = profile.timeDeltas?.[i] ?? 0;
      busy += spent;
      times.set(name, (times.get(name) ?? 0) + spent);
    });
    return [...times]
      .map(([name, spent]) => ({ name, share: spent / busy }))
      .sort((a, b) => b.share - a.share)
      .slice(0, most);
  };
}
