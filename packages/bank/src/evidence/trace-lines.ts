/**
 * Whole lines: whether a row stands in what leaked as an export delivered it. The bank keeps SHA-256 of every row that it delivered, also
 * after the campaign's keys are gone. A line that hashes to it is that row, mask and bands and all; one that was edited, or put together
 * from two rows, has genuine tokens and hashes to none. Where exports delivered one customer with different masks it tells them apart.
 * @module
 */
import { hash } from 'node:crypto';
import type { BankContext } from '../context.js';
import { bytesArray, textArray } from '../store/arrays.js';

/** SHA-256 of the lines in which tokens of a row stand, 64 hex digits; by row. */
export type RowLines = Map<string, Set<string>>;

/** Different lines that are kept of a row: more of them than this were edited, nearly all. */
const MOST_LINES = 8;
/** More characters than a row has; spares a text without line breaks. */
const LONGEST_LINE = 16_384;
const HASH_BYTES = 32;

/** Gives the hash of the line around a place, its line break and a carriage return before that left out. Neighbours in one line hash it once. */
export function lineHashes(text: string): (at: number) => string | undefined {
  let start = 0;
  let end = -1;
  let found: string | undefined;
  return (at) => {
    if (at < start || at > end) {
      start = text.lastIndexOf('\n', at - 1) + 1;
      end = text.indexOf('\n', at);
      if (end < 0) end = text.length;
      const line = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
      found = line.length > LONGEST_LINE ? undefined : hash('sha256', line, 'hex');
    }
    return found;
  };
}

/** Remembers that a row's token stands in a line. */
export function addLine(lines: RowLines, row: string, line: string | undefined): void {
  if (line === undefined) return;
  const known = lines.get(row);
  if (known === undefined) lines.set(row, new Set([line]));
  else if (known.size < MOST_LINES) known.add(line);
}

/**
 * Exports that delivered lines as they are.
 *
 * @param campaigns - whose exports are looked through
 * @returns by row, ids of exports; rows of which no line was delivered are absent
 */
export async function deliveriesOfLines(
  { database }: BankContext,
  campaigns: readonly string[],
  lines: RowLines,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  if (lines.size === 0) return new Map();
  const hashes = [...new Set([...lines.values()].flatMap((line) => [...line]))];
  // Appending nothing reads a chunk's hashes once, where a slice of a stored value would be read anew for each row.
  const found = await database.query<{ hash: string; exports: string }>(
    `WITH delivered AS MATERIALIZED (
       SELECT x.id, cardinality(k.customers) AS rows, k.row_hashes || ''::bytea AS hashes
         FROM campaign c JOIN export x ON x.campaign = c.number JOIN export_chunk k ON k.export = x.number
        WHERE c.id = ANY ($1::text::text[]) AND x.state IN ('made', 'delivered'))
     SELECT encode(r.hash, 'hex') AS hash, string_agg(d.id, ' ') AS exports
       FROM delivered d
       CROSS JOIN LATERAL (SELECT substring(d.hashes FROM $3::integer * i + 1 FOR $3::integer) AS hash FROM generate_series(0, d.rows - 1) AS i) r
      WHERE (r.hash IN (SELECT unnest($2::text::bytea[]))) IS TRUE
      GROUP BY 1`,
    [textArray(campaigns), bytesArray(hashes.map((each) => Buffer.from(each, 'hex'))), HASH_BYTES],
  );
  const exports = new Map(found.map((each) => [each.hash, each.exports.split(' ')]));
  const rows = new Map<string, Set<string>>();
  for (const [row, known] of lines) {
    const ids = [...known].flatMap((line) => exports.get(line) ?? []);
    if (ids.length > 0) rows.set(row, new Set(ids));
  }
  return rows;
}
