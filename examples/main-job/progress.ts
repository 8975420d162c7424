/** Progress bars on stderr; silent when it is no terminal. @module */
import { SingleBar } from 'cli-progress';

export interface ProgressBars {
  start(name: string, total: number): void;
  readonly update: (done: number, total?: number) => void;
  stop(): void;
}

export function progressBars(enabled: boolean): ProgressBars {
  let bar: SingleBar | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    start(name, total) {
      stop();
      if (!enabled) return;
      if (!process.stderr.isTTY) {
        process.stderr.write(`${name}\n`);
        return;
      }
      bar = new SingleBar({
        format: '{name} {bar} {value}/{total}  {duration_formatted}',
        stream: process.stderr,
        hideCursor: true,
        barsize: 30,
      });
      bar.start(total, 0, { name: name.padEnd(16) });
    },
    update(done, total) {
      if (total !== undefined) bar?.setTotal(total);
      bar?.update(done);
    },
    stop,
  };
}
