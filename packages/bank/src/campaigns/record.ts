/**
 * The records of an export in the store: begun, made, delivered; or abandoned. Which of them is committed decides what a restart
 * does with the file (recover.ts).
 * @module
 */
import { rootOf, SUBJECT_BYTES, subjectLeaf, writeEntry } from '@numbra/ledger';
import { localDay } from '@numbra/policy';
import { type RequiredApproval, requireApproval } from '../approvals/require.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { sha256 } from '../ledger/sha256.js';
import { newId } from '../store/ids.js';
import type { StoredCampaign } from './campaign.js';
import type { ListedRow } from './list.js';
import { type SignedManifest, signManifest } from './manifest.js';
import type { Measures } from './measure.js';
import { insertMembers, removeMembers } from './members.js';
import { deleteWaiting, insertWaiting, type WaitingRow } from './waiting.js';

export interface BegunExport {
  readonly id: string;
  readonly number: number;
  readonly campaign: StoredCampaign;
  readonly generation: number;
}

/** Records that an export begins: from here on a restart knows of its file. */
export async function beginExport(
  context: BankContext,
  campaign: StoredCampaign,
  { generation, file, rows, policy }: { generation: number; file: string; rows: number; policy: string },
): Promise<BegunExport> {
  const id = newId(context, 'export');
  const [row] = await context.database.query<{ number: number }>(
    `INSERT INTO export (id, campaign, generation, state, file, rows, policy, started_at) VALUES ($1, $2, $3, 'reserving', $4, $5, $6, $7)
     RETURNING number`,
    [id, campaign.number, generation, file, rows, policy, new Date(context.clock())],
  );
  return { id, number: row?.number as number, campaign, generation };
}

export interface MadeExport {
  readonly rows: readonly ListedRow[];
  readonly columns: readonly string[];
  readonly measures: Measures;
  readonly policy: string;
  /** Of the finished file. */
  readonly sha256: Uint8Array;
  /** Root over `leaves`. */
  readonly root: Uint8Array;
  /** Rows that no earlier export delivered: they become members. All of the first export's. */
  readonly added: readonly ListedRow[];
  /** Members whose day has not come: what the first export drew. */
  readonly drawn: readonly WaitingRow[];
  /** Row numbers that wait no more: delivered now, or never to be. */
  readonly ended: readonly number[];
  /** Members who wait after this export. */
  readonly waiting: number;
  /** Row numbers that leave the list with this export. */
  readonly removed: ReadonlySet<number>;
  /** Who exports. */
  readonly by?: string;
  /** Taken with the record, where the policy wants one. */
  readonly approval?: RequiredApproval;
}

/**
 * Records that an export is made: the record, its members, its ledger entry, one transaction. Whatever comes after it, the list counts as released.
 *
 * @throws `ERR_APPROVAL_MISSING`: it was used up meanwhile; nothing is recorded
 * @throws `ERR_EXPORT_CHANGED`: the campaign was closed, shredded or rotated meanwhile; nothing is recorded
 */
export async function recordExport(context: BankContext, begun: BegunExport, made: MadeExport): Promise<SignedManifest> {
  const { campaign, generation } = begun;
  const at = context.clock();
  const manifest = await signManifest(context, {
    export: begun.id,
    campaign: campaign.id,
    rows: made.rows.length,
    root: made.root,
    sha256: made.sha256,
    columns: made.columns,
  });
  await context.database.transaction(async (tx) => {
    const [now] = await tx.query<{ state: string; generation: number | null }>(
      `SELECT c.state, (SELECT max(generation) FROM campaign_secret s WHERE s.campaign = c.number AND s.wrapped IS NOT NULL) AS generation
         FROM campaign c WHERE c.number = $1 FOR NO KEY UPDATE`,
      [campaign.number],
    );
    if (now?.state !== 'open' || now.generation !== generation) throw fail('ERR_EXPORT_CHANGED');
    const approval = made.approval === undefined ? undefined : await requireApproval(tx, made.approval);
    const day = localDay(campaign.timeZone, at);
    await insertMembers(tx, { campaign: campaign.number, generation, day }, made.added);
    await insertWaiting(tx, campaign.number, made.drawn);
    await deleteWaiting(tx, campaign.number, made.ended);
    await removeMembers(tx, campaign.number, made.removed, new Date(at));
    await tx.query('UPDATE campaign SET mask_width = $2, list_columns = $3, removals_day = $4 WHERE number = $1', [
      campaign.number,
      made.measures.digits,
      JSON.stringify(made.columns),
      day,
    ]);
    await tx.query(
      `UPDATE export SET state = 'made', root = $2, sha256 = $3, manifest = $4, signature = $5, measures = $6, made_at = $7, added = $8,
                         removed = $9, waiting = $10, approval = $11
        WHERE number = $1`,
      [
        begun.number,
        made.root,
        made.sha256,
        manifest.manifest,
        manifest.signature,
        JSON.stringify(made.measures),
        new Date(at),
        made.added.length,
        made.removed.size,
        made.waiting,
        approval?.id ?? null,
      ],
    );
    await appendEntries(tx, [writeEntry('export.made', entryOf(begun, made, approval), { at, nonce: context.random(16) })]);
  });
  return manifest;
}

function entryOf({ id, campaign }: BegunExport, made: MadeExport, approval: { readonly id: string } | undefined) {
  const links = made.measures.linkability.flatMap(({ worst, union }) => [worst, union]);
  return {
    export: id,
    campaign: campaign.id,
    vendor: campaign.vendor,
    purpose: campaign.purpose,
    policy: made.policy,
    rows: made.rows.length,
    root: made.root,
    file: `sha256:${hex(made.sha256)}`,
    columns: made.columns,
    smallestClass: made.measures.k.smallest,
    digits: made.measures.digits,
    linkability: Math.max(0, ...links.map(({ expected }) => expected)),
    certainLinks: Math.max(0, ...links.map(({ certain }) => certain)),
    ...(made.by !== undefined && { by: made.by }),
    ...(approval !== undefined && { approvals: [approval.id] }),
  };
}

/** Records that the file has its final name. */
export async function deliverExport({ database }: BankContext, number: number): Promise<void> {
  await database.query(`UPDATE export SET state = 'delivered' WHERE number = $1 AND state = 'made'`, [number]);
}

/**
 * Enters an export that was not finished, with the root of the subjects it took, so that no customer's n is missing. One that took
 * none leaves no entry.
 */
export async function abandonExport(context: BankContext, number: number, reason: 'interrupted' | 'failed'): Promise<void> {
  const at = context.clock();
  await context.database.transaction(async (tx) => {
    const [row] = await tx.query<{ id: string; campaign: string }>(
      `UPDATE export e SET state = 'abandoned' FROM campaign c WHERE e.number = $1 AND e.state = 'reserving' AND c.number = e.campaign
       RETURNING e.id, c.id AS campaign`,
      [number],
    );
    if (row === undefined) return;
    const chunks = await tx.query<{ subjects: Uint8Array }>('SELECT subjects FROM export_chunk WHERE export = $1 ORDER BY chunk', [number]);
    const subjects = chunks.flatMap(({ subjects }) => slices(subjects, SUBJECT_BYTES));
    if (subjects.length === 0) return;
    const root = rootOf(
      sha256,
      subjects.map((subject) => subjectLeaf(sha256, subject)),
    );
    const entry = { export: row.id, campaign: row.campaign, rows: subjects.length, root, reason };
    await appendEntries(tx, [writeEntry('export.abandoned', entry, { at, nonce: context.random(16) })]);
  });
}

function slices(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(size * i, size * (i + 1)));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
