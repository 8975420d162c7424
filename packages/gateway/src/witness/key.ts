/**
 * A witness's own key, in a file of its own: 32 random bytes with the witness's name, readable by its owner alone.
 *
 * ```
 * PRIVATE+KEY+witness.example+5f3c0a11+BASE64( 0x04 ‖ seed )
 * ```
 * @see https://c2sp.org/tlog-cosignature
 * @module
 */
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { writeFileAtomic } from '@numbra/files';
import { base64Of, type Cosigner, createCosigner, parseBase64 } from '@numbra/ledger';
import { fail } from '../errors.js';

const KIND = 0x04;
const SEED_BYTES = 32;

/**
 * Makes a key and keeps it; a file that exists is left alone.
 *
 * @param name - the witness's name: a domain and path without a scheme, no space and no plus
 * @returns the string to publish, `NAME+ID+KEY`
 * @throws `ERR_WITNESS_KEY_FILE`, and the ledger's `ERR_NOTE_KEY` for a name that is none
 */
export async function createWitnessKey(path: string, name: string): Promise<{ readonly verifierKey: string }> {
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  const { verifierKey } = createCosigner(name, seed);
  const text = `PRIVATE+KEY+${name}+${verifierKey.split('+')[1]}+${base64Of(Uint8Array.of(KIND, ...seed))}\n`;
  seed.fill(0);
  try {
    await writeFileAtomic(path, [text], { existing: 'refused' }); // 0600
  } catch (cause) {
    throw fail('ERR_WITNESS_KEY_FILE', {}, { cause, detail: 'it exists already, or its folder is missing' });
  }
  return { verifierKey };
}

/** @throws `ERR_WITNESS_KEY_FILE`: missing, not a witness's key, or readable by others than its owner */
export async function readWitnessKey(path: string): Promise<Cosigner> {
  let text: string;
  try {
    // Windows has no such bits.
    if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0)
      throw fail('ERR_WITNESS_KEY_FILE', {}, { detail: 'others may read it: chmod 600' });
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause && cause.code === 'ERR_WITNESS_KEY_FILE'
      ? cause
      : fail('ERR_WITNESS_KEY_FILE', {}, { cause });
  }
  const [, name, id, encoded] = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)\n$/.exec(text) ?? [];
  const bytes = encoded === undefined ? undefined : parseBase64(encoded);
  if (name === undefined || bytes?.[0] !== KIND || bytes.length !== SEED_BYTES + 1) throw fail('ERR_WITNESS_KEY_FILE');
  const cosigner = createCosigner(name, bytes.subarray(1));
  bytes.fill(0);
  if (cosigner.verifierKey.split('+')[1] !== id) throw fail('ERR_WITNESS_KEY_FILE');
  return cosigner;
}
