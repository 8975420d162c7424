/**
 * Lists, on both stores: what leaves, what does not, and what two vendors can make of it together. Searched and joined by code
 * that shares nothing with the product.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateVendorKey } from '@numbra/vendor-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SyntheticCustomer, syntheticCustomers } from '../examples/main-job/customers.js';
import { countIn, rawValues } from '../examples/main-job/search.js';
import { createTestBank, engines, type TestBank } from './support/banks.js';

const PURPOSE = 'marketing.insurance.term-life';
const COUNT = 2_500;
const TERMS = { budgetCalls: 100, perCustomer: 2, perAgentPerHour: 40 };

interface Row {
  readonly reference: string;
  readonly dialToken: string;
  readonly mask: string;
}

const rowsOf = (list: string): Row[] =>
  list
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [reference = '', dialToken = '', mask = ''] = line.split(',');
      return { reference, dialToken, mask };
    });

describe.each(engines)('on %s', (engine) => {
  const customers: readonly SyntheticCustomer[] = [...syntheticCustomers(COUNT)];
  const raw = rawValues(customers);
  let test: TestBank;
  let folder: string;
  const lists = new Map<string, string>();

  const exportList = async (campaign: string, name = campaign): Promise<string> => {
    const file = join(folder, `${name}.csv`);
    const result = await test.bank.campaigns.export(campaign, { file });
    expect(result.outcome).toBe('exported');
    return readFile(file, 'utf8');
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra lists '));
    test = await createTestBank(engine);
    const { bank } = test;
    await bank.customers.import(
      customers.map(({ customer_id, name, phone, account, resident_id, balance }) => ({
        customerId: customer_id,
        name,
        phone,
        account,
        residentId: resident_id,
        attributes: { balance: Number(balance) },
        consents: ['marketing.insurance'],
      })),
    );
    for (const vendor of ['vendor-a', 'vendor-b']) {
      await bank.vendors.add({ id: vendor, jwks: (await generateVendorKey()).jwks });
      await bank.campaigns.create({ id: `c-${vendor}`, vendor, purpose: PURPOSE, ...TERMS });
      lists.set(vendor, await exportList(`c-${vendor}`));
    }
  });

  afterAll(async () => {
    await test?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('hold every customer once, and no raw value of anybody', () => {
    for (const list of lists.values()) {
      expect(rowsOf(list)).toHaveLength(COUNT);
      expect(countIn(list, raw)).toBe(0);
    }
  });

  it('export byte for byte the same a second time', async () => {
    expect(await exportList('c-vendor-a', 'again')).toBe(lists.get('vendor-a'));
  });

  it('share no reference and no token, and follow no order of the input', async () => {
    const [a, b] = ['vendor-a', 'vendor-b'].map((vendor) => rowsOf(lists.get(vendor) ?? '')) as [Row[], Row[]];
    const known = new Set(a.flatMap(({ reference, dialToken }) => [reference, dialToken]));
    expect(b.filter(({ reference, dialToken }) => known.has(reference) || known.has(dialToken))).toEqual([]);
    for (const vendor of ['vendor-a', 'vendor-b']) {
      // Rank correlation of the input's order and the list's, over some customers: a list in order would have 1.
      const places = await Promise.all(
        customers
          .slice(0, 200)
          .map(
            async ({ customer_id }) => (await test.bank.evidence.listings(customer_id)).find((l) => l.vendor === vendor)?.rowNumber ?? 0,
          ),
      );
      expect(Math.abs(correlation(places))).toBeLessThan(0.3);
    }
  });

  it('link no customer with certainty, and fewer than 1 in 20 expected, when two vendors join them on all they see', () => {
    const classes = (vendor: string): Map<string, number> => {
      const count = new Map<string, number>();
      for (const { mask } of rowsOf(lists.get(vendor) ?? '')) count.set(mask, (count.get(mask) ?? 0) + 1);
      return count;
    };
    const [a, b] = [classes('vendor-a'), classes('vendor-b')];
    let expected = 0;
    for (const [mask, rows] of a) {
      expect(Math.min(rows, b.get(mask) ?? rows)).toBeGreaterThan(1); // a class of one on both sides would be a certain link
      // Both lists hold the same people: of m common ones in a class a blind pairing gets one right.
      expected += rows / Math.max(rows, b.get(mask) ?? 0);
    }
    expect(expected / COUNT).toBeLessThan(1 / 20);
  });

  it('leave nothing raw in a dump of the store', async () => {
    const dump = await dumpOf(test);
    expect(dump.length).toBeGreaterThan(COUNT * 300);
    expect(countIn(dump, raw)).toBe(0);
    // The search itself finds what is there.
    expect(countIn(`${dump} ${customers[3]!.phone}`, raw)).toBe(1);
  });

  it('trace a stolen row to its campaign, and accuse nobody by a tag alone', async () => {
    const [stolen] = rowsOf(lists.get('vendor-b') ?? '') as [Row];
    const report = await test.bank.evidence.trace(`selling ${stolen.reference} / ${stolen.dialToken}, cheap`);
    expect(report.lists).toMatchObject([{ campaign: 'c-vendor-b', vendor: 'vendor-b', rows: 1 }]);
    const copied = stolen.dialToken.slice(0, 12) + 'A'.repeat(40);
    const forged = await test.bank.evidence.trace(copied);
    expect(forged.lists).toEqual([]);
    expect(forged.rows).toMatchObject([{ proven: false, by: 'tag', campaign: 'c-vendor-b' }]);
    expect(forged.text).toContain('accuses nobody');
  });

  it('lose a customer who withdrew, on the next local day and not before', async () => {
    await test.bank.customers.withdraw(customers[7]!.customer_id, 'marketing.insurance');
    expect(await exportList('c-vendor-a', 'same-day')).toBe(lists.get('vendor-a'));
  });

  it('are refused for a purpose that the policy does not have, and nothing is created', async () => {
    await expect(() => test.bank.campaigns.create({ id: 'c-x', vendor: 'vendor-a', purpose: 'marketing.loans', ...TERMS })).toFailWith(
      'ERR_CAMPAIGN_TERMS',
    );
    expect(await test.bank.campaigns.get('c-x')).toBeUndefined();
  });
});

/** Every value of every table, as text. */
async function dumpOf({ database }: TestBank): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  let dump = '';
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
    dump += rows.map(({ row }) => row).join('\n');
  }
  return dump;
}

function correlation(places: readonly number[]): number {
  const n = places.length;
  const rank = new Map([...places].sort((x, y) => x - y).map((place, i) => [place, i]));
  const distance = places.reduce((sum, place, i) => sum + ((rank.get(place) ?? 0) - i) ** 2, 0);
  return 1 - (6 * distance) / (n * (n * n - 1));
}
