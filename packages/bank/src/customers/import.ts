/**
 * Import: the bank's customers into the store, sealed. Rows are parsed, judged and sealed into a staging table first; one
 * short transaction then takes them over, so that an unreadable row, or a column that is not what it should be, changes nothing,
 * and calls under way wait only for the end.
 *
 * A customer who is there already is brought up to date and keeps id, key and history. One who was erased stays erased.
 * @module
 */
import { createHash } from 'node:crypto';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { consentKeysOf } from '../policies/consent-keys.js';
import { bytesArray, textArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';
import { RandomIds } from './random-ids.js';
import { RawIdWatch } from './raw-ids.js';
import { at, type CustomerRow, type ParsedCustomer, parseCustomerRow } from './row.js';
import { sealColumns } from './seal-columns.js';

export interface ImportOptions {
  /** Called after every thousand rows or so. */
  readonly onProgress?: (rows: number) => void;
  /** Whose ids the customers get: those of the rows, or random ones where the bank's own id is a raw identifier. */
  readonly ids?: 'from-rows' | 'random';
  /** SHA-256 of the file that the rows come from; of the rows themselves by default. */
  readonly digest?: Uint8Array;
}

export interface ImportReport {
  /** `import_…`, as in the ledger's entry. */
  readonly import: string;
  readonly rows: number;
  readonly imported: number;
  readonly updated: number;
  /** Rows of customers who were erased; left as they are. */
  readonly erased: number;
  /** Rows without a phone that can be dialled: kept, but on no list. */
  readonly unreachable: number;
  /** Where they stand in the file; the first 1,000. */
  readonly unreachableRows: readonly number[];
  /** Cells kept as written although they do not read as an account or a resident ID. */
  readonly unusual: { readonly account: number; readonly residentId: number };
  /** Consents that are new. */
  readonly consents: number;
}

const CHUNK_ROWS = 1_000;
const LISTED_ROWS = 1_000;

/**
 * Imports customers. All rows or none.
 *
 * @throws `ERR_IMPORT_…` with row and column, or what `rows` throws; nothing was imported
 */
export async function importCustomers(
  context: BankContext,
  rows: AsyncIterable<CustomerRow> | Iterable<CustomerRow>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const id = newId(context, 'import');
  const stage = `import_stage_${id
    .slice('import_'.length)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_')}`;
  const session = await context.database.connect();
  try {
    await session.query(createStage(stage));
    const staged = await stageRows(context, session, stage, rows, options);
    const taken = await session.transaction((tx) => takeOver(context, tx, { stage, id, staged }));
    await session.query('ANALYZE customer, consent'); // PGlite has nobody who does it, and plans badly without
    const { rows: count, unreachable, unreachableRows, unusual } = staged;
    return { import: id, rows: count, ...taken, unreachable, unreachableRows, unusual };
  } finally {
    await session.query(`DROP TABLE IF EXISTS ${stage}`).catch(() => {});
    await session.close();
  }
}

/** Temporary: gone with its connection, and written to no log. What lies in it is sealed already. */
function createStage(stage: string): string {
  return `CREATE TEMP TABLE ${stage} (
    position integer GENERATED ALWAYS AS IDENTITY, customer_id text COLLATE "C", source_index bytea, name bytea, phone bytea, account bytea,
    resident_id bytea, attributes bytea, phone_index bytea, customer_key bytea, consents text)`;
}

interface Staged {
  readonly rows: number;
  readonly digest: Uint8Array;
  readonly unreachable: number;
  readonly unreachableRows: readonly number[];
  readonly unusual: { readonly account: number; readonly residentId: number };
}

async function stageRows(
  context: BankContext,
  session: Queryable,
  stage: string,
  rows: AsyncIterable<CustomerRow> | Iterable<CustomerRow>,
  options: ImportOptions,
): Promise<Staged> {
  const rules = { referenceLength: context.referenceLength, consentKeys: consentKeysOf(context.policies.current()) };
  const randomIds = options.ids === 'random' ? new RandomIds(context) : undefined;
  const watch = new RawIdWatch();
  const seen = new Set<string>();
  const hash = createHash('sha256');
  const unusual = { account: 0, residentId: 0 };
  const unreachableRows: number[] = [];
  let unreachable = 0;
  let count = 0;
  let chunk: CustomerRow[] = [];
  const flush = async () => {
    const given = await randomIds?.of(chunk.map(({ customerId }) => customerId));
    const customers = chunk.map((row, i) => parseCustomerRow(row, rules, given?.[i]?.id));
    for (const [i, customer] of customers.entries()) {
      const row = chunk[i] as CustomerRow;
      if (seen.has(customer.id)) throw fail('ERR_IMPORT_DUPLICATE', at(row, 'customer_id'));
      seen.add(customer.id);
      if (randomIds === undefined) watch.look(customer.id);
      for (const cell of customer.unusual) unusual[cell] += 1;
      if (customer.phone === undefined) {
        unreachable += 1;
        if (unreachableRows.length < LISTED_ROWS) unreachableRows.push(row.row ?? count + i + 1);
      }
      if (options.digest === undefined) hash.update(JSON.stringify(row));
    }
    await insertStage(
      context,
      session,
      stage,
      customers,
      given?.map(({ index }) => index),
    );
    count += chunk.length;
    chunk = [];
    options.onProgress?.(count);
  };
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length === CHUNK_ROWS) await flush();
  }
  if (chunk.length > 0) await flush();
  watch.judge();
  return { rows: count, digest: options.digest ?? new Uint8Array(hash.digest()), unreachable, unreachableRows, unusual };
}

async function insertStage(
  context: BankContext,
  session: Queryable,
  stage: string,
  customers: readonly ParsedCustomer[],
  sourceIndexes: readonly Uint8Array[] | undefined,
): Promise<void> {
  const sealed = sealColumns(context, customers);
  await session.query(
    `INSERT INTO ${stage} (customer_id, source_index, name, phone, account, resident_id, attributes, phone_index, customer_key, consents)
     SELECT * FROM unnest($1::text::text[], $2::text::bytea[], $3::text::bytea[], $4::text::bytea[], $5::text::bytea[], $6::text::bytea[],
                          $7::text::bytea[], $8::text::bytea[], $9::text::bytea[], $10::text::text[])`,
    [
      textArray(customers.map(({ id }) => id)),
      bytesArray(sourceIndexes ?? customers.map(() => null)),
      bytesArray(sealed.name),
      bytesArray(sealed.phone),
      bytesArray(sealed.account),
      bytesArray(sealed.residentId),
      bytesArray(sealed.attributes),
      bytesArray(sealed.phoneIndex),
      bytesArray(sealed.customerKey),
      textArray(customers.map(({ consents }) => (consents.length === 0 ? null : consents.join(' ')))),
    ],
  );
}

interface TakeOver {
  readonly stage: string;
  readonly id: string;
  readonly staged: Staged;
}

async function takeOver(
  context: BankContext,
  tx: Queryable,
  { stage, id, staged }: TakeOver,
): Promise<Pick<ImportReport, 'imported' | 'updated' | 'erased' | 'consents'>> {
  const now = context.clock();
  await refuseOtherSources(tx, stage);
  // Locks in the order of ids, like every transaction over several customers.
  await tx.query(
    `SELECT count(*) FROM (SELECT c.id FROM customer c JOIN ${stage} s USING (customer_id) ORDER BY c.id FOR NO KEY UPDATE OF c) AS locked`,
  );
  const [{ inserted = 0n, written = 0n } = {}] = await tx.query<{ inserted?: bigint; written?: bigint }>(
    `WITH written AS (
       INSERT INTO customer AS c (customer_id, source_index, name, phone, account, resident_id, attributes, phone_index, customer_key, imported_at)
       SELECT customer_id, source_index, name, phone, account, resident_id, attributes, phone_index, customer_key, $1::timestamptz
         FROM ${stage} ORDER BY position
       ON CONFLICT (customer_id) DO UPDATE SET name = excluded.name, phone = excluded.phone, account = excluded.account,
          resident_id = excluded.resident_id, attributes = excluded.attributes, phone_index = excluded.phone_index, imported_at = excluded.imported_at
        WHERE c.erased_at IS NULL
       RETURNING (xmax::text = '0') AS new)
     SELECT count(*) FILTER (WHERE new) AS inserted, count(*) AS written FROM written`,
    [new Date(now)],
  );
  // A consent that was withdrawn is not given again by a file.
  const [{ consents = 0n } = {}] = await tx.query<{ consents?: bigint }>(
    `WITH given AS (
       INSERT INTO consent (customer, purpose, given_at, evidence)
       SELECT c.id, key, $1::timestamptz, $2 FROM ${stage} s JOIN customer c USING (customer_id), string_to_table(s.consents, ' ') AS key
        WHERE c.erased_at IS NULL
       ON CONFLICT DO NOTHING RETURNING 1)
     SELECT count(*) AS consents FROM given`,
    [new Date(now), id],
  );
  await appendEntries(tx, [
    writeEntry(
      'customers.imported',
      {
        import: id,
        file: `sha256:${Buffer.from(staged.digest).toString('hex')}`,
        rows: Number(written),
        refused: staged.rows - Number(written),
      },
      { at: now, nonce: context.random(16) },
    ),
  ]);
  return {
    imported: Number(inserted),
    updated: Number(written - inserted),
    erased: staged.rows - Number(written),
    consents: Number(consents),
  };
}

/** A random id stands for one id of the bank's file for ever. */
async function refuseOtherSources(tx: Queryable, stage: string): Promise<void> {
  const rows = await tx.query(
    `SELECT 1 FROM ${stage} s JOIN customer c USING (customer_id) WHERE c.source_index IS DISTINCT FROM s.source_index AND c.erased_at IS NULL LIMIT 1`,
  );
  if (rows.length > 0) throw fail('ERR_IMPORT_ID_KIND');
}
