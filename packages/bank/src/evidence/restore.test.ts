import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bank, type Database, openBank } from '@numbra/bank';
import { createNoteSigner, openCheckpoint, parseVerifierKey, signCheckpoint } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testKeyring } from '../../../../tests/support/banks.js';

const TERMS = { vendor: 'vendor-a', purpose: 'marketing.insurance.term-life', budgetCalls: 100, perCustomer: 2, perAgentPerHour: 40 };
const LEDGER = ['ledger_pending', 'ledger_bundle', 'ledger_tile', 'ledger_head', 'ledger_checkpoint', 'ledger_subject'] as const;
/** In an order in which rows may be inserted. */
const TABLES = [...LEDGER, 'ledger_restored', 'issued_grant', 'campaign_budget', 'approval_request', 'approval'] as const;

/** What a backup of yesterday holds of these tables. */
async function backup(database: Database): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const table of TABLES) {
    const [row] = await database.query<{ text: string }>(`SELECT coalesce(json_agg(t)::text, '[]') AS text FROM ${table} t`);
    texts.set(table, row!.text);
  }
  return texts;
}

async function restore(database: Database, texts: ReadonlyMap<string, string>): Promise<void> {
  for (const table of [...TABLES].reverse()) await database.query(`DELETE FROM ${table}`);
  for (const [table, text] of texts)
    await database.query(
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::${table}, $1::text::json)`,
      [text],
    );
}

describe.each(engines)('a bank restored from an older copy, on %s', (engine) => {
  let folder: string;
  let test: TestBank;
  let database: Database;
  let bank: Bank;
  let checkpointFile: string;
  let yesterday: ReadonlyMap<string, string>;
  let today: string;
  let missing: string;
  const reopen = async (): Promise<void> => {
    await bank.close();
    bank = await openBank({ database, keyring: testKeyring(), checkpointFile });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra restore '));
    checkpointFile = join(folder, 'checkpoint');
    test = await createTestBank(engine, { checkpointFile });
    ({ database, bank } = test);
    await database.query(`INSERT INTO vendor (id, jwks, added_at) VALUES ('vendor-a', '{}', now())`);
    await bank.customers.import([{ customerId: 'C1', name: '张三', phone: '13800138000', consents: ['marketing.insurance'] }]);
    for (const id of ['c-a', 'c-b']) await bank.campaigns.create({ id, ...TERMS });
    await database.query(
      `INSERT INTO issued_grant (identifier, vendor, campaign, expires_at) SELECT 'grant_abc', 'vendor-a', number, now() + interval '1 hour' FROM campaign WHERE id = 'c-a'`,
    );
    const { size: before } = await bank.ledger.sequence();
    yesterday = await backup(database);
    await bank.customers.withdraw('C1', 'marketing.insurance');
    await bank.campaigns.close('c-b');
    const { size } = await bank.ledger.sequence();
    const bodies = await Promise.all(Array.from({ length: size - before }, (_, i) => bank.ledger.entry(before + i)));
    missing = bodies.join('\n');
    today = await readFile(checkpointFile, 'utf8');
    await database.query(`UPDATE campaign SET state = 'open' WHERE id = 'c-b'`);
  });
  afterAll(async () => {
    await bank.close();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  /** As an operator finds it: yesterday's tables, today's checkpoint. */
  async function restored(): Promise<void> {
    await restore(database, yesterday);
    await writeFile(checkpointFile, today);
    await reopen();
  }
  async function approved(): Promise<string> {
    const { digest } = (await bank.evidence.restoreStatus())!;
    const { id } = await bank.approvals.request({
      kind: 'restore-accept',
      subject: new Uint8Array(Buffer.from(digest, 'hex')),
      requestedBy: 'staff-1',
      reason: 'the disk of last night',
    });
    for (const by of ['staff-2', 'staff-3']) await bank.approvals.approve(id, { by });
    return id;
  }
  const rows = async (): Promise<unknown> =>
    database.query('SELECT revoked_at FROM issued_grant UNION ALL SELECT minimum_issued_at FROM bank');

  it('neither exports nor gives positions before two people accepted it', async () => {
    await restored();
    expect(await bank.evidence.restoreStatus()).toMatchObject({ size: expect.any(Number), lostSize: expect.any(Number) });
    await expect(() => bank.ledger.assertCurrent()).toFailWith('ERR_LEDGER_OLDER_COPY');
    await expect(() => bank.campaigns.export('c-a', { file: join(folder, 'list.csv') })).toFailWith('ERR_LEDGER_OLDER_COPY');
    await expect(() => bank.ledger.sequence()).toFailWith('ERR_LEDGER_OLDER_COPY');
    const before = await rows();
    await expect(() => bank.evidence.acceptRestore({ by: 'staff-1' })).toFailWith('ERR_APPROVAL_MISSING');
    await approved();
    await expect(() =>
      bank.evidence.acceptRestore({ by: 'staff-1', entries: missing.replace('consent.withdrawn', 'consent.given') }),
    ).toFailWith('ERR_RESTORE_ENTRIES');
    await expect(() => bank.evidence.acceptRestore({ by: '13800138000' })).toFailWith('ERR_APPROVAL_PERSON');
    expect(await rows()).toEqual(before);
    expect(await readFile(checkpointFile, 'utf8')).toBe(today);
  });

  it('goes on after that without a grant or a budget, and the ledger says so', async () => {
    await restored();
    const approval = await approved();
    const accepted = await bank.evidence.acceptRestore({ by: 'staff-1' });
    expect(accepted).toMatchObject({ revokedGrants: 1, budgets: { 'c-a': 0, 'c-b': 0 } });
    expect(accepted).not.toHaveProperty('lostWithdrawals');
    const [grant] = await database.query<{ revoked_at: Date | null }>('SELECT revoked_at FROM issued_grant');
    expect(grant?.revoked_at).not.toBeNull();
    const [least] = await database.query<{ ok: boolean }>(`SELECT minimum_issued_at > now() - interval '1 minute' AS ok FROM bank`);
    expect(least?.ok).toBe(true);
    const { size } = await bank.ledger.verify();
    const entry = JSON.parse(await bank.ledger.entry(size - 1)) as object;
    expect(entry).toMatchObject({
      type: 'restored',
      size: accepted.size,
      lostSize: accepted.lostSize,
      by: 'staff-1',
      approvals: [approval],
    });
    await reopen();
    await bank.ledger.assertCurrent();
    await expect(() => bank.evidence.acceptRestore({ by: 'staff-1' })).toFailWith('ERR_RESTORE_NONE');
    // What was lost stays evidence: the older checkpoint is a fork of what is signed now.
    await expect(() => bank.ledger.verify({ seen: today })).toFailWith(
      size < accepted.lostSize ? 'ERR_LEDGER_OLDER_COPY' : 'ERR_LEDGER_FORKED',
    );
  });

  it('keeps of each budget what the missing entries leave, when they are given', async () => {
    await restored();
    await approved();
    const accepted = await bank.evidence.acceptRestore({ by: 'staff-1', entries: missing });
    expect(accepted).toMatchObject({ budgets: { 'c-a': 100, 'c-b': 0 }, lostWithdrawals: 1 });
  });

  it('lets another gateway pass that saw the lost checkpoint, and no row that the log key did not sign', async () => {
    const file = join(folder, 'other-gateway');
    await writeFile(file, today);
    const other = await openBank({ database, keyring: testKeyring(), checkpointFile: file });
    await other.ledger.sequence();
    await other.close();
    const stranger = createNoteSigner(bank.logOrigin, new Uint8Array(32).fill(9));
    await restored();
    const { size, lostSize } = (await bank.evidence.restoreStatus())!;
    const root = Buffer.alloc(32).toString('base64');
    const text = `numbra/restored/v1\n${bank.logOrigin}\n${size} ${root}\n${lostSize} ${root}\n`;
    const { signNote } = await import('@numbra/ledger');
    await database.query('DELETE FROM ledger_restored');
    await database.query('INSERT INTO ledger_restored (note, at) VALUES ($1, now())', [signNote(text, stranger)]);
    await expect(() => bank.ledger.sequence()).toFailWith('ERR_NOTE_UNSIGNED');
    await database.query('DELETE FROM ledger_restored');
  });

  it('is told from a checkpoint kept elsewhere, whatever lies beside the keyring: restored, cut, forked', async () => {
    await restore(database, yesterday);
    await rm(checkpointFile);
    await reopen();
    await bank.ledger.verify();
    await expect(() => bank.ledger.verify({ seen: today })).toFailWith('ERR_LEDGER_OLDER_COPY');
    await expect(() => bank.ledger.verify({ seen: 'nonsense' })).toFailWith('ERR_NOTE_MALFORMED');
    const stranger = createNoteSigner(bank.logOrigin, new Uint8Array(32).fill(9));
    const { checkpoint } = openCheckpoint(await bank.ledger.checkpoint(), { logKeys: [parseVerifierKey(bank.ledger.verifierKey)] });
    await expect(() => bank.ledger.verify({ seen: signCheckpoint(checkpoint, stranger) })).toFailWith('ERR_NOTE_UNSIGNED');
    // Another history that the bank signed at the same size: two copies of the bank, one after the other.
    await bank.customers.withdraw('C1', 'marketing.insurance');
    await bank.campaigns.close('c-a');
    const { size } = await bank.ledger.sequence();
    const first = await bank.ledger.checkpoint();
    await restore(database, yesterday);
    await rm(checkpointFile);
    await reopen();
    await database.query(`UPDATE campaign SET state = 'open'`);
    await bank.campaigns.close('c-a');
    await bank.campaigns.close('c-b');
    while ((await bank.ledger.sequence()).size < size)
      await bank.customers.import([{ customerId: 'C1', name: '张三', phone: '13800138000', consents: [] }]);
    await expect(() => bank.ledger.verify({ seen: first })).toFailWith('ERR_LEDGER_FORKED');
    await database.query(`UPDATE ledger_head SET size = size - 1, tail = tail[1:array_length(tail, 1) - 1]`);
    await expect(() => bank.ledger.verify()).toFailWith('ERR_LEDGER_CUT');
  });
});

describe.each(engines)('the log key on %s', (engine) => {
  it('is rotated without a break: both keys sign for a while, older checkpoints verify with the old one', async () => {
    let now = Date.parse('2026-11-23T08:00:00Z');
    const folder = await mkdtemp(join(tmpdir(), 'numbra log key '));
    const test = await createTestBank(engine, { clock: () => now, checkpointFile: join(folder, 'checkpoint') });
    const { bank } = test;
    const signersOf = async (): Promise<string[]> =>
      (await bank.ledger.checkpoint())
        .split('\n')
        .filter((line) => line.startsWith('\u2014'))
        .map((line) => Buffer.from(line.split(' ')[2]!, 'base64').subarray(0, 4).toString('hex'));
    const idOf = (key: string): string => key.split('+')[1]!;
    const opens = (note: string, key: string): unknown => openCheckpoint(note, { logKeys: [parseVerifierKey(key)] }).checkpoint.size;
    const act = (n: number) => bank.customers.import([{ customerId: `C${n}`, name: '张三', phone: `1380013800${n}`, consents: [] }]);

    await bank.ledger.sequence();
    const before = await bank.ledger.checkpoint();
    const { verifierKey, previous, previousUntil } = await bank.evidence.rotateLogKey({ by: 'staff-1' });
    expect(previousUntil.getTime()).toBe(now + 30 * 86_400_000);
    expect(bank.ledger.verifierKey).toBe(verifierKey);
    await bank.ledger.sequence();
    const during = await bank.ledger.checkpoint();
    expect(await signersOf()).toEqual([idOf(verifierKey), idOf(previous)]);
    for (const key of [verifierKey, previous]) opens(during, key);
    opens(before, previous);
    expect(() => opens(before, verifierKey)).toThrow(expect.objectContaining({ code: 'ERR_NOTE_UNSIGNED' }));
    expect(JSON.parse(await bank.ledger.entry((await bank.ledger.verify()).size - 1))).toMatchObject({
      type: 'key.rotated',
      use: 'ledger',
      by: 'staff-1',
    });

    now += 31 * 86_400_000;
    await act(1);
    await bank.ledger.sequence();
    expect(await signersOf()).toEqual([idOf(verifierKey)]);
    await bank.ledger.verify({ seen: before });
    const again = await openBank({
      database: test.database,
      keyring: testKeyring(),
      clock: () => now,
      checkpointFile: join(folder, 'checkpoint'),
    });
    await again.ledger.assertCurrent();
    await again.close();
    await test.drop();
    await rm(folder, { recursive: true });
  });
});
