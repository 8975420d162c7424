/**
 * Export: a campaign's list leaves the bank. README.md beside this file tells the life of an export, step by step, and what a
 * kill between any two of them leaves.
 * @module
 */
import { resolve } from 'node:path';
import { type Part, writePart } from '@numbra/files';
import { rootOf } from '@numbra/ledger';
import { type DecisionCode, decide, type LocalDay, type Policy } from '@numbra/policy';
import { checkPerson } from '../approvals/request.js';
import { isApproved, type RequiredApproval } from '../approvals/require.js';
import type { BankContext } from '../context.js';
import type { DecoysOnList } from '../decoys/on-list.js';
import { fail } from '../errors.js';
import { sha256 } from '../ledger/sha256.js';
import { exclusively } from '../store/exclusive.js';
import { bandLabels } from './bands.js';
import { FIXED_COLUMNS, findCampaign, type StoredCampaign, termsOf } from './campaign.js';
import { bandsOf } from './candidates.js';
import { checkFileName, checkList } from './check-list.js';
import { approvalOfList, wasApproved } from './export-approval.js';
import type { ExportRefused } from './export-refusal.js';
import { readKnownValues } from './known-values.js';
import { listColumns, type SealedList } from './list.js';
import type { SignedManifest } from './manifest.js';
import type { Measures } from './measure.js';
import { Phases } from './phases.js';
import { type Prepared, prepare } from './prepare.js';
import { abandonExport, beginExport, deliverExport, recordExport } from './record.js';
import { recoverExports } from './recover.js';
import { reserveUses } from './reserve.js';

export interface ExportOptions {
  /** Where the list goes. Written beside, complete, and renamed at the end. */
  readonly file: string;
  /** Rows whose n is taken, of how many: the longest part. */
  readonly onProgress?: (rows: number, total: number) => void;
  /** Who exports: a pseudonymous staff id, for the ledger. */
  readonly by?: string;
}

export interface Exported extends SignedManifest {
  readonly outcome: 'exported';
  /** `export_…`, as in ledger and manifest. */
  readonly export: string;
  readonly campaign: string;
  readonly vendor: string;
  readonly rows: number;
  readonly file: string;
  /** As measured when the list was first made. */
  readonly measures: Measures;
  /** Customers whom the selection fits and the policy keeps off, by code. Stays in the bank. */
  readonly excluded: Readonly<Partial<Record<DecisionCode, number>>>;
  /** Customers without a phone that can be dialled. */
  readonly unreachable: number;
  /** Members who left the list with this export. */
  readonly removed: number;
  /** Rows that no earlier export of the campaign delivered. */
  readonly added: number;
  /** Customers left off the list so that the others keep their bands. */
  readonly suppressed: number;
  /** Members whose day of release has not come, and the next of those days. */
  readonly waiting: number;
  readonly nextDay?: LocalDay;
  /** The bank's own lines on a first list, and whom they would find. Stays in the bank. */
  readonly decoys?: DecoysOnList;
  /** Milliseconds in which references and dial tokens were sealed. */
  readonly sealMs: number;
  /** Milliseconds of each phase, in order. */
  readonly phases: Readonly<Record<string, number>>;
}

export type ExportResult = Exported | ExportRefused;

/**
 * Exports a campaign's list. The first export fixes the members; later ones repeat the list byte for byte, minus the day's removals.
 * One export runs at a time in the whole bank: each is measured against all before it.
 *
 * @returns what was delivered, or why nothing was
 * @throws `ERR_CAMPAIGN_UNKNOWN`, `ERR_EXPORT_RAW_VALUE`, `ERR_EXPORT_FILE_NAME`, `ERR_EXPORT_CUSTOMER_GONE`, `ERR_EXPORT_CHANGED`, `ERR_FILE_…`, `ERR_LEDGER_OLDER_COPY`, `ERR_APPROVAL_PERSON`;
 *   the name shows what it showed before
 */
export function exportCampaign(context: BankContext, id: string, options: ExportOptions): Promise<ExportResult> {
  if (options.by !== undefined) checkPerson(options.by, 'by');
  return exclusively(context.database, 'export', async () => {
    await context.ledger.assertCurrent();
    await recoverExports(context);
    const campaign = await findCampaign(context.database, id);
    if (campaign === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
    return new ExportRun(context, campaign, options).run();
  });
}

class ExportRun {
  readonly #context: BankContext;
  readonly #campaign: StoredCampaign;
  readonly #file: string;
  readonly #onProgress: (rows: number, total: number) => void;
  readonly #by: string | undefined;
  readonly #now: number;
  readonly #phases = new Phases();

  constructor(context: BankContext, campaign: StoredCampaign, options: ExportOptions) {
    this.#context = context;
    this.#campaign = campaign;
    this.#file = resolve(options.file);
    this.#onProgress = options.onProgress ?? (() => {});
    this.#by = options.by;
    this.#now = context.clock();
  }

  async run(): Promise<ExportResult> {
    const context = this.#context;
    const policy = await context.policies.refresh(context.database);
    // What needs no look at a customer is refused before any is read.
    const early = this.#decide(policy, 0, policy.approvals.export.people);
    if (early !== undefined) return early;
    const order = { context, campaign: this.#campaign, policy, now: this.#now, phases: this.#phases };
    const prepared = await prepare(order);
    if (prepared.outcome === 'refused') return prepared;
    // Four eyes look at the whole list, not at a day's batch of it.
    const rows = prepared.list.rows.length + prepared.waiting;
    const late = this.#decide(policy, rows, 0);
    if (late === undefined || (late.code === 'approval-missing' && (await wasApproved(context, this.#campaign.number))))
      return this.#release(policy, prepared);
    const approval = approvalOfList(
      { campaign: this.#campaign.id, policy: policy.digest, rows },
      this.#now,
      policy.approvals.export.people,
    );
    if (late.code !== 'approval-missing' || !(await isApproved(context.database, approval))) return late;
    return this.#release(policy, prepared, approval);
  }

  #decide(policy: Policy, rows: number, approvals: number): ExportRefused | undefined {
    const campaign = this.#campaign;
    const fields = campaign.listColumns ?? listColumns(bandsOf(policy, campaign));
    const decision = decide(
      { action: 'export', purpose: campaign.purpose, vendor: campaign.vendor, campaign: termsOf(campaign), fields },
      policy,
      { campaignState: campaign.state, rows, approvals },
      this.#now,
    );
    if (decision.outcome === 'allowed') return undefined;
    const { code, rule, sentence } = decision;
    return { outcome: 'refused', code, rule, sentence };
  }

  /** Guard, temporary file, n of every row, record, final name. */
  async #release(policy: Policy, prepared: Prepared, approval?: RequiredApproval): Promise<Exported> {
    const context = this.#context;
    const { list, generation } = prepared;
    const lines = [list.header, ...list.rows.map(({ line }) => line)];
    await this.#phases.measure('check', () => this.#check(policy, lines, list));
    const begun = await beginExport(context, this.#campaign, {
      generation,
      file: this.#file,
      rows: list.rows.length,
      policy: policy.digest,
    });
    let part: Part | undefined;
    try {
      const written = await this.#phases.measure('file', () => writePart(this.#file, pieces(lines)));
      part = written;
      const leaves = await this.#phases.measure('reserve', () =>
        reserveUses(context, begun.number, list.rows, (rows) => this.#onProgress(rows, list.rows.length)),
      );
      const acted = { ...(this.#by !== undefined && { by: this.#by }), ...(approval !== undefined && { approval }) };
      const made = { ...prepared, ...list, ...acted, policy: policy.digest, sha256: written.sha256, root: rootOf(sha256, leaves) };
      const manifest = await this.#phases.measure('record', () => recordExport(context, begun, made));
      await this.#phases.measure('deliver', async () => {
        await written.commit();
        await deliverExport(context, begun.number);
      });
      return this.#exported(begun.id, prepared, manifest);
    } catch (error) {
      await this.#giveUp(begun.number, part).catch(() => {}); // the next start settles what could not be settled now
      throw error;
    }
  }

  async #check(policy: Policy, lines: readonly string[], { rows, columns }: SealedList): Promise<void> {
    const bandNames = columns.slice(FIXED_COLUMNS);
    const context = this.#context;
    const customers = rows.map(({ customer }) => customer);
    const given = { key: context.keys.guard, known: () => readKnownValues(context, customers) };
    await checkFileName(this.#file, [this.#campaign.id, this.#campaign.vendor], given);
    await checkList(lines, { ...given, bandLabels: bandLabels(policy, bandNames) });
  }

  /** An export that is on record stays so: the next export, or the next start, gives its file the name or enters that it has none. */
  async #giveUp(number: number, part: Part | undefined): Promise<void> {
    const [row] = await this.#context.database.query<{ state: string }>('SELECT state FROM export WHERE number = $1', [number]);
    if (row?.state !== 'reserving') return;
    await part?.discard();
    await abandonExport(this.#context, number, 'failed');
  }

  #exported(id: string, prepared: Prepared, manifest: SignedManifest): Exported {
    const { list, measures, excluded, unreachable, removed, added, waiting, nextDay, decoys } = prepared;
    return {
      outcome: 'exported',
      export: id,
      campaign: this.#campaign.id,
      vendor: this.#campaign.vendor,
      rows: list.rows.length,
      file: this.#file,
      ...manifest,
      measures,
      excluded,
      unreachable,
      removed: removed.size,
      added: added.length,
      suppressed: measures.cost?.suppressedRows ?? 0,
      waiting,
      ...(nextDay !== undefined && { nextDay }),
      ...(decoys !== undefined && { decoys }),
      sealMs: list.sealMs,
      phases: this.#phases.all,
    };
  }
}

const LINES_AT_ONCE = 4_000;

/** The file in pieces that are neither many nor large. */
function* pieces(lines: readonly string[]): Generator<string> {
  for (let from = 0; from < lines.length; from += LINES_AT_ONCE) yield `${lines.slice(from, from + LINES_AT_ONCE).join('\n')}\n`;
}
