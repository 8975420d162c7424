import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateGrantKey, verifyDetached } from '@numbra/grants';
import { parseEntry, rootOf, rowLeaf } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';
import { type TestCustomer, testCustomers } from '../../../../tests/support/customers.js';
import { sha256 } from '../ledger/sha256.js';
import type { Exported } from './export.js';

const CUSTOMERS = 3_000;
const DAY_MS = 86_400_000;

describe.each(engines)('exports on %s', (engine) => {
  let test: TestBank;
  let folder: string;
  let customers: TestCustomer[];
  let now = Date.parse('2026-11-25T08:00:00Z');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-exports-'));
    test = await createTestBank(engine, { clock: () => now });
    for (const id of ['vendor-a', 'vendor-b']) {
      await test.bank.vendors.add({ id, jwks: { keys: [(await generateGrantKey()).publicJwk] } });
    }
    customers = testCustomers(CUSTOMERS);
    await test.bank.customers.import(customers);
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const create = (id: string, change: object = {}) =>
    test.bank.campaigns.create({
      id,
      vendor: 'vendor-a',
      purpose: 'marketing.insurance.term-life',
      budgetCalls: 1_000,
      perCustomer: 2,
      perAgentPerHour: 40,
      ...change,
    });
  const exportTo = async (id: string, file: string): Promise<Exported & { text: string; lines: string[] }> => {
    const result = await test.bank.campaigns.export(id, { file: join(folder, file) });
    if (result.outcome !== 'exported') throw new Error(`refused: ${result.code}`);
    const text = await readFile(result.file, 'utf8');
    return { ...result, text, lines: text.trimEnd().split('\n') };
  };
  const pending = async () => {
    const rows = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return rows.map(({ body }) => parseEntry(body));
  };

  it('writes a list of references, dial tokens and masked phones, and nothing else', async () => {
    await create('c-first');
    const { text, lines, rows, measures } = await exportTo('c-first', 'first.csv');
    expect(rows).toBe(CUSTOMERS);
    expect(lines[0]).toBe('reference,dial_token,masked_phone');
    for (const line of lines.slice(1)) expect(line).toMatch(/^nr1_[\w-]{48},nd1_[\w-]{48},\*{9}\d?\d?$/);
    expect(text.endsWith('\n') && !text.includes('\r') && !text.startsWith('\ufeff')).toBe(true);
    expect(measures).toMatchObject({ k: { required: 20 }, digits: 2, linkability: [] });
    expect(measures!.k.smallest).toBeGreaterThanOrEqual(20);
    expect(await readdir(folder)).not.toContain('first.csv.part');
    for (const { name, phone, account, residentId, attributes } of customers) {
      for (const raw of [name, phone, account, residentId, String(attributes.balance)]) expect(text).not.toContain(raw);
    }
  });

  it('delivers the same bytes a second time', async () => {
    const [one, two] = [await exportTo('c-first', 'one.csv'), await exportTo('c-first', 'two.csv')];
    expect(two.text).toBe(one.text);
    expect(two.export).not.toBe(one.export);
  });

  it('gives another campaign other tokens, in another order, and measures the two lists against each other', async () => {
    await create('c-second', { vendor: 'vendor-b' });
    const [first, second] = [await exportTo('c-first', 'a.csv'), await exportTo('c-second', 'b.csv')];
    const tokens = new Set(first.lines.slice(1).flatMap((line) => line.split(',').slice(0, 2)));
    for (const line of second.lines.slice(1)) for (const token of line.split(',').slice(0, 2)) expect(tokens.has(token)).toBe(false);
    const [linkability] = second.measures!.linkability;
    expect(linkability).toMatchObject({ recipient: 'vendor-a', worst: { certain: 0, common: CUSTOMERS } });
    expect(linkability!.worst.expected).toBeLessThanOrEqual(1 / 20);
    const bank = await test.database.query<{ customer: bigint }>(
      'SELECT customer FROM member m JOIN campaign c ON c.number = m.campaign WHERE c.id = $1 ORDER BY row_number',
      ['c-first'],
    );
    const order = bank.map(({ customer }) => Number(customer));
    const rising = order.slice(1).filter((customer, i) => customer > (order[i] as number)).length;
    expect(rising / order.length).toBeGreaterThan(0.45);
    expect(rising / order.length).toBeLessThan(0.55);
  });

  it('puts every row into the ledger under one root, and signs a manifest of it', async () => {
    await create('c-ledger', { selection: { limit: 500 } });
    const { export: id, lines, manifest, signature } = await exportTo('c-ledger', 'ledger.csv');
    const entry = (await pending()).find((each) => each.type === 'export.made' && each.export === id);
    const chunks = await test.database.query<{ positions: number[]; subjects: Uint8Array; row_hashes: Uint8Array }>(
      'SELECT k.positions, k.subjects, k.row_hashes FROM export_chunk k JOIN export x ON x.number = k.export WHERE x.id = $1 ORDER BY chunk',
      [id],
    );
    const leaves: Uint8Array[] = [];
    for (const { positions, subjects, row_hashes } of chunks) {
      positions.forEach((position, i) => {
        const rowHash = row_hashes.subarray(32 * i, 32 * (i + 1));
        expect(rowHash).toEqual(sha256(new TextEncoder().encode(lines[position + 1])));
        leaves[position] = rowLeaf(sha256, subjects.subarray(16 * i, 16 * (i + 1)), rowHash);
      });
    }
    expect(leaves).toHaveLength(500);
    const root = Buffer.from(rootOf(sha256, leaves)).toString('base64url');
    expect(entry).toMatchObject({
      campaign: 'c-ledger',
      vendor: 'vendor-a',
      rows: 500,
      root,
      columns: ['reference', 'dial_token', 'masked_phone'],
    });
    const file = Buffer.from(sha256(new TextEncoder().encode(`${lines.join('\n')}\n`)));
    expect(entry).toMatchObject({ file: `sha256:${file.toString('hex')}` });
    expect(JSON.parse(manifest)).toEqual({
      export: id,
      campaign: 'c-ledger',
      rows: 500,
      root,
      sha256: file.toString('base64url'),
      columns: ['reference', 'dial_token', 'masked_phone'],
    });
    const signed = await verifyDetached(signature, new TextEncoder().encode(manifest), test.bank.grants.keys(), 'manifest');
    expect(signed.kid).toBe(test.bank.grants.keys().keys[0]?.kid);
  });

  it('takes one n of every customer on a list, and none of others', async () => {
    const uses = () => test.database.query<{ id: bigint; uses: bigint }>('SELECT id, uses FROM customer ORDER BY id');
    const before = await uses();
    await create('c-uses', { selection: { customers: ['C000001', 'C000002', 'C000003'] } });
    await exportTo('c-uses', 'uses.csv');
    const after = await uses();
    const stepped = after.filter(({ uses }, i) => uses !== before[i]?.uses);
    expect(stepped).toHaveLength(3);
    for (const { id, uses } of stepped) expect(uses).toBe((before.find((row) => row.id === id)?.uses ?? 0n) + 1n);
  });

  it('selects inside the bank, and shows nothing of the criterion', async () => {
    await create('c-rich', { selection: { where: [{ attribute: 'balance', op: '>=', value: 150_000 }] } });
    const { rows, lines } = await exportTo('c-rich', 'rich.csv');
    expect(rows).toBe(customers.filter(({ attributes }) => attributes.balance >= 150_000).length);
    expect(lines[0]).toBe('reference,dial_token,masked_phone');
  });

  it('keeps off the list who gave no consent, withdrew it, must not be called, was erased or has no phone', async () => {
    const own = testCustomers(60, 'own').map((row, i) => ({ ...row, customerId: `K${i}`, phone: `1370000${String(1000 + i)}` }));
    const [none, withdrawn, blocked, erased, unreachable, ...others] = own as [
      TestCustomer,
      TestCustomer,
      TestCustomer,
      TestCustomer,
      TestCustomer,
    ];
    await test.bank.customers.import([{ ...none, consents: [] }, withdrawn, blocked, erased, { ...unreachable, phone: '' }, ...others]);
    await test.bank.customers.withdraw(withdrawn.customerId, 'marketing.insurance');
    await test.bank.customers.doNotCall({ phones: [blocked.phone], source: 'national-list' });
    await test.bank.customers.erase(erased.customerId);
    await create('c-kept-off', { selection: { customers: own.map(({ customerId }) => customerId) } });
    const { rows, excluded, unreachable: unreachableRows } = await exportTo('c-kept-off', 'kept-off.csv');
    expect(rows).toBe(55);
    expect(excluded).toEqual({ 'no-consent': 1, 'consent-withdrawn': 1, 'do-not-call': 1 });
    expect(unreachableRows).toBe(1);
  });

  it('takes withdrawals off a running list with the first export of the next day, not before', async () => {
    await create('c-removals', { selection: { customers: customers.slice(100, 200).map(({ customerId }) => customerId) } });
    const first = await exportTo('c-removals', 'removals-1.csv');
    await test.bank.customers.withdraw('C000150', 'marketing.insurance');
    expect((await exportTo('c-removals', 'removals-2.csv')).text).toBe(first.text);
    now += DAY_MS;
    const later = await exportTo('c-removals', 'removals-3.csv');
    expect(later.rows).toBe(99);
    expect(first.lines.filter((line) => !later.lines.includes(line))).toHaveLength(1);
    expect(later.lines.filter((line) => !first.lines.includes(line))).toHaveLength(0);
    expect((await exportTo('c-removals', 'removals-4.csv')).text).toBe(later.text);
  });

  it('drops an erased customer, and one with a new phone, without making them another row', async () => {
    await create('c-changed', { selection: { customers: customers.slice(200, 260).map(({ customerId }) => customerId) } });
    const first = await exportTo('c-changed', 'changed-1.csv');
    await test.bank.customers.erase('C000201');
    await test.bank.customers.import([{ ...(customers[202] as TestCustomer), phone: '13911112222' }]);
    const later = await exportTo('c-changed', 'changed-2.csv');
    expect(first.lines.filter((line) => !later.lines.includes(line))).toHaveLength(2);
    expect(later.lines.filter((line) => !first.lines.includes(line))).toHaveLength(0);
  });

  it('shows fewer digits, or none, where classes would be too small', async () => {
    await create('c-small', { selection: { limit: 60 } });
    const { measures, lines } = await exportTo('c-small', 'small.csv');
    expect(measures).toMatchObject({ digits: 0, k: { smallest: 60, classes: 1 } });
    expect(lines.slice(1).every((line) => line.endsWith(',*********'))).toBe(true);
  });

  it('refuses a list that another recipient could link too well, and leaves everything as it was', async () => {
    const few = customers.slice(300, 310).map(({ customerId }) => customerId);
    await create('c-few-a', { selection: { customers: few } });
    await exportTo('c-few-a', 'few-a.csv');
    await create('c-few-b', { vendor: 'vendor-b', selection: { customers: few } });
    const before = await snapshot(test);
    const result = await test.bank.campaigns.export('c-few-b', { file: join(folder, 'few-b.csv') });
    expect(result).toRefuse('linkability');
    expect(await snapshot(test)).toEqual(before);
    expect((await readdir(folder)).filter((name) => name.startsWith('few-b'))).toEqual([]);
  });

  it('refuses a closed campaign, an empty list, and a purpose that the vendor may not have', async () => {
    await create('c-closed');
    await test.bank.campaigns.close('c-closed');
    expect(await test.bank.campaigns.export('c-closed', { file: join(folder, 'x.csv') })).toRefuse('campaign-closed');
    await create('c-empty', { selection: { where: [{ attribute: 'balance', op: '<', value: 0 }] } });
    expect(await test.bank.campaigns.export('c-empty', { file: join(folder, 'x.csv') })).toRefuse('empty-list');
    await expect(() => create('c-other', { vendor: 'vendor-b', purpose: 'marketing.insurance.health' })).toFailWith('ERR_CAMPAIGN_TERMS');
    await expect(() => test.bank.campaigns.export('c-nowhere', { file: join(folder, 'x.csv') })).toFailWith('ERR_CAMPAIGN_UNKNOWN');
    expect(await readdir(folder)).not.toContain('x.csv');
  });

  it('writes nothing, and takes no n, where the file cannot be written', async () => {
    await create('c-no-folder', { selection: { limit: 100 } });
    const before = await snapshot(test);
    await expect(() => test.bank.campaigns.export('c-no-folder', { file: join(folder, 'missing', 'x.csv') })).toFailWith(
      'ERR_FILE_UNWRITABLE',
    );
    expect(await snapshot(test)).toEqual(before);
  });

  it('leaves a file that has the name as it was until the new list is complete', async () => {
    await create('c-replace', { selection: { limit: 100 } });
    await writeFile(join(folder, 'replace.csv'), 'old');
    await expect(() =>
      test.bank.campaigns.export('c-replace', {
        file: join(folder, 'replace.csv'),
        onProgress: () => {
          throw new Error('stop');
        },
      }),
    ).rejects.toThrow('stop');
    expect(await readFile(join(folder, 'replace.csv'), 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.startsWith('replace'))).toEqual(['replace.csv']);
    const [abandoned] = (await pending()).filter((entry) => entry.type === 'export.abandoned');
    expect(abandoned).toMatchObject({ campaign: 'c-replace', rows: 100, reason: 'failed' });
  });

  it('gives two exports of a campaign that start together the same list', async () => {
    await create('c-race', { selection: { limit: 200 } });
    const both = await Promise.all([exportTo('c-race', 'race-1.csv'), exportTo('c-race', 'race-2.csv')]);
    expect(both[0].text).toBe(both[1].text);
  });

  it('holds no raw identifier, name or balance anywhere in the store', async () => {
    const dump = await dumpOf(test);
    expect(dump).toContain('C000000'); // the search searches what is there
    for (const { name, phone, account, residentId, attributes } of customers.slice(0, 200)) {
      for (const raw of [name, phone, account, residentId, `:${attributes.balance}`]) expect(dump).not.toContain(raw);
    }
  });
});

/** What an act that refused must have left as it was. */
async function snapshot({ database }: TestBank): Promise<unknown> {
  return database.query(
    `SELECT (SELECT sum(uses) FROM customer) AS uses, (SELECT count(*) FROM member) AS members, (SELECT count(*) FROM ledger_pending) AS entries,
            (SELECT count(*) FROM export WHERE state IN ('made', 'delivered')) AS made, (SELECT count(*) FROM export_chunk) AS chunks`,
  );
}

/** Every row of every table, as text, with bytes also read as Latin-1. */
async function dumpOf({ database }: TestBank): Promise<string> {
  const tables = await database.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
  let dump = '';
  for (const { name } of tables) {
    for (const row of await database.query(`SELECT * FROM ${name}`)) {
      for (const value of Object.values(row))
        dump += `${value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)}\n`;
    }
  }
  return dump;
}
