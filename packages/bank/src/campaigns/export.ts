/**
 * Export: a campaign's list as a file, the only thing a vendor receives. README.md tells the life of an export, and what a crash at
 * each step leaves.
 * @module
 */
import { maskPhone } from '@numbra/core';
import { type Part, writePart } from '@numbra/files';
import { rootOf, writeEntry } from '@numbra/ledger';
import { type DecisionCode, decide, localDay, type Policy } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { sha256 } from '../ledger/sha256.js';
import { newId } from '../store/ids.js';
import { findCampaign, type StoredCampaign, termsOf } from './campaign.js';
import { bandsOf, readCandidates } from './candidates.js';
import { checkList, type Guarded } from './check-list.js';
import { listColumns, type SealedList, sealList } from './list.js';
import { type SignedManifest, signManifest } from './manifest.js';
import { type Measures, measureList } from './measure.js';
import { insertMembers, readMembers, removeMembers } from './members.js';
import { abandonExport, recoverExports } from './recover.js';
import { reserveUses } from './reserve.js';

export interface ExportOptions {
  /** Where the list goes. Written beside, complete, and renamed at the end. */
  readonly file: string;
  /** Rows whose use is entered, of how many. */
  readonly onProgress?: (rows: number, total: number) => void;
}

export interface Exported extends SignedManifest {
  readonly outcome: 'exported';
  /** `export_…`, as in the ledger. */
  readonly export: string;
  readonly campaign: string;
  readonly vendor: string;
  readonly rows: number;
  readonly file: string;
  /** Absent in a repeated export: what the list shows was measured when it was first made. */
  readonly measures?: Measures;
  /** Customers whom the selection or the list holds and the policy keeps off, by code. Stays in the bank. */
  readonly excluded: Readonly<Partial<Record<DecisionCode, number>>>;
  /** Customers without a phone that can be dialled. */
  readonly unreachable: number;
  /** Milliseconds in which references and dial tokens were sealed. */
  readonly sealMs: number;
}

export interface ExportRefused {
  readonly outcome: 'refused';
  readonly code: DecisionCode | 'k-anonymity' | 'l-diversity' | 'linkability' | 'empty-list';
  readonly sentence: string;
  readonly measures?: Measures;
}

export type ExportResult = Exported | ExportRefused;

const MEASURED_SENTENCES = {
  'k-anonymity': 'A visible class of the list would hold fewer rows than the policy asks for.',
  'l-diversity': 'A visible class of the list would hold fewer different values than the policy asks for.',
  linkability: 'The list could be linked with another vendor’s beyond the bound of the policy.',
  'empty-list': 'No customer is left after selection, consent and do-not-call.',
} as const;

/**
 * Exports a campaign's list. The first export fixes its members; every later one delivers the same bytes but for removals, which
 * take effect with the first export of a local day.
 *
 * @returns what was written, or the refusal of policy or measures: then nothing was
 * @throws `ERR_CAMPAIGN_UNKNOWN`, `ERR_EXPORT_RAW_VALUE`, `ERR_EXPORT_CUSTOMER_GONE`, `ERR_EXPORT_CHANGED`, `ERR_FILE_…`; nothing has the final name
 */
export async function exportCampaign(context: BankContext, id: string, options: ExportOptions): Promise<ExportResult> {
  await recoverExports(context);
  const now = context.clock();
  const policy = await context.policies.refresh(context.database);
  const campaign = await findCampaign(context.database, id);
  if (campaign === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
  const fields = listColumns(bandsOf(policy, campaign));
  const { purpose, vendor } = campaign;
  const request = { action: 'export', purpose, vendor, campaign: termsOf(campaign), fields } as const;
  const decision = decide(request, policy, { campaignState: campaign.state }, now);
  if (decision.outcome === 'refused') return { outcome: 'refused', code: decision.code, sentence: decision.sentence };
  const prepared =
    campaign.maskWidth === undefined ? await firstList(context, policy, campaign, now) : await laterList(context, policy, campaign, now);
  if ('outcome' in prepared) return prepared;
  return deliver(context, policy, campaign, prepared, options, now);
}

/** A list that is sealed and not yet anywhere. */
interface Prepared {
  readonly list: SealedList;
  readonly customers: readonly Guarded[];
  readonly generation: number;
  readonly measures?: Measures;
  readonly removed: readonly number[];
  /** Local day of the batch of removals that the list has. */
  readonly day: string;
  readonly excluded: Exported['excluded'];
  readonly unreachable: number;
}

async function firstList(context: BankContext, policy: Policy, campaign: StoredCampaign, now: number): Promise<Prepared | ExportRefused> {
  const { rows: candidates, excluded, unreachable } = await readCandidates(context, policy, campaign, now);
  if (candidates.length === 0) return { outcome: 'refused', code: 'empty-list', sentence: MEASURED_SENTENCES['empty-list'] };
  const measured = await measureList(context.database, policy, campaign, candidates);
  if (measured.outcome === 'refused') {
    return { outcome: 'refused', code: measured.code, sentence: MEASURED_SENTENCES[measured.code], measures: measured.measures };
  }
  const { measures, bandNames, bands } = measured;
  const digits = measures.digits as Parameters<typeof maskPhone>[1];
  const unsealed = candidates.map(({ customer, customerId, phone }, i) => ({
    customer,
    customerId,
    phone,
    maskedPhone: maskPhone(phone, digits),
    bands: bands[i] ?? [],
  }));
  const { generation, scope } = await newestGeneration(context, campaign);
  const list = sealList(scope, unsealed, bandNames);
  return { list, customers: candidates, generation, measures, removed: [], day: localDay(campaign.timeZone, now), excluded, unreachable };
}

async function laterList(context: BankContext, policy: Policy, campaign: StoredCampaign, now: number): Promise<Prepared | ExportRefused> {
  const day = localDay(campaign.timeZone, now);
  const { generation } = await newestGeneration(context, campaign);
  const members = await readMembers(context, policy, campaign, generation, now, campaign.removalsDay !== day);
  // Asked for again: it may have been closed while the members were read.
  const { scope } = await newestGeneration(context, campaign);
  const sealed = sealList(scope, members.rows, bandsOf(policy, campaign));
  // A member whose phone was changed since would get another token: the list never gains one.
  const first = new Map(members.rows.map(({ rowNumber, dialHash }) => [rowNumber, dialHash]));
  const rows = sealed.rows.filter(({ rowNumber, dialHash }) => first.get(rowNumber) === dialHash);
  const changed = sealed.rows.filter(({ rowNumber, dialHash }) => first.get(rowNumber) !== dialHash).map(({ rowNumber }) => rowNumber);
  if (rows.length === 0) {
    if (members.rows.length > 0) throw fail('ERR_EXPORT_CHANGED');
    return { outcome: 'refused', code: 'empty-list', sentence: MEASURED_SENTENCES['empty-list'] };
  }
  const excluded = changed.length === 0 ? members.excluded : { ...members.excluded, 'phone-changed': changed.length };
  return {
    list: { ...sealed, rows },
    customers: members.rows,
    generation,
    removed: [...members.removed, ...changed],
    day,
    excluded,
    unreachable: 0,
  };
}

async function newestGeneration(context: BankContext, { id }: StoredCampaign) {
  const [newest] = (await context.scopes.of(id))?.generations ?? [];
  if (newest === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
  return newest;
}

async function deliver(
  context: BankContext,
  policy: Policy,
  campaign: StoredCampaign,
  prepared: Prepared,
  { file, onProgress = () => {} }: ExportOptions,
  now: number,
): Promise<ExportResult> {
  const { list, generation, measures } = prepared;
  const { rows, columns } = list;
  checkList(context, prepared.customers, list);
  const part = await writePart(file, linesOfList(list));
  let number: number | undefined;
  try {
    const id = newId(context, 'export');
    number = await beginExport(context, { id, campaign, generation, file, rows: rows.length, policy: policy.digest, now });
    context.exporting.add(number);
    const leaves = await reserveUses(context, number, rows, (done) => onProgress(done, rows.length));
    const root = rootOf(sha256, leaves);
    const manifest = await signManifest(context, {
      export: id,
      campaign: campaign.id,
      rows: rows.length,
      root,
      sha256: part.sha256,
      columns,
    });
    if (!(await recordExport(context, { number, id, campaign, policy, prepared, root, part, manifest, now }))) {
      // Another export fixed the members meanwhile: this one gives way, and delivers what was fixed.
      await abandonExport(context, number, 'superseded');
      await part.discard();
      return exportCampaign(context, campaign.id, { file, onProgress });
    }
    await part.commit();
    await context.database.query(`UPDATE export SET state = 'delivered' WHERE number = $1`, [number]);
    return {
      outcome: 'exported',
      export: id,
      campaign: campaign.id,
      vendor: campaign.vendor,
      rows: rows.length,
      file,
      ...manifest,
      ...(measures !== undefined && { measures }),
      excluded: prepared.excluded,
      unreachable: prepared.unreachable,
      sealMs: list.sealMs,
    };
  } catch (error) {
    // Abandoned unless it is on record: then the file is renamed, or entered as not delivered, at the next start.
    if (number !== undefined) await abandonExport(context, number, 'failed').catch(() => {});
    const [row] = number === undefined ? [] : await exportState(context, number).catch(() => []);
    if (row?.state !== 'made') await part.discard();
    throw error;
  } finally {
    if (number !== undefined) context.exporting.delete(number);
  }
}

function exportState({ database }: BankContext, number: number): Promise<{ state: string }[]> {
  return database.query<{ state: string }>('SELECT state FROM export WHERE number = $1', [number]);
}

const LINES_AT_ONCE = 4_000;

function* linesOfList({ header, rows }: SealedList): Generator<string> {
  yield `${header}\n`;
  for (let from = 0; from < rows.length; from += LINES_AT_ONCE) {
    let lines = '';
    for (const { line } of rows.slice(from, from + LINES_AT_ONCE)) lines += `${line}\n`;
    yield lines;
  }
}

interface Begun {
  readonly id: string;
  readonly campaign: StoredCampaign;
  readonly generation: number;
  readonly file: string;
  readonly rows: number;
  readonly policy: string;
  readonly now: number;
}

async function beginExport({ database }: BankContext, { id, campaign, generation, file, rows, policy, now }: Begun): Promise<number> {
  const [row] = await database.query<{ number: number }>(
    `INSERT INTO export (id, campaign, generation, state, file, rows, policy, started_at)
     VALUES ($1, $2, $3, 'reserving', $4, $5, $6, $7) RETURNING number`,
    [id, campaign.number, generation, file, rows, policy, new Date(now)],
  );
  return row?.number as number;
}

interface Made {
  readonly number: number;
  readonly id: string;
  readonly campaign: StoredCampaign;
  readonly policy: Policy;
  readonly prepared: Prepared;
  readonly root: Uint8Array;
  readonly part: Part;
  readonly manifest: SignedManifest;
  readonly now: number;
}

/** The export's own transaction. @returns false when another export fixed the members meanwhile: nothing was written */
async function recordExport(context: BankContext, made: Made): Promise<boolean> {
  const { number, id, campaign, policy, prepared, root, part, manifest, now } = made;
  const { list, measures, generation, removed, day } = prepared;
  const isFirst = campaign.maskWidth === undefined;
  const at = new Date(now);
  return context.database.transaction(async (tx) => {
    const [locked] = await tx.query<{ fixed: boolean }>(
      'SELECT list_columns IS NOT NULL AS fixed FROM campaign WHERE number = $1 FOR UPDATE',
      [campaign.number],
    );
    if (isFirst && locked?.fixed === true) return false;
    if (isFirst) await insertMembers(tx, campaign.number, generation, list.rows);
    await removeMembers(tx, campaign.number, removed, at);
    await tx.query(
      `UPDATE campaign SET list_columns = coalesce(list_columns, $2), mask_width = coalesce(mask_width, $3), removals_day = $4 WHERE number = $1`,
      [campaign.number, JSON.stringify(list.columns), measures?.digits ?? null, day],
    );
    const moved = await tx.query(
      `UPDATE export SET state = 'made', root = $2, sha256 = $3, manifest = $4, signature = $5, measures = $6, made_at = $7
        WHERE number = $1 AND state = 'reserving' RETURNING number`,
      [number, root, part.sha256, manifest.manifest, manifest.signature, measures === undefined ? null : JSON.stringify(measures), at],
    );
    if (moved.length === 0) throw fail('ERR_COMMIT_REFUSED');
    const worst = measures?.linkability.flatMap(({ worst: one, union }) => [one, union]) ?? [];
    const entry = {
      export: id,
      campaign: campaign.id,
      vendor: campaign.vendor,
      purpose: campaign.purpose,
      policy: policy.digest,
      rows: list.rows.length,
      root,
      file: `sha256:${Buffer.from(part.sha256).toString('hex')}`,
      columns: list.columns,
      ...(measures !== undefined && {
        smallestClass: measures.k.smallest,
        digits: measures.digits,
        linkability: Math.max(0, ...worst.map(({ expected }) => expected)),
        certainLinks: Math.max(0, ...worst.map(({ certain }) => certain)),
      }),
    } as const;
    await appendEntries(tx, [writeEntry('export.made', entry, { at: now, nonce: context.random(16) })]);
    return true;
  });
}
