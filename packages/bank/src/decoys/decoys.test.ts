import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Phone, parsePhone, type Sensitive } from '@numbra/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testKeyring } from '../../../../tests/support/banks.js';
import { testCustomers } from '../../../../tests/support/customers.js';
import { addVendors, callRow, createCampaign, exportRows, RecordingCarrier } from '../../../../tests/support/lists.js';
import { reportCsv, reportPage } from '../evidence/report-page.js';
import { lineAct } from './behaviour.js';
import { withDecoyCode } from './lines.js';
import { DecoyLookout } from './sightings.js';

const CUSTOMERS = 9_000;
const LINES = 240;

describe.each(engines)('decoys on %s', (engine) => {
  let test: TestBank;
  let folder: string;
  /** Every thirty-seventh: spread over the file, as a bank would put its lines. */
  const rows = testCustomers(CUSTOMERS);
  const decoys = rows.filter((_, i) => i % 37 === 5).slice(0, LINES);
  const ids = decoys.map(({ customerId }) => customerId);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra decoys '));
    test = await createTestBank(engine);
    await addVendors(test.bank);
    await test.bank.customers.import(rows);
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const listed = (campaign: string) =>
    test.database.query<{ customer_id: string; row_number: number; masked_phone: string }>(
      `SELECT u.customer_id, m.row_number, m.masked_phone FROM campaign c JOIN member m ON m.campaign = c.number JOIN customer u ON u.id = m.customer
        WHERE c.id = $1 ORDER BY m.row_number`,
      [campaign],
    );

  it('refuse to be somebody who cannot be rung, or shares a phone; then none is marked', async () => {
    const { bank } = test;
    await expect(() => bank.decoys.mark([ids[0]!, 'nobody'])).toFailWith('ERR_DECOY_CUSTOMER');
    await bank.customers.import([
      { customerId: 'TWIN-1', phone: '13900000001', consents: [] },
      { customerId: 'TWIN-2', phone: '13900000001', consents: [] },
    ]);
    await expect(() => bank.decoys.mark(['TWIN-1'])).toFailWith('ERR_DECOY_SHARED_PHONE');
    expect(await bank.decoys.count()).toBe(0);
  });

  it('are marked once, in an order that is drawn, and sealed: the table tells how many and not who', async () => {
    const { bank, database } = test;
    expect(await bank.decoys.mark(ids)).toEqual({ planted: LINES, already: 0, lines: LINES });
    expect(await bank.decoys.mark(ids.slice(0, 3))).toEqual({ planted: 0, already: 3, lines: LINES });
    expect(await bank.decoys.count()).toBe(LINES);
    const cells = await database.query<{ customer: Uint8Array }>('SELECT customer FROM decoy ORDER BY line');
    expect(new Set(cells.map(({ customer }) => customer.length)).size).toBe(1);
    expect(new Set(cells.map(({ customer }) => Buffer.from(customer).toString('hex'))).size).toBe(LINES);
  });

  it('stand on each list by the code, at most one row of a hundred, and in no measure; the export says whom they would find', async () => {
    const { bank } = test;
    await createCampaign(bank, 'c-a');
    await createCampaign(bank, 'c-b', { vendor: 'vendor-b' });
    for (const campaign of ['c-a', 'c-b']) {
      const result = await bank.campaigns.export(campaign, { file: join(folder, `${campaign}.csv`) });
      if (result.outcome !== 'exported') throw new Error(result.code);
      const on = (await listed(campaign)).map(({ customer_id }) => customer_id).filter((id) => ids.includes(id));
      const customers = result.rows - on.length;
      expect(result.decoys).toMatchObject({ carried: on.length, cut: 0, lines: LINES, reach: { coalition: 1, fraction: 1 } });
      expect(on.length).toBeGreaterThan(0);
      expect(on.length).toBeLessThanOrEqual(0.01 * customers);
      expect(result.measures.asked.rows).toBe(customers);
      expect(result.measures.presence.population).toBe(CUSTOMERS + 2 - LINES);
    }
    const [a, b] = await Promise.all(['c-a', 'c-b'].map(listed));
    const onBoth = a!.filter(({ customer_id: id }) => ids.includes(id) && b!.some((row) => row.customer_id === id));
    expect(onBoth.length).toBeLessThan(a!.filter(({ customer_id: id }) => ids.includes(id)).length);
  });

  it('are cut where a list is short, which the export says', async () => {
    const { bank } = test;
    const few = [...rows.slice(0, 400).map(({ customerId }) => customerId), ...ids];
    await createCampaign(bank, 'c-short', { selection: { customers: few } });
    const result = await bank.campaigns.export('c-short', { file: join(folder, 'short.csv') });
    if (result.outcome !== 'exported') throw new Error(result.code);
    expect(result.decoys?.carried).toBe(3);
    expect(result.decoys?.cut).toBeGreaterThan(0);
    expect(result.decoys?.reach).toEqual({ coalition: 0, fraction: 1 });
  });

  it('cannot be told from customers by their rows: place, ending, lengths, neighbours', async () => {
    const members = await listed('c-a');
    const file = (await readFile(join(folder, 'c-a.csv'), 'utf8')).trimEnd().split('\n').slice(1);
    const isDecoy = members.map(({ customer_id }) => ids.includes(customer_id));
    expect(new Set(file.map((line) => line.length)).size).toBe(1);
    // Each of these guesses a number from a row; decoys' average is that of as many customers drawn at random would be.
    const guesses: readonly ((line: string, position: number) => number)[] = [
      (_, position) => position,
      (line) => Number(line.slice(-2)),
      (line) => line.charCodeAt(20),
      (line) => [...line].filter((character) => character >= 'a').length,
      (_, position) => Math.abs(Number(file[position]!.slice(-1)) - Number((file[position + 1] ?? file[0]!).slice(-1))),
    ];
    for (const guess of guesses) {
      const values = file.map(guess);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      const own = values.filter((_, i) => isDecoy[i]);
      const z = (own.reduce((sum, value) => sum + value, 0) / own.length - mean) / (deviation / Math.sqrt(own.length));
      // Tokens are the same on every run here: nothing is left to chance.
      expect(Math.abs(z)).toBeLessThan(4);
    }
    // No visible class consists of decoys.
    const masks = new Map<string, boolean>();
    for (const [i, { masked_phone }] of members.entries())
      masks.set(masked_phone, (masks.get(masked_phone) ?? true) && isDecoy[i] === true);
    expect([...masks.values()]).not.toContain(true);
  });

  it('accuse the vendor whose list was leaked, by sightings kept under the name of the leak, and nobody before', async () => {
    const { bank } = test;
    const listOf = async (campaign: string) => new Set((await listed(campaign)).map(({ customer_id }) => customer_id));
    const onA = await listOf('c-a');
    const leaked = rows
      .filter(({ customerId }) => onA.has(customerId))
      .map(({ phone }) => `${phone.slice(0, 3)}-${phone.slice(3, 7)} ${phone.slice(7)}`);
    expect((await bank.decoys.judge('market-1')).vendors).toEqual([]);
    const first = await bank.decoys.sighting('market-1', leaked.join('\n'));
    const again = await bank.decoys.sighting('market-1', leaked.slice(0, 4_000).join('; '));
    expect(first).toMatchObject({ phones: leaked.length, fresh: first.seen });
    expect(again).toMatchObject({ fresh: 0, seen: first.seen });
    const { vendors, epsilon } = await bank.decoys.judge('market-1');
    expect(epsilon).toBe(1e-6);
    expect(vendors.filter(({ accused }) => accused).map(({ vendor }) => vendor)).toEqual(['vendor-a']);
    expect(vendors[0]).toMatchObject({ vendor: 'vendor-a', carried: first.seen, foreign: 0 });
    expect((await bank.decoys.judge('market-2')).seen).toBe(0);
    await expect(() => bank.decoys.sighting('Market 1', '')).toFailWith('ERR_DECOY_INCIDENT');
  });

  it('have a code that the keyring alone draws: as many as it says stand on the list', async () => {
    const carried = await withDecoyCode({ keyring: testKeyring() }, (code) => code.linesOf('vendor-a' as never, LINES).length);
    expect((await listed('c-a')).filter(({ customer_id }) => ids.includes(customer_id))).toHaveLength(carried);
  });

  it('ring out while nothing was measured', async () => {
    const behaviour = await test.bank.decoys.behaviour('c-a');
    expect(behaviour).toEqual({ basis: 'none', calls: 0, answered: 0, busy: 0, notReached: 0, talkSeconds: [] });
    expect(lineAct(behaviour, () => 0)).toEqual({ act: 'ring-out' });
    await expect(() => test.bank.decoys.behaviour('none')).toFailWith('ERR_CAMPAIGN_UNKNOWN');
  });

  it('are called like anybody, and left out of the report’s totals', async () => {
    const { bank } = test;
    await createCampaign(bank, 'c-called', { selection: { limit: 4_500 } });
    const list = await exportRows(bank, 'c-called', folder);
    const rowOf = async (isDecoy: boolean) =>
      list[(await listed('c-called')).find(({ customer_id: id }) => ids.includes(id) === isDecoy)!.row_number - 1]!;
    const calls = bank.openCalls({ carrier: new RecordingCarrier() });
    for (const isDecoy of [true, false])
      expect(await callRow(bank, calls, 'c-called', await rowOf(isDecoy))).toMatchObject({ outcome: 'called', body: { state: 'placed' } });
    await calls.close();
    const report = await bank.evidence.report({ from: new Date(0), to: new Date(Date.now() + 60_000) });
    expect(report.uses).toMatchObject([{ campaign: 'c-called', authorized: 1, placed: 1 }]);
    expect(report.decoyCalls).toBe(1);
    expect(reportCsv(report).split('\n')).toContain('decoys,authorized,,,,1,');
    expect(reportPage(report)).toContain('left out above: 1.</p>');
    expect(reportPage(report, 'zh')).toContain('未计入上表）: 1.</p>');
    const without = { ...report, decoyCalls: 0 };
    expect(reportCsv(without)).not.toContain('decoys');
    expect(reportPage(without)).not.toContain('left out above');
  });

  it('behave as the campaign’s customers do, measured on their calls and not on decoys’', async () => {
    const { database } = test;
    const members = await listed('c-b');
    const insert = (customerIds: readonly string[], result: string, talk: number | null) =>
      database.query(
        `INSERT INTO call (id, campaign, row_number, customer, vendor, purpose, grant_id, masked_phone, state, result, talk_seconds, n, at, lease_until)
         SELECT gen_random_uuid(), c.number, 1, u.id, 'vendor-b', 'p', 'g', '*', 'ended', $2, $3, 1, now(), now()
           FROM campaign c, customer u WHERE c.id = 'c-b' AND u.customer_id = ANY ($1::text::text[])`,
        [`{${customerIds.join(',')}}`, result, talk],
      );
    const own = members.map(({ customer_id }) => customer_id).filter((id) => !ids.includes(id));
    await insert(own.slice(0, 60), 'answered', 42);
    await insert(own.slice(60, 80), 'busy', null);
    await insert(own.slice(80, 200), 'not-reached', null);
    await insert(ids, 'busy', null);
    const behaviour = await test.bank.decoys.behaviour('c-b');
    expect(behaviour).toMatchObject({ basis: 'campaign', calls: 200, answered: 0.3, busy: 0.1, notReached: 0.6 });
    const draws = [0, 0.299, 0.301, 0.399, 0.401, 0.999].map((draw) => lineAct(behaviour, () => draw));
    expect(draws).toEqual([
      { act: 'answer', talkSeconds: 42 },
      { act: 'answer', talkSeconds: 42 },
      { act: 'busy' },
      { act: 'busy' },
      { act: 'ring-out' },
      { act: 'ring-out' },
    ]);
    expect((await test.bank.decoys.behaviour('c-a')).basis).toBe('bank');
  });
});

describe('a lookout', () => {
  const lines = ['13800138000', '+85291234567', '010 6234 5678', '+12024561414'].map(
    (written, line) => [line, parsePhone(written) as Sensitive<Phone>] as const,
  );
  const seenIn = (text: string) => {
    const lookout = new DecoyLookout(lines, (phone) => phone.use(String));
    lookout.read(text);
    return { phones: lookout.phones, seen: lookout.seen };
  };

  it.each([
    ['13800138000', [0]],
    ['(138)0013-8000；', [0]],
    ['＋86 138 0013 8000', [0]],
    ['１３８００１３８０００', [0]],
    ['١٣٨٠٠١٣٨٠٠٠', [0]],
    ['8613800138000', [0]],
    ['0085291234567', [1]],
    ['852 9123 4567', [1]],
    ['+86 (010) 6234-5678', [2]],
    ['12024561414', [3]],
    ['12800138000', []],
    ['+000 80 138 000', []],
  ])('reads %s', (written, seen) => {
    expect(seenIn(`call ${written}, ask for Li`)).toEqual({ phones: 1, seen });
  });

  it('takes nothing out of a longer word, and each line once', () => {
    expect(seenIn('x13800138000 138001380001380013800012')).toEqual({ phones: 0, seen: [] });
    expect(seenIn('13800138000\n138 0013 8000\n13700138000')).toEqual({ phones: 3, seen: [0] });
  });
});

describe('what decides, seals and dials', () => {
  it('never reads which customers are decoys', async () => {
    const source = new URL('../', import.meta.url);
    const readers: string[] = [];
    for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      if (/decoy/i.test(await readFile(path, 'utf8'))) readers.push(path.slice(fileURLToPath(source).length));
    }
    const allowed =
      /^(?:decoys\/|evidence\/|campaigns\/(?:candidates|prepare|export|measure)\.ts$|bank\.ts$|index\.ts$|errors\.ts$|keys\.ts$)/;
    expect(readers.filter((path) => !allowed.test(path))).toEqual([]);
    for (const folder of ['../../../policy/src/decide', '../../../core/src/tokens', '../../../gateway/src/carriers']) {
      const files = await readdir(new URL(folder, import.meta.url), { recursive: true }).catch(() => []);
      for (const name of files.filter((file) => file.endsWith('.ts')))
        expect(await readFile(new URL(`${folder}/${name}`, import.meta.url), 'utf8')).not.toMatch(/decoy/i);
    }
  });
});
