/**
 * Import from a CSV file: which column is what, and numbers that must be numbers. The file is read twice: once for its digest
 * and length, once for its rows.
 * @module
 */
import { type CsvReadOptions, readCsv } from '@numbra/files';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { type ImportOptions, type ImportReport, importCustomers } from './import.js';
import { lookOver } from './look-over.js';
import type { CustomerRow } from './row.js';

/** Which column of the file holds what. Every further column is an attribute. */
export interface CustomerColumns {
  readonly customerId: string;
  readonly name: string;
  readonly phone: string;
  readonly account: string;
  readonly residentId: string;
  /** Consent keys with `;` between them. Only this column may be absent. */
  readonly consent: string;
  /** Columns whose cells must be numbers, or empty. In further columns a cell is a number when it is plainly one, else text. */
  readonly numbers: readonly string[];
}

export interface ImportCsvOptions extends Pick<ImportOptions, 'ids'> {
  readonly columns?: Partial<CustomerColumns>;
  readonly encoding?: Exclude<CsvReadOptions['encoding'], undefined>;
  readonly delimiter?: Exclude<CsvReadOptions['delimiter'], undefined>;
  /** Called now and then; `total` counts the lines of the file. */
  readonly onProgress?: (rows: number, total: number) => void;
}

const COLUMNS: CustomerColumns = {
  customerId: 'customer_id',
  name: 'name',
  phone: 'phone',
  account: 'account',
  residentId: 'resident_id',
  consent: 'consent',
  numbers: ['balance'],
};

/** As a bank's systems write amounts: no thousands separator, no exponent. */
const AMOUNT = /^[+-]?[0-9]+(?:\.[0-9]+)?$/;
/** A column that nobody declared: `007` is a code, and 20 digits are an id. */
const PLAINLY_A_NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?$/;

/**
 * Imports a file. All rows or none.
 *
 * @throws `ERR_CSV_…`, `ERR_FILE_…` of @numbra/files, `ERR_IMPORT_…`; each with row and column; nothing was imported
 */
export async function importCsv(context: BankContext, path: string, options: ImportCsvOptions = {}): Promise<ImportReport> {
  const columns = { ...COLUMNS, ...options.columns };
  const { customerId, name, phone, account, residentId, numbers } = columns;
  const rows = readCsv(path, {
    columns: [customerId, name, phone, account, residentId, ...numbers],
    ...(options.encoding !== undefined && { encoding: options.encoding }),
    ...(options.delimiter !== undefined && { delimiter: options.delimiter }),
  });
  const { digest, lines } = await lookOver(path);
  return importCustomers(context, customersOf(rows, columns), {
    digest,
    ...(options.ids !== undefined && { ids: options.ids }),
    ...(options.onProgress !== undefined && { onProgress: (count: number) => options.onProgress?.(count, lines) }),
  });
}

async function* customersOf(
  rows: AsyncIterable<{ readonly row: number; readonly cells: Readonly<Record<string, string>> }>,
  columns: CustomerColumns,
): AsyncGenerator<CustomerRow> {
  const fixed = new Set([columns.customerId, columns.name, columns.phone, columns.account, columns.residentId, columns.consent]);
  const cell = (cells: Readonly<Record<string, string>>, column: string): string => cells[column] ?? '';
  for await (const { row, cells } of rows) {
    yield {
      row,
      customerId: cell(cells, columns.customerId),
      name: cell(cells, columns.name),
      phone: cell(cells, columns.phone),
      account: cell(cells, columns.account),
      residentId: cell(cells, columns.residentId),
      attributes: attributesOf(row, cells, fixed, columns.numbers),
      consents: cell(cells, columns.consent)
        .split(';')
        .map((key) => key.trim())
        .filter((key) => key !== ''),
    };
  }
}

function attributesOf(
  row: number,
  cells: Readonly<Record<string, string>>,
  fixed: ReadonlySet<string>,
  numbers: readonly string[],
): Record<string, number | string> {
  const attributes: Record<string, number | string> = {};
  for (const [column, value] of Object.entries(cells)) {
    const text = value.trim();
    if (fixed.has(column) || text === '') continue;
    if (numbers.includes(column)) {
      if (!AMOUNT.test(text)) throw fail('ERR_IMPORT_NUMBER', { row, column });
      attributes[column] = Number(text);
    } else attributes[column] = PLAINLY_A_NUMBER.test(text) ? Number(text) : text;
  }
  return attributes;
}
