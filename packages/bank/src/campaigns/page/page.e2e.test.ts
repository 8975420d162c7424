import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testPolicy } from '../../../../../tests/support/banks.js';
import { testCustomers } from '../../../../../tests/support/customers.js';
import { addVendors, createCampaign } from '../../../../../tests/support/lists.js';
import type { Bank } from '../../bank.js';
import type { Exported } from '../export.js';
import type { Preview } from './page.js';
import { pageLanguages } from './words.js';

const DAY_MS = 86_400_000;

async function pagedPolicy(): Promise<string> {
  return (await testPolicy())
    .replace('  balance: { class: C2 }\n', '  balance: { class: C2 }\n  age: { class: C2 }\n')
    .replace('purposes:\n', 'bands:\n  age_band: { field: age, edges: [30, 40, 50], k: 20, l: 3 }\npurposes:\n')
    .replace(
      'refusals:',
      `  marketing.insurance.cards:
    consent: marketing.insurance
    legal_basis: consent
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 }, bands: [age_band] }
    recipients: [vendor-a, vendor-b]
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
    caps: { per_customer: { campaign: 9 }, per_agent_per_hour: 40, concurrent: 50 }
    padding: 0.2
    pacing: { days: 3 }
refusals:`,
    );
}

/** Text of a page as it is read: tags away, white space one blank. */
const textOf = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const measuredPage = (preview: Preview): string => {
  if (preview.outcome === 'refused') throw new Error(`refused: ${preview.code}`);
  return preview.page;
};

describe.each(engines)('the page of an export on %s', (engine) => {
  let test: TestBank;
  let bank: Bank;
  let folder: string;
  let now = Date.parse('2026-11-25T08:00:00Z');
  const purpose = 'marketing.insurance.cards';
  const selection = { where: [{ attribute: 'balance', op: '>=', value: 100_000 } as const] };
  const exportTo = async (id: string): Promise<Exported> => {
    const result = await bank.campaigns.export(id, { file: join(folder, `${id}.csv`) });
    if (result.outcome !== 'exported') throw new Error(`refused: ${result.code}`);
    return result;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-page-'));
    test = await createTestBank(engine, { clock: () => now, policy: await pagedPolicy() });
    bank = test.bank;
    await addVendors(bank);
    await bank.customers.import(
      testCustomers(1_500).map((customer, i) => ({ ...customer, attributes: { ...customer.attributes, age: 20 + (i % 35) } })),
    );
    await createCampaign(bank, 'c-1', { purpose, selection });
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('says before an export exactly what it says after it, and records nothing', async () => {
    const state = () => test.database.query('SELECT (SELECT count(*) FROM export) AS x, (SELECT sum(uses) FROM customer) AS n');
    const before = await state();
    const preview = measuredPage(await bank.campaigns.previewPage('c-1'));
    expect(await state()).toEqual(before);
    expect(textOf(preview)).toContain('This list has not left.');
    const made = await exportTo('c-1');
    const page = await bank.campaigns.exportPage(made.export);
    expect(textOf(page)).toContain('This list was made and recorded.');
    const tables = (text: string) => text.slice(text.indexOf('<h2>')).replaceAll('There is no earlier export', '');
    expect(tables(page)).toBe(tables(preview));
  });

  it('says the very numbers of the export, against their bounds, and what they cost', async () => {
    const [{ id } = { id: '' }] = await test.database.query<{ id: string }>('SELECT id FROM export ORDER BY number LIMIT 1');
    const page = textOf(await bank.campaigns.exportPage(id));
    const made = JSON.parse((await test.database.query<{ measures: string }>('SELECT measures FROM export'))[0]!.measures);
    for (const said of [
      `at least this many. ${made.k.smallest} at least 20`,
      `${made.presence.padding} `,
      `${(100 * made.presence.criterion).toFixed(1).replace('.0', '')}%`,
      'Days of release Rows come in daily batches drawn at random. 3',
      'Rows that the mask 138****5678 would single out',
      `${(100 * made.commonMask.unique).toFixed(1).replace('.0', '')}%`,
      'Lists at rest are measured here, not what people tell on the phone',
      '2026-11-26',
      '2026-11-27',
    ])
      expect(page).toContain(said);
    expect(made.k.smallest).toBeGreaterThanOrEqual(20);
    expect(made.commonMask.unique).toBeGreaterThan(0.9);
  });

  it('compares with the last time, and shows how another recipient could link', async () => {
    now += DAY_MS;
    const second = await exportTo('c-1');
    const page = textOf(await bank.campaigns.exportPage(second.export));
    expect(page).toContain('Last time: campaign c-1, Nov 25, 2026');
    expect(page).toContain('No other recipient holds a list.');
    await createCampaign(bank, 'c-2', { purpose, selection, vendor: 'vendor-b' });
    const other = measuredPage(await bank.campaigns.previewPage('c-2'));
    expect(textOf(other)).toContain('There is no earlier export of this vendor to compare with.');
    expect(textOf(other)).toMatch(/vendor-a \d+(\.\d)?%/);
    expect(textOf(other)).toContain('at most 5%');
  });

  it.each(pageLanguages)('is one file without script, request or foreign font, and well formed, in %s', async (language) => {
    const page = measuredPage(await bank.campaigns.previewPage('c-2', { language }));
    expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|href=|url\(|@import|https?:/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toContain('undefined');
    // Every element that opens is closed in its place.
    const open: string[] = [];
    for (const [, slash, name = '', rest = ''] of page.replace('<!doctype html>', '').matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/g)) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/') && name !== 'meta') open.push(name);
    }
    expect(open).toEqual([]);
    const chinese = textOf(page).match(/\p{Script=Han}/gu)?.length ?? 0;
    if (language === 'zh') expect(chinese).toBeGreaterThan(500);
    else expect(chinese).toBe(0);
  });

  it('holds nobody: no reference, token, number, name or customer of the bank', async () => {
    const page = measuredPage(await bank.campaigns.previewPage('c-1'));
    expect(page).not.toMatch(/n[rd]1_/);
    for (const { customerId, phone, name } of testCustomers(1_500)) {
      expect(page.includes(customerId) || page.includes(phone) || (name !== undefined && name.length > 2 && page.includes(name))).toBe(
        false,
      );
    }
  });

  it('is not made where nothing would leave, or of an export that is not known', async () => {
    await createCampaign(bank, 'c-none', { purpose, selection: { customers: ['nobody'] } });
    expect(await bank.campaigns.previewPage('c-none')).toRefuse('empty-list');
    await expect(() => bank.campaigns.previewPage('c-unknown')).toFailWith('ERR_CAMPAIGN_UNKNOWN');
    await expect(() => bank.campaigns.exportPage('export_unknown')).toFailWith('ERR_EXPORT_UNKNOWN');
  });
});
