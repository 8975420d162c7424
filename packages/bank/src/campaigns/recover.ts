/**
 * What a killed export left. An export that is on record gets its file's name if the complete file lies beside it, else it is entered
 * as not delivered; one that was still reserving is entered as abandoned, with the root of its subjects, so that no n is missing.
 * @module
 */
import { rm } from 'node:fs/promises';
import { resumePart, sha256OfFile } from '@numbra/files';
import { rootOf, SUBJECT_BYTES, subjectLeaf, writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import { sha256 } from '../ledger/sha256.js';

/** On a shared database another process may be at work: its export is given up only after an hour. */
const PATIENCE_MS = 3_600_000;

interface Unfinished {
  readonly number: number;
  readonly state: 'reserving' | 'made';
  readonly file: string;
  readonly sha256: Uint8Array | null;
}

/** Settles exports that no process works on any more. Run before an export and when a bank is opened. */
export async function recoverExports(context: BankContext): Promise<void> {
  const { database, clock } = context;
  const before = new Date(clock() - (database.kind === 'pglite' ? 0 : PATIENCE_MS));
  const unfinished = await database.query<Unfinished>(
    `SELECT number, state, file, sha256 FROM export WHERE state IN ('reserving', 'made') AND started_at < $1 ORDER BY number`,
    [before],
  );
  for (const { number, state, file, sha256: digest } of unfinished) {
    if (context.exporting.has(number)) continue;
    if (state === 'reserving') {
      await abandonExport(context, number, 'interrupted');
      await rm(`${file}.part`, { force: true }).catch(() => {});
    } else await finishDelivery(context, number, file, digest);
  }
}

async function finishDelivery(context: BankContext, number: number, file: string, digest: Uint8Array | null): Promise<void> {
  const is = (found: { readonly sha256: Uint8Array } | undefined) =>
    digest !== null && found !== undefined && Buffer.compare(found.sha256, digest) === 0;
  const part = await resumePart(file).catch(() => undefined);
  if (is(part)) {
    await part?.commit();
  } else if (!is(await sha256OfFile(file).catch(() => undefined))) {
    await enter(context, number, 'made', 'not-delivered', async ({ id, campaign }) => ({
      type: 'export.undelivered',
      fields: { export: id, campaign, reason: 'interrupted' },
    }));
    return;
  }
  await context.database.query(`UPDATE export SET state = 'delivered' WHERE number = $1 AND state = 'made'`, [number]);
}

/** Enters an export that took n of customers and will never be made. One that is on record is left alone. */
export async function abandonExport(context: BankContext, number: number, reason: 'interrupted' | 'failed' | 'superseded'): Promise<void> {
  await enter(context, number, 'reserving', 'abandoned', async ({ id, campaign, chunks }) => {
    const leaves = chunks.flatMap((subjects) =>
      Array.from({ length: subjects.length / SUBJECT_BYTES }, (_, i) =>
        subjectLeaf(sha256, subjects.subarray(i * SUBJECT_BYTES, (i + 1) * SUBJECT_BYTES)),
      ),
    );
    return { type: 'export.abandoned', fields: { export: id, campaign, rows: leaves.length, root: rootOf(sha256, leaves), reason } };
  });
}

interface Settled {
  readonly id: string;
  readonly campaign: string;
  /** Subjects of each chunk, in the order in which their n were taken. */
  readonly chunks: readonly Uint8Array[];
}

type Entered =
  | { readonly type: 'export.abandoned'; readonly fields: Parameters<typeof writeEntry<'export.abandoned'>>[1] }
  | { readonly type: 'export.undelivered'; readonly fields: Parameters<typeof writeEntry<'export.undelivered'>>[1] };

async function enter(
  context: BankContext,
  number: number,
  from: 'reserving' | 'made',
  to: 'abandoned' | 'not-delivered',
  entryOf: (settled: Settled) => Promise<Entered>,
): Promise<void> {
  await context.database.transaction(async (tx) => {
    const [row] = await tx.query<{ id: string; campaign: string }>(
      `UPDATE export x SET state = $3 FROM campaign c WHERE x.number = $1 AND x.state = $2 AND c.number = x.campaign RETURNING x.id, c.id AS campaign`,
      [number, from, to],
    );
    if (row === undefined) return;
    const chunks = await tx.query<{ subjects: Uint8Array }>('SELECT subjects FROM export_chunk WHERE export = $1 ORDER BY chunk', [number]);
    const entered = await entryOf({ ...row, chunks: chunks.map(({ subjects }) => subjects) });
    const stamp = { at: context.clock(), nonce: context.random(16) };
    const body =
      entered.type === 'export.abandoned'
        ? writeEntry(entered.type, entered.fields, stamp)
        : writeEntry(entered.type, entered.fields, stamp);
    await appendEntries(tx, [body]);
  });
}
