import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '../../../../tests/support/stores.js';
import { migrate } from '../store/migrate.js';
import { ReplayDesk, recordReplays } from './replay.js';

const key = (byte: number) => new Uint8Array(16).fill(byte);
const expiresAt = Date.now() + 60_000;

describe.each(engines)('replays on %s', (engine) => {
  let store: TestDatabase;
  beforeAll(async () => {
    store = await createTestDatabase(engine);
    await migrate(store.database);
  });
  afterAll(() => store.drop());

  it('says of each key, in order, whether it is new; of equal ones the first', async () => {
    const keys = [3, 1, 3, 2].map((byte) => ({ key: key(byte), expiresAt }));
    expect(await recordReplays(store.database, keys)).toEqual([true, true, false, true]);
    expect(await recordReplays(store.database, [...keys, { key: key(4), expiresAt }])).toEqual([false, false, false, false, true]);
    expect(await recordReplays(store.database, [])).toEqual([]);
  });

  it('gathers what comes at once, and lets one of 64 equal keys through', async () => {
    const desk = new ReplayDesk(store.database);
    const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => desk.record({ key: key(i % 2 === 0 ? 10 : 11), expiresAt })));
    expect(answers.map((first, i) => (first ? i : -1)).filter((i) => i >= 0)).toEqual([0, 1]);
    expect(await desk.record({ key: key(10), expiresAt })).toBe(false);
    await desk.close();
  });

  it('keeps when a key may be forgotten', async () => {
    await recordReplays(store.database, [{ key: key(20), expiresAt: 1_795_593_600_000.5 }]);
    const [row] = await store.database.query<{ expires_at: Date }>(
      `SELECT expires_at FROM replay WHERE key = '14141414-1414-1414-1414-141414141414'`,
    );
    expect(row?.expires_at.getTime()).toBe(1_795_593_600_001);
  });

  it('rejects those of a batch that fails, and goes on with a new connection', async () => {
    let broken = true;
    const desk = new ReplayDesk({
      ...store.database,
      connect: async () => {
        const session = await store.database.connect();
        return { ...session, query: (sql, values) => (broken ? Promise.reject(new Error('cut')) : session.query(sql, values)) };
      },
    });
    await expect(desk.record({ key: key(30), expiresAt })).rejects.toThrow('cut');
    broken = false;
    expect(await desk.record({ key: key(30), expiresAt })).toBe(true);
    await desk.close();
  });
});
