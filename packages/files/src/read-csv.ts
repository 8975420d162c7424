/**
 * Reads a CSV file (RFC 4180) strictly, as a bank's customer file must be read: nothing is guessed, nothing repaired.
 * A ragged row, a stray quote, a wrong byte, a missing or doubled column each stop the reading with a code, the row and the column.
 *
 * For files of up to some million rows. Memory stays flat whatever the size.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
import { createReadStream } from 'node:fs';
import { isNumbraError } from '@numbra/core';
import { CsvError, type CsvErrorCode, parse } from 'csv-parse';
import { type CsvEncoding, decodeLines } from './decode.js';
import { type FilesErrorCode, fail } from './errors.js';

export interface CsvReadOptions {
  /** Columns that must be there. Others are read too. */
  readonly columns: readonly string[];
  /** `auto` by default: UTF-8 if the first megabyte is, else GB 18030. */
  readonly encoding?: CsvEncoding | 'auto';
  /** `,` by default. */
  readonly delimiter?: ',' | ';' | '\t' | '|';
  /** The name in error messages, when the source is not a path. */
  readonly file?: string;
}

/** One row below the header. */
export interface CsvRow {
  /** 1 for the first row below the header. */
  readonly row: number;
  /** The line of the file on which the row ends, the header's being 1. */
  readonly line: number;
  /** By column name; cells exactly as written, quotes resolved. */
  readonly cells: Readonly<Record<string, string>>;
}

const LONGEST_ROW_CHARACTERS = 1 << 20;

/** A record as csv-parse hands it over: the header is record 1. */
interface ParsedRecord {
  readonly cells: readonly string[];
  readonly record: number;
  readonly line: number;
}

/**
 * Reads the rows of a CSV file, one at a time. Empty lines are passed over; CRLF, LF and CR end a row alike.
 *
 * @param source - a path, or the file's bytes
 * @throws `ERR_FILE_MISSING`, `ERR_FILE_UNREADABLE`, or an `ERR_CSV_…` with row, line and column, never with a cell's value
 */
export async function* readCsv(source: string | AsyncIterable<Uint8Array>, options: CsvReadOptions): AsyncGenerator<CsvRow> {
  const file = options.file ?? (typeof source === 'string' ? source : undefined);
  const where = file === undefined ? {} : { file };
  const bytes = typeof source === 'string' ? readBytes(source) : source;

  let header: readonly string[] | undefined;
  for await (const records of parseRecords(decodeLines(bytes, options.encoding ?? 'auto', file), options.delimiter ?? ',', where)) {
    for (const { cells, record, line } of records) {
      if (header === undefined) header = checkHeader(cells, options.columns, where);
      else yield { row: record - 1, line, cells: cellsOf(header, cells) };
    }
  }
  if (header === undefined) throw fail('ERR_CSV_EMPTY', where);
}

/**
 * Drives csv-parse piece by piece and takes its records in its callback: as a stream of single records it needs four times as long.
 *
 * @returns the records of one piece of text at a time
 */
async function* parseRecords(pieces: AsyncIterable<string>, delimiter: string, where: Where): AsyncGenerator<readonly ParsedRecord[]> {
  let records: ParsedRecord[] = [];
  // csv-parse counts a CRLF inside quotes as two lines.
  let overcounted = 0;
  let previous = 0;
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW_CHARACTERS,
    on_record: (cells: string[], info) => {
      if (info.lines - previous > 1) overcounted += countLineEnds(cells);
      previous = info.lines;
      records.push({ cells, record: info.records, line: info.lines - overcounted });
      return null;
    },
  });
  // Every failure is handed to the callbacks below as well.
  parser.on('error', () => {});
  const taken = (): readonly ParsedRecord[] => {
    const batch = records;
    records = [];
    return batch;
  };
  try {
    for await (const piece of pieces) {
      await settled((done) => parser.write(piece, done));
      yield taken();
    }
    await settled((done) => parser.end(done));
    yield taken();
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    yield taken();
    throw ours(error, where, overcounted);
  } finally {
    parser.destroy();
  }
}

type Where = { readonly file?: string };

function settled(start: (done: (error?: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 16 });
  } catch (error) {
    if (isNumbraError(error)) throw error;
    throw fail((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'ERR_FILE_MISSING' : 'ERR_FILE_UNREADABLE', { file: path });
  }
}

/** Names of columns we asked for may stand in an error; others may be a customer's data in a file without a header. */
function checkHeader(record: readonly string[], wanted: readonly string[], where: Where): readonly string[] {
  const header = record.map((name) => name.trim());
  for (const column of wanted) if (!header.includes(column)) throw fail('ERR_CSV_MISSING_COLUMN', { ...where, line: 1, column });
  for (const [index, name] of header.entries()) {
    const column = wanted.includes(name) ? name : `number ${index + 1}`;
    if (name === '') throw fail('ERR_CSV_UNNAMED_COLUMN', { ...where, line: 1, column });
    if (header.indexOf(name) !== index) throw fail('ERR_CSV_DUPLICATE_COLUMN', { ...where, line: 1, column });
  }
  return header;
}

/** Without a prototype: a column may be called `__proto__` or `constructor`. */
function cellsOf(header: readonly string[], record: readonly string[]): Record<string, string> {
  const cells: Record<string, string> = Object.create(null);
  for (let i = 0; i < header.length; i++) cells[header[i] as string] = record[i] as string;
  return cells;
}

function countLineEnds(record: readonly string[]): number {
  return record.reduce((sum, cell) => sum + cell.split('\r\n').length - 1, 0);
}

function ours(error: CsvError, where: Where, overcounted: number): Error {
  const { lines, records } = error as CsvError & { readonly lines?: number; readonly records?: number };
  const place = { ...where, ...(records ? { row: records } : {}), ...(lines === undefined ? {} : { line: lines - overcounted }) };
  return fail(codeOf(error.code), place);
}

function codeOf(code: CsvErrorCode): FilesErrorCode {
  switch (code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return 'ERR_CSV_RAGGED_ROW';
    case 'INVALID_OPENING_QUOTE' as CsvErrorCode:
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return 'ERR_CSV_QUOTE';
    case 'CSV_MAX_RECORD_SIZE':
      return 'ERR_CSV_ROW_TOO_LONG';
    default:
      return 'ERR_CSV_UNREADABLE';
  }
}
