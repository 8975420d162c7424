// CSV in: strict, every fault with row, line and column

export type { CsvEncoding } from './decode.js';
export { type CsvReadOptions, type CsvRow, readCsv } from './read-csv.js';

// Spreadsheets in: the text of what leaked

export { readXlsx, type SheetRow } from './read-xlsx.js';

// CSV out

export { csvLine, linesOf } from './write-csv.js';

// Whole files: complete under their name, or not there

export {
  type Chunks,
  type Part,
  resumePart,
  sha256OfFile,
  syncFolder,
  type WriteOptions,
  type Written,
  writeFileAtomic,
  writePart,
} from './atomic-file.js';

// Errors

export { errors, type FilesErrorCode } from './errors.js';
