import { hash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBase64url, rowLeaf, verifyInclusion } from '@numbra/ledger';
import { verifyEntryProof } from '@numbra/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';
import { testCustomers } from '../../../../tests/support/customers.js';
import { addVendors, callRow, createCampaign, type DeliveredRow, exportRows, RecordingCarrier } from '../../../../tests/support/lists.js';
import { sha256 } from '../ledger/sha256.js';
import type { ProvenRow } from './bundle.js';
import { windowsOf } from './trace-windows.js';

const HAND = 'This proves the list, not the hand: the bank held these rows too.';

/** A list without bands. */
const lineOf = ({ reference, dialToken, maskedPhone }: DeliveredRow): string => [reference, dialToken, maskedPhone].join(',');

describe.each(engines)('a trace on %s', (engine) => {
  let test: TestBank;
  let folder: string;
  let rows: readonly DeliveredRow[];
  let other: readonly DeliveredRow[];
  const customers = testCustomers(2_400);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra trace '));
    test = await createTestBank(engine);
    await addVendors(test.bank);
    await test.bank.customers.import(customers);
    await createCampaign(test.bank, 'c-a');
    await createCampaign(test.bank, 'c-b', {
      vendor: 'vendor-b',
      selection: { customers: customers.slice(300).map(({ customerId }) => customerId) },
    });
    rows = await exportRows(test.bank, 'c-a', folder);
    other = await exportRows(test.bank, 'c-b', folder);
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const trace = (text: string) => test.bank.evidence.trace(text);

  it('names vendor, campaign, export, the row’s place, the agents who called by it, and the ledger entry', async () => {
    const { bank } = test;
    const calls = bank.openCalls({ carrier: new RecordingCarrier() });
    const row = rows[6]!;
    await callRow(bank, calls, 'c-a', row);
    await bank.ledger.sequence();
    const report = await trace(`for sale: ${row.reference},${row.dialToken}`);
    expect(report.rows).toMatchObject([{ proven: true, by: 'sealed', campaign: 'c-a', vendor: 'vendor-a', rowNumber: 7 }]);
    const agents = await test.database.query<{ agent: string | null }>('SELECT agent::text FROM call');
    expect(report.rows[0]?.agents).toEqual(agents.flatMap(({ agent }) => (agent === null ? [] : [agent])));
    const [made] = report.exports;
    expect(made).toMatchObject({ campaign: 'c-a', vendor: 'vendor-a', rows: 1 });
    expect(JSON.parse(await bank.ledger.entry(made?.position as number))).toMatchObject({ type: 'export.made', export: made?.export });
    expect(report.text.split('\n').at(-1)).toBe(HAND);
  });

  it('finds tokens in URLs and wrapped mails as proofs, and what is left of cut and re-cased ones as likelihoods', async () => {
    const [a, b, c, d] = rows as [DeliveredRow, DeliveredRow, DeliveredRow, DeliveredRow];
    const report = await trace(
      `https://x.example/?r=${a.reference.replaceAll('_', '%5F')}\n\n> ${b.dialToken.slice(0, 30)}=\r\n> ${b.dialToken.slice(30)}.\n\n${c.reference.slice(0, 26)}…\n\n${d.reference.toLowerCase()}\n`,
    );
    expect(report.rows.map(({ by, rowNumber, proven }) => [by, rowNumber, proven])).toEqual(
      expect.arrayContaining([
        ['sealed', 1, true],
        ['sealed', 2, true],
        ['prefix', 3, false],
        ['prefix', 4, false],
      ]),
    );
    for (const { by, chance } of report.rows) if (by === 'prefix') expect(chance).toBeLessThan(1e-6);
    expect(report.lists).toMatchObject([{ campaign: 'c-a', rows: 2 }]);
    expect(report.text).toContain('That is a likelihood and no proof.');
  });

  it('accuses nobody by a tag on random bytes, by foreign tokens, by nothing', async () => {
    const tag = rows[0]!.reference.slice(0, 12);
    const forged = Array.from({ length: 20 }, () => tag + randomBytes(30).toString('base64url'));
    const foreign = `nr1_${Buffer.alloc(36, 7).toString('base64url')}A`;
    const report = await trace(`${forged.join('\n\n')}\n\n${foreign.slice(0, -1)}`);
    expect(report.lists).toEqual([]);
    expect(report.exports).toEqual([]);
    expect(report.rows.every(({ proven }) => !proven)).toBe(true);
    expect(report.foreign).toBe(1);
    expect(report.text).toContain('It accuses nobody.');
    expect((await trace('')).text).toBe(`0 tokens were found.\n${HAND}`);
  });

  it('counts the phone numbers of a leak also where no line is the bank’s own', async () => {
    const { decoys } = await trace('13800138000, 138-0013-8000; +86 13800138001, 12345');
    expect(decoys).toMatchObject({ phones: 3, seen: 0, vendors: [] });
  });

  it('finds the same in files that are read piece by piece', async () => {
    async function* pieces() {
      for (let from = 0; from < rows.length; from += 7)
        yield {
          source: 'leak.csv',
          text: rows
            .slice(from, from + 7)
            .map(({ reference, dialToken }) => `${reference},${dialToken},x\n`)
            .join(''),
        };
      yield { source: 'chat.txt', text: other[0]!.dialToken };
    }
    const report = await test.bank.evidence.tracePieces(pieces());
    expect(report.lists.map(({ campaign, rows: count }) => [campaign, count])).toEqual([
      ['c-a', rows.length],
      ['c-b', 1],
    ]);
    expect(report.rows.at(-1)?.places).toEqual([{ source: 'chat.txt', start: 0, end: other[0]!.dialToken.length }]);
  });

  it('matches twenty neighbours without tokens to their list, by masks alone; too few or shuffled ones hardly', async () => {
    const stretch = other.slice(100, 120).map(({ maskedPhone }) => `,${maskedPhone}`);
    const [best] = (await trace(stretch.join('\n'))).resembling;
    expect(best).toMatchObject({ campaign: 'c-b', vendor: 'vendor-b', run: 20, by: 'order' });
    expect(best?.likelihood).toBeGreaterThan(0.999);
    expect((await trace(stretch.slice(1).join('\n'))).resembling).toEqual([]);
    const sorted = (await trace([...stretch].sort().join('\n'))).resembling;
    for (const { likelihood } of sorted) expect(likelihood).toBeLessThan(0.99);
  });

  it('is handed out as a bundle that checks with the verifier’s functions alone', async () => {
    const { bank } = test;
    const file = (await readFile(join(folder, 'c-a-1.csv'), 'utf8').catch(() => '')).split('\n');
    const report = await trace(
      rows
        .slice(20, 25)
        .map(({ reference }) => reference)
        .join('\n\n'),
    );
    const bundle = await bank.evidence.bundle(report);
    const id = report.exports[0]?.export as string;
    expect(Object.keys(bundle).sort()).toEqual([
      'README.md',
      'checkpoint',
      `entries/${id}.json`,
      'findings.json',
      'keys.txt',
      expect.stringMatching(/^keys\/[0-9a-f]{8}\.pem$/),
      `rows/${id}.json`,
    ]);
    const logKeys = bundle['keys.txt']!.trim().split('\n');
    expect(logKeys).toEqual(await bank.ledger.verifierKeys());
    const { entry } = verifyEntryProof(bundle[`entries/${id}.json`] as string, { logKeys });
    if (entry.type !== 'export.made') throw new Error(entry.type);
    expect(entry).toMatchObject({ export: id, vendor: 'vendor-a', rows: rows.length });
    const proven = JSON.parse(bundle[`rows/${id}.json`] as string) as ProvenRow[];
    expect(proven.map(({ rowNumber }) => rowNumber)).toEqual([21, 22, 23, 24, 25]);
    const check = (row: ProvenRow, hash: Uint8Array) =>
      verifyInclusion(sha256, {
        index: row.index,
        size: entry.rows,
        root: parseBase64url(entry.root)!,
        leaf: rowLeaf(sha256, parseBase64url(row.subject)!, hash),
        proof: row.proof.map((one) => parseBase64url(one)!),
      });
    for (const row of proven) {
      const hash = parseBase64url(row.hash)!;
      check(row, hash);
      const line = file.find((one) => one.startsWith(rows[row.rowNumber - 1]!.reference));
      if (line !== undefined) expect(sha256(new TextEncoder().encode(line))).toEqual(hash);
      expect(() =>
        check(
          row,
          Uint8Array.from(hash, (byte) => byte ^ 1),
        ),
      ).toThrow();
    }
    expect(bundle['README.md']).toContain(HAND);
    expect(bundle['findings.json']).not.toContain(customers[0]!.phone);
  });

  it('tells a row that stands as it was delivered from one that was edited or put together, and by which export', async () => {
    const { bank, database } = test;
    const [first] = (await trace(other[50]!.reference)).exports;
    const [a, b, c] = other.slice(40) as [DeliveredRow, DeliveredRow, DeliveredRow];
    const edited = { ...b, maskedPhone: b.maskedPhone.replace(/\d\d$/, (digits) => String((Number(digits) + 1) % 100).padStart(2, '0')) };
    const joined = { ...c, dialToken: a.dialToken };
    const leaked = [lineOf(a), `${lineOf(edited)}\r`, lineOf(joined), `> ${lineOf(other[43]!)}`, `${lineOf(other[44]!)}\r`, lineOf(a)];
    const report = await trace(leaked.join('\n'));
    const found = report.rows.map(({ rowNumber, proven, asDelivered }) => [rowNumber, proven, asDelivered]);
    const id = first?.export as string;
    expect(found.sort()).toEqual([
      [41, true, [id]],
      [42, true, []],
      [43, true, []],
      [44, true, []],
      [45, true, [id]],
    ]);
    expect(report.text).toContain(`\n2 of them stand as delivered, byte for byte, by export ${id}.\n`);
    expect((await trace(lineOf(edited))).text).not.toContain('as delivered');

    // The next export delivers the same lines, without a customer whose phone is another now; a list under a new key delivers others.
    const [left] = await database.query<{ customer_id: string }>(
      `SELECT u.customer_id FROM campaign c JOIN member m ON m.campaign = c.number JOIN customer u ON u.id = m.customer
        WHERE c.id = 'c-b' AND m.row_number = 51`,
    );
    await bank.customers.import([{ ...customers.find(({ customerId }) => customerId === left?.customer_id)!, phone: '13000000001' }]);
    await exportRows(bank, 'c-b', folder);
    await bank.campaigns.rotate('c-b');
    const [member] = await database.query<{ hash: string }>(
      `SELECT encode(m.reference_hash, 'hex') AS hash FROM campaign c JOIN member m ON m.campaign = c.number
        WHERE c.id = 'c-b' AND m.row_number = 41 ORDER BY m.generation DESC LIMIT 1`,
    );
    const anew = (await exportRows(bank, 'c-b', folder)).find(({ reference }) => hash('sha256', reference, 'hex') === member?.hash)!;
    const deliveries = async (...lines: string[]) =>
      (await trace(lines.join('\n'))).rows.map(({ exports, asDelivered }) => ({ exports, asDelivered }));
    expect(await deliveries(lineOf(other[50]!))).toEqual([{ exports: [id], asDelivered: [id] }]);
    const both = (await deliveries(lineOf(a)))[0]!;
    expect(both.asDelivered).toEqual(both.exports);
    const [, second] = both.exports;
    const [third] = (await deliveries(anew.reference))[0]!.exports;
    expect(new Set([id, second, third]).size).toBe(3);
    // The same customer by tokens of both lists: the line tells which of them leaked.
    expect(await deliveries(lineOf(anew), a.reference)).toEqual([{ exports: [third, id, second], asDelivered: [third] }]);
    expect((await trace(`${lineOf(a)}\n${lineOf(other[50]!)}`)).text).toContain(
      `\n2 of them stand as delivered, byte for byte, by export ${id}; 1 by export ${second}.\n`,
    );
  });

  it('sees whole lines in a file of many windows', async () => {
    const lines = rows.map((row) => `${lineOf(row)}\n`).join('');
    async function* pieces() {
      for (let from = 0; from < 8; from++) yield { source: 'leak.csv', text: lines };
      yield { source: 'last.csv', text: `${'x,\n'.repeat(340_000)}${lines}` };
    }
    const report = await test.bank.evidence.tracePieces(pieces());
    expect(report.rows).toHaveLength(rows.length);
    for (const { exports, asDelivered } of report.rows) expect(asDelivered).toEqual(exports);
  });

  it('finds rows by their kept hashes after the keys are gone, and says which stand as delivered', async () => {
    await test.bank.campaigns.shred('c-b');
    const [a, b] = other as [DeliveredRow, DeliveredRow];
    const report = await trace(`${a.dialToken}\n\n${b.reference.slice(0, 22)}…`);
    expect(report.rows.map(({ by, rowNumber }) => [by, rowNumber])).toEqual([
      ['hash', 1],
      ['prefix', 2],
    ]);
    const [exact, edited] = (await trace(`${lineOf(a)}\n${lineOf(b).slice(0, -1)}`)).rows;
    expect(exact).toMatchObject({ by: 'hash', proven: true });
    expect(exact?.exports).toHaveLength(2);
    expect(exact?.asDelivered).toEqual(exact?.exports);
    expect(edited).toMatchObject({ by: 'hash', proven: true, asDelivered: [] });
  });
});

describe('windows', () => {
  it('show all of a text once, and cut between lines', async () => {
    const line = `${'x'.repeat(400)},\n`;
    const text = line.repeat(9_000);
    async function* pieces() {
      for (let from = 0; from < text.length; from += 65_537) yield { source: 'a', text: text.slice(from, from + 65_537) };
      yield { source: 'b', text: 'end' };
    }
    let joined = '';
    for await (const window of windowsOf(pieces())) {
      if (window.source === 'a') {
        expect(window.offset).toBe(joined.length);
        expect(window.text.endsWith('\n')).toBe(true);
        joined += window.text;
      } else expect(window).toEqual({ source: 'b', text: 'end', offset: 0 });
    }
    expect(joined).toBe(text);
  });

  it('keep the lines of a list whole, whatever they end in, and a wrapped token too', async () => {
    const line = `nr1_${'A'.repeat(50)},nd1_${'B'.repeat(48)},*********42`;
    const token = `nd1_${'C'.repeat(24)}\n${'C'.repeat(24)}`;
    for (const text of [`${line}\n`.repeat(20_000), `${line}\r\n`.repeat(20_000), `x\n\n${token}\n${'y'.repeat(60)}\n,\n`.repeat(12_000)]) {
      const windows: string[] = [];
      for await (const window of windowsOf([{ text }])) windows.push(window.text);
      expect(windows.length).toBeGreaterThan(1);
      expect(windows.join('')).toBe(text);
      for (const window of windows.slice(0, -1)) {
        expect(window.endsWith('\n')).toBe(true);
        expect(window).not.toMatch(/(?:nd1_C+|C{24})\n$/);
      }
    }
  });
});
