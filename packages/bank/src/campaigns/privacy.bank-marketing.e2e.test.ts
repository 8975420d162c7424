import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, type TestBank, testPolicy } from '../../../../tests/support/banks.js';
import { addVendors, createCampaign } from '../../../../tests/support/lists.js';
import type { Exported } from './export.js';

const data = fileURLToPath(new URL('../../../../../shared/data/uci-bank-marketing/bank-full.csv', import.meta.url));

async function policy(): Promise<string> {
  return (await testPolicy())
    .replace('  balance: { class: C2 }\n', '  balance: { class: C2 }\n  age: { class: C2 }\n')
    .replace(
      'purposes:\n',
      `bands:
  age_band: { field: age, edges: [30, 40, 50, 60, 70, 80], k: 20, l: 3 }
  balance_band: { field: balance, edges: [0, 500, 2000, 10000], k: 20, l: 3 }
purposes:
`,
    )
    .replace(
      'refusals:',
      `  marketing.insurance.cards:
    consent: marketing.insurance
    legal_basis: consent
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 }, bands: [age_band, balance_band] }
    recipients: [vendor-a, vendor-b]
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
    caps: { per_customer: { campaign: 9 }, per_agent_per_hour: 40, concurrent: 50 }
    padding: 0.1
refusals:`,
    );
}

/** Rows by class, counted on the file: sorted, in runs. The product counts in a map, before there is a file. */
const runsOf = (shown: readonly string[]): number[] => {
  const sorted = [...shown].sort();
  const starts = sorted.flatMap((own, i) => (own === sorted[i - 1] ? [] : [i]));
  return starts.map((start, i) => (starts[i + 1] ?? sorted.length) - start);
};

// Moro, Laureano, Cortez 2011: age and balance of 45,211 real customers. The data has no phones: they are drawn by a fixed generator.
describe.skipIf(!existsSync(data))('an export of 45,211 real customers (UCI bank marketing)', () => {
  let test: TestBank;
  let folder: string;
  let people: { customerId: string; phone: string; age: number; balance: number }[];
  const shownOf = async (file: string) =>
    (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').slice(2));
  const exportTo = async (id: string): Promise<Exported> => {
    const result = await test.bank.campaigns.export(id, { file: join(folder, `${id}.csv`) });
    if (result.outcome !== 'exported') throw new Error(`refused: ${result.code}`);
    return result;
  };

  beforeAll(async () => {
    let state = 5;
    const digits = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return String(Math.floor((state / 2 ** 32) * 1e8)).padStart(8, '0');
    };
    people = readFileSync(data, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line, i) => {
        const [age = '', , , , , balance = ''] = line.split(';');
        return { customerId: `M${i}`, phone: `13${i % 10}${digits()}`, age: Number(age), balance: Number(balance) };
      });
    folder = await mkdtemp(join(tmpdir(), 'numbra-marketing-'));
    test = await createTestBank('pglite', { policy: await policy() });
    await addVendors(test.bank);
    await test.bank.customers.import(
      people.map(({ age, balance, ...person }) => ({
        ...person,
        attributes: { age, balance },
        consents: ['marketing.insurance'],
      })),
    );
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps k and l of what is seen, as counted on the file by a second way, and says what that cost', async () => {
    await createCampaign(test.bank, 'c-rich', {
      purpose: 'marketing.insurance.cards',
      selection: { where: [{ attribute: 'balance', op: '>=', value: 500 }] },
    });
    const made = await exportTo('c-rich');
    const rows = await shownOf(made.file);
    const runs = runsOf(rows.map((cells) => cells.join(',')));
    const { measures } = made;
    expect(rows.length).toBe(made.rows);
    expect(measures.k).toEqual({ required: 20, smallest: Math.min(...runs), classes: runs.length });
    expect(measures.k.smallest).toBeGreaterThanOrEqual(20);
    expect(measures.l.smallest).toBeGreaterThanOrEqual(3);
    // At the most that the policy allows, thousands would have stood in small classes.
    expect(measures.asked.below).toBeGreaterThan(1_000);
    expect(measures.cost.digits).toBeGreaterThan(0);
    expect(measures.cost.suppressedRows).toBeLessThanOrEqual(0.02 * measures.asked.rows);
    // One in ten is from outside: 90 % certain, and no more, that somebody listed has 500 and above.
    const rich = people.filter(({ balance }) => balance >= 500).length;
    expect(measures.presence.padding / made.rows).toBeGreaterThanOrEqual(0.1);
    expect(measures.presence.criterion).toBeLessThanOrEqual(0.9);
    expect(made.rows - measures.presence.padding).toBeLessThanOrEqual(rich);
    expect(measures.presence.population).toBe(people.length);
  });

  it('shows the second vendor nothing by which the lists join, where the common mask would join nearly all', async () => {
    await createCampaign(test.bank, 'c-other', { vendor: 'vendor-b', purpose: 'marketing.insurance.cards' });
    const other = await exportTo('c-other');
    const [first, second] = [await shownOf(join(folder, 'c-rich.csv')), await shownOf(other.file)];
    const [{ recipient, union } = { recipient: '', union: { expected: 1, certain: 1, common: 0 } }] = other.measures.linkability;
    expect(recipient).toBe('vendor-a');
    expect(union.certain).toBe(0);
    expect(union.expected).toBeLessThanOrEqual(1 / 20);
    expect(union.common).toBeGreaterThan(10_000);
    // A guess within a class is right once in the size of the larger list's, and what both show is no finer than either.
    const smallest = (rows: readonly (readonly string[])[]) => Math.min(...runsOf(rows.map((cells) => cells.join(','))));
    expect(union.expected).toBeGreaterThan(0);
    expect(union.expected).toBeLessThanOrEqual(1 / Math.max(smallest(first), smallest(second)));
    const seven = people.map(({ phone }) => phone.slice(0, 3) + phone.slice(-4));
    const alone = runsOf(seven).filter((rows) => rows === 1).length / seven.length;
    expect(other.measures.commonMask.unique).toBeCloseTo(alone, 2);
    expect(alone).toBeGreaterThan(0.6);
  });
});
