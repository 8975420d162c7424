/**
 * The approver's page as a file: which language, and where it is written.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import type { PageLanguage } from '@numbra/bank';
import { oneOf } from './arguments.js';
import { fail } from './errors.js';

const LANGUAGES: readonly PageLanguage[] = ['en', 'zh'];

/** Of a command that writes a page. */
export const LANGUAGE_OPTION = ['--language <language>', `the page's: ${LANGUAGES.join(' or ')}`, 'en'] as const;

/** @throws `ERR_ARGUMENT` */
export function pageLanguage(text: string): PageLanguage {
  return oneOf(LANGUAGES, text);
}

/** Writes a page, over an earlier one. @throws `ERR_FILE_UNWRITABLE` */
export async function writePage(file: string, page: string): Promise<void> {
  await writeFile(file, page, { mode: 0o600 }).catch((cause: Error) => {
    throw fail('ERR_FILE_UNWRITABLE', { field: '--page' }, { cause });
  });
}
