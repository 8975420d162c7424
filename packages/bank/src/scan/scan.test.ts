import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPolicy } from '@numbra/policy';
import { describe, expect, it } from 'vitest';
import { CUSTOMER_COLUMNS, syntheticCustomers } from '../../../../examples/main-job/customers.js';
import { proposePolicy } from './proposal.js';
import { type ScanReport, scanFile, scanRows } from './scan.js';

const UCI = fileURLToPath(new URL('../../../../../shared/data/uci-bank-marketing/bank-full.csv', import.meta.url));

const kindsOf = ({ columns }: ScanReport) => Object.fromEntries(columns.map(({ column, kind }) => [column, kind]));

/** One column of cells. */
const column = async (name: string, cells: readonly string[]) =>
  (await scanRows(cells.map((cell) => ({ cells: { [name]: cell } })))).columns[0]!;

describe('a scan', () => {
  it('tells the columns of a customer file by their values, whatever they are called', async () => {
    const rows = [...syntheticCustomers(2_000)].map((customer) => ({
      cells: Object.fromEntries(CUSTOMER_COLUMNS.map((name, i) => [`c${i} `, customer[name]])),
    }));
    const report = await scanRows(rows);
    const byMeaning = Object.fromEntries(CUSTOMER_COLUMNS.map((name, i) => [name, report.columns[i]!.kind]));
    expect(byMeaning).toMatchObject({
      phone: 'phone',
      resident_id: 'resident-id',
      name: 'name',
      balance: 'number',
      customer_id: 'identifier',
    });
    expect(report.columns.every(({ by }) => by === 'values')).toBe(true);
  });

  it.each([
    ['note', ['call 13800138000', 'soon', 'never mind', 'ask for the manager'], { kind: 'free-text', class: 'C2', release: 'nothing' }],
    ['电话', ['13800138000', '+86 139 1234 5678', '01065529988'], { kind: 'phone', release: 'mask-and-dial' }],
    ['mail', ['a@bank.example', 'b@bank.example'], { kind: 'email', release: 'nothing' }],
    ['card_pin', ['1234', '4321'], { kind: 'secret', class: 'C3', release: 'nothing' }],
    ['d', ['2026-11-25', '2026/1/2', '20261231'], { kind: 'date', release: 'nothing' }],
    ['home', ['浙江省杭州市西湖区文三路1号', '上海市浦东新区世纪大道2号'], { kind: 'address', release: 'nothing' }],
    ['mobile', ['', ''], { kind: 'phone', by: 'name', filled: 0 }],
    ['nothing', ['', ''], { kind: 'empty', class: 'C1', release: 'nothing' }],
    ['answer', Array.from({ length: 100 }, (_, i) => String(i % 2)), { kind: 'category', release: 'nothing' }],
    ['serial', Array.from({ length: 100 }, (_, i) => String(5_000_000 + 7 * i)), { kind: 'identifier', release: 'nothing' }],
    [
      'amount',
      Array.from({ length: 101 }, (_, i) => String(1_000 * i)),
      { kind: 'number', release: 'band', edges: [25_000, 50_000, 75_000] },
    ],
  ])('of a column %s', async (name, cells, expected) => {
    expect(await column(name, cells)).toMatchObject(expected);
  });

  it('shows no value of the file', async () => {
    const report = await scanRows([{ cells: { phone: '13800138000', name: '赵一', id: 'C1' } }]);
    expect(JSON.stringify(report) + proposePolicy(report, { bank: 'demo-bank' })).not.toMatch(/13800138000|赵一|C1/);
  });

  it('proposes a policy that loads, also of names that no policy takes, and releases no field', async () => {
    const report = await scanRows([
      { cells: { 余额: '100', phone: '13800138000', 'a b': 'x' } },
      { cells: { 余额: '900', phone: '13900139000', 'a b': 'y' } },
    ]);
    const policy = loadPolicy(proposePolicy(report, { bank: 'demo-bank' }));
    expect(Object.keys(policy.fields)).toEqual(['column_1', 'phone', 'column_3']);
    expect(policy.bands).toHaveProperty('column_1_band');
    expect(policy.purposes['marketing.insurance.term-life']?.release.bands).toEqual([]);
    expect(() => proposePolicy(report, { bank: 'no name' })).toThrow(expect.objectContaining({ code: 'ERR_BANK_NAME' }));
  });

  it.skipIf(!existsSync(UCI))('of 45,211 real rows (../shared/data)', async () => {
    const report = await scanFile(UCI, { delimiter: ';' });
    expect(report.rows).toBe(45_211);
    expect(kindsOf(report)).toMatchObject({ age: 'number', balance: 'number', job: 'category', default: 'category', y: 'category' });
    expect(loadPolicy(proposePolicy(report, { bank: 'demo-bank' })).bands).toHaveProperty('balance_band');
  });

  it('names the row that is no CSV', async () => {
    await expect(() => scanFile('/nowhere.csv')).toFailWith('ERR_FILE_MISSING');
  });
});
