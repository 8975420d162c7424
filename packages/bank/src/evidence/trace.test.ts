import { randomBytes } from 'node:crypto';
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

  it('finds rows by their kept hashes after the keys are gone', async () => {
    await test.bank.campaigns.shred('c-b');
    const [a, b] = other as [DeliveredRow, DeliveredRow];
    const report = await trace(`${a.dialToken}\n\n${b.reference.slice(0, 22)}…`);
    expect(report.rows.map(({ by, rowNumber }) => [by, rowNumber])).toEqual([
      ['hash', 1],
      ['prefix', 2],
    ]);
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
});
