/**
 * Acts that have an entry in the ledger, and clients that do them one after the other.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Queryable } from '@numbra/bank';
import { type EntryFields, writeEntry } from '@numbra/ledger';

const CUSTOMERS = 20_000;
const CAMPAIGNS = 32;
const POLICY = `sha256:${'5f'.repeat(32)}`;

/** Tables of a usual act: a row to lock and count, a budget, a row of the call. */
export async function prepareActs(database: Database): Promise<void> {
  await database.query(`
    CREATE TABLE bench_customer (id integer PRIMARY KEY, uses bigint NOT NULL DEFAULT 0) WITH (fillfactor = 80);
    CREATE TABLE bench_budget (id integer PRIMARY KEY, remaining bigint NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE bench_call (id text PRIMARY KEY, customer integer NOT NULL, n bigint NOT NULL, at timestamptz NOT NULL);
    INSERT INTO bench_customer (id) SELECT generate_series(0, ${CUSTOMERS - 1});
    INSERT INTO bench_budget SELECT generate_series(0, ${CAMPAIGNS - 1}), 1000000000;`);
}

/** What an authorized call records: random where a real one is. */
export function entryOf(): string {
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

const CALL = 'INSERT INTO bench_call (id, customer, n, at) VALUES ($1, $2, 1, now())';

/** One act, with or without its entry. The entry rides in the call's own statement, as acts do it. */
export async function act(database: Database, entry: string | undefined): Promise<void> {
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
export async function leastAct(queryable: Queryable, entry: string): Promise<void> {
  const values = [randomBytes(16).toString('hex'), Math.floor(Math.random() * CUSTOMERS), entry];
  await queryable.query(`WITH c AS (${CALL}) INSERT INTO ledger_pending (body) VALUES ($3)`, values);
}

/**
 * Acts for a while, each after the one before.
 *
 * @param perSecond - acts, when none is late; as fast as it goes by default
 * @returns how many
 */
export async function actFor(ms: number, one: () => Promise<void>, perSecond = Number.POSITIVE_INFINITY): Promise<number> {
  const started = performance.now();
  let done = 0;
  for (; performance.now() - started < ms; done++) {
    const early = started + (done * 1_000) / perSecond - performance.now();
    if (early > 1) await sleep(early);
    await one();
  }
  return done;
}
