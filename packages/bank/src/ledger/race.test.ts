import { AesSiv } from '@numbra/core';
import { openCheckpoint, parseVerifierKey, verifyConsistency, writeEntry } from '@numbra/ledger';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../../tests/support/databases.js';
import { migrate } from '../store/migrate.js';
import { openPostgres } from '../store/postgres.js';
import { appendEntries } from './append.js';
import { openLedger } from './ledger.js';
import { createLogKey, loadLogKey } from './log-key.js';
import { Sequencer } from './sequencer.js';
import { sha256 } from './sha256.js';

const store = new AesSiv(new Uint8Array(64).fill(7));
const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Neither takes the lock: `sequence()` never does. */
it('keeps two sequencers without a lock apart: nothing lost, nothing doubled, one history', async () => {
  const { url, drop } = await createDatabase();
  const [a, b, acts] = await Promise.all([openPostgres(url), openPostgres(url), openPostgres(url)]);
  await migrate(a);
  await a.transaction((tx) => createLogKey(tx, { store, origin: 'demo-bank/ledger', random, at: new Date() }));
  const key = await loadLogKey(a, store, Date.now());
  const ledgers = [a, b].map((database) => openLedger({ database, origin: key.origin, key, clock: Date.now }));

  let appended = 0;
  let busy = true;
  const rolledBack = new Error('rolled back');
  const appender = async (name: number): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      const fate = i % 7;
      const bodies = Array.from({ length: 1 + (i % 40) }, (_, k) =>
        writeEntry('call.placed', { call: `call_a${name}-${i}-${k}`, subject: random(16) }, { at: Date.now(), nonce: random(16) }),
      );
      await acts
        .transaction(async (tx) => {
          await appendEntries(tx, bodies);
          if (fate === 3) await pause(60);
          if (fate === 5) throw rolledBack;
        })
        .then(
          () => {
            appended += bodies.length;
          },
          (error: unknown) => expect(error).toBe(rolledBack),
        );
    }
  };
  const notes = new Set<string>();
  const sequencing = ledgers.map(async (ledger) => {
    while (busy) {
      await ledger.sequence();
      notes.add(await ledger.checkpoint());
      await pause(1);
    }
  });
  await Promise.all([1, 2, 3, 4].map(appender));
  await pause(100);
  busy = false;
  await Promise.all(sequencing);
  await ledgers[0]!.sequence();

  const trust = { logKeys: [parseVerifierKey(key.verifierKey)] };
  const { size } = await ledgers[0]!.verify();
  expect(size).toBe(appended);
  const calls = new Set<string>();
  for (let n = 0; n * 256 < size; n++) {
    for (const body of (await ledgers[1]!.bundle(n, Math.min(256, size - n * 256))) ?? []) calls.add(JSON.parse(body).call);
  }
  // The public sees the oldest checkpoint of this minute only, so the rest is read one by one.
  for (let i = 0; i < size; i++) if (calls.size < size) calls.add(JSON.parse(await ledgers[1]!.entry(i)).call);
  expect(calls.size).toBe(appended);

  const heads = [...notes].map((note) => openCheckpoint(note, trust).checkpoint).sort((x, y) => x.size - y.size);
  expect(new Set(heads.map((head) => head.size)).size).toBe(heads.length);
  for (const [i, head] of heads.entries()) {
    const next = heads[i + 1];
    if (next === undefined || head.size === 0) continue;
    const { proof } = await ledgers[0]!.consistency(head.size, next.size);
    verifyConsistency(sha256, { oldSize: head.size, oldRoot: head.root, newSize: next.size, newRoot: next.root, proof });
  }
  await Promise.all(ledgers.map((ledger) => ledger.close()));
  await Promise.all([a, b, acts].map((database) => database.close()));
  await drop();
});

it('lets the one that is behind lose its round and write nothing', async () => {
  const { url, drop } = await createDatabase();
  const database = await openPostgres(url);
  await migrate(database);
  await database.transaction((tx) => createLogKey(tx, { store, origin: 'demo-bank/ledger', random, at: new Date() }));
  const sessions = [await database.connect(), await database.connect()];
  const options = { batch: 1_000, vacuumAfter: 10, clock: Date.now };
  const sequencers = [new Sequencer(options), new Sequencer(options)];
  let losses = 0;
  let added = 0;
  for (let i = 0; i < 40; i++) {
    const bodies = Array.from({ length: 100 }, (_, k) =>
      writeEntry('call.placed', { call: `call_b${i}-${k}`, subject: random(16) }, { at: Date.now(), nonce: random(16) }),
    );
    await appendEntries(database, bodies);
    for (const round of await Promise.all(sequencers.map((one, k) => one.round(sessions[k]!)))) {
      if (round.outcome === 'lost') losses++;
      else added += round.added;
    }
    await sequencers[0]!.vacuum(sessions[0]!);
  }
  for (const [k, one] of sequencers.entries()) {
    const last = await one.round(sessions[k]!);
    if (last.outcome === 'sequenced') added += last.added;
  }
  expect(added).toBe(4_000);
  expect(losses).toBeGreaterThan(0);
  const [head] = await database.query<{ size: bigint }>('SELECT size FROM ledger_head');
  expect(head?.size).toBe(4_000n);
  for (const session of sessions) await session.close();
  await database.close();
  await drop();
});
