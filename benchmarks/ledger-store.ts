/**
 * The stored ledger on a PostgreSQL server of its own: what an entry costs the act that it records, acts that get their positions, a
 * backlog, how long an entry waits for its position, what is stored, and proofs.
 *
 * Here the server works as much as this process, so time is wall time: read it on a machine that does nothing else.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Bank, type Database, openBank, openPostgres } from '@numbra/bank';
import { createTestBank, testKeyring } from '../tests/support/banks.js';
import { startPostgres, type TestServer } from '../tests/support/postgres.js';
import { act, actFor, entryOf, prepareActs } from './ledger-store/acts.js';
import { type Benchmark, type Goal, median, type Result } from './measure.js';

const CLIENTS = 8;
/** Connections of the process that acts beside the one that sequences. */
const ACTOR_CLIENTS = 32;
/** Proofs of a server that was just started. */
const FIRST_PROOFS = 20;
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
  /** Servers that are started for cold proofs. */
  readonly coldServers: number;
}

const SHORT: Scale = { sliceMs: 300, pairs: 3, backlog: 20_000, loadMs: 3_000, entries: 50_000, warmProofs: 300, coldServers: 3 };
const USUAL: Scale = {
  sliceMs: 1_000,
  pairs: 15,
  backlog: 300_000,
  loadMs: 20_000,
  entries: 1_000_000,
  warmProofs: 3_000,
  coldServers: 15,
};
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
  { name: `${subject}/acts sequenced`, against: AIMS.acts.name, ratio: 1 },
  { name: `${subject}/backlog`, against: AIMS.drain.name, ratio: 1 },
  { name: `${subject}/position, p99 at half load`, against: AIMS.wait.name, ratio: 1 },
  { name: `${subject}/storage`, against: '0.7 of the entries and 36 bytes each', ratio: 1 },
  { name: `${subject}/proof, warm p99`, against: AIMS.warm.name, ratio: 1 },
  { name: `${subject}/proof, cold median`, against: AIMS.cold.name, ratio: 1 },
];
export const ledgerStoreGoals = goalsOf('ledger-store');
export const ledgerLargeGoals = goalsOf('ledger-large');

export const ledgerStoreBenchmarks: Benchmark = ({ short }) => measure('ledger-store', short ? SHORT : USUAL);
/** Ten million entries: some minutes, and 3 GB of disk. Only when it is named. */
export const ledgerLargeBenchmarks: Benchmark = ({ short }) => measure('ledger-large', short ? SHORT : LARGE);

async function measure(subject: string, scale: Scale): Promise<Result[]> {
  const server = await startPostgres();
  try {
    const { bank, database, drop } = await createTestBank({ url: server.url });
    await prepareActs(database);
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
    const sequenced = await sequencedActs(bank, server.url, scale);
    put('acts sequenced', sequenced, 'acts', AIMS.acts);
    await fill(database, scale.backlog);
    const started = performance.now();
    await bank.ledger.sequence();
    put('backlog', (scale.backlog * 1_000) / (performance.now() - started), 'entries', AIMS.drain);
    put('position, p99 at half load', 1_000 / (await waitAt(bank, database, server.url, sequenced / 2, scale)), 'p99s', AIMS.wait);

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
    put('proof, cold median', 1_000 / (await coldProofs(server, size, scale.coldServers)), 'medians', AIMS.cold);
    return results;
  } finally {
    await server.stop();
  }
}

/** Slices with and without, in turns; writing the entry is part of its cost. */
async function costOf(database: Database, { pairs, sliceMs }: Scale): Promise<{ plain: number; whole: number; ratio: number }> {
  const rate = async (one: () => Promise<void>): Promise<number> => {
    const started = performance.now();
    const done = await Promise.all(Array.from({ length: CLIENTS }, () => actFor(sliceMs, one)));
    return (done.reduce((sum, count) => sum + count, 0) * 1_000) / (performance.now() - started);
  };
  const without = () => rate(() => act(database, undefined));
  const together = () => rate(() => act(database, entryOf()));
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

/**
 * Another process acts, at a rate or as fast as it goes, while this one sequences.
 *
 * @returns milliseconds until every act had its position
 */
async function actElsewhere(bank: Bank, url: string, { loadMs }: Scale, perSecond = Number.POSITIVE_INFINITY): Promise<number> {
  const given = [url, ACTOR_CLIENTS, loadMs, perSecond].map(String);
  const actor = fork(fileURLToPath(new URL('./ledger-store/actor.ts', import.meta.url)), given);
  await once(actor, 'message');
  bank.ledger.start();
  const ended = once(actor, 'exit');
  const started = performance.now();
  actor.send('act');
  await ended;
  await bank.ledger.stop();
  await bank.ledger.sequence();
  return performance.now() - started;
}

/** Acts until the last of them has its position. @returns a second */
async function sequencedActs(bank: Bank, url: string, scale: Scale): Promise<number> {
  const { size: before } = await bank.ledger.sequence();
  const spent = await actElsewhere(bank, url, scale);
  const { size } = await bank.ledger.sequence();
  return ((size - before) * 1_000) / spent;
}

async function fill(database: Database, count: number): Promise<void> {
  for (let left = count; left > 0; left -= MANY) {
    const bodies = Array.from({ length: Math.min(MANY, left) }, entryOf);
    await database.query(`INSERT INTO ledger_pending (body) VALUES ${bodies.map((_, i) => `($${i + 1})`).join(',')}`, bodies);
  }
}

/** Milliseconds from when an entry was written, just before its commit, to the checkpoint that has it: p99, with acts at a rate. */
async function waitAt(bank: Bank, database: Database, url: string, perSecond: number, scale: Scale): Promise<number> {
  const { size: first } = await bank.ledger.sequence();
  await actElsewhere(bank, url, scale, perSecond);
  const { size } = await bank.ledger.sequence();
  const published = await database.query<{ size: bigint; at: Date }>(
    'SELECT size, at FROM ledger_checkpoint WHERE size > $1 ORDER BY size',
    [first],
  );
  const waits: number[] = [];
  let next = 0;
  for (let position = first; position < size; position++) {
    while (Number(published[next]?.size ?? size) <= position) next += 1;
    const until = published[next]?.at.getTime();
    const { at } = JSON.parse(await bank.ledger.entry(position)) as { readonly at: string };
    if (until !== undefined) waits.push(Math.max(1, until - Date.parse(at)));
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

/** The first proofs of a server that was just started, by a bank that was just opened. */
async function coldProofs(server: TestServer, size: number, count: number): Promise<number> {
  const first: number[] = [];
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    await server.halt();
    const emptied = dropFileCache();
    if (i === 0 && !emptied) process.stderr.write('  the file cache of the system stays warm here: that takes rights\n');
    await server.resume();
    const database = await openPostgres(server.url);
    const bank = await openBank({ database, keyring: testKeyring() });
    await bank.isWritable();
    for (let proof = 0; proof < FIRST_PROOFS; proof++) times.push(await timeOf(() => bank.ledger.proof(anyOf(size), size)));
    first.push(times.at(-FIRST_PROOFS) as number);
    await bank.close();
    await database.close();
  }
  process.stderr.write(
    `  the very first proof of a server: ${median(first).toFixed(1)} ms; p95 of its first ${FIRST_PROOFS}: ${quantile(times, 0.95).toFixed(1)} ms\n`,
  );
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
