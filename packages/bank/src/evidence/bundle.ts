/**
 * Evidence bundle: a trace as files that somebody who trusts neither side can check: the findings, the ledger entry of each export with its
 * proof, proofs of rows under the entry's root, and the keys, as signed notes name them and as openssl reads them.
 * @module
 */
import { createPublicKey } from 'node:crypto';
import { base64urlOf, inclusionProof, parseVerifierKey, rowLeaf, SUBJECT_BYTES } from '@numbra/ledger';
import { formatReceipt } from '@numbra/verify';
import type { BankContext } from '../context.js';
import { sha256 } from '../ledger/sha256.js';
import { plainArray } from '../store/arrays.js';
import { bundleReadme } from './bundle-readme.js';
import type { TraceReport } from './trace.js';

/** Files of a bundle: by name, their text. */
export type EvidenceBundle = Readonly<Record<string, string>>;

/** A row under the root of its export's entry. Its leaf: SHA-256 of a zero byte, the subject, the hash. */
export interface ProvenRow {
  readonly rowNumber: number;
  /** 0-based leaf. */
  readonly index: number;
  /** 16 bytes, base64url: the row's use, which links to no other. */
  readonly subject: string;
  /** SHA-256 of the row's line as delivered, base64url. */
  readonly hash: string;
  readonly proof: readonly string[];
}

/** A proof hashes the whole list: so many rows show as much as all of them. */
const MOST_ROWS = 100;
const HASH_BYTES = 32;

/** Makes the files. What is queued in the ledger gets its position first. */
export async function bundleOf(context: BankContext, report: TraceReport): Promise<EvidenceBundle> {
  const { ledger } = context;
  await ledger.sequence();
  const checkpoint = await ledger.checkpoint();
  const files: Record<string, string> = {};
  const exports: TraceReport['exports'][number][] = [];
  for (const { export: id, position: _, ...rest } of report.exports) {
    const position = await ledger.positionOfExport(id);
    exports.push({ export: id, ...rest, ...(position !== undefined && { position }) });
    if (position === undefined) continue;
    const { entry, proof, checkpoint: signed } = await ledger.proof(position);
    files[`entries/${id}.json`] = formatReceipt({
      numbra: 'proof/1',
      checkpoint: signed,
      index: position,
      entry,
      proof: proof.map(base64urlOf),
    });
    // Rows whose line leaked as it was delivered come first: their hashes can be made again.
    const delivered = report.rows.filter((row) => row.proven && row.exports.includes(id));
    const wholeFirst = delivered.sort((a, b) => Number(b.asDelivered.includes(id)) - Number(a.asDelivered.includes(id)));
    const numbers = wholeFirst.map(({ rowNumber }) => rowNumber as number);
    files[`rows/${id}.json`] = `${JSON.stringify(await proveRows(context, id, numbers.slice(0, MOST_ROWS)), null, 2)}\n`;
  }
  const keys = [...(await ledger.verifierKeys()), ...(await ledger.witnesses.list()).map(({ key }) => key)];
  return {
    'findings.json': `${JSON.stringify({ ...report, exports }, null, 2)}\n`,
    ...files,
    checkpoint,
    'keys.txt': keys.map((key) => `${key}\n`).join(''),
    ...Object.fromEntries(keys.map((key) => [`keys/${idOf(key)}.pem`, pemOf(key)])),
    'README.md': bundleReadme(ledger.origin, signerOf(ledger.origin, checkpoint)),
  };
}

const idText = (id: number): string => id.toString(16).padStart(8, '0');
const idOf = (verifierKey: string): string => idText(parseVerifierKey(verifierKey).keyId);

/** A key of keys.txt in the form that openssl reads. */
function pemOf(verifierKey: string): string {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64urlOf(parseVerifierKey(verifierKey).publicKey) };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string;
}

/** Id of the key of a note's first signature by a name. */
function signerOf(name: string, note: string): string {
  const line = note.split('\n').find((each) => each.startsWith(`\u2014 ${name} `)) as string;
  return idText(Buffer.from(line.split(' ')[2] as string, 'base64').readUInt32BE());
}

async function proveRows({ database }: BankContext, id: string, rowNumbers: readonly number[]): Promise<ProvenRow[]> {
  const members = await database.query<{ row_number: number; customer: bigint }>(
    `SELECT m.row_number, m.customer FROM export x JOIN member m ON m.campaign = x.campaign AND m.generation = x.generation
      WHERE x.id = $1 AND m.row_number = ANY ($2::text::integer[]) ORDER BY m.row_number`,
    [id, plainArray(rowNumbers)],
  );
  const rowOf = new Map(members.map(({ row_number, customer }) => [Number(customer), row_number]));
  const chunks = await database.query<{ customers: string; positions: string; subjects: Uint8Array; row_hashes: Uint8Array }>(
    `SELECT array_to_string(k.customers, ',') AS customers, array_to_string(k.positions, ',') AS positions, k.subjects, k.row_hashes
       FROM export_chunk k JOIN export x ON x.number = k.export WHERE x.id = $1 ORDER BY k.chunk`,
    [id],
  );
  const leaves: Uint8Array[] = [];
  const wanted: Omit<ProvenRow, 'proof'>[] = [];
  for (const { customers, positions, subjects, row_hashes } of chunks) {
    const places = positions.split(',').map(Number);
    for (const [i, customer] of customers.split(',').map(Number).entries()) {
      const subject = subjects.subarray(SUBJECT_BYTES * i, SUBJECT_BYTES * (i + 1));
      const hash = row_hashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1));
      const index = places[i] as number;
      leaves[index] = rowLeaf(sha256, subject, hash);
      const rowNumber = rowOf.get(customer);
      if (rowNumber !== undefined) wanted.push({ rowNumber, index, subject: base64urlOf(subject), hash: base64urlOf(hash) });
    }
  }
  return wanted
    .sort((a, b) => a.rowNumber - b.rowNumber)
    .map((row) => ({ ...row, proof: inclusionProof(sha256, leaves, row.index).map(base64urlOf) }));
}
