import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyReceipt } from '@numbra/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticCustomers } from '../../../../examples/main-job/customers.js';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';

const PURPOSE = 'marketing.insurance.term-life';
const TERMS = { purpose: PURPOSE, budgetCalls: 100, perCustomer: 2, perAgentPerHour: 40 };
const COUNT = 1_100;

describe.each(engines)('a receipt on %s', (engine) => {
  let test: TestBank;
  let folder: string;
  const customers = [...syntheticCustomers(COUNT)];
  const id = customers[7]!.customer_id;
  const trust = () => ({ logKeys: [test.bank.ledger.verifierKey] });
  const receipt = async (customer = id) => verifyReceipt(await test.bank.evidence.receipt(customer), trust());

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra receipts '));
    test = await createTestBank(engine);
    await test.bank.customers.import(
      customers.map(({ customer_id, name, phone }) => ({ customerId: customer_id, name, phone, consents: ['marketing.insurance'] })),
    );
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true });
  });

  it('shows every use with its proof, the row as it was delivered among them, and no gap', async () => {
    const { bank, database } = test;
    await database.query(`INSERT INTO vendor (id, jwks, added_at) VALUES ('vendor-a', '{}', now()) ON CONFLICT DO NOTHING`);
    await bank.campaigns.create({ id: 'c-a', vendor: 'vendor-a', ...TERMS });
    const file = join(folder, 'list.csv');
    expect(await bank.campaigns.export('c-a', { file })).toMatchObject({ outcome: 'exported' });
    await bank.customers.withdraw(id, 'marketing.insurance');

    const report = await receipt();
    expect(report.missing).toEqual([]);
    expect(report.open).toEqual([]);
    expect(report.guaranteed).toContain('no-gap');
    const types = report.uses.map(({ entry }) => entry.type);
    expect(types).toContain('export.made');
    expect(types).toContain('consent.withdrawn');
    const delivered = report.uses.find(({ entry }) => entry.type === 'export.made')?.rowText;
    expect((await readFile(file, 'utf8')).split('\n')).toContain(delivered);
  });

  it('is about one customer: changed in any way it does not verify', async () => {
    const text = await test.bank.evidence.receipt(id);
    const other = await test.bank.evidence.receipt(customers[8]!.customer_id);
    const keyOf = (file: string) => /"customerKey":"([^"]*)"/.exec(file)?.[1] as string;
    expect(() => verifyReceipt(text.replace(keyOf(text), keyOf(other)), trust())).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_RECEIPT_/) }),
    );
    expect(() => verifyReceipt(text.replace('"n":1,', '"n":2,'), trust())).toThrow();
    expect(verifyReceipt(other, trust()).uses.map(({ entry }) => entry.type)).not.toContain('consent.withdrawn');
  });

  it('shows the number that an abandoned export took', async () => {
    const { bank, database } = test;
    const other = customers[9]!.customer_id;
    const before = (await receipt(other)).uses.length;
    // The export's own record goes under its feet: what it took stays taken.
    const stop = bank.campaigns.export('c-a', {
      file: join(folder, 'again.csv'),
      onProgress: () => void database.query(`UPDATE campaign SET state = 'closed' WHERE id = 'c-a'`),
    });
    await expect(() => stop).toFailWith('ERR_EXPORT_CHANGED');
    await database.query(`UPDATE campaign SET state = 'open' WHERE id = 'c-a'`);
    const report = await receipt(other);
    expect(report.missing).toEqual([]);
    expect(report.uses).toHaveLength(before + 1);
    expect(report.uses.at(-1)?.entry.type).toBe('export.abandoned');
  });

  it('is refused for nobody, and once the key is erased', async () => {
    await expect(() => test.bank.evidence.receipt('nobody')).toFailWith('ERR_CUSTOMER_UNKNOWN');
    await test.bank.customers.erase(customers[10]!.customer_id);
    await expect(() => test.bank.evidence.receipt(customers[10]!.customer_id)).toFailWith('ERR_RECEIPT_ERASED');
  });
});
