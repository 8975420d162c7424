/**
 * The tokens of a text, and the rows of lists that they come from: opened by the key of their list, or found among the kept hashes after
 * the key is gone; of what is left of a cut or re-cased token, by the 40 bits that the bank keeps of every row's reference.
 * @module
 */
import { hash } from 'node:crypto';
import {
  decodeToken,
  findDamagedTokens,
  fragmentR5,
  openDialToken,
  openReference,
  type Reference,
  r5Of,
  type TokenFragment,
  type WrittenToken,
} from '@numbra/core';
import type { BankContext } from '../context.js';
import { bytesArray, plainArray } from '../store/arrays.js';

/** How a row was found. `sealed`: its token opened under the campaign's key. `hash`: by its kept hash, after the key is gone. `prefix`: by what is left of a token, a likelihood. `tag`: carries the tag, not authenticated. */
export type FoundBy = 'sealed' | 'hash' | 'prefix' | 'tag';

export interface TaggedCampaign {
  readonly number: number;
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly generation: number;
  readonly shredded: boolean;
}

/** A token of a text and what it says. */
export interface TracedToken {
  readonly by: FoundBy;
  readonly campaign: TaggedCampaign;
  readonly text: string;
  /** 1 … in the order of the list, of a row that was found. */
  readonly rowNumber?: number;
  /** Exports that delivered the row, oldest first. */
  readonly exports: readonly string[];
  /** Of `prefix`: how likely a beginning drawn at random would be found on this list. */
  readonly chance?: number;
  readonly start: number;
  readonly end: number;
}

export interface TracedTokens {
  /** Tokens and fragments in the text. */
  readonly count: number;
  readonly traced: readonly TracedToken[];
}

interface Asked {
  readonly campaign: TaggedCampaign;
  readonly token: WrittenToken | TokenFragment;
  readonly opened: boolean;
  readonly hash?: string;
  readonly r5s?: readonly number[];
}

/** Where 40 bits are drawn at random. */
const R5_VALUES = 2 ** 40;

export async function traceTokens(context: BankContext, text: string): Promise<TracedTokens> {
  const { tokens, fragments } = findDamagedTokens(text);
  if (tokens.length + fragments.length === 0) return { count: 0, traced: [] };
  const tags = await readTags(context);
  const asked: Asked[] = [];
  for (const token of tokens) {
    const campaign = tags.exact.get(token.text.slice(4, 12));
    if (campaign !== undefined)
      asked.push({ campaign, token, hash: hash('sha256', token.text, 'hex'), opened: await opensOwn(context, campaign, token) });
  }
  for (const token of fragments) {
    const tag = token.text.slice(4, 12);
    for (const campaign of token.recased ? (tags.recased.get(tag.toLowerCase()) ?? []) : one(tags.exact.get(tag)))
      asked.push({ campaign, token, opened: false, ...(token.kind === 'reference' && { r5s: fragmentR5(token) }) });
  }
  const members = await membersOf(context, asked);
  const traced = asked.flatMap((ask, i): TracedToken[] => {
    const { campaign, token, opened, r5s } = ask;
    const place = { campaign, text: token.text, start: token.start, end: token.end };
    const found = members.get(i) ?? [];
    if (found.length === 0) return [{ ...place, by: 'tag', exports: [] }];
    return found.map(({ rowNumber, exports, rows }) => ({
      ...place,
      by: r5s !== undefined ? 'prefix' : opened ? 'sealed' : 'hash',
      rowNumber,
      exports,
      ...(r5s !== undefined && { chance: Math.min(1, (r5s.length * rows) / R5_VALUES) }),
    }));
  });
  return { count: tokens.length + fragments.length, traced };
}

const one = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);

interface Tags {
  /** By the tag as tokens spell it. */
  readonly exact: ReadonlyMap<string, TaggedCampaign>;
  /** By the same in lower case. */
  readonly recased: ReadonlyMap<string, readonly TaggedCampaign[]>;
}

async function readTags({ database }: BankContext): Promise<Tags> {
  const rows = await database.query<TaggedCampaign & { readonly tag: Uint8Array }>(
    `SELECT s.tag, c.number, c.id, c.vendor, c.purpose, s.generation, s.wrapped IS NULL AS shredded
       FROM campaign_secret s JOIN campaign c ON c.number = s.campaign ORDER BY c.number, s.generation`,
  );
  const exact = new Map(rows.map(({ tag, ...campaign }) => [Buffer.from(tag).toString('base64url'), campaign]));
  const recased = new Map<string, TaggedCampaign[]>();
  for (const [tag, campaign] of exact) recased.set(tag.toLowerCase(), [...(recased.get(tag.toLowerCase()) ?? []), campaign]);
  return { exact, recased };
}

/** Whether a token opens by the key of the list that its tag names. */
async function opensOwn(context: BankContext, campaign: TaggedCampaign, { kind, text }: WrittenToken): Promise<boolean> {
  if (campaign.shredded || decodeToken(text) === undefined) return false;
  const keys = await context.scopes.of(campaign.id);
  const scope = keys?.generations.find(({ generation }) => generation === campaign.generation)?.scope;
  if (scope === undefined) return false;
  const r5 = kind === 'reference' ? openReference(scope, text) && r5Of(text as Reference) : openDialToken(scope, text)?.r5;
  return r5 !== undefined;
}

interface FoundMember {
  readonly rowNumber: number;
  readonly exports: readonly string[];
  /** Rows of the list. */
  readonly rows: number;
}

/** By position in `asked`. A token that opened but was never delivered is nobody's. */
async function membersOf(context: BankContext, asked: readonly Asked[]): Promise<ReadonlyMap<number, readonly FoundMember[]>> {
  const members = await lookUp(context, asked);
  if (members.length === 0) return new Map();
  const campaigns = [...new Set(members.map(({ campaign }) => campaign))];
  const [delivered, counted] = await Promise.all([deliveriesOf(context, campaigns, members), countsOf(context, campaigns)]);
  const byKey = new Map<string, FoundMember[]>();
  for (const { campaign, generation, row_number, customer, reference_hash, dial_hash, r5 } of members) {
    const list = `${campaign} ${generation}`;
    const exports = delivered.get(`${list} ${customer}`) ?? [];
    const found = { rowNumber: row_number, exports, rows: counted.get(list) ?? 0 };
    // 40 bits are not unique.
    for (const key of [reference_hash, dial_hash, `r5 ${r5}`]) byKey.set(`${list} ${key}`, [...(byKey.get(`${list} ${key}`) ?? []), found]);
  }
  return new Map(
    asked.map(({ campaign, hash: sha, r5s }, at) => {
      const keys = r5s === undefined ? one(sha) : r5s.map((r5) => `r5 ${r5}`);
      return [at, keys.flatMap((key) => byKey.get(`${campaign.number} ${campaign.generation} ${key}`) ?? [])] as const;
    }),
  );
}

interface MemberRow {
  readonly campaign: number;
  readonly generation: number;
  readonly row_number: number;
  readonly customer: bigint;
  readonly reference_hash: string;
  readonly dial_hash: string;
  readonly r5: bigint;
}

/** Members whose hashes or 40 bits are among those asked for. */
async function lookUp({ database }: BankContext, asked: readonly Asked[]): Promise<MemberRow[]> {
  const hashes = asked.flatMap(({ hash: sha, r5s }) => (r5s === undefined && sha !== undefined ? [Buffer.from(sha, 'hex')] : []));
  const r5s = asked.flatMap((one) => one.r5s ?? []);
  if (hashes.length + r5s.length === 0) return [];
  // Alternatives: a planner turns each into a look-up in a hash table, and reads each list once, however many tokens there are.
  return database.query<MemberRow>(
    `SELECT campaign, generation, row_number, customer, encode(reference_hash, 'hex') AS reference_hash, encode(dial_hash, 'hex') AS dial_hash, r5
       FROM member WHERE campaign = ANY ($1::text::integer[])
        AND (reference_hash IN (SELECT unnest($2::text::bytea[])) OR dial_hash IN (SELECT unnest($2::text::bytea[]))
             OR r5 IN (SELECT unnest($3::text::bigint[])))
      ORDER BY campaign, generation, row_number`,
    [plainArray([...new Set(asked.map(({ campaign }) => campaign.number))]), bytesArray(hashes), plainArray(r5s)],
  );
}

/** Exports that delivered rows of these customers, by list and customer. */
async function deliveriesOf(
  { database }: BankContext,
  campaigns: readonly number[],
  members: readonly MemberRow[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await database.query<{ campaign: number; generation: number; customer: bigint; exports: string }>(
    `SELECT x.campaign, x.generation, u.customer, string_agg(x.id, ' ' ORDER BY x.number) AS exports
       FROM export x JOIN export_chunk k ON k.export = x.number CROSS JOIN LATERAL unnest(k.customers) AS u (customer)
      WHERE x.state IN ('made', 'delivered') AND x.campaign = ANY ($1::text::integer[])
        AND (u.customer IN (SELECT unnest($2::text::bigint[]))) IS TRUE
      GROUP BY 1, 2, 3`,
    [plainArray(campaigns), plainArray(members.map(({ customer }) => customer))],
  );
  return new Map(rows.map(({ campaign, generation, customer, exports }) => [`${campaign} ${generation} ${customer}`, exports.split(' ')]));
}

/** Rows of each list. */
async function countsOf({ database }: BankContext, campaigns: readonly number[]): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ campaign: number; generation: number; rows: bigint }>(
    'SELECT campaign, generation, count(*) AS rows FROM member WHERE campaign = ANY ($1::text::integer[]) GROUP BY 1, 2',
    [plainArray(campaigns)],
  );
  return new Map(rows.map(({ campaign, generation, rows: count }) => [`${campaign} ${generation}`, Number(count)]));
}
