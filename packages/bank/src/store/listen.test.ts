import { describe, expect, it } from 'vitest';
import { createTestDatabase, engines } from '../../../../tests/support/stores.js';

describe.each(engines)('notifications on %s', (engine) => {
  it('are heard once committed, on their own channel, until one stops listening', async () => {
    const { database, drop } = await createTestDatabase(engine);
    const heard: (string | undefined)[] = [];
    let next = () => {};
    const stop = await database.listen('numbra_test', (payload) => {
      heard.push(payload);
      next();
    });
    const said = (payload: string) =>
      new Promise<void>((resolve) => {
        next = resolve;
        void database.query(`SELECT pg_notify('numbra_test', $1)`, [payload]);
      });
    await said('one');
    await database
      .transaction(async (tx) => {
        await tx.query(`SELECT pg_notify('numbra_test', 'never')`);
        throw new Error('rolled back');
      })
      .catch(() => {});
    await database.query(`SELECT pg_notify('numbra_other', 'elsewhere')`);
    await said('two');
    expect(heard).toEqual(['one', 'two']);
    await stop();
    let stopOther = async () => {};
    const other = new Promise<void>((resolve) => {
      void database
        .listen('numbra_done', () => resolve())
        .then((stopDone) => {
          stopOther = stopDone;
          void database.query(`SELECT pg_notify('numbra_done', '')`);
        });
    });
    await database.query(`SELECT pg_notify('numbra_test', 'three')`);
    await other;
    expect(heard).toEqual(['one', 'two']);
    await stopOther();
    await drop();
  });
});

it('are heard again after the connection was lost, beginning with a word that something may have been missed', async () => {
  const { database, drop } = await createTestDatabase('postgres');
  let next: (payload: string | undefined) => void = () => {};
  const stop = await database.listen('numbra_test', (payload) => next(payload));
  const back = new Promise<string | undefined>((resolve) => {
    next = resolve;
  });
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
  );
  expect(await back).toBeUndefined();
  const heard = new Promise<string | undefined>((resolve) => {
    next = resolve;
  });
  await database.query(`SELECT pg_notify('numbra_test', 'again')`);
  expect(await heard).toBe('again');
  await stop();
  await drop();
});
