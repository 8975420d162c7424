/**
 * Trace: which list does a leaked row come from? Tokens are found in any text. One that opens under its campaign's key, or whose hash is
 * kept, is proven; a tag alone proves nothing, for anyone can copy one. The list is proven, never the hand that let it out: the
 * bank held the rows too.
 * @module
 */
import { hash } from 'node:crypto';
import { decodeToken, type FoundToken, findTokens, openDialToken, openReference, type Reference, r5Of } from '@numbra/core';
import type { BankContext } from '../context.js';
import { bytesArray, plainArray } from '../store/arrays.js';

/** One row of one list, found by one or both of its tokens. */
export interface TracedRow {
  /** A member of the campaign's list: its token opened and was delivered, or its kept hash matches. */
  readonly proven: boolean;
  /** `sealed`: opened by the campaign's key. `hash`: by its kept hash, after the key is gone. `tag`: carries the tag, not authenticated. */
  readonly by: 'sealed' | 'hash' | 'tag';
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  /** 1 … in the order of the list; proven rows only. */
  readonly rowNumber?: number;
  /** Exports that delivered this row, oldest first. */
  readonly exports: readonly string[];
  /** Where its tokens stand in the text. */
  readonly places: readonly { readonly start: number; readonly end: number }[];
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
  /** Tokens that carry no tag of this bank. */
  readonly foreign: number;
  /** The report in sentences. */
  readonly text: string;
}

/** A token of a text, with what its tag and its key say. */
interface Opened {
  readonly token: FoundToken;
  readonly campaign: TaggedCampaign;
  /** Of a token that opened. */
  readonly r5?: number;
  readonly hash: string;
}

interface TaggedCampaign {
  readonly number: number;
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly generation: number;
  readonly shredded: boolean;
}

/** Traces a text of any kind: a CSV, a chat, what was read off a screenshot. */
export async function traceText(context: BankContext, text: string): Promise<TraceReport> {
  const found = findTokens(text);
  const tags = await campaignsByTag(context, found);
  const opened: Opened[] = [];
  for (const token of found) {
    const campaign = tags.get(tagOf(token));
    if (campaign !== undefined)
      opened.push({ token, campaign, hash: hash('sha256', token.text, 'hex'), ...(await openOwn(context, campaign, token)) });
  }
  const members = await membersOf(context, opened);
  const rows = new Map<string, TracedRow>();
  for (const one of opened) {
    const { campaign, token } = one;
    const member = members.get(keyOf(campaign, one.hash));
    const key = member === undefined ? `${token.text}` : `${campaign.number} ${member.rowNumber}`;
    const before = rows.get(key);
    rows.set(key, {
      proven: member !== undefined,
      by: member === undefined ? 'tag' : one.r5 === undefined ? 'hash' : 'sealed',
      campaign: campaign.id,
      vendor: campaign.vendor,
      purpose: campaign.purpose,
      ...(member !== undefined && { rowNumber: member.rowNumber }),
      // A rotated campaign's row may be found by tokens of both lists.
      exports: [...new Set([...(before?.exports ?? []), ...(member?.exports ?? [])])],
      places: [...(before?.places ?? []), { start: token.start, end: token.end }],
    });
  }
  const traced = [...rows.values()];
  const lists = listsOf(traced);
  const foreign = found.length - opened.length;
  return { rows: traced, lists, foreign, text: sentences(found.length, traced, lists, foreign) };
}

const tagOf = ({ text }: FoundToken): string => Buffer.from(decodeToken(text)?.tag ?? []).toString('hex');
const keyOf = ({ number, generation }: TaggedCampaign, tokenHash: string): string => `${number} ${generation} ${tokenHash}`;

async function campaignsByTag({ database }: BankContext, found: readonly FoundToken[]): Promise<ReadonlyMap<string, TaggedCampaign>> {
  const tags = [...new Set(found.map(tagOf))];
  const rows = await database.query<TaggedCampaign & { readonly tag: Uint8Array }>(
    `SELECT s.tag, c.number, c.id, c.vendor, c.purpose, s.generation, s.wrapped IS NULL AS shredded
       FROM campaign_secret s JOIN campaign c ON c.number = s.campaign WHERE s.tag = ANY ($1::text::bytea[])`,
    [bytesArray(tags.map((tag) => Buffer.from(tag, 'hex')))],
  );
  return new Map(rows.map(({ tag, ...campaign }) => [Buffer.from(tag).toString('hex'), campaign]));
}

/** Opens a token by the key of the list that its tag names. */
async function openOwn(context: BankContext, campaign: TaggedCampaign, { kind, text }: FoundToken): Promise<{ r5: number } | undefined> {
  if (campaign.shredded) return undefined;
  const keys = await context.scopes.of(campaign.id);
  const scope = keys?.generations.find(({ generation }) => generation === campaign.generation)?.scope;
  if (scope === undefined) return undefined;
  const r5 = kind === 'reference' ? openReference(scope, text) && r5Of(text as Reference) : openDialToken(scope, text)?.r5;
  return r5 === undefined ? undefined : { r5: Buffer.from(r5).readUIntBE(0, 5) };
}

interface MemberRow {
  readonly rowNumber: number;
  readonly exports: readonly string[];
}

/** Members by the hash of either token. A token that opened but was never delivered is nobody's. */
async function membersOf({ database }: BankContext, opened: readonly Opened[]): Promise<ReadonlyMap<string, MemberRow>> {
  if (opened.length === 0) return new Map();
  const rows = await database.query<{ campaign: number; generation: number; row_number: number; hash: Uint8Array; exports: string | null }>(
    `WITH asked AS (SELECT DISTINCT * FROM unnest($1::text::integer[], $2::text::smallint[], $3::text::bytea[]) AS t (campaign, generation, hash))
     SELECT m.campaign, m.generation, m.row_number, a.hash,
            (SELECT string_agg(x.id, ' ' ORDER BY x.number) FROM export x
              WHERE x.campaign = m.campaign AND x.generation = m.generation AND x.state IN ('made', 'delivered')
                AND EXISTS (SELECT FROM export_chunk k WHERE k.export = x.number AND m.customer = ANY (k.customers))) AS exports
       FROM asked a JOIN member m ON m.campaign = a.campaign AND m.generation = a.generation AND a.hash IN (m.reference_hash, m.dial_hash)`,
    [
      plainArray(opened.map(({ campaign }) => campaign.number)),
      plainArray(opened.map(({ campaign }) => campaign.generation)),
      bytesArray(opened.map((one) => Buffer.from(one.hash, 'hex'))),
    ],
  );
  return new Map(
    rows.map(({ campaign, generation, row_number, hash: tokenHash, exports }) => [
      `${campaign} ${generation} ${Buffer.from(tokenHash).toString('hex')}`,
      { rowNumber: row_number, exports: exports === null ? [] : exports.split(' ') },
    ]),
  );
}

function listsOf(rows: readonly TracedRow[]): TraceReport['lists'] {
  const lists = new Map<string, { campaign: string; vendor: string; rows: number; exports: string[] }>();
  for (const { proven, campaign, vendor, exports } of rows) {
    if (!proven) continue;
    const list = lists.get(campaign) ?? { campaign, vendor, rows: 0, exports: [] };
    list.rows += 1;
    for (const id of exports) if (!list.exports.includes(id)) list.exports.push(id);
    lists.set(campaign, list);
  }
  return [...lists.values()].sort((a, b) => b.rows - a.rows);
}

function sentences(tokens: number, rows: readonly TracedRow[], lists: TraceReport['lists'], foreign: number): string {
  const lines = [`${tokens} tokens were found.`];
  for (const { campaign, vendor, rows: count, exports } of lists) {
    lines.push(
      `${count} ${count === 1 ? 'row comes' : 'rows come'} from the list of campaign ${campaign}, delivered to ${vendor} by ${exports.join(', ')}.`,
    );
  }
  for (const { proven, campaign } of rows) {
    if (!proven)
      lines.push(`One token carries the tag of campaign ${campaign} and is not authenticated: anyone can copy a tag. It accuses nobody.`);
  }
  if (foreign > 0) lines.push(`${foreign} carry no tag of this bank.`);
  lines.push('This proves the list, not the hand: the bank held these rows too.');
  return lines.join('\n');
}
