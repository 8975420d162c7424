import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEntry } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testKeyring } from '../../../../tests/support/banks.js';
import { type TestCustomer, testCustomers } from '../../../../tests/support/customers.js';
import {
  addVendors,
  callRow,
  createCampaign,
  type DeliveredRow,
  exportRows,
  lendGrants,
  RecordingCarrier,
  uncappedPolicy,
} from '../../../../tests/support/lists.js';
import { type Bank, openBank } from '../bank.js';
import type { Calls } from '../calls/index.js';
import type { Database } from '../store/database.js';

const CUSTOMERS = 60;

describe.each(engines)('rotation on %s', (engine) => {
  let test: TestBank;
  let bank: Bank;
  let calls: Calls;
  let folder: string;
  let customers: TestCustomer[];
  const carrier = new RecordingCarrier();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-rotation-'));
    test = await createTestBank(engine, { policy: await uncappedPolicy() });
    bank = test.bank;
    calls = bank.openCalls({ carrier });
    await addVendors(bank);
    customers = testCustomers(CUSTOMERS);
    await bank.customers.import(customers);
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const call = (campaign: string, row: { dialToken: string; reference?: string }) => callRow(bank, calls, campaign, row);
  const members = (campaign: string) =>
    test.database.query<{
      generation: number;
      row_number: number;
      customer: bigint;
      masked_phone: string;
      bands: string | null;
      r5: bigint;
    }>(
      `SELECT generation, row_number, customer, masked_phone, bands, r5, reference_hash, dial_hash, removed_at
         FROM member m JOIN campaign c ON c.number = m.campaign WHERE c.id = $1 ORDER BY generation, row_number`,
      [campaign],
    );
  const secrets = (campaign: string) =>
    test.database.query<{ generation: number; live: boolean }>(
      `SELECT s.generation, s.wrapped IS NOT NULL AS live FROM campaign_secret s JOIN campaign c ON c.number = s.campaign
        WHERE c.id = $1 ORDER BY s.generation`,
      [campaign],
    );
  const entries = async (campaign: string) => {
    const rows = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return rows.map(({ body }) => parseEntry(body)).filter((entry) => 'campaign' in entry && entry.campaign === campaign);
  };
  const remaining = async (campaign: string) => (await bank.campaigns.get(campaign))?.budgetRemaining;
  const rotated = async (id: string): Promise<{ old: readonly DeliveredRow[]; fresh: readonly DeliveredRow[] }> => {
    await createCampaign(bank, id);
    const old = await exportRows(bank, id, folder);
    await bank.campaigns.rotate(id);
    return { old, fresh: await exportRows(bank, id, folder) };
  };
  /** The list's row of the same customer, by its row number, which stays. */
  const pairOf = async (campaign: string, row: DeliveredRow, fresh: readonly DeliveredRow[]): Promise<DeliveredRow> => {
    const traced = (await bank.evidence.trace(row.dialToken)).rows[0]?.rowNumber;
    for (const one of fresh) if ((await bank.evidence.trace(one.dialToken)).rows[0]?.rowNumber === traced) return one;
    throw new Error(`row of ${campaign} is not on the new list`);
  };

  it('keeps members, row numbers and masks, and gives every row new tokens in a new order', async () => {
    const { old, fresh } = await rotated('c-keeps');
    const all = await members('c-keeps');
    const [first, second] = [1, 2].map((generation) => all.filter((one) => one.generation === generation));
    const kept = (rows: typeof all | undefined) =>
      rows?.map(({ row_number, customer, masked_phone, bands }) => [row_number, customer, masked_phone, bands]);
    expect(second).toHaveLength(CUSTOMERS);
    expect(kept(second)).toEqual(kept(first));
    const before = new Set(old.flatMap(({ reference, dialToken }) => [reference, dialToken]));
    for (const { reference, dialToken } of fresh) for (const token of [reference, dialToken]) expect(before.has(token)).toBe(false);
    expect(fresh.map(({ maskedPhone }) => maskedPhone).sort()).toEqual(old.map(({ maskedPhone }) => maskedPhone).sort());
    const bytes = fresh.map(({ reference }) => Buffer.from(reference.slice(4), 'base64url').toString('hex'));
    expect(bytes).toEqual([...bytes].sort());
    expect(second?.map(({ row_number }) => row_number)).toEqual(Array.from({ length: CUSTOMERS }, (_, i) => i + 1));
    const one = fresh[0] as DeliveredRow;
    const rowNumber = (await bank.evidence.trace(one.dialToken)).rows[0]?.rowNumber as number;
    const pair = (await Promise.all(old.map(async (row) => ({ row, found: await bank.evidence.trace(row.dialToken) })))).find(
      ({ found }) => found.rows[0]?.rowNumber === rowNumber,
    );
    const both = await bank.evidence.trace(`${pair?.row.dialToken} ${one.dialToken}`);
    expect(both.rows).toMatchObject([{ proven: true, rowNumber, exports: [expect.any(String), expect.any(String)] }]);
    const [listed] = await test.database.query<{ customer_id: string }>(
      `SELECT u.customer_id FROM customer u JOIN member m ON m.customer = u.id JOIN campaign c ON c.number = m.campaign
        WHERE c.id = 'c-keeps' AND m.row_number = $1 AND m.generation = 2`,
      [rowNumber],
    );
    const listings = await bank.evidence.listings(listed?.customer_id as string);
    expect(listings.filter(({ campaign }) => campaign === 'c-keeps')).toEqual([
      { campaign: 'c-keeps', vendor: 'vendor-a', purpose: 'marketing.insurance.term-life', rowNumber },
    ]);
    // Repeated byte for byte, as every list is.
    expect(await exportRows(bank, 'c-keeps', folder)).toEqual(fresh);
    expect((await entries('c-keeps')).find(({ type }) => type === 'campaign.rotated')).toMatchObject({
      campaign: 'c-keeps',
      generation: 2,
    });
  });

  it('lets tokens of both lists dial the same person, out of one budget and one cap', async () => {
    await createCampaign(bank, 'c-both', { perCustomer: 2, budgetCalls: 10 });
    const old = await exportRows(bank, 'c-both', folder);
    await bank.campaigns.rotate('c-both');
    const fresh = await exportRows(bank, 'c-both', folder);
    const row = old[0] as DeliveredRow;
    const pair = await pairOf('c-both', row, fresh);
    carrier.rung.length = 0;
    expect(await call('c-both', row)).toMatchObject({ outcome: 'called', body: { masked_phone: row.maskedPhone } });
    expect(await call('c-both', pair)).toMatchObject({ outcome: 'called', body: { masked_phone: row.maskedPhone } });
    expect(carrier.rung[0]).toBe(carrier.rung[1]);
    expect(await remaining('c-both')).toBe(8);
    expect(await call('c-both', row)).toRefuse('customer-cap');
    expect(await call('c-both', pair)).toRefuse('customer-cap');
    expect(await remaining('c-both')).toBe(8);
  });

  it('refuses a reference of one list with a token of the other, as it refuses any that do not belong together', async () => {
    const { old, fresh } = await rotated('c-mixed');
    const row = old[0] as DeliveredRow;
    const pair = await pairOf('c-mixed', row, fresh);
    const stranger = old[1] as DeliveredRow;
    const wrong = await call('c-mixed', { dialToken: row.dialToken, reference: stranger.reference });
    expect(wrong).toRefuse('token-invalid');
    expect(await call('c-mixed', { dialToken: row.dialToken, reference: pair.reference })).toEqual(wrong);
    expect(await call('c-mixed', { dialToken: pair.dialToken, reference: row.reference })).toEqual(wrong);
    expect(await call('c-mixed', pair)).toMatchObject({ outcome: 'called' });
  });

  it('refuses tokens of a withdrawn list exactly as forged ones, and goes on with the new list', async () => {
    const { old, fresh } = await rotated('c-withdrawn');
    const [row, other] = old as [DeliveredRow, DeliveredRow];
    expect(await bank.campaigns.withdraw('c-withdrawn')).toEqual({ campaign: 'c-withdrawn', generation: 1, newerDelivered: true });
    expect(await secrets('c-withdrawn')).toEqual([
      { generation: 1, live: false },
      { generation: 2, live: true },
    ]);
    const before = await remaining('c-withdrawn');
    const forged = await call('c-withdrawn', { dialToken: tampered(other.dialToken) });
    expect(forged).toRefuse('token-invalid');
    expect(await call('c-withdrawn', row)).toEqual(forged);
    const known = await bank.calls.refusals({ campaign: 'c-withdrawn', limit: 2 });
    expect(known.slice(0, 2).map(({ vendorCode }) => vendorCode)).toEqual(['token-invalid', 'token-invalid']);
    expect(await remaining('c-withdrawn')).toBe(before);
    expect(await call('c-withdrawn', fresh[0] as DeliveredRow)).toMatchObject({ outcome: 'called' });
    // A process that still holds the key of the old list finds no member of it.
    expect((await entries('c-withdrawn')).find(({ type }) => type === 'list.withdrawn')).toMatchObject({ generation: 1 });
    expect((await bank.evidence.trace(row.dialToken)).rows).toMatchObject([{ proven: true, by: 'hash', campaign: 'c-withdrawn' }]);
  });

  it('refuses tokens of a withdrawn list also where their key is still in memory', async () => {
    const { old } = await rotated('c-cached');
    const deaf = { ...test.database, listen: async () => async () => {} };
    const elsewhere = await openBank({ database: deaf, keyring: testKeyring() });
    const theirs = elsewhere.openCalls({ carrier });
    await call('c-cached', old[2] as DeliveredRow);
    lendGrants(bank, elsewhere);
    expect(await callRow(elsewhere, theirs, 'c-cached', old[0] as DeliveredRow)).toMatchObject({ outcome: 'called' });
    await bank.campaigns.withdraw('c-cached');
    const rung = carrier.rung.length;
    expect(await callRow(elsewhere, theirs, 'c-cached', old[1] as DeliveredRow)).toRefuse('token-invalid');
    expect(carrier.rung).toHaveLength(rung);
    await elsewhere.close();
  });

  it('is heard by other processes: tokens of the new list work there at once', async () => {
    await createCampaign(bank, 'c-heard');
    const [row] = (await exportRows(bank, 'c-heard', folder)) as [DeliveredRow];
    let tell = () => {};
    const heard = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const hearing: Database = {
      ...test.database,
      listen: (channel, handler) =>
        test.database.listen(channel, (payload) => {
          handler(payload);
          if (payload === 'c-heard') tell();
        }),
    };
    const elsewhere = await openBank({ database: hearing, keyring: testKeyring() });
    const theirs = elsewhere.openCalls({ carrier });
    await call('c-heard', row);
    lendGrants(bank, elsewhere);
    expect(await callRow(elsewhere, theirs, 'c-heard', row)).toMatchObject({ outcome: 'called' });
    await bank.campaigns.rotate('c-heard');
    await heard;
    const [fresh] = (await exportRows(bank, 'c-heard', folder)) as [DeliveredRow];
    expect(await callRow(elsewhere, theirs, 'c-heard', fresh)).toMatchObject({ outcome: 'called' });
    await elsewhere.close();
  });

  it('has at most two lists, and one at least', async () => {
    await rotated('c-two');
    const before = await secrets('c-two');
    await expect(() => bank.campaigns.rotate('c-two')).toFailWith('ERR_ROTATE_TWO_LISTS');
    expect(await secrets('c-two')).toEqual(before);
    await bank.campaigns.withdraw('c-two');
    await expect(() => bank.campaigns.withdraw('c-two')).toFailWith('ERR_WITHDRAW_ONE_LIST');
    expect(await bank.campaigns.rotate('c-two')).toMatchObject({ generation: 3, members: CUSTOMERS });
    expect(await bank.campaigns.withdraw('c-two')).toMatchObject({ generation: 2, newerDelivered: false });
    expect((await secrets('c-two')).map(({ live }) => live)).toEqual([false, false, true]);
  });

  it('of 8 at once happens once', async () => {
    await createCampaign(bank, 'c-race');
    await exportRows(bank, 'c-race', folder);
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => bank.campaigns.rotate('c-race')));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await secrets('c-race')).toHaveLength(2);
    expect(await members('c-race')).toHaveLength(2 * CUSTOMERS);
  });

  it('is refused without a list, for a campaign that ended, and for none; nothing changes', async () => {
    await createCampaign(bank, 'c-empty');
    await expect(() => bank.campaigns.rotate('c-empty')).toFailWith('ERR_ROTATE_NO_LIST');
    await bank.campaigns.close('c-empty');
    await expect(() => bank.campaigns.rotate('c-empty')).toFailWith('ERR_CAMPAIGN_NOT_OPEN');
    expect(await secrets('c-empty')).toEqual([{ generation: 1, live: true }]);
    await expect(() => bank.campaigns.rotate('c-none')).toFailWith('ERR_CAMPAIGN_UNKNOWN');
    await expect(() => bank.campaigns.withdraw('c-none')).toFailWith('ERR_CAMPAIGN_UNKNOWN');
  });

  it('does not bring back who has another phone, or was erased', async () => {
    const people = testCustomers(3, 'people who move').map((one, i) => ({ ...one, customerId: `M${i}`, phone: `1770000000${i}` }));
    await bank.customers.import(people);
    const ids = [...people, ...customers.slice(0, 40)].map(({ customerId }) => customerId);
    await createCampaign(bank, 'c-moved', { selection: { customers: ids } });
    await exportRows(bank, 'c-moved', folder);
    await bank.customers.import([{ ...(people[0] as TestCustomer), phone: '17700000099' }]);
    await bank.customers.erase('M1');
    expect(await bank.campaigns.rotate('c-moved')).toMatchObject({ members: 41, removed: 2 });
    expect(await exportRows(bank, 'c-moved', folder)).toHaveLength(41);
    const [{ left } = {}] = await test.database.query<{ left?: number }>(
      `SELECT count(*)::integer AS left FROM member m JOIN campaign c ON c.number = m.campaign
        WHERE c.id = 'c-moved' AND m.generation = 1 AND m.removed_at IS NOT NULL`,
    );
    expect(left).toBe(2);
  });
});

/** The last but fifth character changed: well formed, and forged. */
function tampered(token: string): string {
  const at = token.length - 5;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}
