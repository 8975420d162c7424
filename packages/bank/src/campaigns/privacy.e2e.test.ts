import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEntry } from '@numbra/ledger';
import { loadPolicy } from '@numbra/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testPolicy } from '../../../../tests/support/banks.js';
import { type TestCustomer, testCustomers } from '../../../../tests/support/customers.js';
import { addVendors, callRow, createCampaign, RecordingCarrier } from '../../../../tests/support/lists.js';
import type { Bank } from '../bank.js';
import type { Calls } from '../calls/index.js';
import { readDeliveredLists } from './delivered-lists.js';
import type { Exported } from './export.js';

const DAY_MS = 86_400_000;
const CUSTOMERS = 1_500;
const START = Date.parse('2026-11-25T08:00:00Z');
const DAYS = 3;

/** The tests' policy with a band, a date, and a purpose whose lists are padded and paced. */
async function privatePolicy(): Promise<string> {
  return `${(await testPolicy()).replace(/^approvals:.*\n/m, '')}approvals: { policy: { people: 0 } }\n`
    .replace('  balance: { class: C2 }\n', '  balance: { class: C2 }\n  age: { class: C2 }\n  matures_on: { class: C2, kind: date }\n')
    .replace('purposes:\n', 'bands:\n  age_band: { field: age, edges: [30, 40, 50, 60], k: 20, l: 3 }\npurposes:\n')
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
  marketing.insurance.savings:
    consent: marketing.insurance
    legal_basis: consent
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 } }
    recipients: [vendor-a, vendor-b]
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
    caps: { per_customer: { campaign: 9 }, per_agent_per_hour: 40, concurrent: 50 }
    pacing: { days: ${DAYS} }
    padding: 0.1
refusals:`,
    )
    .replace('acknowledge: none', `acknowledge: none\nselection: { date_pacing_days: ${DAYS} }`);
}

describe.each(engines)('privacy of exports on %s', (engine) => {
  let test: TestBank;
  let bank: Bank;
  let calls: Calls;
  let folder: string;
  let now = START;
  let customers: (TestCustomer & { attributes: { balance: number; age: number; matures_on: string } })[];
  const carrier = new RecordingCarrier();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-privacy-'));
    test = await createTestBank(engine, { clock: () => now, policy: await privatePolicy() });
    bank = test.bank;
    calls = bank.openCalls({ carrier });
    await addVendors(bank);
    customers = testCustomers(CUSTOMERS).map((customer, i) => ({
      ...customer,
      // Three are older than everybody else.
      attributes: {
        ...customer.attributes,
        age: i < 3 ? 90 : 20 + (i % 35),
        matures_on: `2026-12-${String(1 + (i % 28)).padStart(2, '0')}`,
      },
    }));
    await bank.customers.import(customers);
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true, force: true });
  });

  let files = 0;
  const exportTo = async (id: string): Promise<Exported & { text: string; lines: string[] }> => {
    files += 1;
    const result = await bank.campaigns.export(id, { file: join(folder, `${files}.csv`) });
    if (result.outcome !== 'exported') throw new Error(`refused: ${result.code}`);
    const text = await readFile(result.file, 'utf8');
    return { ...result, text, lines: text.trimEnd().split('\n').slice(1) };
  };
  const listedCustomers = (campaign: string) =>
    test.database.query<{ customer_id: string; row_number: number; waits: boolean }>(
      `SELECT u.customer_id, m.row_number, m.waits FROM campaign c
         JOIN (SELECT campaign, row_number, customer, false AS waits FROM member
               UNION SELECT campaign, row_number, customer, true FROM waiting_member) m ON m.campaign = c.number
         JOIN customer u ON u.id = m.customer WHERE c.id = $1 ORDER BY m.row_number`,
      [campaign],
    );
  /** Rows by class, counted on the delivered lines by a second way: sorted, in runs. */
  const runsOf = (lines: readonly string[]): number[] => {
    const shown = lines.map((line) => line.split(',').slice(2).join(',')).sort();
    const starts = shown.flatMap((own, i) => (own === shown[i - 1] ? [] : [i]));
    return starts.map((start, i) => (starts[i + 1] ?? shown.length) - start);
  };

  describe('a list with bands', () => {
    it('gives up digits first, then leaves few rows out, keeps k and l, and says what that cost', async () => {
      await createCampaign(bank, 'c-bands', { purpose: 'marketing.insurance.cards' });
      const { lines, measures, suppressed, rows } = await exportTo('c-bands');
      const runs = runsOf(lines);
      expect(Math.min(...runs)).toBe(measures.k.smallest);
      expect(measures.k).toMatchObject({ required: 20, classes: runs.length });
      expect(measures.k.smallest).toBeGreaterThanOrEqual(20);
      expect(measures.l).toMatchObject({ required: 3, shared: 0 });
      expect(measures.l.smallest).toBeGreaterThanOrEqual(3);
      // The three old ones are left out, and their band with them; nobody else is.
      expect(suppressed).toBe(3);
      expect(rows).toBe(CUSTOMERS - 3);
      expect(new Set(lines.map((line) => line.split(',')[3]))).toEqual(new Set(['<30', '30-40', '40-50', '50-60']));
      expect(measures).toMatchObject({
        bands: ['age_band'],
        cost: { digits: 2 - measures.digits, bands: { age_band: 0 }, suppressedRows: 3 },
      });
      expect(measures.asked.below).toBeGreaterThan(0);
      expect(measures.asked.smallest).toBeLessThan(20);
    });

    it('merges neighbours where rows are too few for its labels, and drops the band where even that is too much', async () => {
      const ids = (count: number) => customers.slice(10, 10 + count).map(({ customerId }) => customerId);
      await createCampaign(bank, 'c-merged', { purpose: 'marketing.insurance.cards', selection: { customers: ids(64) } });
      const merged = await exportTo('c-merged');
      expect(merged.measures.digits).toBe(0);
      expect(merged.measures.cost.bands['age_band']).toBeGreaterThan(0);
      expect(merged.measures.cost.bands['age_band']).toBeLessThan(1);
      expect(Math.min(...runsOf(merged.lines))).toBeGreaterThanOrEqual(20);
      expect([...new Set(merged.lines.map((line) => line.split(',')[3]))].sort()).toEqual(['40-60', '<40']);
      await createCampaign(bank, 'c-few', { purpose: 'marketing.insurance.cards', selection: { customers: ids(12) } });
      const few = await exportTo('c-few');
      expect(few.measures).toMatchObject({ digits: 0, bands: [], cost: { digits: 2, bands: { age_band: 1 }, loss: 1 } });
      expect(few.text.split('\n')[0]).toBe('reference,dial_token,masked_phone');
      expect((await bank.campaigns.readList({ campaign: 'c-merged', vendor: 'vendor-a' })) as object).toMatchObject({
        outcome: 'page',
        rows: expect.arrayContaining([expect.arrayContaining(['<40'])]),
      });
    });
  });

  describe('two lists that show one band at different widths', () => {
    it('are measured as whoever joins them would: the finer labels read as the coarser', async () => {
      const ids = customers.slice(10, 74).map(({ customerId }) => customerId);
      const both = { purpose: 'marketing.insurance.cards', selection: { customers: ids } };
      const coarse = await exportTo('c-merged');
      await createCampaign(bank, 'c-fine', { ...both, vendor: 'vendor-b', selection: {} });
      const fine = await exportTo('c-fine');
      expect(coarse.measures.bands).toEqual(fine.measures.bands);
      const union = fine.measures.linkability.find(({ recipient }) => recipient === 'vendor-a')?.worst;
      expect(union?.common).toBeGreaterThanOrEqual(coarse.rows);
      // By hand, on the two files: a customer is found among those whose finer label is part of the coarser one.
      const cut = (label: string) => (label === '<30' || label === '30-40' ? '<40' : '40-60');
      const [a, b] = [coarse.lines, fine.lines].map((lines) => lines.map((line) => line.split(',')[3] as string));
      for (const label of new Set(a)) expect((b ?? []).map(cut)).toContain(label);
    });
  });

  describe('a padded list', () => {
    it('holds the policy’s share of customers from outside the criterion, the same ones every time, and says how sure being listed makes one', async () => {
      const rich = customers.filter(({ attributes }) => attributes.balance >= 100_000);
      const selection = { where: [{ attribute: 'balance', op: '>=', value: 100_000 } as const] };
      await createCampaign(bank, 'c-padded', { purpose: 'marketing.insurance.cards', selection });
      const padded = await exportTo('c-padded');
      const ids = new Set((await listedCustomers('c-padded')).map(({ customer_id }) => customer_id));
      const outside = [...ids].filter((id) => !rich.some(({ customerId }) => customerId === id));
      expect(padded.measures.presence).toMatchObject({ population: CUSTOMERS, padding: outside.length });
      expect(outside.length / ids.size).toBeCloseTo(0.2, 1);
      expect(padded.measures.presence.criterion).toBeCloseTo(1 - outside.length / ids.size, 12);
      expect(padded.measures.presence.most).toBeLessThan(1);
      expect(padded.measures.presence.certain).toBe(0);
      // The three who were left out of every list with bands.
      expect(padded.measures.presence.least).toBe(0);
      // Who is drawn depends on the campaign, and on nothing that another process would not know again.
      await createCampaign(bank, 'c-padded-2', { purpose: 'marketing.insurance.cards', selection });
      await exportTo('c-padded-2');
      const other = (await listedCustomers('c-padded-2')).map(({ customer_id }) => customer_id);
      expect(other.filter((id) => outside.includes(id)).length).toBeLessThan(outside.length);
    });

    it('shows no band of what selected the customers: it would tell padding from the others', async () => {
      const selection = { where: [{ attribute: 'age', op: '>=', value: 40 } as const] };
      await createCampaign(bank, 'c-by-age', { purpose: 'marketing.insurance.cards', selection });
      const padded = await exportTo('c-by-age');
      expect(padded.text.split('\n')[0]).toBe('reference,dial_token,masked_phone');
      expect(padded.measures).toMatchObject({ bands: [], cost: { bands: { age_band: 1 } } });
      expect(padded.measures.presence.criterionAtMost).toBeLessThan(1);
    });

    it('pads a list of named customers from the others, never from those left out by name', async () => {
      const named = customers.slice(100, 180).map(({ customerId }) => customerId);
      const except = customers.slice(180, 1_460).map(({ customerId }) => customerId);
      await createCampaign(bank, 'c-named', { purpose: 'marketing.insurance.cards', selection: { customers: named, except } });
      await exportTo('c-named');
      const ids = (await listedCustomers('c-named')).map(({ customer_id }) => customer_id);
      const added = ids.filter((id) => !named.includes(id));
      expect(added.length).toBe(20);
      expect(added.some((id) => except.includes(id))).toBe(false);
    });
  });

  describe('a list with too few customers outside its criterion', () => {
    it('leaves out at random whom the policy’s share could not hide, and says how many', async () => {
      const [others, named] = [customers.slice(0, 10), customers.slice(10, 210)];
      const except = customers.slice(210).map(({ customerId }) => customerId);
      const selection = { customers: named.map(({ customerId }) => customerId), except };
      await createCampaign(bank, 'c-short', { purpose: 'marketing.insurance.cards', selection });
      const short = await exportTo('c-short');
      const ids = (await listedCustomers('c-short')).map(({ customer_id }) => customer_id);
      const outside = ids.filter((id) => others.some(({ customerId }) => customerId === id));
      expect(outside.length / ids.length).toBeGreaterThanOrEqual(0.2);
      expect(short.measures.presence).toMatchObject({ padding: outside.length, unpadded: 160 });
      expect(short.measures.presence.criterion).toBeLessThanOrEqual(0.8);
    });

    it('is refused where there is nobody to hide among, and needs nobody where being listed says nothing', async () => {
      const selection = { customers: customers.slice(0, 200).map(({ customerId }) => customerId) };
      const except = customers.slice(200).map(({ customerId }) => customerId);
      await createCampaign(bank, 'c-alone', { purpose: 'marketing.insurance.cards', selection: { ...selection, except } });
      const before = await readdir(folder);
      expect(await bank.campaigns.export('c-alone', { file: join(folder, 'alone.csv') })).toRefuse('padding');
      expect(await readdir(folder)).toEqual(before);
      expect(await listedCustomers('c-alone')).toEqual([]);
      await createCampaign(bank, 'c-everybody', { purpose: 'marketing.insurance.cards' });
      expect((await exportTo('c-everybody')).measures.presence).toMatchObject({ padding: 0, unpadded: 0 });
    });
  });

  describe('what every recipient was shown', () => {
    it('is read without those who are not counted, waiting ones too', async () => {
      const policy = loadPolicy(await privatePolicy());
      const lists = await readDeliveredLists(test.database, policy, new Set());
      const all = lists.flatMap((recipient) => recipient.lists.flatMap(({ rows }) => rows.map(({ customer }) => Number(customer))));
      const uncounted = new Set(all.filter((_, i) => i % 7 === 0));
      const rest = (await readDeliveredLists(test.database, policy, uncounted)).flatMap((recipient) =>
        recipient.lists.flatMap(({ rows }) => rows.map(({ customer }) => Number(customer))),
      );
      expect(uncounted.size).toBeGreaterThan(10);
      expect(rest).toEqual(all.filter((customer) => !uncounted.has(customer)));
    });
  });

  describe('a paced list', () => {
    const selection = { where: [{ attribute: 'matures_on', op: '<', value: '2026-12-15' } as const] };

    it('comes in daily batches of equal size that follow neither the date nor the order, and repeats byte for byte between them', async () => {
      now = START;
      await createCampaign(bank, 'c-paced', { purpose: 'marketing.insurance.savings', selection });
      const first = await exportTo('c-paced');
      const all = await listedCustomers('c-paced');
      expect(first.rows + first.waiting).toBe(all.length);
      expect(Math.abs(first.rows - all.length / DAYS)).toBeLessThanOrEqual(1);
      expect(first).toMatchObject({ added: first.rows, nextDay: '2026-11-26', measures: { days: DAYS } });
      // Row numbers are those of the whole list, in the order of all references.
      expect(all.map(({ row_number }) => row_number)).toEqual(all.map((_, i) => i + 1));
      // What has come holds k by itself: the day is seen too.
      expect(Math.min(...runsOf(first.lines))).toBeGreaterThanOrEqual(Math.min(20, first.measures.k.smallest));
      expect((await exportTo('c-paced')).text).toBe(first.text);
      now += DAY_MS;
      const second = await exportTo('c-paced');
      expect((await exportTo('c-paced')).text).toBe(second.text);
      expect(first.lines.every((line) => second.lines.includes(line))).toBe(true);
      expect(second.added).toBe(second.rows - first.rows);
      expect(second.lines).toEqual([...second.lines].sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b))));
      now += 5 * DAY_MS;
      const last = await exportTo('c-paced');
      expect(last).toMatchObject({ rows: all.length, waiting: 0 });
      expect(last.nextDay).toBeUndefined();
      expect((await exportTo('c-paced')).text).toBe(last.text);
      // Every row took its n with the export that delivered it first, and is in the ledger under its root.
      const entries = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
      const made = entries
        .map(({ body }) => parseEntry(body))
        .filter((entry) => entry.type === 'export.made' && entry.campaign === 'c-paced');
      expect(made.map((entry) => entry.type === 'export.made' && entry.rows)).toEqual([
        first.rows,
        first.rows,
        second.rows,
        second.rows,
        all.length,
        all.length,
      ]);
      expect(await maturesWith(first.lines, second.lines)).toBeLessThan(4);
    });

    /** Difference of the mean day of maturity between the first batch and the second, in standard errors. */
    const maturesWith = async (first: readonly string[], second: readonly string[]): Promise<number> => {
      const days = new Map(customers.map(({ customerId, attributes }) => [customerId, Number(attributes.matures_on.slice(8))]));
      const dayOf = async (lines: readonly string[]) => {
        const traced = await bank.evidence.trace(lines.map((line) => line.split(',')[1]).join(' '));
        const numbers = new Set(traced.rows.map(({ rowNumber }) => rowNumber));
        return (await listedCustomers('c-paced'))
          .filter(({ row_number }) => numbers.has(row_number))
          .map(({ customer_id }) => days.get(customer_id) as number);
      };
      const [a, b] = [await dayOf(first), await dayOf(second.filter((line) => !first.includes(line)))];
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = (values: readonly number[]) => mean(values.map((value) => (value - mean(values)) ** 2));
      return Math.abs(mean(a) - mean(b)) / Math.sqrt(variance(a) / a.length + variance(b) / b.length);
    };

    it('shows on pages what was exported, opens no token before its day, and drops who may no longer be called', async () => {
      now = START;
      await createCampaign(bank, 'c-waits', { purpose: 'marketing.insurance.savings', selection });
      const first = await exportTo('c-waits');
      now += DAY_MS;
      const page = await bank.campaigns.readList({ campaign: 'c-waits', vendor: 'vendor-a' });
      expect(page.outcome === 'page' && page.rows.map((cells) => cells.join(',')).sort()).toEqual([...first.lines].sort());
      const waiting = (await listedCustomers('c-waits')).filter(({ waits }) => waits);
      const gone = waiting[0] as (typeof waiting)[number];
      await bank.customers.withdraw(gone.customer_id, 'marketing.insurance');
      now += 5 * DAY_MS;
      const last = await exportTo('c-waits');
      const ids = (await listedCustomers('c-waits')).map(({ customer_id }) => customer_id);
      expect(ids).not.toContain(gone.customer_id);
      expect(last.rows).toBe(first.rows + first.waiting - 1);
      await bank.customers.import(customers.filter(({ customerId }) => customerId === gone.customer_id));
    });

    it('gives a day’s batch alone to who asks for it, in pages, and all of it again after a rotation', async () => {
      now = START;
      await createCampaign(bank, 'c-since', { purpose: 'marketing.insurance.savings', selection });
      const first = await exportTo('c-since');
      now += DAY_MS;
      const second = await exportTo('c-since');
      const fresh = second.lines.filter((line) => !first.lines.includes(line));
      const readSince = async (since: string) => {
        const lines: string[] = [];
        for (let after = 0; ; ) {
          const page = await bank.campaigns.readList({ campaign: 'c-since', vendor: 'vendor-a', after, rows: 50, since });
          if (page.outcome !== 'page') throw new Error(page.outcome);
          lines.push(...page.rows.map((cells) => cells.join(',')));
          if (page.next === undefined) return lines;
          after = page.next;
        }
      };
      expect(fresh.length).toBe(second.added);
      expect(await readSince('2026-11-26')).toEqual(fresh);
      expect(await readSince('2026-11-25')).toEqual(second.lines);
      expect(await readSince('2026-11-27')).toEqual([]);
      now += DAY_MS;
      await bank.campaigns.rotate('c-since');
      expect((await readSince('2026-11-27')).length).toBe(second.rows);
    });

    it('takes a customer who withdrew off with the next day’s batch, without a reason, and from its pages with it', async () => {
      now = START;
      await createCampaign(bank, 'c-left', { purpose: 'marketing.insurance.savings', selection });
      const first = await exportTo('c-left');
      const listed = (await listedCustomers('c-left')).filter(({ waits }) => !waits);
      const leaver = listed[0] as (typeof listed)[number];
      await bank.customers.withdraw(leaver.customer_id, 'marketing.insurance');
      const pageRows = async () => {
        const page = await bank.campaigns.readList({ campaign: 'c-left', vendor: 'vendor-a' });
        return page.outcome === 'page' ? page.rows.map((cells) => cells.join(',')) : [];
      };
      // The day's batch was made by the export: nothing tells who left in its course.
      expect((await exportTo('c-left')).text).toBe(first.text);
      expect(await pageRows()).toEqual(first.lines);
      now += DAY_MS;
      const second = await exportTo('c-left');
      expect(second).toMatchObject({ removed: 1, rows: first.rows - 1 + second.added });
      expect(await pageRows()).toEqual(second.lines);
      expect(first.lines.filter((line) => !second.lines.includes(line))).toHaveLength(1);
      await bank.customers.import(customers.filter(({ customerId }) => customerId === leaver.customer_id));
    });

    it('answers token-invalid for a row whose day has not come, as for a forged one, and dials it from that day on', async () => {
      // Grants are checked against the real clock.
      now = Date.now() - 5 * DAY_MS;
      await createCampaign(bank, 'c-early', { purpose: 'marketing.insurance.savings', selection });
      const first = await exportTo('c-early');
      now = Date.now();
      const early = (await listedCustomers('c-early')).filter(({ waits }) => waits).map(({ customer_id }) => customer_id);
      // The token as it will be: the list is made, looked at, and what it changed is put back.
      const later = await exportTo('c-early');
      const fresh = later.lines.filter((line) => !first.lines.includes(line));
      expect(fresh).toHaveLength(early.length);
      const [row] = fresh as [string];
      const [reference = '', dialToken = ''] = row.split(',');
      const traced = (await bank.evidence.trace(dialToken)).rows[0]?.rowNumber as number;
      await test.database.query(
        `WITH back AS (DELETE FROM member m USING campaign c WHERE c.number = m.campaign AND c.id = 'c-early' AND m.row_number = $1
                       RETURNING m.campaign, m.row_number, m.customer, m.masked_phone, m.bands)
         INSERT INTO waiting_member SELECT campaign, row_number, customer, masked_phone, bands, '2999-01-01' FROM back`,
        [traced],
      );
      const rung = carrier.rung.length;
      expect(await callRow(bank, calls, 'c-early', { dialToken, reference })).toMatchObject({ code: 'token-invalid' });
      expect(await callRow(bank, calls, 'c-early', { dialToken: `${dialToken.slice(0, -2)}AA` })).toMatchObject({ code: 'token-invalid' });
      expect(carrier.rung.length).toBe(rung);
      await test.database.query(
        `UPDATE waiting_member SET release_day = '2000-01-01' WHERE row_number = $1 AND release_day = '2999-01-01'`,
        [traced],
      );
      const again = await exportTo('c-early');
      expect(again.text).toBe(later.text);
      expect(await callRow(bank, calls, 'c-early', { dialToken, reference })).toMatchObject({ outcome: 'called' });
    });

    it('goes on under the newest key after a rotation, and counts against other vendors as a whole from the start', async () => {
      now = START;
      await createCampaign(bank, 'c-turned', { purpose: 'marketing.insurance.savings', selection });
      const first = await exportTo('c-turned');
      await createCampaign(bank, 'c-other', { vendor: 'vendor-b', purpose: 'marketing.insurance.savings', selection });
      const other = await exportTo('c-other');
      const common = new Set((await listedCustomers('c-turned')).map(({ customer_id }) => customer_id));
      const both = (await listedCustomers('c-other')).filter(({ customer_id }) => common.has(customer_id)).length;
      const measured = other.measures.linkability.find(({ recipient }) => recipient === 'vendor-a');
      expect(measured?.union.common).toBeGreaterThanOrEqual(both);
      await bank.campaigns.rotate('c-turned');
      const turned = await exportTo('c-turned');
      expect(turned.rows).toBe(first.rows);
      now += 5 * DAY_MS;
      const last = await exportTo('c-turned');
      expect(last.rows).toBe(first.rows + first.waiting);
      expect(turned.lines.every((line) => last.lines.includes(line))).toBe(true);
      expect(last.lines.some((line) => first.lines.includes(line))).toBe(false);
      await bank.campaigns.withdraw('c-turned');
      expect((await exportTo('c-turned')).text).toBe(last.text);
    });

    it('is the only way to select by a date', async () => {
      await expect(() => createCampaign(bank, 'c-date', { purpose: 'marketing.insurance.cards', selection })).toFailWith(
        'ERR_CAMPAIGN_TERMS',
      );
      expect(await bank.campaigns.get('c-date')).toBeUndefined();
      // A policy that became stricter afterwards stops the first export too.
      await createCampaign(bank, 'c-date-later', { purpose: 'marketing.insurance.savings', selection });
      await bank.policies.adopt((await privatePolicy()).replace('date_pacing_days: 3', 'date_pacing_days: 9'));
      const file = join(folder, 'date.csv');
      expect(await bank.campaigns.export('c-date-later', { file })).toRefuse('date-pacing');
      expect(await readdir(folder)).not.toContain('date.csv');
      // A list whose days are drawn already goes on.
      expect((await exportTo('c-paced')).waiting).toBe(0);
      await bank.policies.adopt(await privatePolicy());
    });
  });
});

const bytesOf = (line: string): Buffer => Buffer.from((line.split(',')[0] as string).slice(4), 'base64url').subarray(6);
