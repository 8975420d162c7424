import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEntry } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testPolicy } from '../../../../tests/support/banks.js';
import { addVendors, createCampaign } from '../../../../tests/support/lists.js';

describe.each(engines)('an export over the limit on %s', (engine) => {
  let test: TestBank;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-approval-'));
    const approvals = 'approvals: { export: { people: 2, above_rows: 30 } }';
    test = await createTestBank(engine, { policy: (await testPolicy()).replace('refusals:', `${approvals}\nrefusals:`) });
    await test.bank.customers.import(
      Array.from({ length: 40 }, (_, i) => ({
        customerId: `C${i}`,
        name: '赵一',
        phone: `138001380${String(i).padStart(2, '0')}`,
        attributes: { balance: i },
        consents: ['marketing.insurance'],
      })),
    );
    await addVendors(test.bank);
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true });
  });
  const exportTo = (campaign: string, by = 'staff-1') =>
    test.bank.campaigns.export(campaign, { file: join(folder, `${campaign}.csv`), by });
  const approve = async (id: string) => {
    for (const by of ['staff-2', 'staff-3']) await test.bank.approvals.approve(id, { by });
  };
  const made = async () => {
    const rows = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return rows.map(({ body }) => parseEntry(body)).filter(({ type }) => type === 'export.made');
  };

  it('does not leave alone, and takes nobody’s number', async () => {
    await createCampaign(test.bank, 'c-alone');
    const uses = () => test.database.query('SELECT id, uses FROM customer ORDER BY id');
    const before = await uses();
    expect(await exportTo('c-alone')).toMatchObject({ outcome: 'refused', code: 'approval-missing', rule: 'approvals.export' });
    expect(await uses()).toEqual(before);
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves once two others approved of it, who are in its entry; and repeats without them', async () => {
    await createCampaign(test.bank, 'c-two');
    const requested = await test.bank.campaigns.requestExport('c-two', { by: 'staff-1', why: 'November list' });
    expect(requested).toMatchObject({ outcome: 'asked', rows: 40 });
    const { id } = requested as { id: string };
    await test.bank.approvals.approve(id, { by: 'staff-2' });
    expect(await exportTo('c-two')).toMatchObject({ outcome: 'refused', code: 'approval-missing' });
    await test.bank.approvals.approve(id, { by: 'staff-3' });
    expect(await exportTo('c-two')).toMatchObject({ outcome: 'exported', rows: 40 });
    expect((await made()).at(-1)).toMatchObject({ campaign: 'c-two', by: 'staff-1', approvals: [id] });
    expect(await exportTo('c-two')).toMatchObject({ outcome: 'exported', rows: 40 });
    expect((await test.bank.approvals.list()).find((one) => one.id === id)).toMatchObject({ state: 'used' });
  });

  it('is another act when it has grown meanwhile, or is of another campaign', async () => {
    await createCampaign(test.bank, 'c-grown');
    await createCampaign(test.bank, 'c-other');
    const { id } = (await test.bank.campaigns.requestExport('c-grown', { by: 'staff-1', why: 'November list' })) as { id: string };
    await approve(id);
    expect(await exportTo('c-other')).toMatchObject({ code: 'approval-missing' });
    await test.bank.customers.import([
      { customerId: 'C99', name: '赵一', phone: '13800138099', attributes: { balance: 1 }, consents: ['marketing.insurance'] },
    ]);
    expect(await exportTo('c-grown')).toMatchObject({ code: 'approval-missing' });
    expect((await test.bank.approvals.list()).find((one) => one.id === id)).toMatchObject({ state: 'approved' });
  });

  it('under the limit leaves as ever', async () => {
    await createCampaign(test.bank, 'c-small', { selection: { limit: 25 } });
    expect(await exportTo('c-small')).toMatchObject({ outcome: 'exported', rows: 25 });
    expect((await made()).at(-1)).not.toHaveProperty('approvals');
  });
});
