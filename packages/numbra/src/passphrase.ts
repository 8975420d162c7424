/**
 * Asks for what unlocks the keyring (a passphrase, a token's PIN, a key service's token): a file, else the terminal without echo.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { Sensitive } from '@numbra/core';
import { fail } from './errors.js';

/**
 * @param file - a file whose first line is the passphrase, PIN or token
 * @throws `ERR_FILE_UNREADABLE`; `ERR_PASSPHRASE_MISSING`: no file, and no terminal to ask at
 */
export async function readPassphrase(file: string | undefined): Promise<Sensitive<string>> {
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw fail('ERR_FILE_UNREADABLE', { field: '--passphrase-file' }, { cause: error });
    });
    const line = text.split(/\r?\n/, 1)[0] ?? '';
    if (line === '') throw fail('ERR_PASSPHRASE_MISSING', { field: '--passphrase-file' });
    return new Sensitive(line);
  }
  if (!process.stdin.isTTY) throw fail('ERR_PASSPHRASE_MISSING');
  return ask('Passphrase, PIN or token of the keyring: ');
}

function ask(question: string): Promise<Sensitive<string>> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (): void => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.off('data', onData);
      stderr.write('\n');
    };
    const onData = (chunk: string): void => {
      for (const key of chunk) {
        if (key === '\r' || key === '\n' || key === '\u0003' || key === '\u0004') {
          end();
          const finished = (key === '\r' || key === '\n') && typed !== '';
          if (finished) resolve(new Sensitive(typed));
          else reject(fail('ERR_PASSPHRASE_MISSING'));
          return;
        }
        typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key;
      }
    };
    stdin.on('data', onData);
  });
}
