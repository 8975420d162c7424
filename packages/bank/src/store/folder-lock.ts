/**
 * One process a folder. A lock file beside the folder names its holder by pid and start time, so that a lock whose holder is
 * gone (or whose pid now belongs to another process) is recognised and taken over.
 *
 * A courtesy between honest processes of one machine; not for network file systems.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fail } from '../errors.js';

interface Holder {
  readonly pid: number;
  /** Says which process of this pid: its start since boot, and the boot; empty where the system does not tell. */
  readonly started: string;
}

/**
 * Takes the lock of a folder.
 *
 * @returns gives it back
 * @throws `ERR_STORE_IN_USE`: a living process holds it; the message names its pid
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = `${folder}.lock`;
  const mine = JSON.stringify({ pid: process.pid, started: await startOf(process.pid), nonce: randomBytes(8).toString('hex') });
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    // link() fails when the name exists, and the file is complete the moment it appears.
    while (!(await linked(draft, path))) await removeIfStale(path);
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readText(path)) === mine) await rm(path, { force: true });
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfStale(path: string): Promise<void> {
  const text = await readText(path);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (holder !== undefined && (await isAlive(holder))) throw fail('ERR_STORE_IN_USE', {}, { detail: `pid ${holder.pid}` });
  // Two processes may judge the same lock stale. Rename takes it from under the other; what was taken is looked at again.
  const taken = `${path}.stale-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, taken);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readText(taken)) !== text) await linked(taken, path);
  await rm(taken, { force: true });
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return holder.started === '' || holder.started === (await startOf(holder.pid));
}

/** Linux: field 22 of /proc/pid/stat, in ticks since the boot that boot_id names. Elsewhere the pid alone must do. */
async function startOf(pid: number): Promise<string> {
  const [stat, boot] = await Promise.all([readText(`/proc/${pid}/stat`), readText('/proc/sys/kernel/random/boot_id')]);
  if (stat === undefined || boot === undefined) return '';
  // The command's name may hold blanks and brackets; the fields after it do not.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // It ended, and its parent has not looked yet: it holds nothing any more.
  if (state === 'Z' || state === 'X') return 'ended';
  return `${boot.trim()}/${fields[18]}`;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, started } = value as Partial<Holder>;
    return Number.isSafeInteger(pid) && typeof started === 'string' ? { pid: pid as number, started } : undefined;
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
