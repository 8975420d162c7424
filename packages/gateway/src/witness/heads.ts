/**
 * What a witness remembers: for each ledger the largest checkpoint that it cosigned, in a file of its own, whole and on disk before the
 * cosignature leaves. Losing it would let a fork pass, so a file that cannot be read is an error and never "nothing yet".
 *
 * Also keeps what it refused as a fork, for whoever must judge it.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@numbra/files';
import { parseCheckpoint, type TreeHead } from '@numbra/ledger';
import { fail } from '../errors.js';

/** Anybody who has one checkpoint of the ledger can send it with a wrong proof: so much is kept, and no more. */
const MOST_EVIDENCE = 100;

export interface RememberedHead extends TreeHead {
  /** The checkpoint as the ledger signed it. */
  readonly note: string;
}

export interface Heads {
  /** @throws `ERR_WITNESS_STATE`: the file is not what was written */
  last(origin: string): Promise<RememberedHead | undefined>;
  /** When this resolves the head is on disk. */
  keep(origin: string, note: string): Promise<void>;
  /** Keeps a refused request beside the head that it contradicts. */
  keepEvidence(code: string, request: string, last: RememberedHead | undefined, at: number): Promise<void>;
  /** Forgets a ledger: the next checkpoint of it is taken as the first. @returns whether there was one */
  forget(origin: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens a witness's folder; one process at a time.
 *
 * @throws `ERR_WITNESS_STATE`: another living process has it
 */
export async function openHeads(folder: string): Promise<Heads> {
  const evidence = join(folder, 'evidence');
  await mkdir(evidence, { recursive: true, mode: 0o700 });
  const unlock = await lock(join(folder, 'lock'));
  const pathOf = (origin: string): string => join(folder, `${createHash('sha256').update(origin).digest('hex').slice(0, 32)}.checkpoint`);

  async function last(origin: string): Promise<RememberedHead | undefined> {
    let note: string;
    try {
      note = await readFile(pathOf(origin), 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fail('ERR_WITNESS_STATE', {}, { cause });
    }
    try {
      const head = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
      if (head.origin === origin) return { size: head.size, root: head.root, note };
    } catch {
      // The one error below.
    }
    throw fail('ERR_WITNESS_STATE', {}, { detail: 'a remembered checkpoint is damaged' });
  }

  return {
    last,
    async keep(origin, note) {
      await writeFileAtomic(pathOf(origin), [note]);
    },
    async keepEvidence(code, request, known, at) {
      if ((await readdir(evidence)).length >= MOST_EVIDENCE) return;
      const name = `${new Date(at).toISOString().replaceAll(':', '')}-${code}-${randomBytes(4).toString('hex')}.txt`;
      await writeFileAtomic(join(evidence, name), [`refused: ${code}\n\nremembered:\n${known?.note ?? 'nothing\n'}\nasked:\n${request}`]);
    },
    async forget(origin) {
      if ((await last(origin)) === undefined) return false;
      await rm(pathOf(origin));
      return true;
    },
    close: unlock,
  };
}

/** link() fails when the name exists; a lock whose process is gone is taken over. */
async function lock(path: string): Promise<() => Promise<void>> {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  await writeFile(draft, String(process.pid), { mode: 0o600 });
  try {
    for (let tries = 0; ; tries++) {
      try {
        await link(draft, path);
        return () => rm(path, { force: true });
      } catch (cause) {
        const holder = Number(await readFile(path, 'utf8').catch(() => ''));
        if (tries > 2 || (cause as NodeJS.ErrnoException).code !== 'EEXIST' || isAlive(holder))
          throw fail('ERR_WITNESS_STATE', {}, { cause, detail: 'another process has this folder' });
        await rm(path, { force: true });
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
