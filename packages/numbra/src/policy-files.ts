/**
 * Policies as the command line reads them: one file, or several that are composed.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { composePolicy, type Policy, type PolicySource } from '@numbra/policy';
import { fail } from './errors.js';

/** @throws `ERR_FILE_UNREADABLE` */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fail('ERR_FILE_UNREADABLE', { file }, { cause: error });
  }
}

/** @throws `ERR_FILE_UNREADABLE` */
export function readFiles(files: readonly string[]): Promise<PolicySource[]> {
  return Promise.all(files.map(async (file) => ({ file, text: await readText(file) })));
}

/** @throws `ERR_FILE_UNREADABLE`, `ERR_POLICY_…` with file, line and column */
export async function loadFiles(files: readonly string[]): Promise<Policy> {
  return composePolicy(await readFiles(files));
}
