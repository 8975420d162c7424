/**
 * After a restart: what became of exports that were under way. The store decides. An export that was made gets its file's final
 * name, if the temporary file is the very one; else it is entered as not delivered. One that was not made is abandoned, and its file removed.
 * @module
 */
import { resumePart, sha256OfFile } from '@numbra/files';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import { abandonExport, deliverExport } from './record.js';

interface UnfinishedRow {
  readonly number: number;
  readonly id: string;
  readonly campaign: string;
  readonly state: 'reserving' | 'made';
  readonly file: string;
  readonly sha256: Uint8Array | null;
}

/** Brings every unfinished export to an end. Runs while no export does. */
export async function recoverExports(context: BankContext): Promise<void> {
  const rows = await context.database.query<UnfinishedRow>(
    `SELECT e.number, e.id, c.id AS campaign, e.state, e.file, e.sha256
       FROM export e JOIN campaign c ON c.number = e.campaign WHERE e.state IN ('reserving', 'made') ORDER BY e.number`,
  );
  for (const row of rows) {
    if (row.state === 'reserving') {
      await removePart(row.file);
      await abandonExport(context, row.number, 'interrupted');
    } else if (await givesName(row)) {
      await deliverExport(context, row.number);
    } else {
      await notDelivered(context, row);
    }
  }
}

async function removePart(file: string): Promise<void> {
  const part = await resumePart(file).catch(() => undefined);
  await part?.discard();
}

/** Whether the file has its final name now, with the bytes that were recorded. */
async function givesName({ file, sha256 }: UnfinishedRow): Promise<boolean> {
  const isTheOne = (found: { readonly sha256: Uint8Array } | undefined) =>
    found !== undefined && Buffer.compare(found.sha256, sha256 as Uint8Array) === 0;
  if (isTheOne(await sha256OfFile(file).catch(() => undefined))) return true;
  const part = await resumePart(file).catch(() => undefined);
  if (part === undefined) return false;
  if (!isTheOne(part)) {
    await part.discard();
    return false;
  }
  await part.commit();
  return true;
}

async function notDelivered(context: BankContext, { number, id, campaign }: UnfinishedRow): Promise<void> {
  const at = context.clock();
  await context.database.transaction(async (tx) => {
    const changed = await tx.query(`UPDATE export SET state = 'not-delivered' WHERE number = $1 AND state = 'made' RETURNING 1`, [number]);
    if (changed.length === 0) return;
    await appendEntries(tx, [
      writeEntry('export.undelivered', { export: id, campaign, reason: 'interrupted' }, { at, nonce: context.random(16) }),
    ]);
  });
}
