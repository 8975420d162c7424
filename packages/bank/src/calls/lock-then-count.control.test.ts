/**
 * A control: why facts are read in statements of their own after the locks. Under READ COMMITTED a statement has one snapshot,
 * taken before it waits for the lock: who locks and counts in one statement counts what was there before the other's commit.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase } from '../../../../tests/support/databases.js';

const AT_ONCE = 32;
const ROUNDS = 10;

const LOCK_AND_COUNT = `WITH locked AS MATERIALIZED (SELECT id FROM person WHERE id = $1 FOR NO KEY UPDATE)
  SELECT (SELECT count(*)::integer FROM made WHERE person = l.id) AS made FROM locked l`;
const LOCK = 'SELECT id FROM person WHERE id = $1 FOR NO KEY UPDATE';
const COUNT = 'SELECT count(*)::integer AS made FROM made WHERE person = $1';

let pool: pg.Pool;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await createDatabase();
  drop = database.drop;
  pool = new pg.Pool({ connectionString: database.url, max: AT_ONCE });
  pool.on('error', () => {}); // dropping the database may find a connection that is still closing
  await pool.query('CREATE TABLE person (id integer PRIMARY KEY); CREATE TABLE made (person integer NOT NULL)');
});
afterAll(async () => {
  await pool.end();
  await drop();
});

/** With a cap of one: how many of the calls at once were made. */
async function round(person: number, count: (client: pg.PoolClient) => Promise<number>): Promise<number> {
  await pool.query('INSERT INTO person VALUES ($1)', [person]);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        if ((await count(client)) === 0) await client.query('INSERT INTO made VALUES ($1)', [person]);
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    }),
  );
  return (await pool.query(COUNT, [person])).rows[0].made;
}

it('lock and count in one statement lets more than one through a cap of one', async () => {
  const made: number[] = [];
  for (let i = 0; i < ROUNDS; i++) made.push(await round(i, async (client) => (await client.query(LOCK_AND_COUNT, [i])).rows[0].made));
  expect(Math.max(...made)).toBeGreaterThan(1);
});

it('lock, then count in a statement of its own lets one through, always', async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const person = 1000 + i;
    const made = await round(person, async (client) => {
      await client.query(LOCK, [person]);
      return (await client.query(COUNT, [person])).rows[0].made;
    });
    expect(made).toBe(1);
  }
});
