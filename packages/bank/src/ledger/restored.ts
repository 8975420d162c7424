/**
 * Restores that people accepted: a note signed by the log key says with which older copy the bank went on, and which later entries it went
 * on without. Only such a note lets a ledger pass that is no continuation of the checkpoint beside the keyring; a row that somebody
 * writes into the database without the key lets nothing pass.
 *
 * ```
 * numbra/restored/v1
 * bank.example/ledger
 * 812 q83v…=            size and root of the copy
 * 900 CsUY…=            size and root of the last checkpoint known from elsewhere
 * ```
 * @module
 */
import { base64Of, openNote, parseBase64, signNote, type TreeHead } from '@numbra/ledger';
import type { Queryable } from '../store/database.js';
import type { LogKey } from './log-key.js';

/** An older copy that the bank went on with, and what was known before. */
export interface AcceptedRestore {
  readonly copy: TreeHead;
  readonly lost: TreeHead;
}

const FIRST = 'numbra/restored/v1';

/** The note to keep, signed. Its first line is no ledger's name, so it is never taken for a checkpoint. */
export function signRestored(key: LogKey, { copy, lost }: AcceptedRestore): string {
  const line = ({ size, root }: TreeHead): string => `${size} ${base64Of(root)}`;
  return signNote(`${[FIRST, key.origin, line(copy), line(lost)].join('\n')}\n`, ...key.signers);
}

/** The accepted restores, oldest first. @throws `ERR_NOTE_UNSIGNED`, `ERR_NOTE_SIGNATURE`: a row that the log key did not sign */
export async function readRestored(database: Queryable, key: LogKey): Promise<AcceptedRestore[]> {
  const rows = await database.query<{ note: string }>('SELECT note FROM ledger_restored ORDER BY number');
  return rows.flatMap(({ note }) => {
    const [first, origin, copy, lost] = openNote(note, key.verifiers).text.split('\n');
    const heads = [copy, lost].map(headOf);
    const [older, newer] = heads;
    return first === FIRST && origin === key.origin && older !== undefined && newer !== undefined ? [{ copy: older, lost: newer }] : [];
  });
}

function headOf(line: string | undefined): TreeHead | undefined {
  const [, size, encoded] = /^(0|[1-9]\d{0,15}) (\S+)$/.exec(line ?? '') ?? [];
  const root = encoded === undefined ? undefined : parseBase64(encoded);
  return size === undefined || root === undefined ? undefined : { size: Number(size), root };
}
