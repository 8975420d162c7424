/**
 * The codes of this package. A parser's own message may hold the cell it failed on, so none is ever passed on:
 * every foreign error becomes one of these, with row, line and column.
 * @module
 */
import { type ErrorTable, errorFactory } from '@numbra/core';

/** Every code that this package throws. */
export const errors = {
  ERR_FILE_MISSING: {
    message: 'The file does not exist.',
    action: 'Correct the path.',
    audience: 'bank',
  },
  ERR_FILE_UNREADABLE: {
    message: 'The file cannot be read: it is a folder, or its permissions or the disk prevent it.',
    action: 'Check the path, the permissions and the disk.',
    audience: 'operator',
  },
  ERR_FILE_UNWRITABLE: {
    message: 'The file cannot be written. Nothing was left under its name.',
    action: 'Check that the folder exists, its permissions and the free space.',
    audience: 'operator',
  },
  ERR_FILE_EXISTS: {
    message: 'A file of this name exists and was left as it is.',
    action: 'Choose another name, or move the old file away.',
    audience: 'bank',
  },
  ERR_FILE_PART_REPLACED: {
    message: 'Another process wrote the same file at the same time. Nothing was put under its name.',
    action: 'Let one process write the file, then try again.',
    audience: 'operator',
  },
  ERR_CSV_EMPTY: {
    message: 'The file holds no header row.',
    action: 'Give a CSV file whose first row names the columns.',
    audience: 'bank',
  },
  ERR_CSV_ENCODING: {
    message: 'The file is not the text it should be: UTF-8, GBK or GB 18030.',
    action: 'Save it as CSV UTF-8, or state its encoding.',
    audience: 'bank',
  },
  ERR_CSV_ENCODING_UTF16: {
    message: 'The file is UTF-16, in which CSV cannot be read safely.',
    action: 'Save it as CSV UTF-8.',
    audience: 'bank',
  },
  ERR_CSV_MISSING_COLUMN: {
    message: 'A column that is needed is not in the header row.',
    action: 'Add the column or correct its name; check that the delimiter is a comma.',
    audience: 'bank',
  },
  ERR_CSV_DUPLICATE_COLUMN: {
    message: 'Two columns have the same name.',
    action: 'Rename or remove one of them.',
    audience: 'bank',
  },
  ERR_CSV_UNNAMED_COLUMN: {
    message: 'A column has no name in the header row.',
    action: 'Name the column or remove it.',
    audience: 'bank',
  },
  ERR_CSV_RAGGED_ROW: {
    message: 'A row has more or fewer cells than the header row.',
    action: 'Correct the row; a cell with a comma in it needs quotes around it.',
    audience: 'bank',
  },
  ERR_CSV_QUOTE: {
    message: 'A quotation mark stands where none may, or is never closed.',
    action: 'Put the cell in quotes and double the quotation marks inside it.',
    audience: 'bank',
  },
  ERR_CSV_ROW_TOO_LONG: {
    message: 'A row is longer than a megabyte: a quotation mark that is never closed, or not a CSV file.',
    action: 'Correct the row.',
    audience: 'bank',
  },
  ERR_CSV_UNREADABLE: {
    message: 'A row cannot be read as CSV.',
    action: 'Correct the row.',
    audience: 'bank',
  },
  ERR_XLSX_UNREADABLE: {
    message: 'The file is no spreadsheet (XLSX), is damaged, or is encrypted.',
    action: 'Open it, remove its password, and save it as XLSX or CSV.',
    audience: 'bank',
  },
  ERR_XLSX_TOO_LARGE: {
    message: 'The spreadsheet is too large: more than 128 MiB packed, or 512 MiB unpacked.',
    action: 'Save its sheets as CSV and give those.',
    audience: 'bank',
  },
} as const satisfies ErrorTable;

export type FilesErrorCode = keyof typeof errors;

export const fail = errorFactory(errors);
