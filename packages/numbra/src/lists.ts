/**
 * Lists as they were delivered, read back.
 * @module
 */
import { readCsv } from '@numbra/files';
import { type ShownList, shownList } from '@numbra/policy/measures';

/**
 * What a list shows of each row, to whoever holds it.
 *
 * @throws `ERR_FILE_…`, `ERR_CSV_…`
 */
export async function readShownList(file: string): Promise<ShownList> {
  let header: readonly string[] = [];
  const rows: string[][] = [];
  for await (const { cells } of readCsv(file, { columns: ['masked_phone'] })) {
    if (rows.length === 0) header = Object.keys(cells);
    rows.push(Object.values(cells));
  }
  return shownList(header, rows);
}
