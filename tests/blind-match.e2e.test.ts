/**
 * Blind matching between a bank and a vendor whose code shares nothing: the bank's over its own POPRF, the vendor's over @noble/curves.
 * On both stores.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MatchExchange } from '@numbra/core/blind';
import { parseEntry } from '@numbra/ledger';
import { generateVendorKey } from '@numbra/vendor-client';
import { createMatchHolder, learnMatches, type MatchHolder } from '@numbra/vendor-client/blind';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank } from './support/banks.js';
import { testCustomers } from './support/customers.js';

const START = Date.parse('2026-11-25T08:00:00Z');
const DAY = 86_400_000;
const PURPOSE = 'marketing.insurance.term-life';
const terms = { purpose: PURPOSE, campaign: 'c-1' };
const customers = testCustomers(320);
const e164 = (phone: string): string => `86${phone}`;
/** Phones of nobody here. */
const strangers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(8_616_600_000_000 + i));
const changed = (message: Uint8Array, at: number): Uint8Array => message.map((byte, i) => (i === at ? byte ^ 1 : byte));

describe.each(engines)('blind matching on %s', (engine) => {
  let test: TestBank;
  let now = START;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra blind match '));
    test = await createTestBank(engine, { clock: () => now });
    // Two customers share a phone.
    await test.bank.customers.import([...customers, { ...customers[5], customerId: 'C900000' }] as typeof customers);
    await test.bank.vendors.add({ id: 'vendor-a', jwks: (await generateVendorKey()).jwks });
    await test.bank.campaigns.create({
      id: 'c-1',
      vendor: 'vendor-a',
      purpose: PURPOSE,
      budgetCalls: 10,
      perCustomer: 1,
      perAgentPerHour: 5,
    });
  });
  beforeEach(() => {
    // Each test in a time of its own: the thirty days of one are over in the next.
    now += 100 * DAY;
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const entries = async () => {
    const rows = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return rows.map(({ body }) => parseEntry(body)).filter(({ type }) => type === 'match.run');
  };
  const onRecord = async () => [await test.bank.matching.list(), await entries(), await test.database.query('SELECT * FROM match_turn')];
  const calling =
    (holder: MatchHolder): MatchExchange =>
    (message) =>
      holder.answer(message);

  describe('where the bank learns', () => {
    const list = [...strangers(40), ...customers.slice(0, 12).map(({ phone }) => e164(phone))];
    const order = { vendor: 'vendor-a', ...terms, by: 'staff-1' };

    it('finds the customers on the vendor’s list, and records counts alone', async () => {
      const holder = createMatchHolder({ ...terms, phones: list });
      const matched = await test.bank.matching.learn({ ...order, exchange: calling(holder) });
      const ids = [...customers.slice(0, 12).map(({ customerId }) => customerId), 'C900000'];
      expect([...matched.customers].sort()).toEqual([...ids].sort());
      // The shared phone was asked for once.
      expect(matched).toMatchObject({ learner: 'bank', asked: 320, listed: 52, matches: 12, campaign: 'c-1', vendor: 'vendor-a' });
      expect(holder).toMatchObject({ state: 'done', asked: 320 });

      const { customers: _, ...run } = matched;
      expect((await test.bank.matching.list())[0]).toEqual(run);
      const entry = (await entries()).at(-1);
      expect(entry).toMatchObject({ match: run.id, learner: 'bank', asked: 320, listed: 52, matches: 12, by: 'staff-1' });
      expect(Object.keys(entry ?? {}).sort()).toEqual(
        ['asked', 'at', 'by', 'campaign', 'learner', 'listed', 'match', 'matches', 'nonce', 'purpose', 'type', 'v', 'vendor'].sort(),
      );
    });

    it('decides whom a campaign leaves out', async () => {
      const exchange = calling(createMatchHolder({ ...terms, phones: list }));
      const matched = await test.bank.matching.learn({ ...order, exchange });
      const limits = { budgetCalls: 10, perCustomer: 1, perAgentPerHour: 5 };
      const campaign = (id: string, except: readonly string[]) => ({
        id,
        vendor: 'vendor-a',
        purpose: PURPOSE,
        ...limits,
        selection: { except },
      });
      await test.bank.campaigns.create(campaign('c-others', matched.customers));
      const exported = await test.bank.campaigns.export('c-others', { file: join(folder, 'list.csv') });
      // 320 and one, less the thirteen customers of the twelve phones.
      expect(exported).toMatchObject({ outcome: 'exported', rows: 308 });
      const numbers = [7] as unknown as string[];
      await expect(() => test.bank.campaigns.create(campaign('c-none', numbers))).toFailWith('ERR_CAMPAIGN_SELECTION');
      expect(await test.bank.campaigns.get('c-none')).toBeUndefined();
    });

    it('carries no phone of either side, and its result goes straight into a do-not-call list', async () => {
      const holder = createMatchHolder({ ...terms, phones: list });
      const sent: Uint8Array[] = [];
      const exchange: MatchExchange = async (message) => {
        const answer = await holder.answer(message);
        sent.push(message, answer);
        return answer;
      };
      const only = customers.slice(8, 20).map(({ customerId }) => customerId);
      const matched = await test.bank.matching.learn({ ...order, customers: only, exchange });
      expect(matched).toMatchObject({ asked: 12, matches: 4 });
      const text = Buffer.concat(sent).toString('latin1');
      for (const { phone } of customers) expect(text.includes(phone)).toBe(false);
      const added = await test.bank.customers.doNotCall({ customerIds: matched.customers, source: 'vendor-list' });
      expect(added).toEqual({ phones: 4, customers: 4 });
    });

    it.each([
      [
        'a proof that does not hold',
        (answer: Uint8Array) => (answer[0] === 20 ? changed(answer, answer.length - 1) : answer),
        'ERR_BLIND_PROOF',
      ],
      ['an answer of another run', (answer: Uint8Array) => (answer[0] === 19 ? changed(answer, 4) : answer), 'ERR_MATCH_TERMS'],
      ['an answer that is cut off', (answer: Uint8Array) => (answer[0] === 17 ? answer.subarray(1) : answer), 'ERR_MATCH_MESSAGE'],
    ])('learns and records nothing after %s', async (_, change, code) => {
      const before = await onRecord();
      const holder = createMatchHolder({ ...terms, phones: list });
      const exchange: MatchExchange = async (message) => change(await holder.answer(message));
      await expect(() => test.bank.matching.learn({ ...order, customers: ['C000001'], exchange })).toFailWith(code);
      expect(await onRecord()).toEqual(before);
    });

    it('refuses an unknown vendor, names that are none, and a list beyond its limit', async () => {
      const before = await onRecord();
      const exchange = calling(createMatchHolder({ ...terms, phones: list }));
      const learn = (change: object) => () => test.bank.matching.learn({ ...order, exchange, ...change });
      await expect(learn({ vendor: 'vendor-z' })).toFailWith('ERR_VENDOR_UNKNOWN');
      await expect(learn({ campaign: 'c\x1f1' })).toFailWith('ERR_MATCHING_TERMS');
      await expect(learn({ by: '13800138000' })).toFailWith('ERR_MATCHING_TERMS');
      await expect(learn({ customers: ['C999999'] })).toFailWith('ERR_MATCH_LIMIT');
      await expect(learn({ mostListed: 51 })).toFailWith('ERR_MATCH_LIMIT');
      expect(await onRecord()).toEqual(before);
    });
  });

  describe('where the vendor learns', () => {
    const phones = [...strangers(6), ...customers.slice(20, 24).map(({ phone }) => e164(phone))];
    const order = { campaign: 'c-1' };
    const approve = async (customersOfList?: readonly string[]): Promise<string> => {
      const list = customersOfList === undefined ? {} : { customers: customersOfList };
      const { id } = await test.bank.matching.request({ ...order, ...list, requestedBy: 'staff-1', reason: 'policy holders of ours' });
      await test.bank.approvals.approve(id, { by: 'staff-2' });
      await test.bank.approvals.approve(id, { by: 'staff-3' });
      return id;
    };
    const learnFrom = async (change: object = {}, list = phones) => {
      const holder = await test.bank.matching.hold({ ...order, by: 'staff-1', ...change });
      return { holder, learned: learnMatches({ ...terms, phones: list, exchange: (message) => holder.answer(message) }) };
    };

    it('tells the vendor which of its phones are customers, once two people approved', async () => {
      const approval = await approve();
      const { holder, learned } = await learnFrom();
      expect(await learned).toMatchObject({ listed: 320, matches: [6, 7, 8, 9] });
      expect(holder.state).toBe('done');
      const [run] = await test.bank.matching.list();
      expect(run).toMatchObject({ learner: 'vendor', asked: 10, listed: 320, vendor: 'vendor-a' });
      expect(run).not.toHaveProperty('matches');
      expect((await entries()).at(-1)).toMatchObject({ match: run?.id, learner: 'vendor', approvals: [approval], by: 'staff-1' });
    });

    it('tells nothing without approval, or with one of another list', async () => {
      const before = await onRecord();
      const refused = await learnFrom();
      await expect(() => refused.learned).toFailWith('ERR_APPROVAL_MISSING');
      expect(refused.holder.state).toBe('over');
      await approve(['C000020', 'C000021']);
      await expect(async () => (await learnFrom()).learned).toFailWith('ERR_APPROVAL_MISSING');
      await expect(async () => (await learnFrom({ customers: ['C000020'] })).learned).toFailWith('ERR_APPROVAL_MISSING');
      expect(await onRecord()).toEqual(before);
      const { learned } = await learnFrom({ customers: ['C000021', 'C000020'] });
      expect(await learned).toMatchObject({ listed: 2, matches: [6, 7] });
    });

    it('answers nothing to what does not wait until the approval is taken', async () => {
      const holder = await test.bank.matching.hold(order);
      let settled: readonly PromiseSettledResult<Uint8Array>[] = [];
      const impatient = async (message: Uint8Array): Promise<Uint8Array> => {
        const first = holder.answer(message);
        const second = Promise.resolve().then(async () => {
          // The commitment was looked at; the store has not answered yet.
          for (let i = 0; i < 10; i++) await Promise.resolve();
          return holder.answer(Uint8Array.of(2, ...message.subarray(1, 18), 0, 0, 0, 0, ...new Uint8Array(32)));
        });
        settled = await Promise.allSettled([first, second]);
        return first;
      };
      const before = await onRecord();
      await expect(() => learnMatches({ ...terms, phones: phones.slice(6, 7), exchange: impatient })).toFailWith('ERR_APPROVAL_MISSING');
      expect(settled).toMatchObject([{ reason: { code: 'ERR_APPROVAL_MISSING' } }, { reason: { code: 'ERR_MATCH_ORDER' } }]);
      expect(holder.state).toBe('over');
      expect(await onRecord()).toEqual(before);
    });

    it('gives one turn in thirty days, also to several runs at once, and keeps the approval of the refused', async () => {
      await approve();
      await approve();
      const runs = await Promise.all([learnFrom(), learnFrom()]);
      const settled = await Promise.allSettled(runs.map(({ learned }) => learned));
      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ERR_MATCHING_TOO_SOON' } });

      const before = await onRecord();
      now += 30 * DAY - 1;
      await approve();
      await expect(async () => (await learnFrom()).learned).toFailWith('ERR_MATCHING_TOO_SOON');
      expect(await onRecord()).toEqual(before);
      now += 1;
      expect(await (await learnFrom()).learned).toMatchObject({ matches: [6, 7, 8, 9] });
    });

    it('refuses a longer list than 50,000, other terms, and a campaign that is none, and uses nothing up', async () => {
      await approve();
      const before = await onRecord();
      const holder = await test.bank.matching.hold(order);
      /** The count of a commitment stands behind kind, version and run. */
      const askingFor = (count: number) => (message: Uint8Array) => {
        const longer = Uint8Array.from(message);
        new DataView(longer.buffer).setUint32(18, count);
        return longer;
      };
      const exchange: MatchExchange = (message) => holder.answer(askingFor(50_001)(message));
      await expect(() => learnMatches({ ...terms, phones, exchange })).toFailWith('ERR_MATCH_LIMIT');
      const other = await test.bank.matching.hold(order);
      const elsewhere = { ...terms, campaign: 'c-2', phones, exchange: (message: Uint8Array) => other.answer(message) };
      await expect(() => learnMatches(elsewhere)).toFailWith('ERR_MATCH_TERMS');
      expect([holder.state, other.state]).toEqual(['over', 'over']);
      await expect(() => test.bank.matching.hold({ campaign: 'c-9' })).toFailWith('ERR_CAMPAIGN_UNKNOWN');
      expect(await onRecord()).toEqual(before);
    });
  });
});
