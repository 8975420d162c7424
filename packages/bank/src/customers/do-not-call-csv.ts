/**
 * Do-not-call lists from a file: a column of phones, as an authority or another company hands them out. All rows or none. For a list that
 * the other side will not show, match blindly (matching/learn.ts) and add the customers found.
 * @module
 */
import { parsePhone } from '@numbra/core';
import { type CsvReadOptions, readCsv } from '@numbra/files';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { type DoNotCall, enterPhones } from './do-not-call.js';
import { lookOver } from './look-over.js';

export interface DoNotCallCsvOptions extends Pick<DoNotCall, 'source' | 'until'> {
  /** The column that holds the phones; `phone` by default. Others are not looked at. */
  readonly column?: string;
  readonly encoding?: Exclude<CsvReadOptions['encoding'], undefined>;
  /** Called now and then; `total` counts the lines of the file. */
  readonly onProgress?: (rows: number, total: number) => void;
}

export interface DoNotCallReport {
  /** Different phones of the file. */
  readonly phones: number;
  /** Customers who have one of them now. */
  readonly customers: number;
}

/** Phones in one statement. */
const CHUNK = 8_192;

/**
 * Imports a list.
 *
 * @throws `ERR_CSV_…`, `ERR_FILE_…` of @numbra/files, `ERR_DO_NOT_CALL_PHONE` with the row; nothing was added
 */
export async function importDoNotCall(context: BankContext, path: string, options: DoNotCallCsvOptions): Promise<DoNotCallReport> {
  const { source, until, column = 'phone', encoding, onProgress } = options;
  const { lines: total } = await lookOver(path);
  const rows = readCsv(path, { columns: [column], ...(encoding !== undefined && { encoding }) });
  const now = context.clock();
  const entry = { source, now, ...(until !== undefined && { until }) };
  return context.database.transaction(async (tx) => {
    const seen = new Set<string>();
    let chunk: Uint8Array[] = [];
    let customers = 0;
    const write = async (): Promise<void> => {
      if (chunk.length > 0) customers += await enterPhones(context, tx, chunk, entry);
      chunk = [];
    };
    for await (const { row, cells } of rows) {
      const phone = parsePhone(cells[column] ?? '');
      if (phone === undefined) throw fail('ERR_DO_NOT_CALL_PHONE', { row });
      const index = context.keys.phoneIndex(phone);
      const key = Buffer.from(index).toString('latin1');
      if (seen.has(key)) continue;
      seen.add(key);
      chunk.push(index);
      if (chunk.length === CHUNK) {
        await write();
        onProgress?.(row, total);
      }
    }
    await write();
    onProgress?.(total, total);
    return { phones: seen.size, customers };
  });
}
