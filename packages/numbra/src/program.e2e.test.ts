/**
 * The command as an operator runs it, on a real home: the main path as processes, and the rest in this process, which starts sooner.
 */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateVendorKey } from '@numbra/vendor-client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Ran, runCommand } from '../../../tests/support/command.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(dirname(here)));
const command = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--conditions=@numbra/source', join(here, 'main.ts')];

/** A process of its own, with these words on stdin. */
function numbraWith(input: string, ...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...command, ...args],
      { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

const CUSTOMERS = `customer_id,name,phone,account,resident_id,balance,consent
C1,赵一,13800138001,6228480402564890018,11010119900307001X,61200.50,marketing.insurance
C2,钱二,13800138002,6228480402564890026,110101199003070028,100.00,marketing.insurance
`;

let folder: string;
let home: string;
let options: string[];
let numbra: (...args: string[]) => Promise<Ran> = runCommand;
const at = (name: string): string => join(folder, name);

/** Runs with --json on the home and expects success. */
async function ok(...args: string[]): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await numbra(...options, '--json', ...args);
  expect(`${status} ${stderr}`).toBe('0 ');
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Runs with --json and expects one coded error, and a status that is not 0. */
async function fails(...args: string[]): Promise<string> {
  const { status, stdout } = await numbra(...args, '--json');
  expect(status).toBe(1);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  expect(error.message.length).toBeGreaterThan(10);
  return error.code;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra command '));
  home = at('bank');
  options = ['--home', home, '--passphrase-file', at('passphrase')];
  await writeFile(at('passphrase'), 'correct horse battery staple\n');
  await writeFile(at('customers.csv'), CUSTOMERS);
  const { jwks } = await generateVendorKey();
  await writeFile(at('vendor-a.jwks.json'), JSON.stringify(jwks));
  await ok('init', 'demo-bank', '--policy', join(root, 'examples/main-job/policy.yaml'), '--port', '0');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the main path', () => {
  it('imports, adds a vendor, creates a campaign, exports, traces and verifies', async () => {
    numbra = (...args) => numbraWith('', ...args);
    onTestFinished(() => {
      numbra = runCommand;
    });
    expect(await ok('import', at('customers.csv'))).toMatchObject({ rows: 2, imported: 2 });
    await ok('vendor', 'add', 'vendor-a', '--jwks', at('vendor-a.jwks.json'));
    await ok(
      'campaign',
      'create',
      'c-1',
      '--vendor',
      'vendor-a',
      '--purpose',
      'marketing.insurance.term-life',
      '--where',
      'balance>=50000',
    );
    expect(await ok('export', 'c-1', '--out', at('list.csv'))).toMatchObject({ rows: 1 });
    const list = await readFile(at('list.csv'), 'utf8');
    expect(list).toMatch(/^reference,dial_token,masked_phone\nnr1_[\w-]{48},nd1_[\w-]{48},\*{9}\n$/);
    await writeFile(at('leak.txt'), `for sale: ${list.split('\n')[1]}`);
    expect(await ok('trace', at('leak.txt'))).toMatchObject({ lists: [{ campaign: 'c-1', vendor: 'vendor-a', rows: 1 }] });
    expect(await ok('ledger', 'verify')).toMatchObject({ verified: true });
  });

  it('registers where a vendor is told, shows what was given up, and lists calls', async () => {
    const url = 'https://desk.vendor.example/numbra';
    const added = (await ok('vendor', 'webhook', 'vendor-a', '--url', url)) as { id: string; secret: string };
    expect(added.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await ok('webhooks', 'list')).toMatchObject({ endpoints: [{ id: added.id, vendor: 'vendor-a', url }] });
    expect(JSON.stringify(await ok('webhooks', 'list'))).not.toContain(added.secret);
    expect(await fails(...options, 'vendor', 'webhook', 'vendor-a', '--url', 'http://desk.vendor.example/')).toBe('ERR_WEBHOOK_URL');
    expect(await ok('webhooks', 'dead')).toEqual({ deliveries: [] });
    expect(await ok('webhooks', 'replay')).toEqual({ replayed: 0 });
    await ok('webhooks', 'remove', added.id);
    expect(await fails(...options, 'webhooks', 'remove', added.id)).toBe('ERR_WEBHOOK_ENDPOINT');
    expect(await ok('calls', 'unknown')).toEqual({ calls: [] });
    expect(await fails(...options, 'calls', 'show', 'no-call')).toBe('ERR_ARGUMENT');
    expect(await fails(...options, 'calls', 'reconcile')).toBe('ERR_ARGUMENT');
  });

  it('refuses to act on a store that was restored from an older copy, and says so when asked to verify', async () => {
    const older = at('older');
    await cp(home, older, { recursive: true });
    await ok('vendor', 'add', 'vendor-z', '--jwks', at('vendor-a.jwks.json'));
    await cp(join(home, 'checkpoint'), join(older, 'checkpoint'));
    const restored = ['--home', older, '--passphrase-file', at('passphrase')];
    expect(await fails(...restored, 'vendor', 'add', 'vendor-y', '--jwks', at('vendor-a.jwks.json'))).toBe('ERR_LEDGER_OLDER_COPY');
    expect(await fails(...restored, 'ledger', 'verify')).toBe('ERR_LEDGER_OLDER_COPY');
  });

  it('rotates a campaign, withdraws its older list, and traces rows of either', async () => {
    expect(await ok('campaign', 'rotate', 'c-1', '--by', 'staff-1')).toMatchObject({ generation: 2, members: 1 });
    expect(await fails(...options, 'campaign', 'rotate', 'c-1')).toBe('ERR_ROTATE_TWO_LISTS');
    await ok('export', 'c-1', '--out', at('new-list.csv'));
    expect(await readFile(at('new-list.csv'), 'utf8')).not.toBe(await readFile(at('list.csv'), 'utf8'));
    expect(await ok('campaign', 'withdraw', 'c-1')).toMatchObject({ generation: 1, newerDelivered: true });
    for (const list of ['list.csv', 'new-list.csv']) {
      expect(await ok('trace', at(list))).toMatchObject({ lists: [{ campaign: 'c-1', rows: 1 }] });
    }
  });

  it('closes a campaign, and shreds it only when that is confirmed', async () => {
    await ok('campaign', 'create', 'c-gone', '--vendor', 'vendor-a', '--purpose', 'marketing.insurance.term-life');
    expect(await ok('campaign', 'close', 'c-gone')).toMatchObject({ changed: true });
    expect(await fails(...options, 'campaign', 'shred', 'c-gone')).toBe('ERR_NOT_CONFIRMED');
    const { status, stdout } = await numbra(...options, 'campaign', 'shred', 'c-gone', '--yes');
    expect(status).toBe(0);
    expect(stdout).toContain('Replace the escrow copy of the keyring');
    expect(await fails(...options, 'campaign', 'shred', 'c-gone', '--yes')).toBe('ERR_CAMPAIGN_SHREDDED');
    const { campaigns } = (await ok('campaign', 'list')) as { campaigns: { id: string; state: string }[] };
    expect(campaigns.map(({ id, state }) => [id, state])).toEqual([
      ['c-1', 'open'],
      ['c-gone', 'shredded'],
    ]);
  });

  it('takes two other people to approve of what somebody asks for', async () => {
    const asked = ['approval', 'request', 'vendor-learns', '--digest', 'ab'.repeat(32), '--by', 'staff-1', '--reason', 'November'];
    const { id } = await ok(...asked);
    expect(await fails(...options, 'approval', 'approve', String(id), '--by', 'staff-1')).toBe('ERR_APPROVAL_OWN');
    expect(await ok('approval', 'approve', String(id), '--by', 'staff-2')).toMatchObject({ approvals: 1, complete: false });
    expect(await fails(...options, 'approval', 'approve', String(id), '--by', 'staff-2')).toBe('ERR_APPROVAL_REPEATED');
    expect(await ok('approval', 'approve', String(id), '--by', 'staff-3')).toMatchObject({ approvals: 2, complete: true });
    expect(await ok('approval', 'list')).toMatchObject({ approvals: [{ id, kind: 'vendor-learns', state: 'approved', approvals: 2 }] });
    expect(await fails(...options, 'approval', 'request', 'x', '--digest', 'abc', '--by', 'staff-1', '--reason', 'y')).toBe('ERR_ARGUMENT');
  });

  it('issues a grant by hand', async () => {
    const { accessToken } = await ok('grant', 'issue', 'vendor-a', 'c-1', '--key', '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
    expect(String(accessToken).split('.')).toHaveLength(3);
  });
});

describe('bad input: one sentence, a code, a status, and everything as it was', () => {
  it.each([
    ['a row with a missing cell', 'customer_id,name,phone,account,resident_id,balance\nC9,a,1', 'ERR_CSV_'],
    ['a missing column', 'customer_id,name\nC9,a\n', 'ERR_CSV_'],
    ['an id column of phones', 'customer_id,name,phone,account,resident_id,balance\n13800138009,a,13800138009,,,1\n', 'ERR_IMPORT_RAW_IDS'],
    ['no number where one must be', 'customer_id,name,phone,account,resident_id,balance\nC9,a,13800138009,,,1e3\n', 'ERR_IMPORT_NUMBER'],
  ])('%s', async (_name, text, code) => {
    await writeFile(at('bad.csv'), text);
    expect(await fails(...options, 'import', at('bad.csv'))).toContain(code);
    expect(await ok('import', at('customers.csv'))).toMatchObject({ imported: 0, updated: 2 });
  });

  it('an encoding that is none of ours', async () => {
    await writeFile(at('bad.csv'), Buffer.from([0xff, 0xfe, 0x43, 0x00]));
    expect(await fails(...options, 'import', at('bad.csv'))).toMatch(/^ERR_CSV_/);
  });

  it('an unknown vendor', async () => {
    const args = ['campaign', 'create', 'c-9', '--vendor', 'vendor-b', '--purpose', 'marketing.insurance.term-life'];
    expect(await fails(...options, ...args)).toBe('ERR_VENDOR_UNKNOWN');
  });

  it('a wrong passphrase', async () => {
    await writeFile(at('wrong'), 'incorrect\n');
    expect(await fails('--home', home, '--passphrase-file', at('wrong'), 'ledger', 'verify')).toBe('ERR_KEYRING_WRONG_PASSPHRASE');
  });

  it('a folder without a bank, and one that has a bank already', async () => {
    expect(await fails('--home', folder, '--passphrase-file', at('passphrase'), 'ledger', 'verify')).toBe('ERR_HOME_MISSING');
    expect(await fails(...options, 'init', 'demo-bank')).toBe('ERR_HOME_EXISTS');
  });

  it('a store whose files are damaged', async () => {
    const broken = at('broken');
    await cp(home, broken, { recursive: true });
    await rm(join(broken, 'db', 'global'), { recursive: true });
    expect(await fails('--home', broken, '--passphrase-file', at('passphrase'), 'ledger', 'verify')).toBe('ERR_STORE_DAMAGED');
  });

  it('a policy with a mistake, by file, line and column', async () => {
    await writeFile(at('policy.yaml'), 'numbra: 1\nbank: demo-bank\npurposes:\n  marketing: { colour: red }\n');
    const { status, stdout } = await numbra('policy', 'check', at('policy.yaml'));
    expect(status).toBe(1);
    expect(stdout).toMatch(/policy\.yaml:4:\d+: error: /);
  });

  it('a word that is no command, with a suggestion', async () => {
    const { status, stderr } = await numbra('exprot');
    expect(status).toBe(64);
    expect(stderr).toContain('export');
  });
});

describe('tools that open no bank', () => {
  it('scan a file and write a first policy, once', async () => {
    const { status, stdout } = await numbra('scan', at('customers.csv'), '--policy', at('proposed.yaml'));
    expect(status).toBe(0);
    expect(stdout).toMatch(/phone +│ phone +│ C2 +│ mask-and-dial/);
    expect((await numbra('policy', 'check', at('proposed.yaml'))).status).toBe(0);
    expect(await fails('scan', at('customers.csv'), '--policy', at('proposed.yaml'))).toBe('ERR_FILE_EXISTS');
  });

  it('guard texts, a line each', async () => {
    const ran = await numbraWith('{"id":1,"text":"call 138 0013 8000"}\n{"id":"b","text":"nothing"}\n', 'guard', '--json');
    expect(ran.status).toBe(1);
    expect(
      ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      { id: 1, findings: [{ kind: 'phone', start: 5, end: 18 }] },
      { id: 'b', findings: [] },
    ]);
    expect((await numbraWith('{"id":1,"text":"nothing"}\n', 'guard', '--json')).status).toBe(0);
    expect((await numbraWith('13800138000\n', 'guard', '--json')).stdout).not.toContain('138');
  });

  it('attack two lists', async () => {
    const list = (rows: readonly string[]) =>
      `reference,dial_token,masked_phone\n${rows.map((digits) => `nr1_x,nd1_x,*********${digits}`).join('\n')}\n`;
    await writeFile(at('a.csv'), list(['12', '34', '34']));
    await writeFile(at('b.csv'), list(['12', '34', '56']));
    const { stdout } = await numbra('privacy', 'attack', at('a.csv'), at('b.csv'), '--json');
    expect(JSON.parse(stdout)).toEqual({ rows: [3, 3], digits: 2, bands: [], classes: 2, pairs: 3, unique: [[1, 1]] });
  });
});

describe('a policy, seen before it acts', () => {
  const policy = join(root, 'examples/main-job/policy.yaml');
  const dial = ['--action', 'dial', '--purpose', 'marketing.insurance.term-life', '--recipient', 'vendor-a'];

  it('is tested by cases, and one that does not hold is named and explained', async () => {
    const request = 'request: { action: dial, purpose: marketing.insurance.term-life, recipient: vendor-a }';
    const cases = `numbra_cases: 1\ncases:\n  - name: by day\n    ${request}\n    expect: allowed\n  - name: no consent\n    ${request}\n    facts: { customer: { consent: none } }\n    expect:`;
    await writeFile(at('cases.yaml'), `${cases} no-consent\n`);
    expect(await numbra('policy', 'test', policy, at('cases.yaml'))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('2 of 2 cases hold.'),
    });
    await writeFile(at('cases.yaml'), `${cases} allowed\n`);
    const { status, stdout } = await numbra('policy', 'test', policy, at('cases.yaml'), '--explain');
    expect(status).toBe(1);
    expect(stdout).toContain('✗ no consent (line 6): expected allowed, got no-consent');
    expect(stdout).toContain('The vendor is told: customer-unavailable (403).');
  });

  it('explains a request, and refuses facts that are none', async () => {
    expect((await numbra('policy', 'explain', policy, ...dial)).status).toBe(0);
    const refused = await numbra('policy', 'explain', policy, ...dial, '--facts', '{"budget_remaining":0}', '--json');
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ decision: { outcome: 'refused', code: 'budget-used' } });
    expect(await fails('policy', 'explain', policy, ...dial, '--facts', '{')).toBe('ERR_ARGUMENT');
    expect(await fails('policy', 'explain', policy, ...dial, '--facts', '{"colour":1}')).toBe('ERR_POLICY_CASES');
  });

  it('shows what a change makes possible, and why a field does not leave', async () => {
    const yaml = await readFile(policy, 'utf8');
    await writeFile(at('next.yaml'), yaml.replace('recipients: [vendor-a, vendor-b]', 'recipients: [vendor-a, vendor-c]'));
    const { stdout } = await numbra('policy', 'diff', policy, at('next.yaml'));
    expect(stdout).toContain('+ marketing.insurance.term-life  vendor-c  dial');
    expect(stdout).toContain('- marketing.insurance.term-life  vendor-b  dial');
    expect((await numbra('policy', 'why-not', policy, 'resident_id')).stdout).toContain('class C3');
    const dpv = JSON.parse((await numbra('policy', 'dpv', policy, '--base', 'https://bank.example/records#')).stdout) as object;
    expect(dpv).toHaveProperty('@graph');
  });

  it('begins from a template that is in order', async () => {
    const { stdout } = await numbra('policy', 'template', 'production', '--bank', 'demo-bank');
    await writeFile(at('production.yaml'), stdout);
    expect((await numbra('policy', 'check', at('production.yaml'))).status).toBe(0);
    expect(await fails('policy', 'template', 'lenient', '--bank', 'demo-bank')).toBe('ERR_ARGUMENT');
  });

  it('is adopted from several files', async () => {
    const [head, purposes] = (await readFile(policy, 'utf8')).split(/(?=^purposes:)/m) as [string, string];
    await writeFile(at('head.yaml'), head);
    await writeFile(at('purposes.yaml'), `numbra: 1\nbank: demo-bank\n${purposes}`);
    const { digest } = await ok('policy', 'adopt', at('head.yaml'), at('purposes.yaml'));
    expect(await ok('policy', 'check', policy)).toMatchObject({ ok: true, digest });
  });
});

describe('a creation that was killed', () => {
  it('is begun afresh', async () => {
    const killed = at('killed');
    const args = [
      '--home',
      killed,
      '--passphrase-file',
      at('passphrase'),
      'init',
      'demo-bank',
      '--policy',
      join(root, 'examples/main-job/policy.yaml'),
    ];
    const child = spawn(process.execPath, [...command, ...args], { stdio: 'ignore', detached: true });
    for (;;) {
      const files = await readdir(killed).catch(() => [] as string[]);
      if (files.some((name) => name.startsWith('db'))) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    process.kill(-(child.pid as number), 'SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(await fails('--home', killed, '--passphrase-file', at('passphrase'), 'ledger', 'verify')).toBe('ERR_HOME_UNFINISHED');
    const { status, stderr } = await numbra(...args);
    expect(`${status} ${stderr}`).toBe('0 ');
  });
});

describe('a gateway that runs', () => {
  it('performs commands by its socket, keeps other processes out of its store, and gives the port back', async () => {
    const child = spawn(process.execPath, [...command, ...options, '--json', 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { url, pid } = await new Promise<{ url: string; pid: number }>((resolve) =>
      child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString('utf8')) as { url: string; pid: number })),
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await ok('vendor', 'list')).toMatchObject({ vendors: [{ id: 'vendor-a' }, { id: 'vendor-z' }] });
    const { openPGlite } = await import('@numbra/bank');
    await expect(() => openPGlite(join(home, 'db'))).toFailWith('ERR_STORE_IN_USE');
    process.kill(pid, 'SIGTERM');
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(await ok('ledger', 'verify')).toMatchObject({ verified: true });
  });

  it('says when its port is busy', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    expect(await fails(...options, 'serve', '--port', String(port))).toBe('ERR_GATEWAY_PORT_BUSY');
    server.close();
  });
});
