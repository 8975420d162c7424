/**
 * Trace: which list does a leaked row come from? Tokens are found in any text. One that opens under its campaign's key, or whose hash is
 * kept, is proven; a tag alone proves nothing, for anyone can copy one. The list is proven, never the hand that let it out: the
 * bank held the rows too.
 * @module
 */
import type { BankContext } from '../context.js';
import { type DecoyFindings, findDecoys, openLookout } from '../decoys/sightings.js';
import { plainArray } from '../store/arrays.js';
import { type FingerprintMatch, matchRows, type ShownRow, shownRowsOf } from './fingerprint.js';
import { addLine, deliveriesOfLines, lineHashes, type RowLines } from './trace-lines.js';
import { type FoundBy, type TracedToken, traceTokens } from './trace-tokens.js';
import { type TracePiece, windowsOf } from './trace-windows.js';
import { sentences } from './trace-words.js';

/** One row of one list, found by one or both of its tokens. */
export interface TracedRow {
  /** A member of the campaign's list: its token opened and was delivered, or its kept hash matches. */
  readonly proven: boolean;
  /** How, by the surest of its tokens. See trace-tokens.ts. */
  readonly by: FoundBy;
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  /** 1 … in the order of the list; rows that were found only. */
  readonly rowNumber?: number;
  /** Of a row found by what is left of a token: how likely a beginning drawn at random would be found on this list. */
  readonly chance?: number;
  /** Exports that delivered this row, oldest first. */
  readonly exports: readonly string[];
  /** Those of them whose row stands in what leaked byte for byte; none of a row that is not proven, was edited, or stands in no line of its own. */
  readonly asDelivered: readonly string[];
  /** Pseudonyms of the agents who had calls put through by this row. */
  readonly agents: readonly string[];
  /** Where its tokens stand, the first of them. */
  readonly places: readonly { readonly source?: string; readonly start: number; readonly end: number }[];
}

/** An export that delivered proven rows. */
export interface TracedExport {
  readonly export: string;
  readonly campaign: string;
  readonly vendor: string;
  readonly rows: number;
  /** Where its entry stands in the ledger; absent while it waits for its position. */
  readonly position?: number;
}

export interface TraceReport {
  readonly rows: readonly TracedRow[];
  /** Lists that proven rows come from, most rows first. */
  readonly lists: readonly {
    readonly campaign: string;
    readonly vendor: string;
    readonly rows: number;
    readonly exports: readonly string[];
  }[];
  readonly exports: readonly TracedExport[];
  /** Tokens that carry no tag of this bank. */
  readonly foreign: number;
  /** The bank's own lines among the phones, and whom they accuse. */
  readonly decoys: DecoyFindings;
  /** Lists that rows without a token resemble. Looked for only where no token proves a row. */
  readonly resembling: readonly FingerprintMatch[];
  /** The report in sentences. */
  readonly text: string;
}

/** Traces a text of any kind: a CSV, a chat, what was read off a screenshot. */
export function traceText(context: BankContext, text: string): Promise<TraceReport> {
  return tracePieces(context, [{ text }]);
}

/** Traces files of any length, piece by piece. Memory holds what was found, and not what was read. */
export async function tracePieces(context: BankContext, pieces: AsyncIterable<TracePiece> | Iterable<TracePiece>): Promise<TraceReport> {
  const rows = new Map<string, TracedRow>();
  const lines: RowLines = new Map();
  const lookout = await openLookout(context);
  const shown: ShownRow[] = [];
  let tokens = 0;
  let foreign = 0;
  for await (const { source, text, offset } of windowsOf(pieces)) {
    const { count, traced } = await traceTokens(context, text);
    tokens += count;
    const known = new Set<number>();
    const lineAt = lineHashes(text);
    for (const token of traced) {
      known.add(token.start);
      const place = { ...(source !== undefined && { source }), start: offset + token.start, end: offset + token.end };
      addRow(rows, token, place);
      if (isProof(token.by)) addLine(lines, keyOf(token), lineAt(token.start));
    }
    foreign += count - known.size;
    lookout.read(text);
    shownRowsOf(text, shown);
  }
  const found = await withAgents(context, await withDeliveries(context, rows, lines));
  const lists = listsOf(found);
  const report = {
    rows: found,
    lists,
    exports: await exportsOf(context, found),
    foreign,
    decoys: await findDecoys(context, lookout),
    resembling: lists.length > 0 ? [] : await matchRows(context, shown),
  };
  return { ...report, text: sentences(tokens, report) };
}

/** The surest first. */
const SURENESS: readonly FoundBy[] = ['sealed', 'hash', 'prefix', 'tag'];
/** A row that stands in a file a million times is no better known for it. */
const MOST_PLACES = 16;

const isProof = (by: FoundBy): boolean => by === 'sealed' || by === 'hash';

/** A row of a list; a token of no row stands for itself. */
const keyOf = ({ rowNumber, text, campaign }: TracedToken): string => (rowNumber === undefined ? text : `${campaign.number} ${rowNumber}`);

function addRow(rows: Map<string, TracedRow>, token: TracedToken, place: TracedRow['places'][number]): void {
  const { by, campaign, rowNumber, exports, chance } = token;
  const key = keyOf(token);
  const before = rows.get(key);
  const surest = before !== undefined && SURENESS.indexOf(before.by) < SURENESS.indexOf(by) ? before.by : by;
  const places = before?.places ?? [];
  rows.set(key, {
    proven: isProof(surest),
    by: surest,
    campaign: campaign.id,
    vendor: campaign.vendor,
    purpose: campaign.purpose,
    ...(rowNumber !== undefined && { rowNumber }),
    ...(surest === 'prefix' && { chance: Math.min(chance ?? 1, before?.chance ?? 1) }),
    // A rotated campaign's row may be found by tokens of both lists.
    exports: [...new Set([...(before?.exports ?? []), ...exports])],
    asDelivered: [],
    agents: [],
    places: places.length < MOST_PLACES ? [...places, place] : places,
  });
}

async function withDeliveries(context: BankContext, rows: ReadonlyMap<string, TracedRow>, lines: RowLines): Promise<TracedRow[]> {
  const campaigns = new Set([...rows.values()].filter(({ proven }) => proven).map(({ campaign }) => campaign));
  const delivered = await deliveriesOfLines(context, [...campaigns], lines);
  return [...rows].map(([key, row]) => ({ ...row, asDelivered: row.exports.filter((id) => delivered.get(key)?.has(id)) }));
}

async function withAgents({ database }: BankContext, rows: readonly TracedRow[]): Promise<TracedRow[]> {
  const asked = rows.flatMap((row, at) => (row.rowNumber === undefined ? [] : [{ at, campaign: row.campaign, rowNumber: row.rowNumber }]));
  if (asked.length === 0) return [...rows];
  const found = await database.query<{ at: number; agents: string }>(
    `SELECT a.at, string_agg(DISTINCT k.agent::text, ' ') AS agents
       FROM unnest($1::text::integer[], $2::text::text[], $3::text::integer[]) AS a (at, campaign, row_number)
       JOIN campaign c ON c.id = a.campaign JOIN call k ON k.campaign = c.number AND k.row_number = a.row_number
      WHERE k.agent IS NOT NULL GROUP BY a.at`,
    [
      plainArray(asked.map(({ at }) => at)),
      // Campaigns are names: nothing in them needs quotes.
      plainArray(asked.map(({ campaign }) => campaign)),
      plainArray(asked.map(({ rowNumber }) => rowNumber)),
    ],
  );
  const agents = new Map(found.map(({ at, agents: list }) => [at, list.split(' ')]));
  return rows.map((row, at) => ({ ...row, agents: agents.get(at) ?? [] }));
}

function listsOf(rows: readonly TracedRow[]): TraceReport['lists'] {
  const lists = new Map<string, { campaign: string; vendor: string; rows: number; exports: Set<string> }>();
  for (const { proven, campaign, vendor, exports } of rows) {
    if (!proven) continue;
    const list = lists.get(campaign) ?? { campaign, vendor, rows: 0, exports: new Set() };
    list.rows += 1;
    for (const id of exports) list.exports.add(id);
    lists.set(campaign, list);
  }
  return [...lists.values()].map((list) => ({ ...list, exports: [...list.exports] })).sort((a, b) => b.rows - a.rows);
}

async function exportsOf({ ledger }: BankContext, rows: readonly TracedRow[]): Promise<TracedExport[]> {
  const exports = new Map<string, TracedExport>();
  for (const { proven, campaign, vendor, exports: ids } of rows) {
    if (!proven) continue;
    for (const id of ids) exports.set(id, { export: id, campaign, vendor, rows: (exports.get(id)?.rows ?? 0) + 1 });
  }
  const placed: TracedExport[] = [];
  for (const one of exports.values()) {
    const position = await ledger.positionOfExport(one.export);
    placed.push({ ...one, ...(position !== undefined && { position }) });
  }
  return placed.sort((a, b) => b.rows - a.rows);
}
