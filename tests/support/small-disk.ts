/**
 * A disk of a few hundred kilobytes that a database server can be given, for tests that fill it.
 * @module
 */
import { execFile, execFileSync } from 'node:child_process';
import { chown, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BLOCK = Buffer.alloc(4096);

/** Root may mount, unless it is kept from it. */
export const canMount: boolean = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export interface SmallDisk {
  readonly path: string;
  /** Leaves no byte free. */
  fill(): Promise<void>;
  /** Gives the room back. */
  empty(): Promise<void>;
  remove(): Promise<void>;
}

/** @param like - a folder whose owner the disk gets */
export async function smallDisk(like: string): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'numbra-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'numbra-test', folder]);
  const { uid, gid } = await stat(like);
  await chown(folder, uid, gid);
  const ballast = join(folder, 'ballast');
  return {
    path: folder,
    async fill() {
      const file = await open(ballast, 'w');
      try {
        for (;;) await file.write(BLOCK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    },
    empty: () => rm(ballast),
    async remove() {
      await run('umount', [folder]);
      await rm(folder, { recursive: true });
    },
  };
}
