/**
 * Receipt: every use of one customer's data, each with its proof to one signed checkpoint. The file holds the customer's key, so that whoever
 * has it can compute the subject of every use and see that none is missing. Give it to the customer and to nobody else.
 *
 * Checked offline by `verifyReceipt` of @numbra/verify, which also says what a receipt does not prove.
 * @module
 */
import { type CustomerId, sealDialToken, sealReference } from '@numbra/core';
import { csvLine } from '@numbra/files';
import { base64urlOf, inclusionProof, rowLeaf, SUBJECT_BYTES, subjectLeaf, subjectsOf } from '@numbra/ledger';
import { formatReceipt, type OpenUse, type ReceiptRow, type ReceiptUse } from '@numbra/verify';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { sha256 } from '../ledger/sha256.js';
import { openBytes, openCell } from '../store/cells.js';
import { phoneOf } from '../store/open-column.js';

interface CustomerRow {
  readonly id: bigint;
  readonly customer_id: string;
  readonly uses: bigint;
  readonly customer_key: Uint8Array | null;
  readonly phone: Uint8Array | null;
}

/** A row that an export took an n for. */
interface ExportedRow {
  readonly export: number;
  readonly id: string;
  readonly state: string;
  readonly campaign: string;
  readonly campaign_number: number;
  readonly generation: number;
  readonly n: bigint;
  /** 0-based position in the list. */
  readonly position: number;
  readonly customer: bigint;
  readonly hash: Uint8Array;
}

const HASH_BYTES = 32;

/**
 * Writes a customer's receipt. What is queued gets its position first, so that the receipt shows everything up to now.
 *
 * @param customerId - the bank's own id
 * @returns the file's text: canonical JSON
 * @throws `ERR_CUSTOMER_UNKNOWN` · `ERR_RECEIPT_ERASED`: the customer's key was erased, and nothing links to it any more
 */
export async function receiptOf(context: BankContext, customerId: string): Promise<string> {
  const { database, ledger } = context;
  const [customer] = await database.query<CustomerRow>(
    'SELECT id, customer_id, uses, customer_key, phone FROM customer WHERE customer_id = $1',
    [customerId.normalize('NFC')],
  );
  if (customer === undefined) throw fail('ERR_CUSTOMER_UNKNOWN');
  if (customer.customer_key === null) throw fail('ERR_RECEIPT_ERASED');
  const { size: newest } = await ledger.sequence();
  const key = openBytes(context.keys.subject, 'customer_key', customer.customer_id, customer.customer_key);
  const subjectOf = subjectsOf(sha256, context.logOrigin);
  const subjects = Array.from({ length: Number(customer.uses) }, (_, i) => subjectOf(key, i + 1));
  const positions = await ledger.positionsOf(subjects);
  const exported = new Map((await exportedRows(context, customer.id)).map((row) => [Number(row.n), row]));
  const open = await openCalls(context, customer.id);

  const placed = new Map<number, number>();
  for (const [i, subject] of subjects.entries()) {
    const row = exported.get(i + 1);
    const position = row === undefined ? positions.get(base64urlOf(subject))?.[0] : await ledger.positionOfExport(row.id);
    if (position !== undefined && position < newest) placed.set(i + 1, position);
  }
  const size = await sizeToProve(context, newest, [...placed.values()]);

  const uses: (ReceiptUse | OpenUse)[] = [];
  for (let n = 1; n <= subjects.length; n++) {
    const position = placed.get(n);
    const row = exported.get(n);
    if (position !== undefined) {
      const { entry, proof } = await ledger.proof(position, size);
      const use = { n, index: position, entry, proof: proof.map(base64urlOf) };
      uses.push(row === undefined ? use : { ...use, row: await receiptRow(context, row, customer) });
    } else {
      const call = open.get(n);
      if (call !== undefined) uses.push({ n, open: call });
    }
  }
  const receipt = {
    numbra: 'receipt/1',
    origin: context.logOrigin,
    customerKey: base64urlOf(key),
    checkpoint: await checkpointOf(context, size),
    uses,
  } as const;
  key.fill(0);
  return formatReceipt(receipt);
}

/** A cosigned checkpoint that holds every entry of the receipt is worth more than a newer one that only the bank signed. */
async function sizeToProve({ ledger }: BankContext, newest: number, positions: readonly number[]): Promise<number> {
  const cosigned = await ledger.cosignedCheckpoint();
  return cosigned !== undefined && positions.every((position) => position < cosigned.size) ? cosigned.size : newest;
}

/** All proofs lead to one checkpoint: that of the size they were made for. */
async function checkpointOf({ ledger }: BankContext, size: number): Promise<string> {
  return size === 0 ? ledger.checkpoint() : (await ledger.proof(size - 1, size)).checkpoint;
}

async function exportedRows({ database }: BankContext, customer: bigint): Promise<ExportedRow[]> {
  return database.query<ExportedRow>(
    `SELECT k.export, x.id, x.state, c.id AS campaign, c.number AS campaign_number, x.generation, k.n[i.at] AS n, k.positions[i.at] AS position,
            $1::bigint AS customer, substring(k.row_hashes FROM ($2::integer * (i.at - 1) + 1) FOR $2::integer) AS hash
       FROM export_chunk k
       CROSS JOIN LATERAL (SELECT array_position(k.customers, $1::bigint) AS at) i
       JOIN export x ON x.number = k.export
       JOIN campaign c ON c.number = x.campaign
      WHERE i.at IS NOT NULL`,
    [customer, HASH_BYTES],
  );
}

/** The customer's row under the root of the export's entry. */
async function receiptRow(context: BankContext, row: ExportedRow, customer: CustomerRow): Promise<ReceiptRow> {
  const chunks = await context.database.query<{ positions: string; subjects: Uint8Array; row_hashes: Uint8Array }>(
    `SELECT array_to_string(positions, ',') AS positions, subjects, row_hashes FROM export_chunk WHERE export = $1 ORDER BY chunk`,
    [row.export],
  );
  const abandoned = row.state === 'abandoned';
  const leaves: Uint8Array[] = [];
  let index = -1;
  for (const { positions, subjects, row_hashes } of chunks) {
    for (const [i, position] of positions.split(',').map(Number).entries()) {
      const subject = subjects.subarray(SUBJECT_BYTES * i, SUBJECT_BYTES * (i + 1));
      // A list's leaves stand in its own order; an abandoned one has none and counts as the numbers were taken.
      if (position === row.position) index = abandoned ? leaves.length : position;
      if (abandoned) leaves.push(subjectLeaf(sha256, subject));
      else leaves[position] = rowLeaf(sha256, subject, row_hashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1)));
    }
  }
  const proof = inclusionProof(sha256, leaves, index).map(base64urlOf);
  if (abandoned) return { index, proof };
  const text = await deliveredRow(context, row, customer);
  return { index, proof, ...(text === undefined ? { hash: base64urlOf(row.hash) } : { text }) };
}

/** The row as it was delivered, where the campaign's keys are still there and the phone is still the one that was sealed. */
async function deliveredRow(context: BankContext, row: ExportedRow, customer: CustomerRow): Promise<string | undefined> {
  const keys = await context.scopes.of(row.campaign);
  const scope = keys?.generations.find(({ generation }) => generation === row.generation)?.scope;
  if (scope === undefined || customer.phone === null) return undefined;
  const phone = phoneOf(openCell(context.keys.store, 'phone', customer.customer_id, customer.phone));
  const [member] = await context.database.query<{ masked_phone: string; bands: string | null }>(
    'SELECT masked_phone, bands FROM member WHERE campaign = $1 AND generation = $2 AND customer = $3',
    [row.campaign_number, row.generation, customer.id],
  );
  if (member === undefined) return undefined;
  // A cast: it was checked when the customer was imported.
  const reference = sealReference(scope, customer.customer_id as CustomerId);
  const cells = [reference, sealDialToken(scope, phone, reference), member.masked_phone];
  const line = csvLine([...cells, ...(member.bands === null ? [] : member.bands.split('\u001f'))]);
  return Buffer.compare(sha256(new TextEncoder().encode(line)), row.hash) === 0 ? line : undefined;
}

/** The n set aside for the settlement of calls that nothing has settled: by n, the call. */
async function openCalls({ database }: BankContext, customer: bigint): Promise<ReadonlyMap<number, string>> {
  const rows = await database.query<{ id: string; n: bigint }>(
    `SELECT id, n FROM call WHERE customer = $1 AND state IN ('authorized', 'unknown')`,
    [customer],
  );
  return new Map(rows.map(({ id, n }) => [Number(n) + 1, id]));
}
