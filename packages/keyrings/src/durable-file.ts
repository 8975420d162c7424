/**
 * One small file that survives a power cut at any moment: written beside its place, fsynced, renamed, the folder fsynced.
 * Whatever step is the last, the name shows the old content or the new, whole.
 * @module
 */
import * as disk from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from './errors.js';

/** The steps that touch the disk: what a test interrupts one by one. */
export interface Disk {
  readFile(path: string): Promise<Uint8Array>;
  open(path: string, flags: string, mode?: number): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

export interface DiskFile {
  writeFile(data: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export const realDisk: Disk = disk;

const OWNER_ONLY = 0o600;

/** Reads a small file whole. */
export async function readDurable(on: Disk, path: string): Promise<Uint8Array> {
  try {
    return await on.readFile(path);
  } catch (error) {
    throw fail(codeOf(error) === 'ENOENT' ? 'ERR_KEYRING_MISSING' : 'ERR_KEYRING_UNREADABLE', { file: path });
  }
}

/**
 * Writes the file under a new name or in place of the old one. Durable when it resolves.
 *
 * @param existing - `refused` leaves a file that has the name as it is
 */
export async function writeDurable(on: Disk, path: string, bytes: Uint8Array, existing: 'replaced' | 'refused'): Promise<void> {
  const beside = `${path}.new`;
  try {
    await removeIfThere(on, beside);
    const file = await on.open(beside, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (existing === 'replaced') {
      await on.rename(beside, path);
    } else {
      // A hard link, unlike a rename, fails when the name is taken.
      await on.link(beside, path);
      await on.unlink(beside);
    }
    await syncFolder(on, dirname(path));
  } catch (error) {
    await removeIfThere(on, beside).catch(() => {});
    throw fail(codeOf(error) === 'EEXIST' ? 'ERR_KEYRING_EXISTS' : 'ERR_KEYRING_UNWRITABLE', { file: path });
  }
}

async function syncFolder(on: Disk, folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems journal names themselves.
  if (process.platform === 'win32') return;
  const handle = await on.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeIfThere(on: Disk, path: string): Promise<void> {
  await on.unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
