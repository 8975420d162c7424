/**
 * Files that only the program's user may read: the vendor's key, the local secret, a token's PIN. A file that others can read
 * is refused, as ssh refuses one: a warning would be read by nobody.
 * @module
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ProgramError } from './errors.js';

/** Read and write for the owner, nothing for anybody else. */
const PRIVATE_MODE = 0o600;
const OTHERS = 0o077;
/** A key is about 300 bytes. */
const LARGEST_BYTES = 64 << 10;
const ROOT = 0;

/**
 * Reads a private file.
 *
 * @throws `ERR_PROGRAM_FILE_UNREADABLE` · `ERR_PROGRAM_FILE_OPEN_TO_OTHERS`
 */
export async function readPrivateFile(path: string): Promise<string> {
  const file = await reach(path, constants.O_RDONLY);
  try {
    // Of the opened file, so that what is looked at is what is read.
    const { mode, uid, size } = await file.stat();
    if (isOpenToOthers(mode, uid)) throw new ProgramError('ERR_PROGRAM_FILE_OPEN_TO_OTHERS', path);
    if (size > LARGEST_BYTES) throw new ProgramError('ERR_PROGRAM_FILE_UNREADABLE', path);
    return await file.readFile('utf8');
  } catch (cause) {
    throw cause instanceof ProgramError ? cause : new ProgramError('ERR_PROGRAM_FILE_UNREADABLE', path, cause);
  } finally {
    await file.close();
  }
}

/**
 * Writes a new private file, complete and on disk when it returns.
 *
 * @throws `ERR_PROGRAM_FILE_EXISTS`: it never overwrites · `ERR_PROGRAM_FILE_UNREADABLE`
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const file = await reach(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (cause) {
    throw new ProgramError('ERR_PROGRAM_FILE_UNREADABLE', path, cause);
  } finally {
    await file.close();
  }
}

async function reach(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags, PRIVATE_MODE);
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new ProgramError(exists ? 'ERR_PROGRAM_FILE_EXISTS' : 'ERR_PROGRAM_FILE_UNREADABLE', path, cause);
  }
}

/** Windows keeps no such bits; there the folder's access list is what protects it. */
function isOpenToOthers(mode: number, uid: number): boolean {
  const user = process.getuid?.();
  if (user === undefined) return false;
  return (mode & OTHERS) !== 0 || (uid !== user && uid !== ROOT);
}
