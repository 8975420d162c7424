import pg from 'pg';
import { expect, it } from 'vitest';
import { createDatabase } from './databases.js';

it('gives each test a PostgreSQL 18 database of its own', async () => {
  const database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query('SHOW server_version');
  await client.end();
  await database.drop();
  expect(rows[0].server_version).toMatch(/^18/);
});
