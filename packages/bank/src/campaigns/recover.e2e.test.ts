import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateGrantKey } from '@numbra/grants';
import { parseEntry, rootOf, SUBJECT_BYTES, subjectLeaf } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testKeyring } from '../../../../tests/support/banks.js';
import { testCustomers } from '../../../../tests/support/customers.js';
import { type Moment, mortalDatabase } from '../../../../tests/support/mortal-database.js';
import { openBank } from '../bank.js';
import { sha256 } from '../ledger/sha256.js';

const CUSTOMERS = 1_050; // two chunks
const listed = testCustomers(CUSTOMERS).map(({ customerId }) => customerId);

describe.each(engines)('a killed export on %s', (engine) => {
  let test: TestBank;
  let folder: string;
  let campaigns = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-killed-'));
    test = await createTestBank(engine);
    await test.bank.vendors.add({ id: 'vendor-a', jwks: { keys: [(await generateGrantKey()).publicJwk] } });
    await test.bank.customers.import(testCustomers(CUSTOMERS));
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const newCampaign = async (): Promise<string> => {
    campaigns += 1;
    const id = `killed-${campaigns}`;
    await test.bank.campaigns.create({
      id,
      vendor: 'vendor-a',
      purpose: 'marketing.insurance.term-life',
      selection: { customers: listed },
      budgetCalls: 10,
      perCustomer: 1,
      perAgentPerHour: 1,
    });
    return id;
  };

  /** Exports in a process that is killed at a moment; says whether it was. */
  const exportAndDie = async (campaign: string, file: string, moment: Moment): Promise<boolean> => {
    const database = mortalDatabase(test.database);
    const mortal = await openBank({ database, keyring: testKeyring() });
    database.dieAt(moment);
    await mortal.campaigns.export(campaign, { file }).catch(() => undefined);
    return database.isDead;
  };

  const restart = async (): Promise<void> => {
    const bank = await openBank({ database: test.database, keyring: testKeyring() });
    await bank.close();
  };

  const entries = async () => {
    const rows = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return rows.map(({ body }) => parseEntry(body));
  };

  /** Every n that a customer's counter says was taken belongs to an export that is on record, made or abandoned. */
  const expectNoMissingN = async (): Promise<void> => {
    const exports = await test.database.query<{ number: number; id: string; state: string }>(
      'SELECT number, id, state FROM export ORDER BY number',
    );
    expect(exports.filter(({ state }) => state === 'reserving' || state === 'made')).toEqual([]);
    const [{ taken, uses } = {}] = await test.database.query<{ taken?: bigint; uses?: bigint }>(
      `SELECT (SELECT coalesce(sum(cardinality(customers)), 0) FROM export_chunk)::bigint AS taken, (SELECT sum(uses) FROM customer)::bigint AS uses`,
    );
    expect(uses).toBe(taken);
    const entered = await entries();
    for (const { number, id, state } of exports) {
      const chunks = await test.database.query<{ subjects: Uint8Array }>(
        'SELECT subjects FROM export_chunk WHERE export = $1 ORDER BY chunk',
        [number],
      );
      const subjects = chunks.flatMap(({ subjects }) =>
        Array.from({ length: subjects.length / SUBJECT_BYTES }, (_, i) => subjects.subarray(SUBJECT_BYTES * i, SUBJECT_BYTES * (i + 1))),
      );
      const about = entered.filter((entry) => 'export' in entry && entry.export === id);
      if (state === 'abandoned' && subjects.length > 0) {
        const leaves = subjects.map((subject) => subjectLeaf(sha256, subject));
        const root = Buffer.from(rootOf(sha256, leaves)).toString('base64url');
        expect(about).toMatchObject([{ type: 'export.abandoned', rows: subjects.length, root }]);
      }
      if (state === 'delivered') expect(about.map(({ type }) => type)).toEqual(['export.made']);
    }
  };

  it('leaves no half file and loses no n, whichever statement the kill comes before', async () => {
    let kills = 0;
    for (let statement = 1; ; statement++) {
      const campaign = await newCampaign();
      const file = join(folder, `${campaign}.csv`);
      const killed = await exportAndDie(campaign, file, { beforeStatement: statement });
      const before = (await readdir(folder)).includes(`${campaign}.csv`);
      await restart();
      expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
      if (!killed) {
        expect(before).toBe(true);
        break;
      }
      kills += 1;
      if (kills % 4 !== 0) continue;
      const again = await test.bank.campaigns.export(campaign, { file });
      expect(again).toMatchObject({ outcome: 'exported', rows: CUSTOMERS });
    }
    expect(kills).toBeGreaterThan(15);
    await expectNoMissingN();
  });

  it('gives a list that was recorded its final name at the next start', async () => {
    // The record is the transaction after the two chunks; commits before it differ by engine, so each is tried.
    let named = 0;
    for (let commit = 1; commit <= 6; commit++) {
      const campaign = await newCampaign();
      const file = join(folder, `${campaign}.csv`);
      if (!(await exportAndDie(campaign, file, { afterCommit: commit }))) break;
      const [row] = await test.database.query<{ state: string }>(
        'SELECT x.state FROM export x JOIN campaign c ON c.number = x.campaign WHERE c.id = $1',
        [campaign],
      );
      const isThere = (await readdir(folder)).includes(`${campaign}.csv`);
      await restart();
      if (row?.state === 'made' && !isThere) {
        named += 1;
        const text = await readFile(file, 'utf8');
        expect(text.trimEnd().split('\n')).toHaveLength(CUSTOMERS + 1);
        await test.bank.campaigns.export(campaign, { file: `${file}.again` });
        expect(await readFile(`${file}.again`, 'utf8')).toBe(text);
      }
    }
    expect(named).toBe(1);
    await expectNoMissingN();
  });

  it('enters a list whose file is gone, or is another one, as not delivered', async () => {
    for (const damage of ['gone', 'changed']) {
      const campaign = await newCampaign();
      const file = join(folder, `${campaign}.csv`);
      const made = await dieRightAfterRecord(campaign, file);
      if (damage === 'gone') await rm(`${file}.part`);
      else await writeFile(`${file}.part`, 'something else');
      await restart();
      expect(await readdir(folder)).not.toContain(`${campaign}.csv`);
      expect(await readdir(folder)).not.toContain(`${campaign}.csv.part`);
      const about = (await entries()).filter((entry) => 'export' in entry && entry.export === made);
      expect(about.map(({ type }) => type)).toEqual(['export.made', 'export.undelivered']);
      // The members are fixed: what is delivered next is the same list.
      expect(await test.bank.campaigns.export(campaign, { file })).toMatchObject({ outcome: 'exported', rows: CUSTOMERS });
    }
  });

  async function dieRightAfterRecord(campaign: string, file: string): Promise<string> {
    for (let commit = 1; ; commit++) {
      await exportAndDie(campaign, file, { afterCommit: commit });
      const [row] = await test.database.query<{ id: string }>(
        `SELECT x.id FROM export x JOIN campaign c ON c.number = x.campaign WHERE c.id = $1 AND x.state = 'made'`,
        [campaign],
      );
      if (row !== undefined) return row.id;
      await restart();
    }
  }
});
