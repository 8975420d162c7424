/**
 * Reads the text of a spreadsheet (XLSX, ECMA-376): every cell of every sheet, row by row. No formula is computed, no link followed, no
 * macro or picture looked at; a cell shows the value that was saved with it.
 *
 * For looking through a file that leaked. Customers come in as CSV, which says exactly what it holds.
 * @module
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-376/
 */
import { readFile, stat } from 'node:fs/promises';
import { strFromU8, type UnzipFileInfo, unzipSync } from 'fflate';
import { fail } from './errors.js';

export interface SheetRow {
  /** 1 … in the order of the workbook's files. */
  readonly sheet: number;
  /** As written; cells that are not there are left out. */
  readonly cells: readonly string[];
}

/** A packed file of a megabyte can unfold to a gigabyte: more than this is refused before it is unpacked. */
const LARGEST_UNPACKED = 512 * 1024 * 1024;
const LARGEST_PACKED = 128 * 1024 * 1024;
const SHARED = 'xl/sharedStrings.xml';
const SHEET = /^xl\/worksheets\/sheet(\d{1,5})\.xml$/;

/**
 * Reads all rows.
 *
 * @param source - a path, or the file's bytes
 * @throws `ERR_FILE_MISSING`, `ERR_FILE_UNREADABLE` · `ERR_XLSX_UNREADABLE`: no spreadsheet, damaged, encrypted · `ERR_XLSX_TOO_LARGE`
 */
export async function readXlsx(source: string | Uint8Array): Promise<SheetRow[]> {
  const where = typeof source === 'string' ? { file: source } : {};
  const parts = unpack(typeof source === 'string' ? await readPacked(source) : source, where);
  const shared = itemsOf(parts.get(SHARED) ?? '');
  const sheets = [...parts.keys()].flatMap((name) => (SHEET.test(name) ? [Number(SHEET.exec(name)?.[1])] : [])).sort((a, b) => a - b);
  if (sheets.length === 0) throw fail('ERR_XLSX_UNREADABLE', where);
  return sheets.flatMap((sheet) => rowsOf(parts.get(`xl/worksheets/sheet${sheet}.xml`) as string, sheet, shared, where));
}

type Where = { readonly file?: string };

async function readPacked(file: string): Promise<Uint8Array> {
  try {
    if ((await stat(file)).size > LARGEST_PACKED) throw fail('ERR_XLSX_TOO_LARGE', { file });
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_XLSX_TOO_LARGE') throw error;
    throw fail(code === 'ENOENT' ? 'ERR_FILE_MISSING' : 'ERR_FILE_UNREADABLE', { file });
  }
}

/** The parts that hold text, by name. */
function unpack(packed: Uint8Array, where: Where): ReadonlyMap<string, string> {
  let unpacked = 0;
  let large = false;
  const wanted = ({ name, originalSize }: UnzipFileInfo): boolean => {
    if (name !== SHARED && !SHEET.test(name)) return false;
    unpacked += originalSize;
    large ||= unpacked > LARGEST_UNPACKED;
    return !large;
  };
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(packed, { filter: wanted });
  } catch {
    throw fail('ERR_XLSX_UNREADABLE', where);
  }
  if (large) throw fail('ERR_XLSX_TOO_LARGE', where);
  return new Map(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
}

/** Splits, and no pattern that looks for an end: a file made to be slow holds beginnings without one. */
function itemsOf(xml: string): string[] {
  return xml
    .replaceAll(/<si(?:\s[^<>]*)?\/>/g, '<si></si>')
    .split('</si>')
    .slice(0, -1)
    .map((item) => textOf(item.slice(item.lastIndexOf('<si'))));
}

const VALUE = /<v(?:\s[^<>]*)?>([^<]*)<\/v>/;
/** Where a cell begins: its attributes. */
const CELL = /<c(\s[^<>]*)?>/;

function rowsOf(xml: string, sheet: number, shared: readonly string[], where: Where): SheetRow[] {
  // Cells and rows without content close themselves: they would be read as the beginning of the next.
  const rows = xml
    .replaceAll(/<(?:c|row)(?:\s[^<>]*)?\/>/g, '')
    .split('</row>')
    .slice(0, -1);
  return rows.map((row) => ({
    sheet,
    cells: row
      .split('</c>')
      .slice(0, -1)
      .map((cell) => {
        const begin = CELL.exec(cell);
        if (begin === null) throw fail('ERR_XLSX_UNREADABLE', where);
        return cellText(begin[1] ?? '', cell.slice(begin.index + begin[0].length), shared, where);
      }),
  }));
}

function cellText(attributes: string, content: string, shared: readonly string[], where: Where): string {
  const kind = /\st="([^"]*)"/.exec(attributes)?.[1];
  if (kind === 'inlineStr') return textOf(content);
  const value = unescaped(VALUE.exec(content)?.[1] ?? '');
  if (kind !== 's') return value;
  const text = /^\d+$/.test(value) ? shared[Number(value)] : undefined;
  if (text === undefined) throw fail('ERR_XLSX_UNREADABLE', where);
  return text;
}

/** The text of an item, its runs put together; readings above characters (`rPh`) are no part of it. */
function textOf(xml: string): string {
  const plain = xml
    .split('</rPh>')
    .map((part, i, parts) => (i === parts.length - 1 ? part : part.slice(0, part.lastIndexOf('<rPh'))))
    .join('');
  return [...plain.matchAll(/<t(?:\s[^<>]*)?>([^<]*)<\/t>/g)].map(([, text]) => unescaped(text as string)).join('');
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const LAST_CODE_POINT = 0x10ffff;

function unescaped(text: string): string {
  return text
    .replaceAll(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g, (whole, name?: string, decimal?: string, hex?: string) => {
      if (name !== undefined) return NAMED[name] as string;
      const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
      return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : whole;
    })
    .replaceAll(/_x([0-9a-fA-F]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
