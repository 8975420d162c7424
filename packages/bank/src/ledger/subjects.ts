/**
 * Finds a customer's entries by subject, and an export's by its id. The index keeps 8 of a subject's 16 bytes, so the full subject is
 * compared in the entry. It is a convenience: no proof rests on it.
 * @module
 */
import { hash } from 'node:crypto';
import type { Queued } from '@numbra/ledger';
import { plainArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';

/** Subjects stand in entries as 22 characters of base64url, under these two names. No value of an entry holds a quote. */
const ONE = /"subject":"([A-Za-z0-9_-]{22})"/;
const SEVERAL = /"subjects":\[([^\]]*)\]/;

/** The subjects of an entry, as base64url. */
export function subjectsIn(body: string): string[] {
  if (!body.includes('"subject')) return [];
  const one = ONE.exec(body)?.[1];
  const several = SEVERAL.exec(body)?.[1]?.match(/[A-Za-z0-9_-]{22}/g) ?? [];
  return one === undefined ? several : [one, ...several];
}

const EXPORT = /"export":"([A-Za-z0-9._-]{1,64})"/;
const OF_AN_EXPORT = /"type":"export\.(?:made|abandoned)"/;

/** The export that an entry makes or abandons: its rows are under the entry's root, so that it names no subject. */
export function exportIn(body: string): string | undefined {
  return OF_AN_EXPORT.test(body) ? EXPORT.exec(body)?.[1] : undefined;
}

/** Where an export stands in the index of subjects: 8 bytes that belong to its id. */
export function exportMark(id: string): Uint8Array {
  return hash('sha256', `export\x1f${id}`, 'buffer').subarray(0, 8);
}

/** The first 8 bytes as a signed number, which is what a bigint column holds. */
export function shortSubject(subject: Uint8Array): bigint {
  return Buffer.from(subject.buffer, subject.byteOffset, subject.byteLength).readBigInt64BE(0);
}

/** Enters what the entries from `position` on say about customers; part of the sequencer's transaction. */
export async function indexSubjects(tx: Queryable, entries: readonly Queued<bigint>[], position: number): Promise<void> {
  const subjects: bigint[] = [];
  const positions: number[] = [];
  entries.forEach(({ body }, i) => {
    for (const subject of subjectsIn(body)) {
      subjects.push(shortSubject(Buffer.from(subject, 'base64url')));
      positions.push(position + i);
    }
    const made = exportIn(body);
    if (made === undefined) return;
    subjects.push(shortSubject(exportMark(made)));
    positions.push(position + i);
  });
  if (subjects.length === 0) return;
  await tx.query(
    `INSERT INTO ledger_subject (subject, position) SELECT * FROM unnest($1::text::bigint[], $2::text::bigint[]) ON CONFLICT DO NOTHING`,
    [plainArray(subjects), plainArray(positions)],
  );
}

/** Positions that may belong to these subjects, by the 8 bytes kept. */
export async function candidatePositions(queryable: Queryable, subjects: readonly Uint8Array[]): Promise<number[]> {
  const rows = await queryable.query<{ position: bigint }>(
    `SELECT DISTINCT s.position FROM unnest($1::text::bigint[]) AS wanted (subject) JOIN ledger_subject s USING (subject) ORDER BY s.position`,
    [plainArray(subjects.map(shortSubject))],
  );
  return rows.map(({ position }) => Number(position));
}
