/**
 * Files that a command makes: new ones only, of their owner alone.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { fail } from './errors.js';

/**
 * @param field - the option that named the file
 * @throws `ERR_FILE_EXISTS`, `ERR_FILE_UNWRITABLE`
 */
export async function writeNew(file: string, text: string, field: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw fail(error.code === 'EEXIST' ? 'ERR_FILE_EXISTS' : 'ERR_FILE_UNWRITABLE', { field }, { cause: error });
  });
}
