import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEntry } from '@numbra/ledger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testPolicy } from '../../../../tests/support/banks.js';
import { addVendors, createCampaign, exportRows } from '../../../../tests/support/lists.js';
import type { LookupOrder } from './look-up.js';

const START = Date.parse('2026-11-25T08:00:00Z');
const DAY_MS = 86_400_000;

const DESK = `
  service.desk:
    legal_basis: contract
    recipients: [desk]
    release:
      lookup: { fields: [name], endings: [phone, account, balance], per_day: 3 }
  service.investigation:
    legal_basis: legal-obligation
    recipients: [fraud]
    release: { open: true }
`;

async function policyOf(people: number): Promise<string> {
  const fields = (await testPolicy()).replaceAll(/(phone|account): \{ class: C3 \}/g, '$1: { class: C2 }');
  const approvals = `approvals: { open: { people: ${people} }, policy: { people: ${people} } }`;
  return fields.replace('refusals:', `${DESK.slice(1)}${approvals}\nrefusals:`);
}

describe.each(engines)('look-ups on %s', (engine) => {
  let test: TestBank;
  let now = START;
  beforeAll(async () => {
    test = await createTestBank(engine, { clock: () => now, policy: await policyOf(2) });
    await test.bank.customers.import(
      Array.from({ length: 12 }, (_, i) => ({
        customerId: `C${i}`,
        name: '赵一',
        phone: `138001380${String(i).padStart(2, '0')}`,
        account: '6228480402564890018',
        attributes: { balance: 61_200.5 },
        consents: ['marketing.insurance'],
      })),
    );
  });
  beforeEach(() => {
    now += DAY_MS;
  });
  afterAll(() => test.drop());

  const order = (change: Partial<LookupOrder> = {}): LookupOrder => ({
    customerId: 'C1',
    desk: 'desk',
    purpose: 'service.desk',
    person: 'staff-1',
    reason: 'card-lost',
    ...change,
  });
  const rows = () => test.database.query<{ person: string; code: string | null }>('SELECT person, code FROM lookup ORDER BY at, id');
  const entries = async (type: string) => {
    const found = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return found.map(({ body }) => parseEntry(body)).filter((entry) => entry.type === type);
  };

  it('show what the purpose allows, endings where the whole is not needed, and nothing else', async () => {
    expect(await test.bank.lookups.show(order())).toEqual({
      outcome: 'shown',
      lookup: expect.stringMatching(/^lookup_/),
      fields: { name: '赵一', phone: '…8001', account: '…0018', balance: '…' },
      left: 2,
    });
    expect(await test.bank.lookups.show(order({ fields: ['phone'] }))).toMatchObject({ fields: { phone: '…8001' }, left: 1 });
    expect((await entries('lookup')).slice(-2)).toMatchObject([
      { purpose: 'service.desk', reason: 'card-lost', by: 'staff-1' },
      { purpose: 'service.desk', reason: 'card-lost', by: 'staff-1' },
    ]);
  });

  it.each<[string, Partial<LookupOrder>, string]>([
    ['a field that is not released', { fields: ['name', 'resident_id'] }, 'field-not-allowed'],
    ['a field that there is not', { fields: ['__proto__'] }, 'field-not-allowed'],
    ['another purpose', { purpose: 'marketing.insurance.term-life' }, 'recipient-not-allowed'],
    ['a purpose that there is not', { purpose: 'constructor' }, 'purpose-not-allowed'],
    ['another desk', { desk: 'fraud' }, 'recipient-not-allowed'],
    ['a purpose that shows nothing', { purpose: 'service.investigation', desk: 'fraud' }, 'action-not-allowed'],
    ['nobody', { customerId: 'C999' }, 'customer-unknown'],
  ])('refuse %s, keep the try, and take nothing of the budget', async (_name, change, code) => {
    const before = await rows();
    const tried = (await entries('lookup')).length;
    expect(await test.bank.lookups.show(order(change))).toMatchObject({ outcome: 'refused', code });
    expect((await rows()).length).toBe(before.length + 1);
    // Only what is about a customer can stand on a receipt.
    expect((await entries('lookup')).slice(tried)).toMatchObject(code === 'customer-unknown' ? [] : [{ refused: code }]);
    expect(await test.bank.lookups.show(order())).toMatchObject({ outcome: 'shown', left: 2 });
  });

  it.each([
    ['a reason in words', { reason: 'Lost the card' }, 'ERR_LOOKUP_REASON'],
    ['a number for a reason', { reason: 'a13800138000' }, 'ERR_LOOKUP_REASON'],
    ['no reason', { reason: '' }, 'ERR_LOOKUP_REASON'],
    ['a phone for a person', { person: '13800138000' }, 'ERR_APPROVAL_PERSON'],
  ])('are not even begun with %s', async (_name, change, code) => {
    const before = await rows();
    await expect(() => test.bank.lookups.show(order(change))).toFailWith(code);
    expect(await rows()).toEqual(before);
  });

  it('hold a person’s day exactly under 64 at once, and begin anew the next day', async () => {
    const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => test.bank.lookups.show(order({ customerId: `C${i % 8}` }))));
    expect(answers.filter(({ outcome }) => outcome === 'shown')).toHaveLength(3);
    expect(new Set(answers.flatMap((one) => (one.outcome === 'refused' ? [one.code] : [])))).toEqual(new Set(['budget-used']));
    expect(await test.bank.lookups.show(order({ person: 'staff-2' }))).toMatchObject({ outcome: 'shown', left: 2 });
    now += DAY_MS;
    expect(await test.bank.lookups.show(order())).toMatchObject({ outcome: 'shown', left: 2 });
  });

  it('show nothing of a customer who was erased', async () => {
    await test.bank.customers.erase('C9');
    expect(await test.bank.lookups.show(order({ customerId: 'C9' }))).toMatchObject({ outcome: 'refused', code: 'customer-erased' });
  });

  it('stand on the customer’s receipt: who, for what, and why', async () => {
    await test.bank.lookups.show(order({ customerId: 'C7', person: 'staff-7' }));
    await test.bank.lookups.show(order({ customerId: 'C7', person: 'staff-7', fields: ['resident_id'] }));
    const { uses } = JSON.parse(await test.bank.evidence.receipt('C7')) as { uses: readonly { readonly entry?: string }[] };
    const seen = uses.flatMap((use) => (use.entry === undefined ? [] : [parseEntry(use.entry)])).filter(({ type }) => type === 'lookup');
    expect(seen.slice(-2)).toMatchObject([
      { by: 'staff-7', purpose: 'service.desk', reason: 'card-lost' },
      { by: 'staff-7', refused: 'field-not-allowed' },
    ]);
  });

  describe('opening a token', () => {
    let token: string;
    let dialToken: string;
    beforeAll(async () => {
      await addVendors(test.bank);
      await createCampaign(test.bank, 'c-open');
      const folder = await mkdtemp(join(tmpdir(), 'numbra-open-'));
      const [row] = await exportRows(test.bank, 'c-open', folder);
      await rm(folder, { recursive: true });
      token = row!.reference;
      dialToken = row!.dialToken;
    });
    const opening = (change = {}) => ({
      token,
      desk: 'fraud',
      purpose: 'service.investigation',
      person: 'staff-1',
      reason: 'leak',
      ...change,
    });

    it('takes two others, for exactly this token, person and purpose, once', async () => {
      await expect(() => test.bank.lookups.open(opening())).toFailWith('ERR_APPROVAL_MISSING');
      const { id } = await test.bank.lookups.requestOpening(opening(), 'a row was for sale');
      await test.bank.approvals.approve(id, { by: 'staff-2' });
      await expect(() => test.bank.lookups.open(opening())).toFailWith('ERR_APPROVAL_MISSING');
      await test.bank.approvals.approve(id, { by: 'staff-3' });
      await expect(() => test.bank.lookups.open(opening({ token: dialToken }))).toFailWith('ERR_APPROVAL_MISSING');
      await expect(() => test.bank.lookups.open(opening({ person: 'staff-4' }))).toFailWith('ERR_APPROVAL_MISSING');
      const opened = await test.bank.lookups.open(opening());
      expect(opened).toMatchObject({ outcome: 'opened', campaign: 'c-open', vendor: 'vendor-a', rowNumber: 1 });
      await expect(() => test.bank.lookups.open(opening())).toFailWith('ERR_APPROVAL_MISSING');
      expect((await entries('reference.opened')).at(-1)).toMatchObject({
        campaign: 'c-open',
        by: 'staff-1',
        reason: 'leak',
        approvals: [id],
      });
      const listings = await test.bank.evidence.listings((opened as { customerId: string }).customerId);
      expect(listings).toMatchObject([{ campaign: 'c-open', rowNumber: 1 }]);
    });

    it('is refused for a purpose without it, before any approval is used', async () => {
      expect(await test.bank.lookups.open(opening({ desk: 'desk', purpose: 'service.desk' }))).toMatchObject({
        outcome: 'refused',
        code: 'action-not-allowed',
      });
    });

    it('tells of a token on no list only who was approved to ask', async () => {
      const stranger = opening({ token: `${token.slice(0, -4)}AAAA` });
      await expect(() => test.bank.lookups.open(stranger)).toFailWith('ERR_APPROVAL_MISSING');
      const { id } = await test.bank.lookups.requestOpening(stranger, 'a row was for sale');
      for (const by of ['staff-2', 'staff-3']) await test.bank.approvals.approve(id, { by });
      expect(await test.bank.lookups.open(stranger)).toMatchObject({ outcome: 'refused', code: 'token-unlisted' });
    });
  });

  describe('changing the policy', () => {
    it('takes two people where the policy in force says so, and that policy says when it does not', async () => {
      const next = (await policyOf(0)).replace('campaign: 2, purpose', 'campaign: 1, purpose');
      const { digest } = test.bank.policies.current();
      await expect(() => test.bank.policies.adopt(next)).toFailWith('ERR_APPROVAL_MISSING');
      expect(test.bank.policies.current().digest).toBe(digest);
      const { id } = await test.bank.policies.requestAdoption(next, { by: 'staff-1', why: 'one call is enough' });
      for (const by of ['staff-2', 'staff-3']) await test.bank.approvals.approve(id, { by });
      await expect(async () => test.bank.policies.adopt(await policyOf(1))).toFailWith('ERR_APPROVAL_MISSING');
      const adopted = await test.bank.policies.adopt(next, { by: 'staff-1' });
      expect(adopted.digest).not.toBe(digest);
      expect((await entries('policy.adopted')).at(-1)).toMatchObject({ policy: adopted.digest, by: 'staff-1', approvals: [id] });
      // The new one wants nobody.
      await test.bank.policies.adopt(await policyOf(2));
    });
  });
});
