/**
 * A backup of the whole store in one file, of one moment, from either engine and into either. JSON text, one row a line:
 *
 * ```
 * {"numbra":"backup/1","bank":"demo-bank","at":"…","schema":["001_initial", …],"checkpoint":"…a signed note…"}
 * {"table":"vendor"}
 * {"id":"vendor-a", …}
 * {"sequence":["ledger_pending","id"],"value":"812","called":true}
 * {"rows":1204,"sha256":"…"}          of everything above: a cut or edited file is found before a row of it is kept
 * ```
 *
 * No key is in it: raw values are sealed as in the store, and the keyring is never part of a backup. That it is an older copy when it is
 * brought back is found by the checkpoint beside the keyring (ledger/publish.ts). For stores of many gigabytes use the server's own tools.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFileAtomic } from '@numbra/files';
import { fail } from '../errors.js';
import type { Database, Queryable } from './database.js';
import { migrate } from './migrate.js';

/** What a backup holds. */
export interface BackupReport {
  readonly file: string;
  readonly rows: number;
  /** Entries of the newest signed checkpoint in it. */
  readonly size: number;
}

interface BackupHeader {
  readonly numbra: 'backup/1';
  readonly bank: string;
  readonly at: string;
  /** Names of the migrations that this schema is made of. */
  readonly schema: readonly string[];
  readonly checkpoint?: string;
}

/** Rows in one statement. */
const CHUNK = 500;
const MIGRATIONS = 'schema_migration';

/**
 * Writes a backup of what is committed now; work goes on meanwhile.
 *
 * @throws `ERR_FILE_EXISTS`, `ERR_FILE_UNWRITABLE`: nothing is there under its name
 */
export async function writeBackup(database: Database, file: string, at: Date): Promise<BackupReport> {
  return database.transaction(async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const header = await headerOf(tx, at);
    let rows = 0;
    async function* lines(): AsyncGenerator<string> {
      const digest = createHash('sha256');
      for await (const { line, isRow } of contents(tx, header)) {
        if (isRow) rows += 1;
        digest.update(line).update('\n');
        yield `${line}\n`;
      }
      yield `${JSON.stringify({ rows, sha256: digest.digest('hex') })}\n`;
    }
    await writeFileAtomic(file, lines(), { existing: 'refused' });
    return { file, rows, size: Number(header.checkpoint?.split('\n')[1] ?? 0) };
  });
}

async function headerOf(tx: Queryable, at: Date): Promise<BackupHeader> {
  const [bank] = await tx.query<{ name: string }>('SELECT name FROM bank');
  if (bank === undefined) throw fail('ERR_BANK_MISSING');
  const [newest] = await tx.query<{ note: string }>('SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1');
  return {
    numbra: 'backup/1',
    bank: bank.name,
    at: at.toISOString(),
    schema: await schemaOf(tx),
    ...(newest !== undefined && { checkpoint: newest.note }),
  };
}

async function schemaOf(tx: Queryable): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS} ORDER BY name`);
  return rows.map(({ name }) => name);
}

async function* contents(tx: Queryable, header: BackupHeader): AsyncGenerator<{ readonly line: string; readonly isRow: boolean }> {
  const other = (value: object) => ({ line: JSON.stringify(value), isRow: false });
  yield other(header);
  for (const table of await tablesOf(tx)) {
    yield other({ table });
    await tx.query(`DECLARE backup_rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM "${table}" t`);
    for (let found = CHUNK; found === CHUNK; ) {
      const rows = await tx.query<{ line: string }>(`FETCH ${CHUNK} FROM backup_rows`);
      found = rows.length;
      for (const { line } of rows) yield { line, isRow: true };
    }
    await tx.query('CLOSE backup_rows');
  }
  for (const { table, column, name } of await sequencesOf(tx)) {
    const [row] = await tx.query<{ value: string; called: boolean }>(`SELECT last_value::text AS value, is_called AS called FROM ${name}`);
    yield other({ sequence: [table, column], ...row });
  }
}

/** Every table, those that others refer to first. */
async function tablesOf(tx: Queryable): Promise<string[]> {
  const tables = await tx.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename <> '${MIGRATIONS}' ORDER BY tablename`,
  );
  const links = await tx.query<{ child: string; parent: string }>(
    `SELECT c.relname AS child, p.relname AS parent FROM pg_constraint k
       JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
      WHERE k.contype = 'f' AND c.relname <> p.relname`,
  );
  const ordered: string[] = [];
  const place = (name: string): void => {
    if (ordered.includes(name)) return;
    for (const { child, parent } of links) if (child === name) place(parent);
    ordered.push(name);
  };
  for (const { name } of tables) place(name);
  return ordered;
}

/** Numbers that were given out once are given out never again, so what a sequence has reached is part of the backup. */
async function sequencesOf(tx: Queryable): Promise<{ readonly table: string; readonly column: string; readonly name: string }[]> {
  return tx.query(
    `SELECT table_name::text AS table, column_name::text AS column, pg_get_serial_sequence(quote_ident(table_name::text), column_name::text) AS name
       FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES' ORDER BY 1, 2`,
  );
}

/**
 * Fills an empty store from a backup: all of it, in one transaction, or nothing.
 *
 * @throws `ERR_BANK_EXISTS`: the store holds a bank · `ERR_BACKUP_DAMAGED`: the file is cut, edited, or none ·
 *   `ERR_BACKUP_RELEASE`: it was written under another schema; nothing was changed
 */
export async function readBackup(database: Database, file: string): Promise<BackupReport> {
  const header = await checkBackup(file);
  await migrate(database);
  return database.transaction(async (tx) => {
    const there = await tx.query('SELECT 1 FROM bank');
    if (there.length > 0) throw fail('ERR_BANK_EXISTS');
    const schema = await schemaOf(tx);
    if (JSON.stringify(schema) !== JSON.stringify(header.schema)) throw fail('ERR_BACKUP_RELEASE');
    // Only names of our own schema ever stand in a statement.
    const tables = new Set(await tablesOf(tx));
    // What the migrations themselves put in comes from the backup too.
    for (const name of [...tables].reverse()) await tx.query(`DELETE FROM "${name}"`);
    const sequences = await sequencesOf(tx);
    let rows = 0;
    let table = '';
    let waiting: string[] = [];
    const flush = async (): Promise<void> => {
      if (waiting.length === 0) return;
      await tx.query(
        `INSERT INTO "${table}" OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::"${table}", $1::text::json)`,
        [`[${waiting.join(',')}]`],
      );
      rows += waiting.length;
      waiting = [];
    };
    let isFirst = true;
    for await (const line of linesOf(file)) {
      if (isFirst || TRAILER.test(line)) {
        isFirst = false;
        continue;
      }
      const named = TABLE.exec(line)?.[1];
      if (named !== undefined) {
        await flush();
        if (!tables.has(named)) throw fail('ERR_BACKUP_DAMAGED');
        table = named;
      } else if (line.startsWith('{"sequence":[')) {
        await flush();
        await setSequence(tx, sequences, line);
      } else if (waiting.push(line) === CHUNK) await flush();
    }
    return { file, rows, size: Number(header.checkpoint?.split('\n')[1] ?? 0) };
  });
}

const TABLE = /^\{"table":"([a-z_]+)"\}$/;
const TRAILER = /^\{"rows":(?:0|[1-9]\d*),"sha256":"([0-9a-f]{64})"\}$/;

async function setSequence(tx: Queryable, known: Awaited<ReturnType<typeof sequencesOf>>, line: string): Promise<void> {
  const { sequence, value, called } = JSON.parse(line) as { sequence: [string, string]; value: string; called: boolean };
  const found = known.find((each) => each.table === sequence[0] && each.column === sequence[1]);
  if (found === undefined) throw fail('ERR_BACKUP_DAMAGED');
  await tx.query('SELECT setval($1::text::regclass, $2::bigint, $3)', [found.name, BigInt(value), called]);
}

/** Reads the file once to its end before anything is kept of it. @throws `ERR_BACKUP_DAMAGED` */
async function checkBackup(file: string): Promise<BackupHeader> {
  const digest = createHash('sha256');
  let first: string | undefined;
  let last: string | undefined;
  for await (const line of linesOf(file)) {
    first ??= line;
    if (last !== undefined) digest.update(last).update('\n');
    last = line;
  }
  if (TRAILER.exec(last ?? '')?.[1] !== digest.digest('hex')) throw fail('ERR_BACKUP_DAMAGED');
  try {
    const header = JSON.parse(first ?? '') as Partial<BackupHeader>;
    if (header.numbra === 'backup/1' && Array.isArray(header.schema)) return header as BackupHeader;
  } catch {
    // The one error below.
  }
  throw fail('ERR_BACKUP_DAMAGED');
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, 'utf8');
  try {
    // A line ends with its newline only: U+2028 and the like stand in JSON as they are, and readline would cut there.
    let rest = '';
    for await (const chunk of input) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      yield* parts;
    }
    if (rest !== '') yield rest;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw fail('ERR_BACKUP_DAMAGED', {}, { cause, detail: 'the file cannot be read' });
  } finally {
    input.destroy();
  }
}
