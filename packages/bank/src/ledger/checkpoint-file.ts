/**
 * The last signed checkpoint, in a file beside the keyring and not in the database's backup set. It is what shows that a
 * database was restored from an older copy: that copy is whole in itself and cannot show it.
 *
 * Several gateways have a file each; each keeps the largest checkpoint it has seen.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@numbra/files';
import { openCheckpoint } from '@numbra/ledger';
import { fail } from '../errors.js';
import type { LogKey } from './log-key.js';

/** A checkpoint as signed, and what it says. */
export interface SignedCheckpoint {
  /** The C2SP signed note. */
  readonly note: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Opens a note signed by this ledger. Throws what `openCheckpoint` throws. */
export function openSigned(note: string, key: LogKey): SignedCheckpoint {
  const { checkpoint } = openCheckpoint(note, { logKeys: [...key.verifiers], origin: key.origin });
  return { note, size: checkpoint.size, root: checkpoint.root };
}

/**
 * Reads the file.
 *
 * @returns `undefined` when there is none yet
 * @throws `ERR_LEDGER_CHECKPOINT_FILE`: it is not a checkpoint of this ledger
 */
export async function readCheckpointFile(path: string, key: LogKey): Promise<SignedCheckpoint | undefined> {
  try {
    return openSigned(await readFile(path, 'utf8'), key);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fail('ERR_LEDGER_CHECKPOINT_FILE', {}, { cause });
  }
}

/**
 * Replaces the file: when this resolves the checkpoint is on disk, whole.
 *
 * @throws `ERR_LEDGER_CHECKPOINT_FILE_WRITE`: the older file is as it was
 */
export async function writeCheckpointFile(path: string, { note }: SignedCheckpoint): Promise<void> {
  try {
    await writeFileAtomic(path, [note]);
  } catch (cause) {
    throw fail('ERR_LEDGER_CHECKPOINT_FILE_WRITE', {}, { cause });
  }
}
