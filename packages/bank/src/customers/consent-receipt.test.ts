import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';

const KEY = 'marketing.insurance';

describe.each(engines)('consent and do-not-call on %s', (engine) => {
  let test: TestBank;
  let folder: string;
  let now = Date.parse('2026-11-25T08:00:00Z');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-consent-'));
    test = await createTestBank(engine, { clock: () => now });
    await test.bank.customers.import(
      Array.from({ length: 3 }, (_, i) => ({ customerId: `C${i}`, name: '赵一', phone: `1380013800${i}`, consents: [] })),
    );
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true });
  });
  const entries = async () => (await test.database.query<{ n: number }>('SELECT count(*)::integer AS n FROM ledger_pending'))[0]!.n;
  const list = async (text: string | Uint8Array) => {
    const file = join(folder, 'list.csv');
    await writeFile(file, text);
    return file;
  };

  it('is shown to the customer: to what, which text, who gets what, and that it ended', async () => {
    await test.bank.customers.consent(['C0'], KEY, { evidence: 'signed at the counter, form 12', textVersion: '2026-03' });
    const given = await test.bank.customers.consentReceipt('C0');
    expect(given).toMatchObject({
      schema_version: 'ISO/IEC TS 27560:2023',
      pii_principal_id: 'C0',
      pii_processing: { language: 'en', privacy_notice: { [KEY]: '2026-03' } },
      events: [
        { consent: KEY, event_state: 'consent given', event_time: new Date(now).toISOString(), evidence: 'signed at the counter, form 12' },
      ],
    });
    expect(given.pii_processing.purposes).toContainEqual({
      purpose: 'marketing.insurance.term-life',
      lawful_basis: 'consent',
      consent: KEY,
      pii_information: [{ pii_type: 'masked phone' }, { pii_type: 'pseudonymous reference' }],
      recipient_third_parties: ['vendor-a', 'vendor-b'],
      retention_period: 'P90D',
      withdrawal_method: expect.stringContaining('at any time'),
    });
    expect(given.party_identification).toEqual([
      { party_id: 'demo-bank', party_role: 'controller' },
      { party_id: 'vendor-a', party_role: 'recipient' },
      { party_id: 'vendor-b', party_role: 'recipient' },
    ]);
    now += 60_000;
    await test.bank.customers.withdraw('C0', KEY);
    const ended = await test.bank.customers.consentReceipt('C0', { language: 'zh' });
    expect(ended.pii_processing.purposes).toEqual([]);
    expect(ended.events.map(({ event_state }) => event_state)).toEqual(['consent given', 'consent withdrawn']);
  });

  it('shows a withdrawal of what was never given as that, and nothing of a stranger or an erased customer', async () => {
    await test.bank.customers.withdraw('C1', KEY);
    expect((await test.bank.customers.consentReceipt('C1')).events.map(({ event_state }) => event_state)).toEqual(['consent withdrawn']);
    await expect(() => test.bank.customers.consentReceipt('C9')).toFailWith('ERR_CUSTOMER_UNKNOWN');
  });

  it('reads a do-not-call list in any of the encodings, each phone once, and enters who is a customer', async () => {
    const before = await entries();
    const file = await list('name,phone\r\n甲,138 0013 8000\r\n乙,+86 13800138001\r\n丙,13900139000\r\n丁,13800138000\r\n');
    const onProgress = vi.fn();
    const options = { source: 'national-list', onProgress };
    expect(await test.bank.customers.importDoNotCall(file, options)).toEqual({ phones: 3, customers: 2 });
    expect(onProgress).toHaveBeenLastCalledWith(5, 5);
    expect(await entries()).toBe(before + 2);
  });

  it('adds nothing of a list with one phone that is none', async () => {
    const count = () => test.database.query('SELECT count(*)::integer AS n FROM do_not_call');
    const before = [await count(), await entries()];
    await expect(async () =>
      test.bank.customers.importDoNotCall(await list('phone\n13800138002\n12345\n'), { source: 'national-list' }),
    ).toFailWith('ERR_DO_NOT_CALL_PHONE');
    await expect(async () => test.bank.customers.importDoNotCall(await list('number\n13800138002\n'), { source: 'x' })).toFailWith(
      'ERR_CSV_MISSING_COLUMN',
    );
    expect([await count(), await entries()]).toEqual(before);
  });
});
