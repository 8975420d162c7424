/** Decoys and traces at a shell, in one process. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateVendorKey } from '@numbra/vendor-client';
import { verifyEntryProof } from '@numbra/verify';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../../tests/support/command.js';
import { behaviourText } from './decoys.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
let folder: string;
const at = (name: string): string => join(folder, name);

async function numbra(...args: string[]) {
  const { status, stdout } = await runCommand('--home', at('bank'), '--passphrase-file', at('passphrase'), '--json', ...args);
  return { status, body: JSON.parse(stdout || '{}') as Record<string, unknown> & { error?: { code: string } } };
}
async function ok(...args: string[]): Promise<Record<string, unknown>> {
  const { status, body } = await numbra(...args);
  expect(`${status} ${JSON.stringify(body.error ?? '')}`).toBe('0 ""');
  return body;
}

const phone = (i: number): string => `1380013${String(i).padStart(4, '0')}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra trace '));
  await writeFile(at('passphrase'), 'correct horse battery staple\n');
  const rows = Array.from({ length: 400 }, (_, i) => `C${i},王${i},${phone(i)},,,${1_000 * i}.50,marketing.insurance`);
  await writeFile(at('customers.csv'), `customer_id,name,phone,account,resident_id,balance,consent\n${rows.join('\n')}\n`);
  await writeFile(at('vendor-a.json'), JSON.stringify((await generateVendorKey()).jwks));
  await ok('init', 'demo-bank', '--policy', join(root, 'examples/main-job/policy.yaml'), '--port', '0');
  await ok('import', at('customers.csv'));
  await ok('vendor', 'add', 'vendor-a', '--jwks', at('vendor-a.json'));
  await writeFile(at('lines.txt'), Array.from({ length: 30 }, (_, i) => `C${i * 13}\n`).join(''));
  expect(await ok('decoys', 'mark', at('lines.txt'))).toEqual({ planted: 30, already: 0, lines: 30 });
  await ok('campaign', 'create', 'c-1', '--vendor', 'vendor-a', '--purpose', 'marketing.insurance.term-life');
  await ok('export', 'c-1', '--out', at('list.csv'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('numbra decoys', () => {
  it('counts lines, keeps sightings by the name of a leak, and accuses nobody by too few', async () => {
    expect(await ok('decoys', 'count')).toEqual({ lines: 30 });
    await writeFile(at('offered.txt'), `${phone(13)} ${phone(26)}\n${phone(1)}`);
    expect(await ok('decoys', 'sighting', 'market-1', at('offered.txt'))).toEqual({ phones: 3, fresh: 2, seen: 2 });
    expect(await ok('decoys', 'judge', 'market-1')).toMatchObject({ seen: 2, vendors: [{ vendor: 'vendor-a', accused: false }] });
    expect((await numbra('decoys', 'judge', 'Market 1')).body.error?.code).toBe('ERR_DECOY_INCIDENT');
    await writeFile(at('nobody.txt'), 'nobody\n');
    expect((await numbra('decoys', 'mark', at('nobody.txt'))).body.error?.code).toBe('ERR_DECOY_CUSTOMER');
  });
});

describe('numbra decoys behaviour', () => {
  it('says how the lines should answer, and on which calls it was measured', async () => {
    const nothing = { basis: 'none', calls: 0, answered: 0, busy: 0, notReached: 0, talkSeconds: [] };
    expect(await ok('decoys', 'behaviour', 'c-1')).toEqual(nothing);
    expect((await numbra('decoys', 'behaviour', 'c-2')).body.error?.code).toBe('ERR_CAMPAIGN_UNKNOWN');
    const shown = await runCommand('--home', at('bank'), '--passphrase-file', at('passphrase'), 'decoys', 'behaviour', 'c-1');
    expect(shown).toMatchObject({ status: 0, stdout: 'There is nothing to measure yet: the lines ring out.\n' });
  });

  it.each([
    ['campaign', 'Measured on 200 calls of the campaign.'],
    ['bank', 'The campaign has too few calls; measured on 200 calls of the bank.'],
    ['none', 'Campaign and bank have too few calls to measure well; taken from the 200 of the campaign.'],
  ] as const)('names its basis and gives the rates: %s', (basis, sentence) => {
    const rates = { calls: 200, answered: 0.3, busy: 0.1, notReached: 0.6 };
    expect(behaviourText({ basis, ...rates, talkSeconds: [10, 20, 40] }).split('\n')).toEqual([
      sentence,
      'answered 30.0 %  rang out 60.0 %  busy 10.0 %',
      'seconds of talk, 5th to 95th percentile: 10 20 40',
    ]);
    expect(behaviourText({ basis, ...rates, talkSeconds: [] })).toContain('no talk measured');
  });
});

describe('numbra trace', () => {
  it('looks through a folder with a spreadsheet, UTF-16 and pictures in it', async () => {
    const [, first = '', second = ''] = (await readFile(at('list.csv'), 'utf8')).split('\n');
    await mkdir(at('leak/deep'), { recursive: true });
    const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
    const sheet = `<worksheet><sheetData><row>${first.split(',').map(cell).join('')}</row></sheetData></worksheet>`;
    await writeFile(at('leak/deep/list.xlsx'), zipSync({ 'xl/worksheets/sheet1.xml': strToU8(sheet) }));
    await writeFile(at('leak/chat.txt'), Buffer.from(`\ufeff${second}`, 'utf16le'));
    await writeFile(at('leak/photo.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00]));
    const report = await ok('trace', at('leak'));
    expect(report).toMatchObject({ lists: [{ campaign: 'c-1', vendor: 'vendor-a', rows: 2 }] });
    const sources = (report['rows'] as { places: { source: string }[] }[]).flatMap(({ places }) => places.map(({ source }) => source));
    expect(new Set(sources)).toEqual(new Set(['chat.txt', join('deep', 'list.xlsx')]));
    expect((await numbra('trace', at('none'))).body.error?.code).toBe('ERR_FILE_UNREADABLE');
  });

  it('writes a bundle of new files, which checks offline', async () => {
    const report = await ok('trace', at('list.csv'), '--bundle', at('evidence'));
    const rows = report['rows'] as { exports: string[]; asDelivered: string[] }[];
    expect(rows.length).toBeGreaterThan(0);
    for (const { exports, asDelivered } of rows) expect(asDelivered).toEqual(exports);
    expect(await readdir(at('evidence/keys'))).toEqual([expect.stringMatching(/^[0-9a-f]{8}\.pem$/)]);
    const [name] = await readdir(at('evidence/entries'));
    const logKeys = (await readFile(at('evidence/keys.txt'), 'utf8')).trim().split('\n');
    const { entry } = verifyEntryProof(await readFile(at(`evidence/entries/${name}`), 'utf8'), { logKeys });
    expect(entry).toMatchObject({ type: 'export.made', vendor: 'vendor-a' });
    expect((await numbra('trace', at('list.csv'), '--bundle', at('evidence'))).body.error?.code).toBe('ERR_FILE_EXISTS');
  });
});
