/**
 * Evidence: where leaked rows come from, on which lists a customer stands, and every use of a customer's data with its proof.
 * @module
 */
import type { BankContext } from '../context.js';
import { type RotatedLogKey, rotateLogKey } from '../ledger/log-key.js';
import { type BackupReport, writeBackup } from '../store/backup.js';
import { bundleOf, type EvidenceBundle } from './bundle.js';
import { type DeletionAnswer, type DeletionOrder, stateDeletion } from './deletion.js';
import { receiptOf } from './receipt.js';
import { type Report, type ReportPeriod, reportOf } from './report.js';
import { type AcceptRestoreOptions, acceptRestore, type RestoreAccepted, type RestoreStatus, restoreStatus } from './restore.js';
import { type TraceReport, tracePieces, traceText } from './trace.js';
import type { TracePiece } from './trace-windows.js';

/** A customer's row on one list. */
export interface Listing {
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  /** 1 … in the order of the list. */
  readonly rowNumber: number;
  readonly removedAt?: Date;
}

export interface Evidence {
  /** Finds tokens in a text and names the lists that they come from. See trace.ts. */
  trace(text: string): Promise<TraceReport>;
  /** The same for files of any length, piece by piece. */
  tracePieces(pieces: AsyncIterable<TracePiece> | Iterable<TracePiece>): Promise<TraceReport>;
  /** A trace as files that somebody else can check. See bundle.ts. */
  bundle(report: TraceReport): Promise<EvidenceBundle>;
  /** Every use of a customer's data with its proofs, as a file for the customer. See receipt.ts. */
  receipt(customerId: string): Promise<string>;
  /** The regulator's report of a period. See report.ts. */
  report(period: ReportPeriod): Promise<Report>;
  /** Takes a vendor's signed statement that it deleted its lists. See deletion.ts. */
  stateDeletion(order: DeletionOrder): Promise<DeletionAnswer>;
  /** Writes the whole store, as it is now, into one file. See store/backup.ts. */
  backup(file: string): Promise<BackupReport>;
  /** What a restored older copy lacks; `undefined`: the ledger is current. See restore.ts. */
  restoreStatus(): Promise<RestoreStatus | undefined>;
  /** Goes on with a restored older copy, by two people's approval: revokes all grants, lowers budgets. See restore.ts. */
  acceptRestore(options: AcceptRestoreOptions): Promise<RestoreAccepted>;
  /** Puts a new log key in place; the old one signs beside it for 30 days. See ledger/log-key.ts. */
  rotateLogKey(options?: { readonly by?: string }): Promise<RotatedLogKey>;
  /** The lists that a customer stands on, oldest first. Stays in the bank. */
  listings(customerId: string): Promise<Listing[]>;
}

export function evidenceOf(context: BankContext): Evidence {
  return {
    trace: (text) => traceText(context, text),
    tracePieces: (pieces) => tracePieces(context, pieces),
    bundle: (report) => bundleOf(context, report),
    receipt: (customerId) => receiptOf(context, customerId),
    report: (period) => reportOf(context, period),
    stateDeletion: (order) => stateDeletion(context, order),
    async backup(file) {
      await context.ledger.sequence(); // what is queued is in it with its position, under a checkpoint
      return writeBackup(context.database, file, new Date(context.clock()));
    },
    restoreStatus: () => restoreStatus(context),
    acceptRestore: (options) => acceptRestore(context, options),
    async rotateLogKey(options) {
      const rotated = await rotateLogKey(context, options);
      await context.ledger.reloadKey();
      return rotated;
    },
    async listings(customerId) {
      const rows = await context.database.query<Omit<Listing, 'removedAt'> & { readonly removedAt: Date | null }>(
        // A rotation seals the same members again; who left one list of a campaign has left all.
        `SELECT c.id AS campaign, c.vendor, c.purpose, m.row_number AS "rowNumber", max(m.removed_at) AS "removedAt"
           FROM customer u JOIN member m ON m.customer = u.id JOIN campaign c ON c.number = m.campaign
          WHERE u.customer_id = $1 GROUP BY c.id, m.row_number ORDER BY c.number`,
        [customerId.normalize('NFC')],
      );
      return rows.map(({ removedAt, ...listing }) => ({ ...listing, ...(removedAt !== null && { removedAt }) }));
    },
  };
}
