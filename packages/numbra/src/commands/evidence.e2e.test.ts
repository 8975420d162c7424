/**
 * Evidence at a shell: a witness as a process of its own, receipts and their page, the regulator's report, a backup that is brought back,
 * and what `ledger verify` says to each kind of tampering.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateVendorKey } from '@numbra/vendor-client';
import { verifyReceipt } from '@numbra/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../../tests/support/command.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(dirname(dirname(here))));
const command = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--conditions=@numbra/source', join(dirname(here), 'main.ts')];
const NAME = 'regulator.example/witness';

let folder: string;
let logKey: string;
const running = new Set<ChildProcess>();
const at = (name: string): string => join(folder, name);

async function numbra(home: string, ...args: string[]) {
  const { status, stdout } = await runCommand('--home', at(home), '--passphrase-file', at('passphrase'), '--json', ...args);
  return { status, body: JSON.parse(stdout || '{}') as Record<string, unknown> & { error?: { code: string } } };
}
async function ok(home: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { status, body } = await numbra(home, ...args);
  expect(`${status} ${JSON.stringify(body.error ?? '')}`).toBe('0 ""');
  return body;
}
const fails = async (home: string, ...args: string[]): Promise<string | undefined> => (await numbra(home, ...args)).body.error?.code;

/** Starts a command that stays, in a process of its own, and waits for its line. */
function start(...args: string[]): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [...command, '--json', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = (): Promise<void> => {
    child.kill('SIGTERM');
    running.delete(child);
    return ended;
  };
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (text.includes('\n')) resolve({ ...(JSON.parse(text) as { url: string }), stop });
    });
    void ended.then(() => reject(new Error(`ended: ${text}`)));
  });
}
const serve = (home: string) => start('--home', at(home), '--passphrase-file', at('passphrase'), 'serve', '--port', '0');
const serveWitness = () => start('witness', 'serve', '--key', at('witness.key'), '--folder', at('witness'), '--log', logKey, '--port', '0');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra evidence '));
  await writeFile(at('passphrase'), 'correct horse battery staple\n');
  const rows = Array.from(
    { length: 60 },
    (_, i) => `C${i},王${i},138001380${String(i).padStart(2, '0')},,,${1_000 * i}.50,marketing.insurance`,
  );
  await writeFile(at('customers.csv'), `customer_id,name,phone,account,resident_id,balance,consent\n${rows.join('\n')}\n`);
  await writeFile(at('vendor-a.json'), JSON.stringify((await generateVendorKey()).jwks));
  logKey = String(
    (await ok('bank', 'init', 'demo-bank', '--policy', join(root, 'examples/main-job/policy.yaml'), '--port', '0'))['logKey'],
  );
  await ok('bank', 'import', at('customers.csv'));
  await ok('bank', 'vendor', 'add', 'vendor-a', '--jwks', at('vendor-a.json'));
  await ok(
    'bank',
    'campaign',
    'create',
    'c-1',
    '--vendor',
    'vendor-a',
    '--purpose',
    'marketing.insurance.term-life',
    '--where',
    'balance>=20000',
  );
  await ok('bank', 'export', 'c-1', '--out', at('list.csv'));
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

describe('a witness', () => {
  it('is proposed when a bank is made', async () => {
    const { stdout } = await runCommand('--home', at('other'), '--passphrase-file', at('passphrase'), 'init', 'other-bank', '--port', '0');
    expect(stdout).toMatch(/numbra witness serve --key KEY --folder FOLDER --log 'other-bank\/ledger\+[0-9a-f]{8}\+/);
    expect(await ok('bank', 'ledger', 'key')).toEqual({ key: logKey });
  });

  it('in a process of its own cosigns a receipt that a running gateway makes, and no fork of the ledger after a restart', async () => {
    const { key } = await ok('bank', 'witness', 'init', NAME, '--key', at('witness.key'));
    expect(await fails('bank', 'witness', 'init', NAME, '--key', at('witness.key'))).toBe('ERR_WITNESS_KEY_FILE');
    let witness = await serveWitness();
    await ok('bank', 'ledger', 'witness', 'add', String(key), '--url', witness.url);
    await cp(at('bank'), at('copy'), { recursive: true });
    const gateway = await serve('bank');
    const made = await ok('bank', 'receipt', 'C30', '--out', at('cosigned.json'), '--page', at('cosigned.html'));
    expect(made).toMatchObject({ cosignedBy: [NAME] });
    const report = verifyReceipt(await readFile(at('cosigned.json'), 'utf8'), { logKeys: [logKey], witnessKeys: [String(key)] });
    expect(report.guaranteed).toContain('witnessed');
    const page = await readFile(at('cosigned.html'), 'utf8');
    for (const text of [`联署`, `cosigned by witness ${NAME}`, '列入名单并交付合作方']) expect(page).toContain(text);
    expect((await stat(at('cosigned.html'))).mode & 0o077).toBe(0);
    await ok('bank', 'vendor', 'add', 'vendor-b', '--jwks', at('vendor-a.json'));
    await ok('bank', 'receipt', 'C31', '--out', at('grown.json'));
    await gateway.stop();
    await witness.stop();

    // The copy writes another history under the same key; the witness remembers across its own restart.
    witness = await serveWitness();
    await ok('copy', 'ledger', 'witness', 'add', String(key), '--url', witness.url);
    await ok('copy', 'campaign', 'close', 'c-1');
    await ok('copy', 'vendor', 'add', 'vendor-x', '--jwks', at('vendor-a.json'));
    await ok('copy', 'vendor', 'add', 'vendor-y', '--jwks', at('vendor-a.json'));
    const twin = await serve('copy');
    const forked = await ok('copy', 'receipt', 'C30', '--out', at('forked.json'));
    expect(forked).toMatchObject({ cosignedBy: [] });
    expect((await ok('copy', 'ledger', 'witness', 'list'))['witnesses']).toMatchObject([
      { name: NAME, refusal: expect.stringMatching(/^(?:forked|inconsistent)$/) },
    ]);
    await twin.stop();
    await witness.stop();
    expect(await ok('bank', 'witness', 'forget', 'demo-bank/ledger', '--folder', at('witness'), '--yes')).toMatchObject({ changed: true });
    expect(await ok('bank', 'ledger', 'witness', 'remove', NAME)).toEqual({ name: NAME });
    expect(await fails('bank', 'ledger', 'witness', 'remove', NAME)).toBe('ERR_WITNESS_UNKNOWN');
  });

  it('watches ledgers only by their own keys', async () => {
    const { key } = await ok('bank', 'witness', 'init', NAME, '--key', at('second.key'));
    expect(await fails('bank', 'witness', 'serve', '--key', at('second.key'), '--folder', at('second'), '--log', String(key))).toBe(
      'ERR_ARGUMENT',
    );
    expect(await fails('bank', 'witness', 'serve', '--key', at('second.key'), '--folder', at('second'), '--log', 'x')).toBe('ERR_NOTE_KEY');
  });
});

describe('numbra receipt and report', () => {
  it('writes a receipt and its page in the language that is asked for, and replaces no file', async () => {
    await ok('bank', 'receipt', 'C32', '--out', at('r.json'), '--page', at('r.html'), '--language', 'en');
    expect(await readFile(at('r.html'), 'utf8')).not.toContain('允许');
    expect(await fails('bank', 'receipt', 'C32', '--out', at('r.json'))).toBe('ERR_FILE_EXISTS');
    expect(await fails('bank', 'receipt', 'C32', '--out', at('r2.json'), '--language', 'fr')).toBe('ERR_ARGUMENT');
    expect(await fails('bank', 'receipt', 'nobody', '--out', at('r2.json'))).toBe('ERR_CUSTOMER_UNKNOWN');
  });

  it('reports a period as JSON, CSV and a page, each line with its positions', async () => {
    const [from, to] = ['2020-01-01', '2100-01-01'];
    await ok('bank', 'report', '--from', from, '--to', to, '--out', at('x.json'), at('x.csv'), at('x.html'), '--language', 'zh');
    const report = JSON.parse(await readFile(at('x.json'), 'utf8')) as { exports: object[]; acts: { positions: string }[] };
    expect(report.exports).toMatchObject([{ campaign: 'c-1', vendor: 'vendor-a', rows: 40, positions: expect.stringMatching(/^\d+$/) }]);
    expect(report.acts.every(({ positions }) => /^\d+/.test(positions))).toBe(true);
    expect(await readFile(at('x.csv'), 'utf8')).toContain('\nexports,rows,marketing.insurance.term-life,vendor-a,c-1,40,');
    expect(await readFile(at('x.html'), 'utf8')).toContain('客户数据的使用情况');
    expect(await ok('bank', 'report', '--from', from, '--to', '2020-02-01T00:00:00+08:00')).toMatchObject({ exports: [], uses: [] });
    for (const [a, b] of [
      ['yesterday', to],
      [to, from],
    ] as const)
      expect(await fails('bank', 'report', '--from', a, '--to', b)).toMatch(/^ERR_(?:ARGUMENT|REPORT_PERIOD)$/);
    expect(await fails('bank', 'report', '--from', from, '--to', to, '--out', at('x.pdf'))).toBe('ERR_ARGUMENT');
    expect(await fails('bank', 'report', '--from', from, '--to', to, '--out', at('x.csv'))).toBe('ERR_FILE_EXISTS');
  });
});

describe('a backup that is brought back', () => {
  it('is current when nothing happened since', async () => {
    await ok('bank', 'backup', '--out', at('backup'));
    expect(await fails('bank', 'backup', '--out', at('backup'))).toBe('ERR_FILE_EXISTS');
    expect(await fails('bank', 'restore', 'load', at('backup'))).toBe('ERR_BANK_EXISTS');
    await rm(join(at('bank'), 'db'), { recursive: true });
    await ok('bank', 'restore', 'load', at('backup'));
    expect(await ok('bank', 'restore', 'status')).toEqual({ restored: false });
    expect(await ok('bank', 'ledger', 'verify')).toMatchObject({ verified: true });
    expect(await fails('bank', 'restore', 'accept', '--by', 'staff-1')).toBe('ERR_RESTORE_NONE');
  });

  it('of an older moment does nothing until two people accept it, and says so for ever', async () => {
    await ok('bank', 'campaign', 'close', 'c-1');
    await ok('bank', 'ledger', 'verify');
    await cp(join(at('bank'), 'checkpoint'), at('kept-elsewhere'));
    await rm(join(at('bank'), 'db'), { recursive: true });
    await ok('bank', 'restore', 'load', at('backup'));

    expect(await fails('bank', 'ledger', 'verify')).toBe('ERR_LEDGER_OLDER_COPY');
    expect(await fails('bank', 'export', 'c-1', '--out', at('again.csv'))).toBe('ERR_LEDGER_OLDER_COPY');
    expect(await fails('bank', 'campaign', 'close', 'c-1')).toBe('ERR_LEDGER_OLDER_COPY');
    expect(await fails('bank', 'serve', '--port', '0')).toBe('ERR_LEDGER_OLDER_COPY');
    const { digest, size, lostSize } = await ok('bank', 'restore', 'status');
    expect(Number(lostSize)).toBeGreaterThan(Number(size));
    expect(await fails('bank', 'restore', 'accept', '--by', 'staff-1')).toBe('ERR_APPROVAL_MISSING');
    const asked = await ok(
      'bank',
      'approval',
      'request',
      'restore-accept',
      '--digest',
      String(digest),
      '--by',
      'staff-1',
      '--reason',
      'disk lost',
    );
    for (const by of ['staff-2', 'staff-3']) await ok('bank', 'approval', 'approve', String(asked['id']), '--by', by);
    expect(await ok('bank', 'restore', 'accept', '--by', 'staff-1')).toMatchObject({ size, lostSize, budgets: { 'c-1': 0 } });
    expect(await ok('bank', 'restore', 'status')).toEqual({ restored: false });
    expect(await ok('bank', 'ledger', 'verify')).toMatchObject({ verified: true });
    expect(await fails('bank', 'ledger', 'verify', '--seen', at('kept-elsewhere'))).toMatch(/^ERR_LEDGER_(?:FORKED|OLDER_COPY)$/);
    expect(await fails('bank', 'ledger', 'verify', '--seen', at('none'))).toBe('ERR_FILE_UNREADABLE');
    await ok('bank', 'ledger', 'rotate-key', '--by', 'staff-1');
    await ok('bank', 'receipt', 'C33', '--out', at('after.json'));
  });
});
