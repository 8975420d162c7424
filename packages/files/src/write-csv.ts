/**
 * CSV out (RFC 4180, LF, no byte order mark): quotes only where a cell needs them, so that the same row is always the same bytes.
 *
 * Cells that begin with `= + - @` are written as they are; a spreadsheet may take them for a formula. Names and notes of
 * unknown origin do not belong into a list that leaves.
 * @module
 */

const NEEDS_QUOTES = /[",\r\n]/;

/**
 * One row, without its line end: exactly the bytes that a delivered row is hashed over.
 *
 * @param cells - at least one
 */
export function csvLine(cells: readonly string[]): string {
  let line = '';
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as string;
    line += (i === 0 ? '' : ',') + (NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  }
  // A row of one empty cell would read as an empty line, which readers pass over.
  return line === '' ? '""' : line;
}

/** How much text is joined before it is handed on: large enough that writing costs little, small enough to stay flat. */
const CHUNK_CHARACTERS = 1 << 16;

/**
 * Joins lines into larger pieces for writing, a line feed after each line.
 *
 * @param lines - without line ends
 */
export async function* linesOf(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < CHUNK_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
