/**
 * Files that are there completely or not at all: written beside their place, fsynced, renamed, the folder fsynced.
 * After a power cut the name shows the old file or the whole new one, never half of it.
 *
 * The two halves are also apart (`writePart`, then `commit` or `discard`), for a caller that records the file's digest in
 * a database between them; `resumePart` finds such a part again after a crash.
 * @module
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isNumbraError } from '@numbra/core';
import { fail } from './errors.js';

export interface WriteOptions {
  /** Permission bits of a new file. `0o600` by default: what we write is seldom for everybody. */
  readonly mode?: number;
  /** What happens to a file that has the name already. `replaced` by default. */
  readonly existing?: 'replaced' | 'refused';
}

/** What was written. */
export interface Written {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the bytes, computed on their way to the disk. */
  readonly sha256: Uint8Array;
}

/** A complete, fsynced file that has not got its name yet. One of `commit` and `discard` must be called. */
export interface Part extends Written {
  /** Where it lies meanwhile: `path` and `.part`. */
  readonly partPath: string;
  /** Gives the file its name, durably. A commit that fails leaves the part: try again or discard it. */
  commit(): Promise<void>;
  /** Deletes it; the file that had the name stays as it was. */
  discard(): Promise<void>;
}

export type Chunks = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/**
 * Writes a file whole.
 *
 * @param chunks - strings are written as UTF-8
 * @throws `ERR_FILE_UNWRITABLE`, `ERR_FILE_EXISTS`, `ERR_FILE_PART_REPLACED`, and whatever `chunks` throws; the name shows what it showed before
 */
export async function writeFileAtomic(path: string, chunks: Chunks, options: WriteOptions = {}): Promise<Written> {
  const part = await writePart(path, chunks, options);
  try {
    await part.commit();
  } catch (error) {
    await part.discard();
    throw error;
  }
  return { path, bytes: part.bytes, sha256: part.sha256 };
}

/**
 * Writes a file whole, beside its place, and fsyncs it. A part that a killed process left is replaced.
 *
 * @throws as `writeFileAtomic`; the part is removed first
 */
export async function writePart(path: string, chunks: Chunks, options: WriteOptions = {}): Promise<Part> {
  const partPath = `${path}.part`;
  if (options.existing === 'refused' && (await exists(path))) throw fail('ERR_FILE_EXISTS', { file: path });
  const file = await openNew(partPath, path, options.mode ?? 0o600);
  try {
    const { bytes, sha256 } = await writeAll(file, chunks, path);
    await onDisk(path, () => file.sync());
    const identity = await identityOf(file);
    await file.close();
    return partOf({ path, bytes, sha256 }, identity, options.existing ?? 'replaced');
  } catch (error) {
    const identity = await identityOf(file).catch(() => undefined);
    await file.close().catch(() => {});
    if (identity !== undefined) await removePart(partPath, identity);
    throw error;
  }
}

/**
 * Finds the part of a file that was complete when its process died, to commit or discard it now.
 *
 * @returns the part with the digest of what lies there (the caller compares it), or `undefined` when there is none
 */
export async function resumePart(path: string, options: WriteOptions = {}): Promise<Part | undefined> {
  const partPath = `${path}.part`;
  const file = await open(partPath, constants.O_RDWR | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw fail('ERR_FILE_UNREADABLE', { file: partPath });
  });
  if (file === undefined) return undefined;
  try {
    const written = await hashAll(file);
    return partOf({ path, ...written }, await identityOf(file), options.existing ?? 'replaced');
  } finally {
    await file.close();
  }
}

/**
 * SHA-256 of a file's bytes.
 *
 * @throws `ERR_FILE_MISSING`, `ERR_FILE_UNREADABLE`
 */
export async function sha256OfFile(path: string): Promise<Written> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return { path, ...(await hashAll(file)) };
  } catch (error) {
    throw fail((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'ERR_FILE_MISSING' : 'ERR_FILE_UNREADABLE', { file: path });
  } finally {
    await file?.close();
  }
}

/** Makes a rename or a new name in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems journal names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Which file it is and when it was last written: an inode number alone is soon used again. */
interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

async function identityOf(file: FileHandle): Promise<Identity> {
  const { dev, ino, size, mtimeNs } = await file.stat({ bigint: true });
  return { dev, ino, size, mtimeNs };
}

function partOf(written: Written, identity: Identity, existing: 'replaced' | 'refused'): Part {
  const partPath = `${written.path}.part`;
  let settled = false;
  return {
    ...written,
    partPath,
    async commit() {
      if (settled) return;
      if (!(await isSameFile(partPath, identity))) throw fail('ERR_FILE_PART_REPLACED', { file: written.path });
      await onDisk(written.path, () => giveName(partPath, written.path, existing));
      settled = true;
      await onDisk(written.path, () => syncFolder(dirname(written.path)));
    },
    async discard() {
      if (settled) return;
      settled = true;
      await removePart(partPath, identity);
    },
  };
}

async function giveName(partPath: string, path: string, existing: 'replaced' | 'refused'): Promise<void> {
  if (existing === 'replaced') return rename(partPath, path);
  // A hard link, unlike a rename, fails when the name is taken.
  await link(partPath, path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? fail('ERR_FILE_EXISTS', { file: path }) : error;
  });
  await unlink(partPath);
}

async function openNew(partPath: string, path: string, mode: number): Promise<FileHandle> {
  return onDisk(path, async () => {
    try {
      return await open(partPath, 'wx+', mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await unlink(partPath);
      return open(partPath, 'wx+', mode);
    }
  });
}

async function writeAll(file: FileHandle, chunks: Chunks, path: string): Promise<Omit<Written, 'path'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    const data = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
    hash.update(data);
    await onDisk(path, () => file.writeFile(data));
    bytes += data.length;
  }
  return { bytes, sha256: new Uint8Array(hash.digest()) };
}

async function hashAll(file: FileHandle): Promise<Omit<Written, 'path'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of file.createReadStream({ autoClose: false, start: 0 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: new Uint8Array(hash.digest()) };
}

/** Whether the part is still the one that was written, and not another writer's. */
async function isSameFile(path: string, identity: Identity): Promise<boolean> {
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  return there !== undefined && (['dev', 'ino', 'size', 'mtimeNs'] as const).every((member) => there[member] === identity[member]);
}

async function removePart(partPath: string, identity: Identity): Promise<void> {
  if (await isSameFile(partPath, identity)) await unlink(partPath).catch(() => undefined);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function onDisk<R>(path: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    throw isNumbraError(error) ? error : fail('ERR_FILE_UNWRITABLE', { file: path });
  }
}
