/**
 * What a command says: a result for people or, with --json, one JSON object on stdout; progress and errors on stderr.
 * @module
 */
import { isNumbraError } from '@numbra/core';
import { SingleBar } from 'cli-progress';
import { fail } from './errors.js';

/** Told how far a long act is; `total` may grow. */
export type OnProgress = (progress: { readonly phase: string; readonly done: number; readonly total: number }) => void;

export interface Output {
  readonly json: boolean;
  /** Prints a result: `text` for people, `value` as JSON. */
  result(value: unknown, text: string): void;
  /** A bar on stderr, silent when stderr is no terminal or with --json. */
  readonly progress: OnProgress;
  /** Ends the bar that is being drawn. */
  done(): void;
  /** Prints an error with its code and what to do; returns the exit status. */
  error(error: unknown): number;
}

/** Bad input or a refused act: 1. Something of ours or of the machine broke: 70 (EX_SOFTWARE of sysexits). */
export const EXIT_REFUSED = 1;
const EXIT_BROKEN = 70;

export function createOutput(json: boolean): Output {
  let bar: SingleBar | undefined;
  let phase = '';
  const done = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    json,
    result(value, text) {
      done();
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`);
    },
    progress(step) {
      if (json || !process.stderr.isTTY) return;
      if (!bar || phase !== step.phase) {
        done();
        phase = step.phase;
        bar = new SingleBar({
          format: '{phase} {bar} {value}/{total} {eta_formatted}',
          stream: process.stderr,
          hideCursor: true,
          barsize: 30,
        });
        bar.start(step.total, step.done, { phase: phase.padEnd(10) });
      }
      bar.setTotal(step.total);
      bar.update(step.done);
    },
    done,
    error(error) {
      done();
      const known = isNumbraError(error);
      // The message of a foreign error may carry a value: only its class is shown.
      const { code, message, action } = known
        ? error
        : fail('ERR_UNEXPECTED', {}, { detail: error instanceof Error ? error.name : typeof error });
      if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, action } })}\n`);
      else process.stderr.write(`${message}\n${action}\n${code}\n`);
      if (process.env['NUMBRA_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
      return known ? EXIT_REFUSED : EXIT_BROKEN;
    },
  };
}
