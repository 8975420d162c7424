import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AesSiv } from '@numbra/core';
import { leafHash, openCheckpoint, parseVerifierKey, TILE_WIDTH, verifyConsistency, verifyInclusion, writeEntry } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '../../../../tests/support/stores.js';
import type { Database } from '../store/database.js';
import { migrate } from '../store/migrate.js';
import { appendEntries } from './append.js';
import { type Ledger, openLedger } from './ledger.js';
import { createLogKey, type LogKey, loadLogKey } from './log-key.js';
import { sha256 } from './sha256.js';

const ORIGIN = 'demo-bank/ledger';
const store = new AesSiv(new Uint8Array(64).fill(7));
let counter = 0;
const random = (bytes: number): Uint8Array => {
  const out = new Uint8Array(bytes);
  new DataView(out.buffer).setUint32(0, ++counter);
  return out;
};

let now = Date.UTC(2026, 10, 23, 8, 0, 30);
const clock = (): number => now;

const subjectOfNumber = (i: number): Uint8Array => {
  const subject = new Uint8Array(16);
  new DataView(subject.buffer).setUint32(4, i);
  return subject;
};

function entry(i: number): string {
  const call = `call_x${i}`;
  return writeEntry('call.placed', { call, subject: subjectOfNumber(i) }, { at: now, nonce: random(16) });
}

const append = (database: Database, count: number, from = 0): Promise<void> =>
  database.transaction((tx) =>
    appendEntries(
      tx,
      Array.from({ length: count }, (_, i) => entry(from + i)),
    ),
  );

describe.each(engines)('the ledger on %s', (engine) => {
  let folder: string;
  let test: TestDatabase;
  let database: Database;
  let key: LogKey;
  let ledger: Ledger;
  let checkpointFile: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-ledger-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function fresh(name: string): Promise<void> {
    test = await createTestDatabase(engine);
    database = test.database;
    await migrate(database);
    await database.transaction((tx) => createLogKey(tx, { store, origin: ORIGIN, random, at: new Date(now) }));
    key = await loadLogKey(database, store, now);
    checkpointFile = join(folder, `${engine}-${name}`);
    ledger = openLedger({ database, origin: ORIGIN, key, checkpointFile, clock });
  }
  async function over(): Promise<void> {
    await ledger.close();
    await test.drop();
  }

  it('gives entries positions, signs the committed head and keeps the checkpoint beside the keyring', async () => {
    await fresh('positions');
    await append(database, 3);
    expect(await ledger.oldestPendingMs()).toBeGreaterThan(0);
    expect(await ledger.sequence()).toEqual({ size: 3, added: 3 });
    expect(await ledger.oldestPendingMs()).toBe(0);
    await append(database, 600, 3);
    expect(await ledger.sequence()).toEqual({ size: 603, added: 600 });
    const note = await ledger.checkpoint();
    const { checkpoint } = openCheckpoint(note, { logKeys: [parseVerifierKey(ledger.verifierKey)], origin: ORIGIN });
    expect(checkpoint.size).toBe(603);
    expect(await readFile(checkpointFile, 'utf8')).toBe(note);
    for (const i of [0, 2, 3, 255, 256, 602]) expect(JSON.parse(await ledger.entry(i)).call).toBe(`call_x${i}`);
    await expect(() => ledger.entry(603)).toFailWith('ERR_LEDGER_NO_ENTRY');
    await expect(() => ledger.entry(-1)).toFailWith('ERR_LEDGER_NO_ENTRY');
    const [left] = await database.query<{ n: bigint }>('SELECT count(*) AS n FROM ledger_pending');
    expect(left?.n).toBe(BigInt(603 % TILE_WIDTH));
    expect(await ledger.verify()).toMatchObject({ size: 603, beyond: 0, verified: true, checkpoint: note });
    await over();
  });

  it('proves every entry and every earlier size, and finds entries by subject', async () => {
    await fresh('proofs');
    await append(database, 700);
    await ledger.sequence();
    const older = await ledger.checkpoint();
    await append(database, 100, 700);
    await ledger.sequence();
    const trust = { logKeys: [parseVerifierKey(ledger.verifierKey)] };
    const { checkpoint: old } = openCheckpoint(older, trust);
    for (const position of [0, 255, 256, 511, 699, 799]) {
      const { index, size, entry: body, proof, checkpoint } = await ledger.proof(position);
      const { root } = openCheckpoint(checkpoint, trust).checkpoint;
      verifyInclusion(sha256, { index, size, leaf: leafHash(sha256, body), proof, root });
    }
    const against = await ledger.proof(10, 700);
    verifyInclusion(sha256, { index: 10, size: 700, leaf: leafHash(sha256, against.entry), proof: against.proof, root: old.root });
    await expect(() => ledger.proof(700, 700)).toFailWith('ERR_LEDGER_NO_ENTRY');
    const { size, proof, checkpoint } = await ledger.consistency(700);
    const { root } = openCheckpoint(checkpoint, trust).checkpoint;
    verifyConsistency(sha256, { oldSize: 700, oldRoot: old.root, newSize: size, newRoot: root, proof });
    const base64 = (i: number): string => Buffer.from(subjectOfNumber(i)).toString('base64url');
    expect(await ledger.positionsOf([5, 300, 799, 4_000].map(subjectOfNumber))).toEqual(
      new Map([
        [base64(5), [5]],
        [base64(300), [300]],
        [base64(799), [799]],
      ]),
    );
    await over();
  });

  it('shows the public a checkpoint of an earlier minute, and tiles and entries only within it', async () => {
    await fresh('public');
    await append(database, 300);
    await ledger.sequence();
    now += 60_000;
    await append(database, 10, 300);
    await ledger.sequence();
    const sizeOf = (note: string): number => Number(note.split('\n')[1]);
    expect(sizeOf(await ledger.checkpoint())).toBe(310);
    expect(sizeOf(await ledger.publicCheckpoint())).toBe(300);
    expect((await ledger.tile(0, 0, 256))?.length).toBe(256 * 32);
    expect((await ledger.tile(0, 1, 44))?.length).toBe(44 * 32);
    expect((await ledger.tile(0, 1, 20))?.length).toBe(20 * 32);
    expect(await ledger.tile(0, 1, 45)).toBeUndefined();
    expect(await ledger.tile(1, 0, 1)).toHaveLength(32);
    expect(await ledger.tile(2, 0, 1)).toBeUndefined();
    expect(await ledger.bundle(1, 44)).toHaveLength(44);
    expect(await ledger.bundle(1, 45)).toBeUndefined();
    now += 60_000;
    expect(sizeOf(await ledger.publicCheckpoint())).toBe(310);
    expect((await ledger.tile(0, 1, 44))?.length).toBe(44 * 32); // an older width is still served
    await over();
  });

  it('publishes the head at the next start when a crash came between commit and signature', async () => {
    await fresh('crash');
    await append(database, 5);
    await ledger.sequence();
    const note = await ledger.checkpoint();
    await database.query('DELETE FROM ledger_checkpoint');
    await rm(checkpointFile);
    const again = openLedger({ database, origin: ORIGIN, key, checkpointFile, clock });
    expect(await again.sequence()).toEqual({ size: 5, added: 0 });
    expect(await again.checkpoint()).toBe(note);
    await again.close();
    await over();
  });

  it('keeps a rolled-back entry out and a late one in', async () => {
    await fresh('late');
    await expect(
      database.transaction(async (tx) => {
        await appendEntries(tx, [entry(1)]);
        throw new Error('the act failed');
      }),
    ).rejects.toThrow('the act failed');
    await append(database, 1, 2);
    expect(await ledger.sequence()).toEqual({ size: 1, added: 1 });
    if (engine === 'postgres') {
      // Its id is taken now; it commits a quarter of a minute later, far below where the queue is read from.
      const slow = await database.connect();
      let commit = (): void => {};
      const held = new Promise<void>((resolve) => {
        commit = resolve;
      });
      let taken = (): void => {};
      const inserted = new Promise<void>((resolve) => {
        taken = resolve;
      });
      const act = slow.transaction(async (tx) => {
        await appendEntries(tx, [entry(3)]);
        taken();
        await held;
      });
      await inserted;
      await append(database, 300, 4);
      await ledger.sequence();
      now += 11_000;
      await ledger.sequence(); // from here on the queue is read above these
      commit();
      await act;
      expect((await ledger.sequence()).added).toBe(0);
      now += 30_000;
      expect((await ledger.sequence()).added).toBe(1);
      expect((await ledger.verify()).size).toBe(302);
      await slow.close();
    }
    await over();
  });

  it('refuses to sign over a database restored from an older copy, and says so', async () => {
    await fresh('restored');
    await append(database, 300);
    await ledger.sequence();
    await ledger.close();
    const dump = await snapshot(database);
    const second = openLedger({ database, origin: ORIGIN, key, checkpointFile, clock });
    await append(database, 50, 300);
    await second.sequence();
    await second.close();
    const signed = await readFile(checkpointFile, 'utf8');

    await restore(database, dump);
    const restored = openLedger({ database, origin: ORIGIN, key, checkpointFile, clock });
    await expect(() => restored.assertCurrent()).toFailWith('ERR_LEDGER_OLDER_COPY');
    await expect(() => restored.verify()).toFailWith('ERR_LEDGER_OLDER_COPY');
    await append(database, 10, 900);
    await expect(() => restored.sequence()).toFailWith('ERR_LEDGER_OLDER_COPY');
    expect(await restored.lost()).toMatchObject({ copy: { size: 300 }, lost: { size: 350 } });
    // Somebody without the checkpoint file lets the other history grow beyond the signed one: it is still not the one that was signed.
    await append(database, 100, 910);
    const blind = openLedger({ database, origin: ORIGIN, key, clock });
    await blind.sequence();
    await blind.close();
    await database.query('DELETE FROM ledger_checkpoint WHERE size > 300');
    await expect(() => restored.sequence()).toFailWith('ERR_LEDGER_OTHER_COPY');
    await expect(() => restored.verify()).toFailWith('ERR_LEDGER_FORKED');
    expect(await readFile(checkpointFile, 'utf8')).toBe(signed);
    const [{ newest } = { newest: 0n }] = await database.query<{ newest: bigint }>('SELECT max(size) AS newest FROM ledger_checkpoint');
    expect(newest).toBe(300n);
    await restored.close();
    await test.drop();
  });

  describe('a store that somebody changed', () => {
    beforeAll(async () => {
      await fresh('changed');
      await append(database, 700);
      await ledger.sequence();
    });
    afterAll(over);

    const line = (n: number, i: number): string => `(string_to_array((SELECT data FROM ledger_bundle WHERE n = ${n}), E'\\n'))[${i + 1}]`;
    const replaced = (n: number, change: string): string =>
      `UPDATE ledger_bundle SET data = array_to_string((SELECT ${change} FROM (SELECT string_to_array(data, E'\\n') AS l) x), E'\\n') WHERE n = ${n}`;
    it.each([
      [
        'an edited entry',
        `UPDATE ledger_bundle SET data = replace(data, 'call_x300', 'call_x3OO') WHERE n = 1`,
        'ERR_LEDGER_EDITED',
        { entry: 300 },
      ],
      [
        'two swapped entries',
        replaced(0, `l[1:10] || l[21:21] || l[12:20] || l[11:11] || l[22:256]`),
        'ERR_LEDGER_SWAPPED',
        { entry: 10, other: 20 },
      ],
      ['a doubled entry', replaced(0, `l[1:30] || ARRAY[${line(0, 5)}] || l[32:256]`), 'ERR_LEDGER_DOUBLED', { entry: 30, other: 5 }],
      ['an entry taken out', replaced(1, `l[1:7] || l[9:256]`), 'ERR_LEDGER_GAP', { entry: 263 }],
      ['a bundle taken out', 'DELETE FROM ledger_bundle WHERE n = 0', 'ERR_LEDGER_GAP', { entry: 0 }],
      [
        'an edited entry of the tail',
        `UPDATE ledger_pending SET body = replace(body, 'call_x650', 'call_x65O')`,
        'ERR_LEDGER_REWRITTEN',
        {},
      ],
      ['a cut tail', `UPDATE ledger_head SET size = 690, tail = tail[1:178]`, 'ERR_LEDGER_CUT', {}],
      ['an edited head', `UPDATE ledger_head SET root = sha256(root)`, 'ERR_LEDGER_FORKED', {}],
      [
        'an edited tile',
        `UPDATE ledger_tile SET data = set_byte(data, 40, 255 - get_byte(data, 40)) WHERE level = 0 AND n = 1`,
        'ERR_TILE_DIFFERS',
        {},
      ],
      ['a missing tile', 'DELETE FROM ledger_tile WHERE level = 1', 'ERR_TILE_MISSING', {}],
      ['a forged checkpoint', `UPDATE ledger_checkpoint SET note = replace(note, E'\\n700\\n', E'\\n600\\n')`, 'ERR_NOTE_SIGNATURE', {}],
    ])('finds %s and names it', async (_name, change, code, where) => {
      const before = await snapshot(database);
      await database.query(change);
      const error = await ledger.verify().then(
        () => undefined,
        (thrown: { code: string; where: object }) => thrown,
      );
      expect(error?.code).toBe(code);
      expect(error?.where).toMatchObject(where);
      await restore(database, before);
      expect((await ledger.verify()).size).toBe(700);
    });

    it('finds a checkpoint file that is not of this ledger', async () => {
      const good = await readFile(checkpointFile, 'utf8');
      await writeFile(checkpointFile, good.replace('demo-bank/ledger', 'other/ledger'));
      const other = openLedger({ database, origin: ORIGIN, key, checkpointFile, clock });
      await expect(() => other.assertCurrent()).toFailWith('ERR_LEDGER_CHECKPOINT_FILE');
      await expect(() => other.sequence()).toFailWith('ERR_LEDGER_CHECKPOINT_FILE');
      await writeFile(checkpointFile, good);
      await other.close();
    });
  });

  it('sequences every second once started, and stops after the round under way', async () => {
    await fresh('started');
    const errors: unknown[] = [];
    ledger.start({ everyMs: 10, onError: (error) => errors.push(error) });
    await append(database, 20);
    await expect.poll(async () => (await ledger.proof(19).catch(() => undefined))?.index, { timeout: 10_000 }).toBe(19);
    await ledger.stop();
    await append(database, 1, 20);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await expect(() => ledger.entry(20)).toFailWith('ERR_LEDGER_NO_ENTRY');
    expect(errors).toEqual([]);
    await over();
  });
});

const TABLES = ['ledger_pending', 'ledger_bundle', 'ledger_tile', 'ledger_head', 'ledger_checkpoint', 'ledger_subject'] as const;

/** Every table of the ledger as it is now. */
async function snapshot(database: Database): Promise<string[]> {
  const texts: string[] = [];
  for (const table of TABLES) {
    const [row] = await database.query<{ text: string }>(`SELECT coalesce(json_agg(t)::text, '[]') AS text FROM ${table} t`);
    texts.push(row!.text);
  }
  return texts;
}

async function restore(database: Database, texts: readonly string[]): Promise<void> {
  for (const [i, table] of TABLES.entries()) {
    await database.query(`DELETE FROM ${table}`);
    const overriding = table === 'ledger_pending' ? 'OVERRIDING SYSTEM VALUE' : '';
    await database.query(`INSERT INTO ${table} ${overriding} SELECT * FROM json_populate_recordset(NULL::${table}, $1::text::json)`, [
      texts[i]!,
    ]);
  }
}
