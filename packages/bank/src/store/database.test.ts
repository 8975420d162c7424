import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '../../../../tests/support/stores.js';
import { bytesArray, plainArray, textArray } from './arrays.js';
import { ALWAYS, FOREVER } from './database.js';
import { isDuplicate, isRetryable, StoreError, sqlstateOf } from './store-error.js';

describe.each(engines)('database on %s', (engine) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase(engine);
    await test.database.query('CREATE TABLE thing (id integer PRIMARY KEY, word text)');
  });
  afterAll(() => test.drop());

  it('gives the same types for the same query', async () => {
    const [row] = await test.database.query(
      `SELECT 1::smallint AS two_bytes, 2 AS four_bytes, 3::bigint AS eight_bytes, 9007199254740993::bigint AS large, '{4,5}'::bigint[] AS longs,
              1.5::float8 AS float, 12.50::numeric AS numeric, true AS yes, 'text' AS text, '\\x00ff'::bytea AS bytes, ''::bytea AS no_bytes,
              '2026-11-25 15:29:30.253+00'::timestamptz AS moment, '2026-11-25 15:29:30+00'::timestamptz AS second,
              'infinity'::timestamptz AS forever, '-infinity'::timestamptz AS always, '2026-11-25'::date AS day,
              '00000000-0000-4000-8000-000000000000'::uuid AS uuid, NULL::bigint AS nothing, '{a,"b c"}'::text[] AS texts`,
    );
    expect(row).toStrictEqual({
      two_bytes: 1,
      four_bytes: 2,
      eight_bytes: 3n,
      large: 9007199254740993n,
      longs: [4n, 5n],
      float: 1.5,
      numeric: '12.50',
      yes: true,
      text: 'text',
      bytes: Uint8Array.of(0, 255),
      no_bytes: new Uint8Array(0),
      moment: new Date('2026-11-25T15:29:30.253Z'),
      second: new Date('2026-11-25T15:29:30Z'),
      forever: FOREVER,
      always: ALWAYS,
      day: '2026-11-25',
      uuid: '00000000-0000-4000-8000-000000000000',
      nothing: null,
      texts: ['a', 'b c'],
    });
  });

  it('takes every kind of value back as it went in', async () => {
    const values = [1, 2n, 'a\'b"c\\', true, new Date(1), FOREVER, ALWAYS, Uint8Array.of(0, 1, 255), null] as const;
    const [row] = await test.database.query(
      `SELECT $1::int AS a, $2::bigint AS b, $3::text AS c, $4::boolean AS d, $5::timestamptz AS e, $6::timestamptz AS f, $7::timestamptz AS g,
              $8::bytea AS h, $9::text AS i`,
      values,
    );
    expect(Object.values(row as object)).toStrictEqual([...values]);
  });

  it('reads what a session asks again after a migration gave it other columns', async () => {
    const session = await test.database.connect();
    const ask = () => session.query('SELECT * FROM changing WHERE id > $1', [0]);
    try {
      await test.database.query('CREATE TABLE changing (id integer); INSERT INTO changing VALUES (1)');
      expect(await ask()).toEqual([{ id: 1 }]);
      await test.database.query("ALTER TABLE changing ADD COLUMN word text DEFAULT 'new'");
      const again = await ask().catch((error: unknown) => {
        expect(isRetryable(error)).toBe(true);
        return ask();
      });
      expect(again).toEqual([{ id: 1, word: 'new' }]);
    } finally {
      await session.close();
    }
  });

  it('takes arrays as literals', async () => {
    const texts = ['plain', 'with "quotes" and \\', 'a,b', '', '{}', '中文', 'NULL', null];
    const bytes = [Uint8Array.of(1, 2), new Uint8Array(0), null, Uint8Array.of(0x5c, 0x22)];
    const rows = await test.database.query<{ t: string | null }>('SELECT unnest($1::text::text[]) AS t', [textArray(texts)]);
    expect(rows.map(({ t }) => t)).toStrictEqual(texts);
    const byteRows = await test.database.query<{ b: Uint8Array | null }>('SELECT unnest($1::text::bytea[]) AS b', [bytesArray(bytes)]);
    expect(byteRows.map(({ b }) => b)).toStrictEqual(bytes);
    const longs = await test.database.query<{ n: bigint | null }>('SELECT unnest($1::text::bigint[]) AS n', [plainArray([1n, null, -5])]);
    expect(longs.map(({ n }) => n)).toStrictEqual([1n, null, -5n]);
    expect(await test.database.query('SELECT unnest($1::text::bytea[]) AS b', [bytesArray([])])).toStrictEqual([]);
  });

  it('never lets the text of a database error through, for it carries values', async () => {
    await test.database.query('INSERT INTO thing VALUES (1, $1)', ['13800138000']);
    const error = await test.database.query('INSERT INTO thing VALUES (1, $1)', ['13800138001']).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StoreError);
    expect(sqlstateOf(error)).toBe('23505');
    expect(isDuplicate(error, 'thing_pkey')).toBe(true);
    expect(isRetryable(error)).toBe(false);
    const bad = await test.database.query('SELECT $1::text::integer AS n', ['13800138000']).catch((e: unknown) => e);
    for (const e of [error, bad]) {
      const error = e as Error;
      expect(`${error.message} ${error.stack} ${String(error.cause)} ${JSON.stringify(error)}`).not.toContain('138001');
    }
  });

  it('commits what a transaction wrote and returns its result', async () => {
    const result = await test.database.transaction(async (tx) => {
      await tx.query('INSERT INTO thing VALUES (10, $1)', ['ten']);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await test.database.query('SELECT word FROM thing WHERE id = 10')).toStrictEqual([{ word: 'ten' }]);
  });

  it('rolls back when the work throws', async () => {
    const work = test.database.transaction(async (tx) => {
      await tx.query('INSERT INTO thing VALUES (20, NULL)');
      throw new Error('mind changed');
    });
    await expect(work).rejects.toThrow('mind changed');
    expect(await test.database.query('SELECT * FROM thing WHERE id = 20')).toStrictEqual([]);
  });

  it('does not commit behind a statement that failed and was swallowed', async () => {
    const work = test.database.transaction(async (tx) => {
      await tx.query('INSERT INTO thing VALUES (30, NULL)');
      await tx.query('INSERT INTO thing VALUES (30, NULL)').catch(() => {});
    });
    await expect(work).toFailWith('ERR_STORE_QUERY');
    expect(await test.database.query('SELECT * FROM thing WHERE id = 30')).toStrictEqual([]);
  });

  it('sends statements that nobody awaits, and COMMIT behind them', async () => {
    await test.database.transaction(async (tx) => {
      void tx.query('INSERT INTO thing VALUES (40, NULL)');
    });
    expect(await test.database.query('SELECT id FROM thing WHERE id = 40')).toStrictEqual([{ id: 40 }]);
  });

  it('reports the error of a statement that nobody awaits, and commits nothing', async () => {
    const work = test.database.transaction(async (tx) => {
      await tx.query('INSERT INTO thing VALUES (50, NULL)');
      tx.query('INSERT INTO thing VALUES (50, NULL)').catch(() => {});
    });
    const error = await work.catch((e: unknown) => e);
    expect(isDuplicate(error)).toBe(true);
    expect(await test.database.query('SELECT id FROM thing WHERE id = 50')).toStrictEqual([]);
  });

  it('refuses a statement that comes after the end of its transaction', async () => {
    let late: (() => Promise<unknown>) | undefined;
    await test.database.transaction(async (tx) => {
      late = () => tx.query('SELECT 1');
    });
    await expect(late).toFailWith('ERR_TRANSACTION_OVER');
  });

  it('runs transactions of one session one after another, and works on after one that failed', async () => {
    const session = await test.database.connect();
    const order: string[] = [];
    const run = (name: string) =>
      session.transaction(async (tx) => {
        order.push(`${name} begins`);
        await tx.query('SELECT 1');
        order.push(`${name} ends`);
        if (name === 'b') throw new Error('b fails');
      });
    const all = await Promise.allSettled([run('a'), run('b'), run('c')]);
    await session.close();
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('keeps transactions apart that run at once', async () => {
    await test.database.query('INSERT INTO thing VALUES (60, NULL)');
    await Promise.all(
      Array.from({ length: 20 }, () =>
        test.database.transaction(async (tx) => {
          const [row] = await tx.query<{ word: string | null }>('SELECT word FROM thing WHERE id = 60 FOR UPDATE');
          await tx.query('UPDATE thing SET word = $1 WHERE id = 60', [String(Number(row?.word ?? 0) + 1)]);
        }),
      ),
    );
    expect(await test.database.query('SELECT word FROM thing WHERE id = 60')).toStrictEqual([{ word: '20' }]);
  });
});
