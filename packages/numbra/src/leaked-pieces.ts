/**
 * What leaked, read for a trace: one file or a folder of them, text of any encoding that shows ASCII as ASCII, UTF-16, or spreadsheets.
 * A leaked file keeps no rules, so nothing in it is refused: bytes that are no text are passed over.
 * @module
 */
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { TracePiece } from '@numbra/bank';
import { readXlsx } from '@numbra/files';
import { fail } from './errors.js';

/**
 * @param path - a file, or a folder: of that every file in it and below, links left alone
 * @throws `ERR_FILE_UNREADABLE`, `ERR_XLSX_…`
 */
export async function* leakedPieces(path: string): AsyncGenerator<TracePiece> {
  const found = await stat(path).catch((error: unknown) => {
    throw fail('ERR_FILE_UNREADABLE', { file: path }, { cause: error });
  });
  if (!found.isDirectory()) return yield* piecesOf(path, basename(path));
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) yield* piecesOf(file, relative(path, file));
}

async function* piecesOf(file: string, source: string): AsyncGenerator<TracePiece> {
  const head = await headOf(file);
  // A spreadsheet is a packed file whatever it is called.
  if (/\.xls[xm]$/i.test(file) && head[0] === 0x50 && head[1] === 0x4b) {
    for (const { cells } of await readXlsx(file)) yield { source, text: `${cells.join('\t')}\n` };
    return;
  }
  const encoding = head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
  const decoder = new TextDecoder(encoding);
  for await (const bytes of createReadStream(file)) yield { source, text: decoder.decode(bytes as Buffer, { stream: true }) };
  yield { source, text: decoder.decode() };
}

async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file).catch((error: unknown) => {
    throw fail('ERR_FILE_UNREADABLE', { file }, { cause: error });
  });
  try {
    return (await handle.read(new Uint8Array(2), 0, 2, 0)).buffer;
  } finally {
    await handle.close();
  }
}
