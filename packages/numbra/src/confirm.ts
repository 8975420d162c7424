/**
 * Confirmation of an act that nothing undoes: `--yes`, or the name of what it is about, typed.
 * @module
 */
import { createInterface } from 'node:readline/promises';
import { fail } from './errors.js';

export interface Confirmation {
  /** `--yes` was given. */
  readonly yes: boolean;
  /** What is typed to confirm. */
  readonly name: string;
  /** What is going to happen, in sentences. */
  readonly warning: string;
}

/** @throws `ERR_NOT_CONFIRMED`: another name was typed, or there is no terminal to ask at; the act must not begin */
export async function confirm({ yes, name, warning }: Confirmation): Promise<void> {
  if (yes) return;
  const { stdin, stderr } = process;
  if (!stdin.isTTY) throw fail('ERR_NOT_CONFIRMED');
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    stderr.write(`${warning}\n`);
    if ((await terminal.question('Type its name to go on: ')) !== name) throw fail('ERR_NOT_CONFIRMED');
  } finally {
    terminal.close();
  }
}
