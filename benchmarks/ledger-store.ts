/**
 * The stored ledger on a PostgreSQL server of its own: what an entry costs the act that it records, acts that get their positions, a
 * backlog, how long an entry waits for its position, what is stored, and proofs.
 *
 * Here the server works as much as this process, so time is wall time: read it on a machine that does nothing else.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { type Bank, type Database, openBank, openPostgres } from '@numbra/bank';
import { type EntryFields, writeEntry } from '@numbra/ledger';
import { createTestBank, testKeyring } from '../tests/support/banks.js';
import { startPostgres, type TestServer } from '../tests/support/postgres.js';
import { type Benchmark, type Goal, median, type Result } from './measure.js';

const CLIENTS = 8;
const CUSTOMERS = 20_000;
const CAMPAIGNS = 32;
const PLAIN = 'the same transaction without its entry';
/** Rows in one statement of a backlog. */
const MANY = 500;

interface Scale {
  readonly sliceMs: number;
  readonly pairs: number;
  /** Entries that wait for their positions. */
  readonly backlog: number;
  readonly loadMs: number;
  /** Entries when proofs are made. */
  readonly entries: number;
  readonly warmProofs: number;
  readonly coldProofs: number;
}

const SHORT: Scale = { sliceMs: 300, pairs: 3, backlog: 20_000, loadMs: 3_000, entries: 50_000, warmProofs: 300, coldProofs: 3 };
const USUAL: Scale = { sliceMs: 1_000, pairs: 15, backlog: 300_000, loadMs: 20_000, entries: 1_000_000, warmProofs: 3_000, coldProofs: 15 };
const LARGE: Scale = { ...USUAL, pairs: 3, entries: 10_000_000 };

/** A goal in its own unit: the result is held against a peer of that name. */
const AIMS = {
  acts: { name: '5,000 a second', perSecond: 5_000 },
  drain: { name: '30,000 a second', perSecond: 30_000 },
  wait: { name: '2 s', perSecond: 0.5 },
  warm: { name: '5 ms', perSecond: 200 },
  cold: { name: '10 ms', perSecond: 100 },
} as const;

const goalsOf = (subject: string): readonly Goal[] => [
  { name: `${subject}/act with its entry`, against: PLAIN, ratio: 1 / 1.3 },
  {
    name: `${subject}/acts sequenced`,
    against: AIMS.acts.name,
    ratio: 1,
    profile:
      'one process makes the acts, waits for a commit each, and sequences them, on two cores that the server shares; the sequencer alone drains a backlog several times as fast',
  },
  { name: `${subject}/backlog`, against: AIMS.drain.name, ratio: 1 },
  { name: `${subject}/position, p99 at half load`, against: AIMS.wait.name, ratio: 1 },
  { name: `${subject}/storage`, against: '0.7 of the entries and 36 bytes each', ratio: 1 },
  { name: `${subject}/proof, warm p99`, against: AIMS.warm.name, ratio: 1 },
  {
    name: `${subject}/proof, cold median`,
    against: AIMS.cold.name,
    ratio: 1,
    profile:
      'the first statements of a server and a bank that were just started: plans, code that was not compiled yet, and four reads from a disk whose cache was emptied',
  },
];
export const ledgerStoreGoals = goalsOf('ledger-store');
export const ledgerLargeGoals = goalsOf('ledger-large');

export const ledgerStoreBenchmarks: Benchmark = ({ short }) => measure('ledger-store', short ? SHORT : USUAL);
/** Ten million entries: some minutes, and 3 GB of disk. Only when it is named. */
export const ledgerLargeBenchmarks: Benchmark = ({ short }) => measure('ledger-large', short ? SHORT : LARGE);

/** What an authorized call records: random where a real one is. */
function entryOf(): string {
  const text = (bytes: number): string => randomBytes(bytes).toString('base64url');
  const fields: EntryFields<'call.authorized'> = {
    call: `call_${text(16)}`,
    campaign: 'c-2026-11',
    vendor: 'vendor-42',
    purpose: 'marketing.insurance.term-life',
    grant: `grant_${text(16)}`,
    subject: randomBytes(16),
    policy: POLICY,
  };
  return writeEntry('call.authorized', fields, { at: Date.now(), nonce: randomBytes(16) });
}
const POLICY = `sha256:${'5f'.repeat(32)}`;

async function measure(subject: string, scale: Scale): Promise<Result[]> {
  const server = await startPostgres();
  try {
    const { bank, database, drop } = await createTestBank({ url: server.url });
    await prepare(database);
    const results: Result[] = [];
    const put = (
      name: string,
      perSecond: number,
      unit: string,
      against: { readonly name: string; readonly perSecond: number },
      ratio?: number,
    ): void => {
      results.push({ name: `${subject}/${name}`, perSecond, unit, against, ratio: ratio ?? perSecond / against.perSecond });
      process.stderr.write(
        `  ${name}: ${perSecond.toPrecision(4)}, ${against.name}: ${(ratio ?? perSecond / against.perSecond).toFixed(2)}\n`,
      );
    };

    const { plain, whole, ratio } = await costOf(database, scale);
    put('act with its entry', whole, 'acts', { name: PLAIN, perSecond: plain }, ratio);
    await bank.ledger.sequence();
    const sequenced = await sequencedActs(bank, database, scale);
    put('acts sequenced', sequenced, 'acts', AIMS.acts);
    await fill(database, scale.backlog);
    const started = performance.now();
    await bank.ledger.sequence();
    put('backlog', (scale.backlog * 1_000) / (performance.now() - started), 'entries', AIMS.drain);
    put('position, p99 at half load', 1_000 / (await waitAt(bank, database, sequenced / 2, scale)), 'p99s', AIMS.wait);

    const before = Number((await bank.ledger.checkpoint()).split('\n')[1]);
    for (let missing = scale.entries - before; missing > 0; missing -= scale.backlog) {
      await fill(database, Math.min(scale.backlog, missing));
      await bank.ledger.sequence();
    }
    const { stored, bound } = await storageOf(bank, database);
    put('storage', 1e6 / stored, 'entries in a megabyte', { name: '0.7 of the entries and 36 bytes each', perSecond: 1e6 / bound });
    const { size } = await bank.ledger.sequence();
    put('proof, warm p99', 1_000 / (await warmProofs(bank, size, scale.warmProofs)), 'p99s', AIMS.warm);
    await drop();
    put('proof, cold median', 1_000 / (await coldProof(server, size, scale.coldProofs)), 'medians', AIMS.cold);
    return results;
  } finally {
    await server.stop();
  }
}

/** Tables of a usual act: a row to lock and count, a budget, a row of the call. */
async function prepare(database: Database): Promise<void> {
  await database.query(`
    CREATE TABLE bench_customer (id integer PRIMARY KEY, uses bigint NOT NULL DEFAULT 0) WITH (fillfactor = 80);
    CREATE TABLE bench_budget (id integer PRIMARY KEY, remaining bigint NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE bench_call (id text PRIMARY KEY, customer integer NOT NULL, n bigint NOT NULL, at timestamptz NOT NULL);
    INSERT INTO bench_customer (id) SELECT generate_series(0, ${CUSTOMERS - 1});
    INSERT INTO bench_budget SELECT generate_series(0, ${CAMPAIGNS - 1}), 1000000000;`);
}

const CALL = 'INSERT INTO bench_call (id, customer, n, at) VALUES ($1, $2, 1, now())';

/** One act, with or without its entry. The entry rides in the call's own statement, as acts do it. */
async function act(database: Database, entry: string | undefined): Promise<void> {
  const customer = Math.floor(Math.random() * CUSTOMERS);
  const id = randomBytes(16).toString('hex');
  await database.transaction(async (tx) => {
    await tx.query('UPDATE bench_customer SET uses = uses + 1 WHERE id = $1 RETURNING uses', [customer]);
    await tx.query('UPDATE bench_budget SET remaining = remaining - 1 WHERE id = $1 AND remaining > 0', [customer % CAMPAIGNS]);
    await (entry === undefined
      ? tx.query(CALL, [id, customer])
      : tx.query(`WITH c AS (${CALL}) INSERT INTO ledger_pending (body) VALUES ($3)`, [id, customer, entry]));
  });
}

/** The least act that has an entry: one statement, one commit. For rates, where the ledger is to be the limit. */
async function leastAct(database: Database, entry: string): Promise<void> {
  const values = [randomBytes(16).toString('hex'), Math.floor(Math.random() * CUSTOMERS), entry];
  await database.query(`WITH c AS (${CALL}) INSERT INTO ledger_pending (body) VALUES ($3)`, values);
}

/** Clients act for a while, each one after the other. @returns acts per second */
async function actFor(ms: number, one: () => Promise<void>): Promise<number> {
  const started = performance.now();
  let done = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - started < ms) {
      await one();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (done * 1_000) / (performance.now() - started);
}

/** Slices with and without, in turns; writing the entry is part of its cost. */
async function costOf(database: Database, { pairs, sliceMs }: Scale): Promise<{ plain: number; whole: number; ratio: number }> {
  const without = () => actFor(sliceMs, () => act(database, undefined));
  const together = () => actFor(sliceMs, () => act(database, entryOf()));
  await without();
  await together();
  const rates: [number, number][] = [];
  for (let i = 0; i < pairs; i++) {
    const swapped = i % 2 === 1;
    const first = swapped ? await together() : await without();
    const second = swapped ? await without() : await together();
    rates.push(swapped ? [second, first] : [first, second]);
  }
  return {
    plain: median(rates.map(([plain]) => plain)),
    whole: median(rates.map(([, whole]) => whole)),
    ratio: median(rates.map(([plain, whole]) => whole / plain)),
  };
}

/** Acts until the last of them has its position. */
async function sequencedActs(bank: Bank, database: Database, { loadMs }: Scale): Promise<number> {
  const { size: before } = await bank.ledger.sequence();
  const started = performance.now();
  bank.ledger.start();
  await actFor(loadMs, () => leastAct(database, entryOf()));
  await bank.ledger.stop();
  const { size } = await bank.ledger.sequence();
  return ((size - before) * 1_000) / (performance.now() - started);
}

async function fill(database: Database, count: number): Promise<void> {
  for (let left = count; left > 0; left -= MANY) {
    const bodies = Array.from({ length: Math.min(MANY, left) }, entryOf);
    await database.query(`INSERT INTO ledger_pending (body) VALUES ${bodies.map((_, i) => `($${i + 1})`).join(',')}`, bodies);
  }
}

/** Milliseconds from an entry's commit to the checkpoint that has it, p99, with acts at a rate. */
async function waitAt(bank: Bank, database: Database, perSecond: number, { loadMs }: Scale): Promise<number> {
  const { size: first } = await bank.ledger.sequence();
  const committed = new Map<string, number>();
  const started = performance.now();
  const acts: Promise<void>[] = [];
  bank.ledger.start();
  for (let sent = 0; performance.now() - started < loadMs; ) {
    for (; sent < ((performance.now() - started) * perSecond) / 1_000; sent++) {
      const entry = entryOf();
      acts.push(leastAct(database, entry).then(() => void committed.set(entry, Date.now())));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(acts);
  await bank.ledger.stop();
  const { size } = await bank.ledger.sequence();
  const published = await database.query<{ size: bigint; at: Date }>(
    'SELECT size, at FROM ledger_checkpoint WHERE size > $1 ORDER BY size',
    [first],
  );
  const waits: number[] = [];
  let at = 0;
  for (let position = first; position < size; position++) {
    while (Number(published[at]?.size ?? size) <= position) at += 1;
    const since = committed.get(await bank.ledger.entry(position));
    const until = published[at]?.at.getTime();
    if (since !== undefined && until !== undefined) waits.push(Math.max(1, until - since));
  }
  return quantile(waits, 0.99);
}

/** Bytes an entry on disk, and what is allowed for it; the index by subject is apart. */
async function storageOf(bank: Bank, database: Database): Promise<{ readonly stored: number; readonly bound: number }> {
  const { size } = await bank.ledger.sequence();
  await database.query('VACUUM ledger_pending');
  const [row] = await database.query<{ stored: bigint; bodies: bigint }>(
    `SELECT (pg_total_relation_size('ledger_bundle') + pg_total_relation_size('ledger_tile') + pg_total_relation_size('ledger_head')
             + pg_total_relation_size('ledger_checkpoint'))::bigint AS stored,
            (SELECT sum(octet_length(data) + 1 - 256) FROM ledger_bundle)::bigint AS bodies`,
  );
  const inBundles = size - (size % 256);
  return { stored: Number(row!.stored) / inBundles, bound: (0.7 * Number(row!.bodies)) / inBundles + 36 };
}

const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};
const anyOf = (size: number): number => Math.floor(Math.random() * size);

async function warmProofs(bank: Bank, size: number, count: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count + 200; i++) {
    const spent = await timeOf(() => bank.ledger.proof(anyOf(size), size));
    if (i >= 200) times.push(spent);
  }
  return quantile(times, 0.99);
}

/** The first proof of a server that was just started, by a bank that was just opened. */
async function coldProof(server: TestServer, size: number, count: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    await server.halt();
    const emptied = dropFileCache();
    if (i === 0 && !emptied) process.stderr.write('  the file cache of the system stays warm here: that takes rights\n');
    await server.resume();
    const database = await openPostgres(server.url);
    const bank = await openBank({ database, keyring: testKeyring() });
    await bank.isWritable();
    times.push(await timeOf(() => bank.ledger.proof(anyOf(size), size)));
    await bank.close();
    await database.close();
  }
  return median(times);
}

/** @returns whether the system let us */
function dropFileCache(): boolean {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
